"""How the demo lays out its lines: a text stands beside what it is about, or below it on a narrow terminal."""

from __future__ import annotations

import shutil
import textwrap

_NARROWEST, _ROOMY = 60, 100
_BESIDE, _BELOW = 31, 10
_ANY = 1_000
"""Where nobody says how wide it is, such as in a pipe, nothing is wrapped."""


def room() -> int:
    """Return how many columns there are for a text."""
    columns = _columns()
    return columns - (_BESIDE if columns >= _ROOMY else _BELOW)


def laid_out(head: str, text: str) -> list[str]:
    """Return the lines that show a head, at most 31 columns with its space, and a text of one line or several."""
    lines = [part for line in text.splitlines() for part in wrapped(line, room())] or [""]
    if _columns() >= _ROOMY:
        return [f"{head:<{_BESIDE - 1}} {lines[0]}", *(" " * _BESIDE + line for line in lines[1:])]
    return [head.rstrip(), *(" " * _BELOW + line for line in lines)]


def wrapped(line: str, width: int) -> list[str]:
    """Return the line, broken between words where it is longer than the width."""
    return textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False) or [""]


def _columns() -> int:
    return max(shutil.get_terminal_size((_ANY, 24)).columns, _NARROWEST)
