"""What a thousand stops cost, counted from real runs, against polling inside one function and at fixed intervals."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

from bench import artefacts, subject
from bench.cloud import Cloud
from bench.counting import one_stop
from bench.report import MeasureError, Row, Table, middle
from bench.subject import Subject

LENGTHS = {"8 s": 8.0, "1 min": 60.0, "10 min": 600.0}
MEMORY_GB = 0.5
FIXED_SECONDS = 10
ROUND_TRIP = 0.02
_OPERATIONS = 8
_STATES_PER_LOOK = 3

Prices = dict[str, Any]


def measure(stops: int) -> Table:
    """Return the table; each length's counts are the mean of so many stops."""
    prices: Prices = json.loads((Path(__file__).parent / "prices.json").read_text("utf-8"))
    seconds = _durations()
    rows, details = [], []
    for name, length in LENGTHS.items():
        counted: Counter[str] = Counter()
        for _ in range(stops):
            counted += one_stop(length)
        mean = {what: number / stops for what, number in counted.items()}
        mean["gb_second"] = MEMORY_GB * sum(mean[what] * seconds[what] for what in seconds)
        ours = _price(mean, prices)
        looks = math.ceil(length / FIXED_SECONDS)
        more = looks - mean["look"]
        fixed = mean | {"transition": mean["transition"] + _STATES_PER_LOOK * more}
        fixed |= {"invocation": mean["invocation"] + more}
        fixed |= {"gb_second": mean["gb_second"] + MEMORY_GB * more * seconds["look"]}
        billed = looks * FIXED_SECONDS
        inside = mean | {"transition": 0.0, "invocation": 1.0, "gb_second": MEMORY_GB * billed}
        rows.append(_row(f"{name}: against a workflow that polls every 10 s", ours, _price(fixed, prices)))
        rows.append(_row(f"{name}: against one function that waits, 10 s between polls", ours, _price(inside, prices)))
        details.append(_told(name, mean, prices))
    return Table(
        "Cost of 1,000 stops",
        f"{stops} stops of each length through the whole stack under a simulated clock. The code and the "
        "state machine are the real ones, and the table counts request units. GB-seconds are the counted invocations "
        "times the functions' durations. "
        f"These were measured in warm processes with {ROUND_TRIP * 1000:.0f} ms a call: trigger "
        f"{seconds['trigger'] * 1000:.0f} ms, "
        f"poll {seconds['look'] * 1000:.0f} ms, notifier {seconds['notifier'] * 1000:.0f} ms, at {MEMORY_GB} "
        "GB. Priced by "
        f"`tests/bench/prices.json` ({prices['where']}, as of {prices['as_of']}). The others are given the "
        "same ledger, "
        "queue and messages. The mapping of an idle queue polls it with about 0.65 million empty receives in a "
        "month. The first million requests of a month are free of charge.",
        rows,
        details,
    )


def _row(what: str, ours: float, other: float) -> Row:
    return Row(what, f"${ours:.2f}", f"${other:.2f}", ours / other)


def _price(mean: dict[str, float], prices: Prices) -> float:
    return 1000 * sum(mean.get(what, 0.0) * price for what, price in prices.items() if isinstance(price, float))


def _told(name: str, mean: dict[str, float], prices: Prices) -> str:
    parts = [
        f"{mean.get(what, 0.0):.1f} x {what.replace('_', ' ')} (${1000 * mean.get(what, 0.0) * price:.3f})"
        for what, price in prices.items()
        if isinstance(price, float)
    ]
    return f"A job of {name}, per stop, and priced per 1,000: {', '.join(parts)}; {mean['look']:.1f} polls."


def _durations() -> dict[str, float]:
    """Return how long each function runs, in seconds, in a warm process."""
    built, runtime = artefacts.built(), artefacts.runtime()

    def of(function: str) -> Subject:
        return Subject(function, (built / function, built / "StanddownLayer" / "python", runtime))

    with Cloud(ROUND_TRIP, groups=_OPERATIONS) as cloud:
        trigger = of("TriggerFunction").run(cloud, [subject.batch(number) for number in range(_OPERATIONS)])
        operations = [pk for pk in cloud.dynamo.items if "#" not in pk]
        if len(operations) != _OPERATIONS:
            raise MeasureError(f"{len(operations)} operations of {_OPERATIONS} were recorded")
        states = [{"schema_version": 1, "operation_id": found, "wait_seconds": 2} for found in operations]
        poller = of("PollerFunction").run(cloud, states)
        notifier = of("NotifierFunction").run(cloud, states)
    runs = {"trigger": trigger, "look": poller, "notifier": notifier}
    return {name: middle(one["end"] - one["start"] for one in run.invocations[2:]) / 1e9 for name, run in runs.items()}
