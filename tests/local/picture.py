"""A terminal's output drawn as an SVG picture: monospace text on dark ground, `picture.py < text > picture.svg`."""

from __future__ import annotations

import re
import sys
from html import escape

SIZE, WIDE, HIGH, EDGE = 13, 7.9, 18, 16
"""Pixels: the letters, one letter's room, one line's room, and the margin."""
GROUND, PLAIN, PALE, LABEL, GOOD, BAD = "#16191f", "#d7dae0", "#7f8794", "#7cb7ff", "#8fd18b", "#ff8f87"
FONT = "font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\""
_LINE = re.compile(r"(?P<time> *\d+\.\d s  )(?P<what>.{20}) (?P<text>.*)")
_GOOD = ("stop accepted", "the end", "as expected")
_BAD = ("NOT as expected", "stop not accepted", "failed", "rejected")


def drawn(text: str, prompt: str = "") -> str:
    """Return the text as SVG, below the command that printed it."""
    lines = [f"$ {prompt}", *text.splitlines()] if prompt else text.splitlines()
    width = round(2 * EDGE + WIDE * max(map(len, lines), default=0))
    height = 2 * EDGE + HIGH * len(lines)
    rows = [_row(line, EDGE + SIZE + HIGH * number) for number, line in enumerate(lines)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>'
    title = f"<title>{escape(prompt)}</title>"
    return "\n".join([f'{head} role="img" {FONT} font-size="{SIZE}">', title, ground, *filter(None, rows), "</svg>\n"])


def _row(line: str, y: int) -> str:
    found = _LINE.fullmatch(line)
    if not found:
        return _words(line, 0, y, PALE if line.startswith("$ ") else PLAIN)
    what = found["what"].strip()
    color = GOOD if what in _GOOD else BAD if what in _BAD else LABEL
    pieces = ((0, found["time"], PALE), (found.start("what"), what, color), (found.start("text"), found["text"], PLAIN))
    return "".join(_words(text, column, y, fill) for column, text, fill in pieces)


def _words(text: str, column: int, y: int, fill: str) -> str:
    """Return one text whose first visible letter stands in its column, whatever font the viewer has."""
    shown = text.strip()
    if not shown:
        return ""
    column += len(text) - len(text.lstrip())
    place = f'x="{EDGE + WIDE * column:g}" y="{y}" textLength="{WIDE * len(shown):g}"'
    return f'<text {place} fill="{fill}">{escape(shown)}</text>'


if __name__ == "__main__":
    sys.stdout.write(drawn(sys.stdin.read(), " ".join(sys.argv[1:])))
