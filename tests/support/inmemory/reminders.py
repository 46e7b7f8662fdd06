"""One group that loses its protection and gets it back, in trouble or not: which reminders are written and published.

A course follows from its seed alone. No reminder may be written by a run of the sweeper that saw the group protected,
and none may be published later than six minutes after protection was back.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from simulator.defaults import ERP_PROD
from simulator.scenarios import Plan
from standdown.core.retry import RetryLaterError
from standdown.ledger.table import LedgerError
from support.inmemory.boundary import Crash
from support.inmemory.stack import Stack, Target

STEP, RUN, LENGTH = 10, 300, 3600
"""Seconds from one look at everything to the next, from one run of the sweeper to the next, and of a course."""
LATEST = 360 - STEP
"""Seconds after protection was back at which a reminder may still be published; the time is known to one step."""
FAILS = (503, 429)
SHOWS = ("list-groups", "get-group")
CHANNELS = ("sns", "events")
Act = Callable[[], object]


@dataclass(slots=True)
class Course:
    """One course; `seen` counts what happened in it."""

    seed: int
    make: Callable[[list[Target]], Stack] = Stack
    seen: Counter[str] = field(default_factory=Counter)
    minutes: int = field(init=False)
    stack: Stack = field(init=False)
    chance: random.Random = field(init=False)
    due: list[tuple[float, int, Act]] = field(default_factory=list)
    back_at: float | None = 0.0
    told: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - chance to be repeated
        self.minutes = self.chance.choice((1, 2, 6, 11))
        more = {"remind_after_minutes": self.minutes, "resume_sources": ["direct", "queue"]}
        self.stack = self.make([Target(more=more)])
        self.stack.sdrs.world.plan = Plan(job_seconds=self.chance.choice((0.0, 8.0, 150.0, 700.0)))

    def go(self) -> Counter[str]:
        """Play it; raise AssertionError at a reminder that must not be."""
        self._plan()
        begun = self.stack.clock.epoch()
        while (passed := self.stack.clock.epoch() - begun) < LENGTH:
            for entry in [one for one in self.due if one[0] <= passed]:
                self.due.remove(entry)
                entry[2]()
            self._look()
            self.stack.deliver()
            self.stack.executions.advance()
            self._judge_published()
            if int(passed) % RUN < STEP and int(passed) >= STEP:
                self._sweep()
            self.stack.clock.pass_(STEP)
        return self.seen

    def _plan(self) -> None:
        """Choose what happens, and when: off, back, perhaps off once more, and what goes wrong meanwhile."""
        off = self.chance.randrange(0, 600)
        # Half of the times protection is back around the reminder, and a channel takes nothing until some time later.
        tense = self.chance.random() < 0.5
        least, most = (60 * self.minutes, 60 * self.minutes + 600) if tense else (60, 2400)
        back = self._near_a_run(off + self.chance.randrange(least, most))
        self._at(off, self.chance.choice((self._stopped_outside, self._stop)))
        self._at(back, self.chance.choice((self._back_outside, self._back_outside, self._starting, self._resume)))
        if self.chance.random() < 0.3:
            self._at(back + self.chance.randrange(30, 1500), self.chance.choice((self._stopped_outside, self._stop)))
        for channel in CHANNELS:
            if self.chance.random() < 0.5:
                begins = 0 if tense else self._near_a_run(self.chance.randrange(0, 3000))
                self._at(begins, partial(self.stack.boundary.down.add, channel))
                ends = self.chance.choice((begins + 30, begins + 400, back + 10, back + 200, back + 400, back + 700))
                self._at(ends, partial(self.stack.boundary.down.discard, channel))

    def _near_a_run(self, seconds: int) -> int:
        """Return a time, half of the times one that is next to a run of the sweeper."""
        return seconds if self.chance.random() < 0.5 else seconds // RUN * RUN + self.chance.choice((-10, 0, 10, 20))

    def _at(self, seconds: int, act: Act) -> None:
        self.due.append((seconds, len(self.due), act))
        self.due.sort(key=lambda entry: entry[:2])

    # What people do

    def _stopped_outside(self) -> None:
        self.stack.set_group("available")

    def _back_outside(self) -> None:
        self.stack.set_group("protected")

    def _starting(self) -> None:
        self.stack.set_group("starting", lasts=float(self.chance.choice((20, 200, 800))))

    def _stop(self) -> None:
        self.stack.send("erp-prod")

    def _resume(self) -> None:
        hold = self.stack.hold()
        if hold is None:
            self._back_outside()
        else:
            self.stack.send("erp-prod", action="resume", hold=hold.hold_id, requested_by="Ada")

    # What must hold

    def _sweep(self) -> None:
        """Have the sweeper run, perhaps into trouble, and judge what it wrote by what it saw."""
        stack, what = self.stack, self.chance.random()
        before, calls = set(self._notices()), len(stack.sdrs.calls)
        if what < 0.1:
            stack.boundary.cut(self.chance.randrange(12))
        elif what < 0.2:
            stack.boundary.cut(self.chance.randrange(12), self._back_outside, after=True)
        elif what < 0.3:
            stack.fault(endpoint="list-groups", status=self.chance.choice(FAILS), count=self.chance.randrange(1, 9))
        try:
            stack.sweep()
            stack.watch()
        except (Crash, RetryLaterError, LedgerError):
            self.seen["runs that broke"] += 1
        stack.boundary.clear()
        self.seen["runs"] += 1
        shown = [status for call in stack.sdrs.calls[calls:] for status in _shown(call)]
        for pk in set(self._notices()) - before:
            kind = self._notices()[pk]
            self.seen[f"{kind} written"] += 1
            assert kind != "reminder" or "protected" not in shown, f"a run that saw {shown} wrote {pk}"
        self._look()

    def _notices(self) -> dict[str, str]:
        items = self.stack.dynamodb.items.items()
        return {pk: item["notice_kind"]["S"] for pk, item in items if pk.startswith("notice#")}

    def _look(self) -> None:
        """Note since when the group has been protected."""
        if self.stack.group_status() != "protected":
            self.back_at = None
        elif self.back_at is None:
            self.back_at = self.stack.clock.epoch()

    def _judge_published(self) -> None:
        now, published = self.stack.clock.epoch(), [*self.stack.topic.details, *self.stack.bus.details]
        reminders = [one for one in published if one.get("notice") == "reminder"]
        if len(reminders) > self.told:
            self.seen["reminders published"] += len(reminders) - self.told
            self.told = len(reminders)
            late = 0.0 if self.back_at is None else now - self.back_at
            self.seen["of them after protection was back"] += late > 0
            assert late <= LATEST, f"a reminder is published {late:.0f} s after protection was back"


def _shown(call: Any) -> list[str]:
    """Return which status of the group an answer of SDRS shows."""
    if call.endpoint not in SHOWS or call.status != 200:
        return []
    said = json.loads(call.answer)
    groups = said.get("server_groups") or [said.get("server_group") or {}]
    return [one["status"] for one in groups if one.get("id") == ERP_PROD]
