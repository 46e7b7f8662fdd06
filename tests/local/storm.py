"""`make storm`: many stops, every message twice, functions dying by chance, calls to SDRS and to AWS in trouble.

Ends well only if every request has exactly one outcome that was published, and every group got exactly one stop. Ends
in any case: it says what was missing, and how far everything had come, where its time was up.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ReadTimeoutError

from local import back_and_forth
from local.aftermath import Aftermath
from local.aws_trouble import aws_trouble
from local.case import documents, group_id
from local.cloud import LocalCloud
from local.inbox import Inbox
from local.moving_names import MovingNames, by_name
from local.process import LocalCloudError
from local.standing import queued, standing, what_is_missing
from local.switchboard import FUNCTIONS, Switchboard

TROUBLE = (
    {"endpoint": "*", "status": 429, "headers": {"Retry-After": "1"}, "probability": 0.05},
    {"endpoint": "*", "status": 503, "probability": 0.05},
    {"endpoint": "*", "when": "before", "kind": "reset", "probability": 0.05},
    {"endpoint": "*", "when": "after", "kind": "reset", "probability": 0.05},
    {"endpoint": "*", "status": 404, "body": "<html><body>404 Not Found</body></html>", "probability": 0.05},
)
REASONS = ("storm", "\\" * 60_000, '{"' * 50_000, "\u2603" * 40_000, "<title" * 20_000, "\r\n\t" * 20_000)
"""What senders say: a word, and long runs of what is hard to escape, to redact, to cut and to count by bytes."""
JOB = ("--job-seconds", "2", "--init-seconds", "0.2")
LAST_WORDS = 30.0
"""Seconds for which notifications are still read once all is quiet, or time is up."""
PATIENCE = 1200.0
"""Twice the time after which the sweeper has an outcome published anew, and as much for the rest."""
HANGING = 180.0
"""Seconds after the end of patience at which the command leaves even if a call hangs."""


@dataclass(frozen=True, slots=True)
class Storm:
    """How hard it blows: so many requests for so many groups, and how likely a function dies at each step.

    `both_ways` more groups are stopped before, and then resumed and stopped at once.
    `patience` is how many seconds all of it may take, `first_patience` how many pass before anything is in the ledger.
    """

    stops: int = 200
    groups: int = 50
    both_ways: int = 0
    chance: float = 0.01
    mortal: tuple[str, ...] = FUNCTIONS
    seed: int = 1
    patience: float = PATIENCE
    first_patience: float = 180.0
    microburst: Path | None = None
    trigger_seconds: int = 30
    seen_again_seconds: int = 5
    at_once: int = 10
    wait_scale: float = 0.2
    sweep_seconds: float = 10.0

    @property
    def names(self) -> list[str]:
        """Return the targets."""
        return [f"storm-{number:03}" for number in range(self.groups)]

    @property
    def operations(self) -> int:
        """Return how many operations there must be at the end."""
        return self.stops + 3 * self.both_ways

    def by_name(self) -> list[str]:
        """Return the targets, every second one, that know their group by a name alone; it moves meanwhile."""
        return self.names[1::2]

    def deliveries(self) -> list[tuple[str, str]]:
        """Return every request twice, as its delivery's id and its target, in an order that the seed decides."""
        twice = [(f"delivery-{number:04}", self.names[number % self.groups]) for number in range(self.stops)] * 2
        random.Random(self.seed).shuffle(twice)  # noqa: S311 - an order to be repeated
        return twice


def run(storm: Storm, folder: Path, say: Callable[[str], None] = lambda _: None) -> Aftermath:
    """Deploy a test build, let the storm loose on it, and return what it left once all is quiet, or time is up."""
    end, switchboard, after = time.monotonic() + storm.patience, Switchboard(folder), Aftermath()
    with contextlib.ExitStack() as ends:
        cloud = ends.enter_context(_cloud(storm, switchboard, say))
        inbox = cloud.subscribe()
        both = back_and_forth.stopped(cloud, storm.both_ways)
        aws = None
        if storm.microburst:
            log = folder / "microburst.log"
            aws = ends.enter_context(aws_trouble(storm.microburst, cloud.endpoint, switchboard, log))
        cloud.simulator.add_faults(*TROUBLE)
        switchboard.chance(storm.chance, storm.mortal)
        names = MovingNames(cloud, storm.by_name())
        for delivery, body in back_and_forth.twice(both, storm.seed):
            cloud.request(body, delivery_id=delivery)
        after.sent = _send(storm, cloud, names, end)
        say(f"{after.sent} messages are sent")
        after.late = _wait(storm, cloud, inbox, after, end, say, names.move)
        after.take_stock(cloud, switchboard)
        after.moved = len(names.moved)
        after.told = Counter(one["operation_id"] for one in inbox.outcomes(0))
        after.aws = Counter(str(one["action"]) for one in aws.fired()) if aws else Counter()
        return after


