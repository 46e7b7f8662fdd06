"""Many requests at once on the local cloud: is any lost, is any group stopped twice, and how does the time grow."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.report import MeasureError, Row, Table
from local.case import documents, group_id
from local.cloud import LocalCloud

WAIT_SCALE = 0.2
JOB = ("--job-seconds", "2", "--init-seconds", "0.2")
CONCURRENCY = 10
STOP_TAKES = 0.05
"""Seconds that the simulator takes over a stop, so that stops at the same time can be seen."""
_LONGEST = 240.0
_ENTRIES = 10
_FIRST = 100


@dataclass(frozen=True, slots=True)
class Burst:
    """What became of one burst."""

    size: int
    seconds: float
    stopped_in: float
    lost: int
    doubles: int
    calls: float
    peak: int
    memory: dict[str, int]


@dataclass(slots=True)
class Memory:
    """The largest resident size of each function's processes, in MiB, while it is entered."""

    endpoint: str
    most: dict[str, int] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> dict[str, int]:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self.most

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(2.0):
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    with contextlib.suppress(OSError):
                        self._see(process)

    def _see(self, process: Path) -> None:
        environment = dict(
            entry.split("=", 1)
            for entry in (process / "environ").read_text(errors="replace").split("\0")
            if "=" in entry
        )
        name = environment.get("POWERTOOLS_SERVICE_NAME")
        if (
            name is None
            or environment.get("AWS_ENDPOINT_URL", "").rpartition(":")[2] != self.endpoint.rpartition(":")[2]
        ):
            return
        for line in (process / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                function = name.rpartition("-")[2]
                self.most[function] = max(self.most.get(function, 0), int(line.split()[1]) // 1024)


def measure(sizes: tuple[int, ...]) -> Table:
    """Return the table for bursts of these sizes, the smallest first."""
    names = {size: [f"burst-{size}-{number:04}" for number in range(size)] for size in sizes}
    everyone = [name for some in names.values() for name in some]
    first = [f"first-{number:04}" for number in range(_FIRST)]
    named = [*first, *everyone]
    groups = [{"id": group_id(name), "name": name, "status": "protected", "pairs": 1} for name in named]
    with LocalCloud(wait_scale=WAIT_SCALE, simulator=JOB, targets=documents(named)) as cloud:
        cloud.simulator.put_groups(*groups)
        cloud.simulator.add_faults({"endpoint": "stop", "when": "after", "delay": STOP_TAKES})
        _burst(cloud, first)  # has every function started
        bursts = [_burst(cloud, names[size]) for size in sizes]
    return Table(
        "Burst",
        f"Bursts of {', '.join(f'{size:,}' for size in sizes)} requests, each for a group of its own, on the local "
        f"cloud with {len(named):,} targets. {_FIRST} others come first and start the functions' processes. A job "
        "takes 2 s, and the workflow's waits are shortened to a fifth. From the first message sent to the last outcome "
        "published. Everything runs on the one machine: the embedded AWS, the simulator and every function, so that "
        "its throughput is that of the machine.",
        _rows(bursts),
    )


def _rows(bursts: list[Burst]) -> list[Row]:
    rows = []
    for number, burst in enumerate(bursts):
        what = f"{burst.size:,} requests"
        # Of the smaller bursts the one that took least for each request: another may have been disturbed.
        linear = burst.size * min(one.seconds / one.size for one in bursts[: number or 1])
        growth, aim = (burst.seconds / linear, 1.2) if number else (None, None)
        rows.append(
            Row(f"{what}: to the last outcome", f"{burst.seconds:.1f} s", f"{linear:.1f} s linear", growth, aim)
        )
        rows.append(Row(f"{what}: to the last stop sent", f"{burst.stopped_in:.1f} s"))
        rows.append(Row(f"{what}: lost", f"{burst.lost}", "", float(burst.lost), 0.0))
        rows.append(Row(f"{what}: groups stopped twice", f"{burst.doubles}", "", float(burst.doubles), 0.0))
        rows.append(Row(f"{what}: calls to SDRS for each stop", f"{burst.calls:.1f}"))
        peak = burst.peak / CONCURRENCY
        rows.append(Row(f"{what}: most stops at once", f"{burst.peak}", f"{CONCURRENCY} configured", peak, 1.0))
    memory = max((burst.memory for burst in bursts), key=len)
    rows += [
        Row(f"memory of the {name} at its peak", f"{most} MiB", "512 MiB", most / 512) for name, most in memory.items()
    ]
    return rows


def _burst(cloud: LocalCloud, names: list[str]) -> Burst:
    before = max((call["number"] for call in cloud.simulator.calls()), default=0)
    begun, wall = time.monotonic(), time.time()
    with Memory(cloud.endpoint) as memory:
        for start in range(0, len(names), _ENTRIES):
            _send(cloud, names[start : start + _ENTRIES])
        while (found := _published(cloud, names)) < len(names) and time.monotonic() - begun < _LONGEST:
            time.sleep(max(0.25, len(names) / 500))
        seconds = time.monotonic() - begun
    if found < len(names) and (waiting := _waiting(cloud)):
        raise MeasureError(
            f"{len(names) - found} of {len(names)} outcomes were not there after {seconds:.0f} s: {waiting}"
        )
    calls = cloud.simulator.calls(after=before)
    stops = [call for call in calls if call["endpoint"] == "stop"]
    if not stops:
        raise MeasureError("no stop was sent")
    by_group = Counter(call["path"] for call in stops if call["status"] == 200)
    return Burst(
        size=len(names),
        seconds=seconds,
        stopped_in=max(call["at"] for call in stops) - wall,
        lost=len(names) - found,
        doubles=sum(number > 1 for number in by_group.values()),
        calls=len(calls) / len(names),
        peak=_at_once([call["at"] for call in stops]),
        memory=memory,
    )


def _send(cloud: LocalCloud, names: list[str]) -> None:
    entries = [
        {"Id": str(number), "MessageBody": json.dumps({"target": name, "reason": "bench", "requested_by": "bench"})}
        for number, name in enumerate(names)
    ]
    sent: dict[str, Any] = cloud.client("sqs").send_message_batch(
        QueueUrl=cloud.outputs["RequestQueueUrl"], Entries=entries
    )
    if sent.get("Failed"):
        raise MeasureError(f"the queue did not take {len(sent['Failed'])} requests")


def _published(cloud: LocalCloud, names: list[str]) -> int:
    """Return how many of these targets' operations are published; counted in the table, nothing is carried over."""
    prefix = names[0].rpartition("-")[0]
    pages = (
        cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=cloud.outputs["LedgerTableName"],
            FilterExpression="begins_with(target, :prefix) AND #state = :published",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":prefix": {"S": prefix}, ":published": {"S": "published"}},
            Select="COUNT",
        )
    )
    return sum(page["Count"] for page in pages)


def _waiting(cloud: LocalCloud) -> str:
    """Return what is still being worked on, empty where what is missing is lost."""
    queue = cloud.client("sqs").get_queue_attributes(QueueUrl=cloud.outputs["RequestQueueUrl"], AttributeNames=["All"])
    messages = sum(int(value) for name, value in queue["Attributes"].items() if name.startswith("ApproximateNumberOf"))
    running = sum(execution["status"] == "RUNNING" for execution in cloud.executions())
    return f"{messages} messages, {running} executions" if messages or running else ""


def _at_once(moments: list[float]) -> int:
    """Return the most stops that were under way at the same time."""
    ordered = sorted(moments)
    return max(sum(1 for other in ordered if at <= other < at + STOP_TAKES) for at in ordered)
