"""`make storm`: many stops, every message twice, functions dying by chance, every fifth call to SDRS in trouble.

Ends well only if every request has exactly one outcome that was published, and every group got exactly one stop.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.aws_trouble import AwsTrouble, aws_trouble
from local.case import documents, group_id
from local.cloud import LocalCloud
from local.inbox import Inbox
from local.switchboard import FUNCTIONS, Switchboard

TROUBLE = (
    {"endpoint": "*", "status": 429, "headers": {"Retry-After": "1"}, "probability": 0.05},
    {"endpoint": "*", "status": 503, "probability": 0.05},
    {"endpoint": "*", "when": "before", "kind": "reset", "probability": 0.05},
    {"endpoint": "*", "when": "after", "kind": "reset", "probability": 0.05},
)
JOB = ("--job-seconds", "2", "--init-seconds", "0.2")
SWEEP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Storm:
    """How hard it blows: so many requests for so many groups, and how likely a function dies at each step."""

    stops: int = 200
    groups: int = 50
    chance: float = 0.01
    mortal: tuple[str, ...] = FUNCTIONS
    seed: int = 1
    patience: float = 900.0
    microburst: Path | None = None
    trigger_seconds: int = 30
    seen_again_seconds: int = 5

    @property
    def names(self) -> list[str]:
        """Return the targets."""
        return [f"storm-{number:03}" for number in range(self.groups)]

    def deliveries(self) -> list[tuple[str, str]]:
        """Return every request twice, as its delivery's id and its target, in an order that the seed decides."""
        twice = [(f"delivery-{number:04}", self.names[number % self.groups]) for number in range(self.stops)] * 2
        random.Random(self.seed).shuffle(twice)  # noqa: S311 - an order to be repeated
        return twice


@dataclass(slots=True)
class Aftermath:
    """What the storm left behind."""

    operations: list[dict[str, Any]] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    troubled: int = 0
    aws: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    letters: list[str] = field(default_factory=list)
    left: int = 0

    def problems(self, storm: Storm) -> list[str]:
        """Return everything that must not be."""
        found = [f"{one['pk']} is {one['state']}" for one in self.operations if one["state"] != "published"]
        wanted = {delivery for delivery, _ in storm.deliveries()}
        recorded = Counter(one["request"]["delivery_id"] for one in self.operations)
        found += [f"{delivery} is lost" for delivery in sorted(wanted - recorded.keys())]
        found += [f"{delivery} has {count} operations" for delivery, count in recorded.items() if count > 1]
        found += [f"{one['pk']} was told to nobody" for one in self.operations if not self.told[one["pk"]]]
        for name in storm.names:
            if (count := self.accepted[group_id(name)]) != 1:
                found.append(f"{name} was stopped {count} times")
        ends = Counter(str((one.get("outcome") or {}).get("result")) for one in self.operations)
        found += [f"{count} ended as {end}" for end, count in ends.items() if end not in GOOD_ENDS]
        return found + ([f"{self.left} dead letters are left"] if self.left else [])

    def summary(self) -> str:
        """Return the numbers, in a few lines."""
        ends = Counter(str((one.get("outcome") or {}).get("result")) for one in self.operations)
        deaths = ", ".join(f"{count} {function}" for function, count in self.deaths.items())
        return "\n".join((
            f"operations: {len(self.operations)} ({', '.join(f'{n} {end}' for end, n in sorted(ends.items()))})",
            f"stops that SDRS took: {sum(self.accepted.values())}, for {len(self.accepted)} groups",
            f"calls to SDRS: {self.calls}, of which {self.troubled} met trouble",
            *([f"calls to AWS that met trouble: {sum(self.aws.values())}, {dict(self.aws)}"] if self.aws else []),
            f"functions that died: {sum(self.deaths.values())} ({deaths})",
            f"notifications: {sum(self.told.values())} of {len(self.told)} outcomes",
            f"dead letters moved back: {len(self.letters)} {self.letters or ''}",
        ))  # fmt: skip


GOOD_ENDS = ("succeeded", "joined", "already_stopped")


