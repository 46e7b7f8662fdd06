"""The beginning of the trigger's start: its first event finds connections open, and targets and secret read."""

from __future__ import annotations

from standdown.entry.wiring.connections import open_ahead
from standdown.entry.wiring.start import load_aws


def begin_ahead() -> None:
    """Begin to open and to read what the first event needs, while the rest of the function is imported."""
    open_ahead()
    load_aws()  # the connection to SDRS is opened meanwhile
    from standdown.entry.wiring.read_ahead import read_ahead

    read_ahead()
