"""From an event to the stop on the wire in a process that is warm, and what an event costs in CPU time."""

from __future__ import annotations

from typing import Any

from bench import cold, subject
from bench.cloud import Cloud
from bench.report import MeasureError, Row, Table, middle, ms
from bench.subject import Run, Subject

ROUND_TRIP = 0.02
BATCH = 10
_WARM_UP = 5


def measure(events: int) -> Table:
    """Return the table; each number is the median over so many events in one process."""
    ours, theirs, floor = cold.subjects()
    runs = {one.name: _run(one, events) for one in (ours, theirs, floor)}
    mine, its = runs[ours.name], runs[theirs.name]
    taken = [_taken(mine, number) for number in range(_WARM_UP, _WARM_UP + events)]
    other = [_taken(its, number) for number in range(_WARM_UP, _WARM_UP + events)]
    batch, last = _batch(ours)
    cpu, cpu_other = (middle(one["cpu"] for one in run.invocations[_WARM_UP:]) for run in (mine, its))
    answered, two = middle(one[1] for one in taken), middle(one[2] for one in taken)
    whole, waited = middle(one[3] for one in taken), middle(one[4] for one in taken)
    return Table(
        "Warm",
        f"One process, {events} events one after the other, each for a group of its own; every call is answered after "
        f"{ROUND_TRIP * 1000:.0f} ms. Two round trips are needed before the stop is taken: the ledger, and the POST. "
        f"Then a batch of {BATCH}.",
        (
            Row(
                "event to SDRS having taken the stop",
                ms(answered),
                f"{ms(two)} of two round trips",
                answered / two,
                1.2,
            ),
            Row("the same", ms(answered), f"{ms(middle(one[1] for one in other))} official SDK"),
            Row("event to the stop's arrival at SDRS", ms(middle(one[0] for one in taken))),
            Row("whole event", ms(whole), f"{ms(waited)} of round trips", whole / waited),
            Row("CPU time of an event", ms(cpu), f"{ms(cpu_other)} official SDK", cpu / cpu_other),
            Row(f"CPU time of an event in a batch of {BATCH}", ms(batch), f"{ms(cpu)} alone", batch / cpu),
            Row(f"last stop of a batch of {BATCH} sent", ms(last), f"{ms(BATCH * whole)} one by one"),
        ),
    )


def _run(one: Subject, events: int) -> Run:
    with Cloud(ROUND_TRIP, groups=_WARM_UP + events) as cloud:
        run = one.run(cloud, [subject.batch(number) for number in range(_WARM_UP + events)])
    if len(run.stops) != _WARM_UP + events:
        raise MeasureError(f"{len(run.stops)} stops of {_WARM_UP + events} were sent")
    return run


def _taken(run: Run, number: int) -> tuple[float, float, float, float, float]:
    """Return for one event: to the stop, to its answer, the round trips until then, the whole, all its round trips."""
    invocation, stop = run.invocations[number], run.stops[number]
    begun, ended = invocation["start"], invocation["end"]
    calls = [call for call in run.arrivals if begun <= call.at <= ended]
    until = [call for call in calls if call.answered <= stop.answered]
    return stop.at - begun, stop.answered - begun, cold.waiting(until), ended - begun, cold.waiting(calls)


def _batch(one: Subject) -> tuple[float, float]:
    """Return the CPU time of each event in a batch, and when the last stop of a batch was on the wire."""
    numbers = [range(start, start + BATCH) for start in range(0, 4 * BATCH, BATCH)]
    with Cloud(ROUND_TRIP, groups=4 * BATCH) as cloud:
        run = one.run(cloud, [subject.batch(*batch) for batch in numbers])
    invocations: list[dict[str, Any]] = run.invocations[1:]
    last = [run.stops[BATCH * (n + 2) - 1].at - one["start"] for n, one in enumerate(invocations)]
    return middle(one["cpu"] / BATCH for one in invocations), middle(last)