def run(storm: Storm, folder: Path, say: Callable[[str], None] = lambda _: None) -> Aftermath:
    """Deploy a test build, let the storm loose on it, and return what it left once all is quiet, or time is up."""
    switchboard = Switchboard(folder)
    targets, overlays = documents(storm.names), switchboard.overlays()
    with contextlib.ExitStack() as ends:
        cloud = ends.enter_context(
            LocalCloud(auth=True, wait_scale=0.2, simulator=JOB, targets=targets, overlays=overlays, say=say)
        )
        cloud.simulator.put_groups(
            *({"id": group_id(name), "name": name, "status": "protected", "pairs": 2} for name in storm.names)
        )
        aws: AwsTrouble | None = None
        if storm.microburst:
            log = folder / "microburst.log"
            aws = ends.enter_context(aws_trouble(storm.microburst, cloud.endpoint, switchboard, log))
        cloud.hasten(storm.trigger_seconds, storm.seen_again_seconds)
        after, inbox = Aftermath(), cloud.subscribe()
        cloud.simulator.add_faults(*TROUBLE)
        switchboard.chance(storm.chance, storm.mortal)
        for delivery, target in storm.deliveries():
            cloud.request({"target": target, "reason": "storm"}, delivery_id=delivery)
        say(f"{2 * storm.stops} messages are sent")
        _wait(storm, cloud, inbox, after, say)
        _take_stock(after, cloud, switchboard)
        after.told = Counter(one["operation_id"] for one in inbox.outcomes(0))
        after.aws = Counter(str(one["action"]) for one in aws.fired()) if aws else Counter()
        return after


def _wait(storm: Storm, cloud: LocalCloud, inbox: Inbox, after: Aftermath, say: Callable[[str], None]) -> None:
    """Wait until all is quiet, sweeping more often than the schedule does."""
    ends, swept = time.monotonic() + storm.patience, time.monotonic()
    while not _quiet(cloud, storm) and time.monotonic() < ends:
        while inbox.fetch():
            pass
        if time.monotonic() - swept > SWEEP_SECONDS:
            swept = time.monotonic()
            after.letters += _move_back(cloud)
            _sweep(cloud)
            say(_standing(cloud))
        time.sleep(0.5)
    while inbox.fetch(wait_seconds=1):
        pass


def _quiet(cloud: LocalCloud, storm: Storm) -> bool:
    operations = cloud.ledger()
    if len(operations) < storm.stops or any(one["state"] != "published" for one in operations):
        return False
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    asked = {"QueueUrl": cloud.outputs["RequestQueueUrl"], "AttributeNames": wanted}
    found = cloud.client("sqs").get_queue_attributes(**asked)["Attributes"]
    return not any(int(count) for count in found.values()) and not cloud.dead_letters()


def _move_back(cloud: LocalCloud) -> list[str]:
    """Move every dead letter back to the requests, as an operator does; return why each was there."""
    reasons = []
    for letter in cloud.take_dead_letters():
        known = {name: value["StringValue"] for name, value in letter.get("MessageAttributes", {}).items()}
        identity = known.get("standdown-delivery-id")
        cloud.request(letter["Body"], **({"delivery_id": identity} if identity else {}))
        reasons.append(f"{identity}: {known.get('standdown-problem', 'its function died again and again')}")
    return reasons


def _sweep(cloud: LocalCloud) -> None:
    try:
        cloud.invoke("sweeper", {})
    except RuntimeError:
        return  # it died as well; the next run goes on


def _standing(cloud: LocalCloud) -> str:
    states = Counter(one["state"] for one in cloud.ledger())
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "nothing in the ledger yet"


def _take_stock(after: Aftermath, cloud: LocalCloud, switchboard: Switchboard) -> None:
    calls = cloud.simulator.calls()
    after.operations = cloud.ledger()
    after.calls, after.troubled = len(calls), sum(bool(call.get("fault")) for call in calls)
    jobs = cloud.simulator.state()["jobs"]
    after.accepted = Counter(str(job["group_id"]) for job in jobs)
    after.deaths = Counter(deed.split(" ")[0].rstrip(":") for deed in switchboard.deeds())
    after.left = len(cloud.dead_letters())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a storm and say how it went; return 0 only if nothing was lost and nothing done twice."""
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__)
    parser.add_argument("--stops", type=int, default=200)
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--chance", type=float, default=0.01, help="that a function dies at a step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--microburst", type=Path, help="its command: calls to AWS get into trouble as well")
    chosen = parser.parse_args(arguments)
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True)

    storm = Storm(chosen.stops, chosen.groups, chosen.chance, seed=chosen.seed, microburst=chosen.microburst)
    with tempfile.TemporaryDirectory() as folder:
        after = run(storm, Path(folder), say)
    print(after.summary())
    problems = after.problems(storm)
    print("\n".join(problems) or "nothing was lost, nothing was stopped twice")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
