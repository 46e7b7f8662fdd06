"""Measure everything, print a table for each point, write the page; fail if something was not measured."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bench import artefacts, burst, cold, cost, desk, far, guard, looking, others, runtimes, size, warm
from bench.report import MeasureError, Table
from local.places import ROOT
from local.process import LocalCloudError

PAGE = ROOT / "docs" / "evidence" / "benchmarks.md"
POINTS: dict[str, tuple[Callable[[], Table], Callable[[], Table]]] = {
    "cold": (lambda: cold.measure(15), lambda: cold.measure(3)),
    "far": (lambda: far.measure(15), lambda: far.measure(3)),
    "others": (lambda: others.measure(10), lambda: others.measure(2)),
    "guard": (lambda: guard.measure(30), lambda: guard.measure(5)),
    "warm": (lambda: warm.measure(60), lambda: warm.measure(10)),
    "looking": (lambda: looking.measure(20_000), lambda: looking.measure(1_000)),
    "burst": (lambda: burst.measure((100, 300, 1000)), lambda: burst.measure((20, 60))),
    "cost": (lambda: cost.measure(20), lambda: cost.measure(3)),
    "size": (size.measure, size.measure),
    "runtimes": (runtimes.measure, runtimes.measure),
    "desk": (lambda: desk.measure(10_000), lambda: desk.measure(1_000)),
}
"""Each point in full, and in small for a first look."""
TITLES = (
    "Cold start",
    "Cold start as on AWS",
    "Warm",
    "Polling",
    "Burst",
    "Cost of 1,000 stops",
    "Size",
    "The operator's desk",
    "First events of the other functions",
    "With the guard",
    "Other runtimes",
)
_SECTION = re.compile(r"^## [0-9]+ ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def main() -> int:
    """Return the exit status: 1 where something could not be measured."""
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("points", nargs="*", choices=[*POINTS, []], help="which points; all of them unless said")
    asked.add_argument("--quick", action="store_true", help="small numbers, and the docs are left as they are")
    given = asked.parse_args()
    tables: list[Table] = []
    failed: list[str] = []
    begun, load = time.monotonic(), os.getloadavg()[0]  # of the last minute: what ended before disturbs nothing
    for name in given.points or POINTS:
        try:
            tables.append(POINTS[name][given.quick]())
            print(tables[-1].plain(), flush=True)
        except (MeasureError, LocalCloudError, OSError, AssertionError) as error:
            failed.append(name)
            print(f"\n{name}: not measured: {error}", file=sys.stderr, flush=True)
    print(f"\n{len(tables)} points in {time.monotonic() - begun:.0f} s")
    if tables and not given.quick:
        PAGE.write_text(_page(PAGE.read_text("utf-8"), tables, load), "utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}")
    return 1 if failed else 0


def _page(before: str, tables: list[Table], load: float) -> str:
    """Return the page with these tables in the place of the ones before; what was not measured stays, with its date."""
    head = (
        "# Benchmarks\n\n"
        "Made by `make bench`, which replaces the tables that it measures again. Every ratio is of two things "
        "measured in the same run on the same machine. If a row has an aim, its ratio has to be at or below it. "
        "Absolute times are there to show the order of magnitude, and are those of the machine. The deployed runtime "
        "is Python 3.13.\n"
    )
    when = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} processors ({platform.machine()}), "
        f"{platform.system()}, Python {artefacts.version()}. {_load(load)}"
    )
    sections = {found[1]: found[2] for found in _SECTION.finditer(before)}
    for table in tables:
        _, _, text = table.markdown().partition("\n")
        sections[table.title] = f"\n{when}\n{text}"
    known = [name for name in TITLES if name in sections]
    shown = [f"## {number} {name}\n{sections[name].rstrip()}\n" for number, name in enumerate(known, 1)]
    return "\n".join([head, *shown, *_remarks()])


def _load(before: float) -> str:
    """Say how busy the machine was, by the load before the first measurement."""
    each = before / (os.cpu_count() or 1)
    busy = "nothing else ran" if each < 0.3 else f"the machine had other work too, {each:.1f} times what it can do"
    return f"While it was measured, {busy}."


def _remarks() -> list[str]:
    """Return what people wrote about the numbers: it is kept beside the code, and survives a new run."""
    remarks = ROOT / "tests" / "bench" / "remarks.md"
    return [remarks.read_text("utf-8")] if remarks.exists() else []


if __name__ == "__main__":
    sys.exit(main())
