"""What is printed: tables and lines for people that fit the terminal, JSON for machines, errors on one line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from standdown.base.text import one_line
from standdown_cli.terminal import columns

_TABLE_FROM = 100
"""Columns from which rows stand in a table; below, each row is a block of lines, so that nothing is cut off."""
_LONGEST = 2_000
_NONE = "-"


def console(*, stderr: bool = False) -> Console:
    """Return the terminal: colours where it has them and NO_COLOR is not set, no mark-up of what others wrote."""
    colours = None if os.environ.get("NO_COLOR") else "auto"
    return Console(
        width=columns(),
        highlight=False,
        markup=False,
        emoji=False,
        stderr=stderr,
        color_system=colours,  # type: ignore[arg-type]
    )


def safe(text: object) -> Text:
    """Return a text of others as one that cannot move the cursor, change colours or span lines."""
    return Text(one_line(str(text), _LONGEST))


def say(line: str, style: str = "", *, stderr: bool = False) -> None:
    """Print one line for people, folded at words."""
    console(stderr=stderr).print(Text(one_line(line, _LONGEST), style=style))


def show(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows below a head: as a table on a wide terminal, as blocks on a narrow one."""
    cells = [[_NONE if cell in (None, "") else cell for cell in row] for row in rows]
    if columns() >= _TABLE_FROM:
        made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in head:
            made.add_column(name, overflow="fold")
        for row in cells:
            made.add_row(*(safe(cell) for cell in row))
        console().print(made)
        return
    widest = max(map(len, head))
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    made.add_column(width=widest, style="bold")
    made.add_column(overflow="fold")
    for number, row in enumerate(cells):
        if number:
            made.add_row("", "")
        for name, cell in zip(head, row, strict=True):
            made.add_row(name, safe(cell))
    console().print(made)


def print_json(value: Any) -> None:
    """Print a value for machines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def fail(problem: str, code: int) -> int:
    """Print one line on what is wrong, on standard error; return the code."""
    sys.stderr.write(f"standdown: {one_line(problem, _LONGEST)}\n")
    return int(code)
