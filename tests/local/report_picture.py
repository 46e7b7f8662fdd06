"""The report's lines of time as one SVG picture, made of a fixed ledger: what README.md shows of `standdown report`."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from importlib import resources

from standdown.base.text_table import places
from standdown_cli.reporting.picture import DEFINITIONS, MARKS, axis, picture
from standdown_cli.reporting.protection import Beside, Lane, Protection, lanes
from standdown_cli.reporting.texts import CHINESE, ENGLISH
from support.reported import SINCE, UNTIL, notice, november, resume

WIDE, EDGE, LANE, AXIS, TEXT = 960, 24, 64, 40, 15
"""Pixels: the picture, its margin, one target with its name, the scale, the height of a line of text."""
LANGUAGES = {"report.svg": ENGLISH, "report.zh-CN.svg": CHINESE}
"""The pictures in docs/, and the words of each."""
_FONT = "font-family: system-ui, sans-serif; font-size: 14px"


def drawn_report(words: Mapping[str, str] = ENGLISH) -> str:
    """Return the picture of November's operations in a language; the same each time."""
    told = Beside(UNTIL, notices=(notice(11, target="crm"), notice(14.5, target="crm")))
    shown = lanes([resume(18, "crm"), *november()], SINCE, UNTIL, told)
    high = 2 * EDGE + 7 * TEXT + 2 * EDGE + LANE * len(shown) + AXIS
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" width="{WIDE}" height="{high}">',
        f"<style>{_style()}\ntext {{ fill: var(--ink); {_FONT} }}</style>",
        f'<rect width="{WIDE}" height="{high}" rx="8" fill="var(--paper)"/>',
        DEFINITIONS,
        _text(EDGE, EDGE + TEXT, words["title"], "bold"),
        *_legend(EDGE + 3 * TEXT, words),
        *_lanes(shown, EDGE + 7 * TEXT, words),
        _placed(axis(SINCE, UNTIL), EDGE + 7 * TEXT + LANE * len(shown)),
        "</svg>\n",
    ])  # fmt: skip


def _lanes(shown: Sequence[Lane], top: int, words: Mapping[str, str]) -> Iterator[str]:
    for number, lane in enumerate(shown):
        y = top + LANE * number
        yield _text(EDGE, y + TEXT, lane.target)
        yield _placed(picture(lane, SINCE, UNTIL, words), y + TEXT + 4)


def _legend(y: int, words: Mapping[str, str]) -> Iterator[str]:
    x = EDGE
    for state in Protection:
        fill = (
            f'fill="url(#{state.value})"' if state in (Protection.OFF, Protection.UNCLEAR) else f'class="{state.value}"'
        )
        yield f'<rect x="{x}" y="{y - 12}" width="28" height="14" {fill}/>'
        x = yield from _named(x + 34, y, words[f"state_{state.value}"])
    x, y = EDGE, y + 2 * TEXT
    for kind, name in MARKS:
        yield f'<circle cx="{x + 8}" cy="{y - 5}" r="6" class="mark {kind}"/>'
        x = yield from _named(x + 20, y, words[name])


def _named(x: int, y: int, text: str) -> Generator[str, None, int]:
    yield _text(x, y, text)
    return x + 8 * places(text) + 14


def _text(x: int, y: int, text: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-weight="{weight}">{text}</text>'


def _placed(inner: str, y: int) -> str:
    """Return an SVG that fills its width at its place within this picture."""
    place = f'x="{EDGE}" y="{y}" width="{WIDE - 2 * EDGE}"'
    return re.sub(r' width="100%"', f" {place}", inner, count=1)


def _style() -> str:
    """Return the rules of the page's style that draw: colours, and what has a class."""
    sheet = resources.files("standdown_cli.reporting").joinpath("page.css").read_text("utf-8")
    return f"{sheet.partition('body {')[0]}{sheet[sheet.index('.lane, .axis') : sheet.index('.legend {')]}"
