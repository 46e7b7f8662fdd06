"""How often and how late the end of a job is seen: the real decisions over many lengths, against fixed intervals."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.report import Row, Table, share
from simulator import defaults
from standdown.aws.workflow import FIRST_WAIT
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Outcome
from standdown.core.request import Source, StopRequest
from standdown.follow.verdict import Sighting, judge
from standdown.follow.watch_state import WatchState
from standdown.sdrs.models import GroupStatus, Job, JobStatus, ProtectionGroup

SHORTEST, LONGEST = 5.0, 3600.0
LOOK_SECONDS = (0.05, 0.3)
"""How long a look takes, the function's start and the workflow's own step among it."""
FIXED = {10: "Terraform huaweicloud", 6: "Open Telekom Cloud", 30: "common samples", 5: "KooCLI"}
TOGETHER = 1000
_START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_RUNNING = Sighting(Job("job", JobStatus.RUNNING, "RUNNING"))
_ENDED = Sighting(
    Job("job", JobStatus.SUCCESS, "SUCCESS"),
    ProtectionGroup(defaults.ERP_PROD, "erp-prod", GroupStatus.AVAILABLE, "available"),
)
_STATES_PER_LOOK, _STATES_BESIDE = 3, 5  # Wait, Look, Finished? - and Finished?, Notify, Published?, Stopped?, Succeed

_PERIODS = ((0, 20, None), (20, 60, 0.5), (60, 120, 0.5), (120, 300, 0.5), (300, 600, 0.5))


@dataclass(frozen=True, slots=True)
class Seen:
    """One job: its length, when it was looked at, in seconds from when it was accepted."""

    length: float
    looks: tuple[float, ...]

    @property
    def late(self) -> float:
        """Return by how many seconds its end was seen late."""
        return self.looks[-1] - self.length

    @property
    def in_time(self) -> bool:
        """Return whether it was seen within a fifth of the job's length, 2 s at least and 60 s at most."""
        return self.late <= min(max(2.0, 0.2 * self.length), 60.0)


def measure(jobs: int) -> Table:
    """Return the table over so many jobs."""
    chance = random.Random(1)  # noqa: S311 - to be repeated, not to be secret
    lengths = [SHORTEST * (LONGEST / SHORTEST) ** chance.random() for _ in range(jobs)]
    ours = [_followed(length, chance) for length in lengths]
    looks = _mean([len(one.looks) for one in ours])
    fixed = {seconds: [_fixed(length, seconds, chance) for length in lengths] for seconds in FIXED}
    ten = _mean([len(one.looks) for one in fixed[10]])
    late, relative = [one.late for one in ours], [one.late / one.length for one in ours]
    missed = 1 - _mean([one.in_time for one in ours])
    rows = [
        Row("polls per job", f"{looks:.1f}", f"{ten:.1f} every 10 s", looks / ten, 0.5),
        Row("jobs seen too late", f"{missed:.1%}", "5 % allowed", missed / 0.05, 1.0),
        Row("lateness, mean / 95 %", f"{_mean(late):.1f} s / {share(late, 0.95):.1f} s"),
        Row("lateness of the job's length, mean / 95 %", f"{_mean(relative):.0%} / {share(relative, 0.95):.0%}"),
        Row("workflow transitions per job", f"{_STATES_BESIDE + _STATES_PER_LOOK * looks:.0f}"),
        *(_row(seconds, fixed[seconds], looks) for seconds in FIXED),
        *_together(chance),
    ]
    return Table(
        "Polling",
        f"{jobs:,} jobs, their lengths log-uniform from {SHORTEST:.0f} s to {LONGEST / 60:.0f} min. The "
        "poller's own decisions (`follow.verdict.judge`) follow them in simulated time. A poll takes "
        "0.05 to 0.3 s. In time is a fifth of the "
        f"job's length, 2 s at least and 60 s at most. Then {TOGETHER:,} jobs of ten minutes are accepted in the "
        "same instant. Counted is how many polls fall into the fullest second, against the mean of that period.",
        rows,
    )


def _row(seconds: int, seen: list[Seen], ours: float) -> Row:
    looks, late = _mean([len(one.looks) for one in seen]), [one.late for one in seen]
    in_time = _mean([one.in_time for one in seen])
    transitions = _STATES_BESIDE + _STATES_PER_LOOK * looks
    told = f"{looks:.0f} polls, {transitions:.0f} transitions, {_mean(late):.1f} s late, {in_time:.0%} in time"
    return Row(f"every {seconds} s ({FIXED[seconds]})", f"{ours:.1f} polls", told, ours / looks)


def _together(chance: random.Random) -> list[Row]:
    """Return how much jobs that begin together are looked at together, in the first minute and after it."""
    ours = [look for _ in range(TOGETHER) for look in _followed(600.0, chance).looks]
    fixed = [look for _ in range(TOGETHER) for look in _fixed(600.0, 10, chance).looks]
    rows = []
    for begins, ends, aim in _PERIODS:
        peak, other = _peak(ours, begins, ends), _peak(fixed, begins, ends)
        what = f"{begins} to {ends} s after {TOGETHER:,} starts at once: fullest second / mean"
        rows.append(Row(what, f"{peak:.1f}", f"{other:.1f} every 10 s", peak / other, aim))
    return rows


def _peak(looks: list[float], begins: int, ends: int) -> float:
    seconds = Counter(int(look) for look in looks if begins <= look < ends)
    return max(seconds.values()) / (sum(seconds.values()) / (ends - begins))


def _followed(length: float, chance: random.Random) -> Seen:
    """Follow one job with the code that the poller runs."""
    operation, watch, now, looks = _operation(length), WatchState("0" * 32), 0.0, []
    wait: float = FIRST_WAIT
    while True:
        now += wait + chance.uniform(*LOOK_SECONDS)
        looks.append(now)
        after = judge(operation, watch, _ENDED if now >= length else _RUNNING, _START + timedelta(seconds=now))
        if isinstance(after, Outcome):
            return Seen(length, tuple(looks))
        watch, wait = after, after.wait_seconds


def _fixed(length: float, seconds: int, chance: random.Random) -> Seen:
    now, looks = 0.0, []
    while now < length:
        now += seconds + chance.uniform(*LOOK_SECONDS)
        looks.append(now)
    return Seen(length, tuple(looks))


def _operation(length: float) -> Operation:
    request = StopRequest("delivery", Source.QUEUE, _START, target="erp-prod")
    group = GroupRef(defaults.REGION, defaults.PROJECT_ID, defaults.ERP_PROD)
    minutes = int(length / 60) + 60
    return Operation("0" * 32, request, _START, State.FOLLOWING, "erp-prod", group, minutes, accepted_at=_START)


def _mean(values: list[float] | list[int] | list[bool]) -> float:
    return sum(values) / len(values)
