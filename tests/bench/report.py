"""What a measurement says: rows of numbers with a ratio and an aim, shown as a table here and in the docs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

HEAD = ("what", "measured", "against", "ratio", "aim", "")


class MeasureError(Exception):
    """Raised when something that was to be measured could not be."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. `ratio` is to be at most `aim`; a row without an aim is there to be seen."""

    what: str
    measured: str
    against: str = ""
    ratio: float | None = None
    aim: float | None = None

    @property
    def met(self) -> bool | None:
        """Return whether the aim is met, None where there is none."""
        return None if self.aim is None or self.ratio is None else self.ratio <= self.aim

    def cells(self) -> tuple[str, ...]:
        """Return the row as it is shown."""
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return (self.what, self.measured, self.against, _number(self.ratio), _number(self.aim, "≤ "), verdict)


@dataclass(frozen=True, slots=True)
class Table:
    """One point of the benchmark: how it was measured, what came out, and what explains it."""

    title: str
    method: str
    rows: Sequence[Row]
    details: Sequence[str] = field(default=())

    def plain(self) -> str:
        """Return the table for a terminal."""
        lines = [HEAD, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
        shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([f"\n{self.title}", "-" * len(self.title), *(line.rstrip() for line in shown)])

    def markdown(self) -> str:
        """Return the table for the docs, with its method and its details."""
        rows = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in self.rows)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return "\n\n".join((f"## {self.title}", self.method, table, *self.details)) + "\n"


def ms(nanoseconds: float) -> str:
    """Return a time in milliseconds."""
    return f"{nanoseconds / 1e6:.1f} ms"


def middle(values: Iterable[float]) -> float:
    """Return the median; raise MeasureError where there is nothing."""
    found = list(values)
    if not found:
        raise MeasureError("nothing was measured")
    return statistics.median(found)


def share(values: Sequence[float], part: float) -> float:
    """Return the value that this part of the values does not exceed."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def _number(value: float | None, before: str = "") -> str:
    return "" if value is None else f"{before}{value:.2f}"
