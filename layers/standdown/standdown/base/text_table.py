"""A plain-text table for people that fits a given width, whatever its cells contain."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

from standdown.base.text import one_line

WIDTH = 120
_GAP = "  "
_NARROWEST = 6


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: int = WIDTH) -> str:
    """Return head and rows as lines of at most `width` places; the widest columns are cut and end in `…`."""
    cells = [[one_line(cell, 200) for cell in row] for row in (head, *rows)]
    sizes = [max(places(row[column]) for row in cells) for column in range(len(head))]
    room = width - len(_GAP) * (len(head) - 1)
    while sum(sizes) > room and max(sizes) > _NARROWEST:
        sizes[sizes.index(max(sizes))] -= 1
    return "\n".join(
        _GAP.join(_padded(cell, size) for cell, size in zip(row, sizes, strict=True)).rstrip() for row in cells
    )


def note(title: str, text: str, width: int = WIDTH) -> str:
    """Return a title and a text below one another, the text indented and broken into lines."""
    return f"{folded(title, width)}\n{folded(text, width, indent='  ')}"


def folded(text: str, width: int = WIDTH, indent: str = "", following: str | None = None) -> str:
    """Return a text broken into lines between its words; `following` is the indent of all but the first."""
    following = indent if following is None else following
    text = one_line(text, 2_000)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=following, break_on_hyphens=False)


def places(text: str) -> int:
    """Return how many columns of a terminal a text needs: a Chinese character two, a combining mark none."""
    return sum(_place(character) for character in text)


def _place(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _padded(text: str, size: int) -> str:
    if places(text) > size:
        while text and places(text) > size - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (size - places(text))
