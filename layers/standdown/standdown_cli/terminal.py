"""How wide the terminal is on which an operator reads."""

from __future__ import annotations

from shutil import get_terminal_size

from standdown.base.text_table import WIDTH

_NARROWEST = 60


def columns() -> int:
    """Return how many columns a table may take: those of COLUMNS or the terminal, from 60 to 120."""
    return min(max(get_terminal_size((WIDTH, 24)).columns, _NARROWEST), WIDTH)