@contextlib.contextmanager
def _cloud(storm: Storm, switchboard: Switchboard, say: Callable[[str], None]) -> Iterator[LocalCloud]:
    """Give the stack that the storm is let loose on, with a protected group for each target."""
    names = [*storm.names, *back_and_forth.names(storm.both_ways)]
    groups = [{"id": group_id(name), "name": name, "status": "protected", "pairs": 2} for name in names]
    with LocalCloud(
        auth=True,
        wait_scale=storm.wait_scale,
        simulator=JOB,
        parameters={"MaxConcurrency": str(storm.at_once)},
        targets=documents(storm.names) | by_name(storm.by_name()) | back_and_forth.targets(storm.both_ways),
        overlays=switchboard.overlays(),
        say=say,
    ) as cloud:
        cloud.simulator.put_groups(*groups)
        cloud.hasten(storm.trigger_seconds, storm.seen_again_seconds)
        yield cloud


def _send(storm: Storm, cloud: LocalCloud, names: MovingNames, end: float) -> int:
    """Send every request twice, as far as there is time; return how many messages that are."""
    sent = 0
    for delivery, target in storm.deliveries():
        if time.monotonic() > end:
            break
        reason = REASONS[int(delivery.rpartition("-")[2]) % len(REASONS)]
        cloud.request({"target": target, "reason": reason}, delivery_id=delivery)
        sent += 1
        if sent % storm.groups == 0:
            names.move()
    return sent


def _wait(
    storm: Storm,
    cloud: LocalCloud,
    inbox: Inbox,
    after: Aftermath,
    end: float,
    say: Callable[[str], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> list[str]:
    """Wait until all is quiet, sweeping more often than the schedule does; return what was missing if time was up."""
    begun = swept = time.monotonic()
    why = ""
    while not why and not _quiet(cloud, storm):
        _fetch_all(inbox, 0, end)
        if time.monotonic() - swept > storm.sweep_seconds:
            swept = time.monotonic()
            meanwhile()
            after.letters += _move_back(cloud)
            _sweep(cloud)
            say(standing(cloud.ledger()))
        why = _given_up(storm, cloud, begun, end)
        time.sleep(0.5)
    _fetch_all(inbox, 1, time.monotonic() + LAST_WORDS)
    return [why, *what_is_missing(storm, cloud, after.sent)] if why else []


def _given_up(storm: Storm, cloud: LocalCloud, begun: float, end: float) -> str:
    """Return why there is no point in waiting longer, empty as long as there is one."""
    now = time.monotonic()
    if now > end:
        return f"time was up after {storm.patience:.0f} s"
    if now - begun > storm.first_patience and not cloud.ledger():
        return f"nothing was in the ledger {storm.first_patience:.0f} s after the last message was sent"
    return ""


def _fetch_all(inbox: Inbox, wait_seconds: int, end: float) -> None:
    while inbox.fetch(wait_seconds) and time.monotonic() < end:
        pass


def _quiet(cloud: LocalCloud, storm: Storm) -> bool:
    operations = cloud.ledger()
    if len(operations) < storm.operations or any(one["state"] != "published" for one in operations):
        return False
    return not any(queued(cloud)) and not cloud.dead_letters()


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
    except (RuntimeError, ReadTimeoutError):
        return  # it died as well, or is still at it; the next run goes on


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a storm and say how it went; return 0 only if nothing was lost and nothing done twice."""
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__)
    parser.add_argument("--stops", type=int, default=200)
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--both-ways", type=int, default=20, help="groups that are resumed and stopped at once")
    parser.add_argument("--chance", type=float, default=0.01, help="that a function dies at a step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds that all of it may take")
    parser.add_argument("--microburst", type=Path, help="its command: calls to AWS get into trouble as well")
    storm = Storm(**vars(parser.parse_args(arguments)))
    saying = Saying()
    with tempfile.TemporaryDirectory() as folder, _ending_at_last(storm.patience + HANGING, saying):
        try:
            after = run(storm, Path(folder), saying)
        except (LocalCloudError, BotoCoreError, OSError) as error:
            print(f"given up after the words {saying.last!r}: {error}")
            return 1
    print(after.summary())
    problems = after.problems(storm)
    print("\n".join(problems) or "nothing was lost, nothing was done twice, never both at once")
    return 1 if problems else 0


class Saying:
    """Prints what is said with the seconds since the start, and knows what was said last."""

    def __init__(self) -> None:
        self._started, self.last = time.monotonic(), "nothing was begun"

    def __call__(self, text: str) -> None:
        """Print one line."""
        self.last = text
        print(f"{time.monotonic() - self._started:6.1f} s  {text}", flush=True)


@contextlib.contextmanager
def _ending_at_last(seconds: float, saying: Saying) -> Iterator[None]:
    """Leave with exit status 1, by way of every `with`, if it is not over by then: where a call hangs."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(f"given up: it hung for {HANGING:.0f} s after its time was up; its last words: {saying.last}")

    before = signal.signal(signal.SIGALRM, leave)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    sys.exit(main())
