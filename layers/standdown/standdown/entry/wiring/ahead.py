"""The beginning of the trigger's start: its first event finds connections open, and targets and secret read."""

from __future__ import annotations

from standdown.entry.wiring.connections import open_ahead


def begin_ahead() -> None:
    """Begin to open and to read what the first event needs, while the rest of the function is imported."""
    open_ahead()
    from standdown.entry.wiring.read_ahead import read_ahead  # loads boto3: the connection to SDRS is opened meanwhile

    read_ahead()
