"""What others wrote, made harmless: in a page it is text and never mark-up, in a row of CSV never a formula."""

from __future__ import annotations

import html

from standdown.base.text import one_line

_LONGEST = 2_000
_FORMULA = ("=", "+", "-", "@")


def escaped(text: object) -> str:
    """Return a text for a page: on one line, control characters visible, every character of mark-up escaped."""
    return html.escape(one_line(str(text), _LONGEST), quote=True)


def cell(text: object) -> str:
    """Return a text for CSV that no spreadsheet calculates."""
    flat = one_line(str(text), _LONGEST) if text is not None else ""
    return f"'{flat}" if flat.startswith(_FORMULA) else flat
