"""From a scheduled event to its stop, the guard asked in between: over TLS on real sockets, SDRS near and far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import cold, far, subject
from bench.cloud import Cloud, Far
from bench.report import MeasureError, Row, Table, middle, ms
from bench.subject import Subject
from local.places import CACHE

_WARM_UP = 3
PLACES = ((0.1, 0.07), (0.44, 0.22))
"""Seconds to connect to SDRS and for a call: from the same continent, and from another."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """One event, in nanoseconds: to SDRS having taken the stop, and how long the ledger and SDRS take for it."""

    taken: float
    needed: float
    verdict_first: bool


def measure(events: int) -> Table:
    """Return the table; each number is the median over so many events in one process."""
    CACHE.mkdir(exist_ok=True)
    rows = []
    with TemporaryDirectory(dir=CACHE) as scratch:
        near = far.place(Path(scratch))
        ours = far.trusting(cold.subjects()[0], near, Path(scratch))
        for connect, call in PLACES:
            rows += _rows(ours, replace(near, sdrs_connect=connect, sdrs_call=call), events)
    return Table(
        "With the guard",
        f"One process, {events} scheduled events one after the other, each for a group of its own, on TLS as above but "
        "with the whole CPU. Before the stop the guard reads the group's pairs. So the ledger's write and two calls to "
        "SDRS are needed, one after the other. The verdict is known if the answer came before "
        "the stop was sent, and the ledger says `passed`.",
        rows,
    )


def _rows(ours: Subject, place: Far, events: int) -> list[Row]:
    numbers = range(_WARM_UP + events)
    with Cloud(far=place, groups=len(numbers)) as cloud:
        run = ours.run(cloud, [subject.batch(n, named=True, scheduled=True) for n in numbers])
        verdicts = [item["guard"]["S"] for item in cloud.dynamo.items.values() if "S" in item.get("guard", {})]
    if len(run.stops) != len(numbers):
        raise MeasureError(f"{len(run.stops)} stops of {len(numbers)} were sent")
    found = [_event(run, number) for number in numbers][_WARM_UP:]
    taken, needed = middle(one.taken for one in found), middle(one.needed for one in found)
    unknown = max(sum(not one.verdict_first for one in found), len(numbers) - verdicts.count("passed"))
    call = f"SDRS {place.sdrs_call * 1000:.0f} ms a call"
    return [
        Row(f"{call}: event to SDRS having taken the stop", ms(taken), f"{ms(needed)} needed", taken / needed, 1.2),
        Row(f"{call}: stops sent without the guard's verdict", str(unknown), "", float(unknown), 0.0),
    ]


def _event(run: subject.Run, number: int) -> Guarded:
    begun, stop = run.invocations[number]["start"], run.stops[number]
    until = [one for one in run.arrivals if one.at >= begun and one.answered <= stop.answered]
    pairs = [one for one in until if one.name == "sdrs.list-pairs"]
    writes = [one for one in until if one.name == "TransactWriteItems"]
    needed = sum(one.answered - one.at for one in (*writes[:1], *pairs[:1], stop))
    return Guarded(stop.answered - begun, needed, bool(pairs) and pairs[0].answered <= stop.at)
