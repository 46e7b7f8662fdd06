"""The operator's desk: a report of ten times as many operations takes ten times as long, page and rows alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bench.report import Row, Table, middle, ms
from standdown_cli.report import rows
from standdown_cli.reporting.page import Report, page
from standdown_cli.reporting.protection import lanes
from standdown_cli.reporting.texts import ENGLISH
from support.reported import SINCE, UNTIL, operation

_TARGETS = 20
Writer = Callable[[Report, dict[str, str]], Iterator[str]]


def measure(operations: int, runs: int = 5) -> Table:
    """Return the table of a report of so many operations, against one of a tenth of them."""
    whole, tenth = _made(operations), _made(operations // 10)
    found = []
    for name, write in (("page", page), ("rows", rows)):
        long, short = _took(whole, write, runs), _took(tenth, write, runs)
        ratio = (long / operations) / (short / (operations // 10))
        found.append(Row(f"report, {name}: for each operation", ms(long), ms(short), ratio, 1.5))
    return Table(
        "8 The report",
        f"`standdown report` of {operations} operations of {_TARGETS} targets, without asking the stack, against "
        "one of a tenth of them. The ratio is that of the times for one operation.",
        found,
    )


def _made(count: int) -> list[dict[str, object]]:
    """Return so many operations, newest first, spread over the period."""
    kinds = ("succeeded", "dry_run", "refused", "failed")
    return [
        operation(29.9 * number / count, f"target-{number % _TARGETS:02}", kinds[number % len(kinds)])
        for number in reversed(range(count))
    ]


def _took(operations: list[dict[str, object]], write: Writer, runs: int) -> float:
    """Return how long it takes to write a report, in nanoseconds."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter_ns()
        made = Report("stack dr", SINCE, UNTIL, UNTIL, lanes(operations, SINCE, UNTIL))
        sum(map(len, write(made, ENGLISH)))
        times.append(time.perf_counter_ns() - begun)
    return middle(times)
