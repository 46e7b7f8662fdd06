"""Every status, both actions, every source, whoever had the group stopped: what is sent, and what people are told.

The rules are written down here a second time, from what SDRS documents and what is promised, and each cell is played.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from simulator.world import STATUSES
from standdown.action.protocol import stop
from standdown.core.due import resume_of
from standdown.core.hold import Hold, outside
from standdown.core.operation import GroupRef
from standdown.core.request import Action, Source, StopRequest
from standdown.core.retry import RetryLaterError
from support.inmemory import Stack, Target
from support.inmemory.clock import Clock

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
TARGET = Target(
    more={
        "sources": ["alarm", "monitoring", "queue", "schedule", "webhook", "direct"],
        "resume_sources": ["queue", "schedule", "webhook", "direct"],
        "alarms": ["erp-*"],
        "resume_after_minutes": 60,
    }
)
ALARMING = (Source.ALARM, Source.MONITORING)
BY_PEOPLE = (Source.QUEUE, Source.WEBHOOK, Source.DIRECT)


class StoppedBy(StrEnum):
    """Who had the group stopped; an alarm may have come while it was."""

    ALARM = "an alarm"
    SCHEDULE = "a schedule"
    PERSON = "a person"
    OUTSIDE = "somebody outside"
    SCHEDULE_THEN_ALARM = "a schedule, then an alarm came"
    PERSON_THEN_ALARM = "a person, then an alarm came"
    OUTSIDE_THEN_ALARM = "somebody outside, then an alarm came"


ALARMED = frozenset(one for one in StoppedBy if "alarm" in one.value)
AN_ALARM_CAME = ALARMED - {StoppedBy.ALARM}
WITH_A_TIMER = frozenset({StoppedBy.SCHEDULE, StoppedBy.PERSON})

# What SDRS does in each status: one word for a stop, one for a resume.
SENT, FOLLOWED, DONE, WAITS, WRONG = "sent", "followed", "already so", "waits", "refused: wrong_state"
BY_STATUS = {
    "creating": (WRONG, WRONG), "available": (DONE, SENT), "deleting": (WRONG, WRONG),
    "error-deleting": (WRONG, WRONG), "error": (WRONG, WRONG), "protected": (SENT, DONE),
    "starting": (WAITS, FOLLOWED), "error-starting": (WRONG, SENT), "stopping": (FOLLOWED, "refused: stop_under_way"),
    "error-stopping": (SENT, WRONG), "reprotecting": (WAITS, WRONG), "error-reprotecting": (WRONG, WRONG),
    "reversing": (WAITS, WRONG), "error-reversing": (WRONG, WRONG), "failing-over": (WRONG, WRONG),
    "failed-over": (WRONG, WRONG), "error-failing-over": (WRONG, WRONG),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what is asked, by which source, by a named person or not, and in which status of the group."""

    status: str
    action: Action
    source: Source
    named: bool
    by: StoppedBy

    @property
    def end(self) -> str:
        """Return what is promised of it."""
        if self.action is Action.STOP:
            return BY_STATUS[self.status][0]
        if self.source in ALARMING:
            return "refused: not_allowed"  # no alarm is a reason to enable protection
        if self.source is Source.TIMER:
            return BY_STATUS[self.status][1] if self.by in WITH_A_TIMER else "refused: hold_changed"
        if self.by in ALARMED and (self.source is Source.SCHEDULE or not self.named):
            return "refused: not_allowed"
        return BY_STATUS[self.status][1]


def cells(by: StoppedBy, action: Action) -> Iterator[Cell]:
    """Yield every cell of one column and one action."""
    for status in STATUSES:
        for source in Source:
            if action is Action.STOP and source is Source.TIMER:
                continue  # a timer undoes, it never stops
            for named in (False, True) if source in BY_PEOPLE else (False,):
                yield Cell(status, action, source, named, by)


def asked(source: Source, at: datetime, delivery_id: str, *, named: bool = False, **more: Any) -> StopRequest:
    by = "ada@example.com" if named else f"{source} nightly"
    alarm = "erp-checksums" if source in ALARMING else None
    return StopRequest(
        delivery_id, source, at, "erp-prod", requested_by=by, person=by if named else "", alarm=alarm, **more
    )


@cache
def prepared(by: StoppedBy) -> tuple[Stack, Hold]:
    """Return a stack whose group was stopped so, an hour ago, and its hold."""
    stack = Stack([TARGET])
    first = {
        StoppedBy.ALARM: asked(Source.ALARM, stack.clock(), "first"),
        StoppedBy.SCHEDULE: asked(Source.SCHEDULE, stack.clock(), "first"),
        StoppedBy.PERSON: asked(Source.QUEUE, stack.clock(), "first", named=True),
    }.get(by if by not in AN_ALARM_CAME else StoppedBy(by.partition(",")[0]))
    if first is not None:
        stop(first, stack.invocation())
        stack.run(60, sweeps=False)
    else:
        stack.set_group("available")
        stack.ledger.holds.save(outside(GROUP, stack.clock(), "available", "source", "erp-prod"))
    if by in AN_ALARM_CAME:
        stop(asked(Source.ALARM, stack.clock(), "the alarm"), stack.invocation())
        stack.run(30, sweeps=False)
    stack.clock.pass_(3600)
    hold = stack.ledger.holds.get(GROUP)
    assert hold is not None
    return stack, hold


def played(cell: Cell) -> tuple[str, int, int]:
    """Return what became of a cell's request, how many stops SDRS took, and how many resumes it was sent.

    A stop may be sent in any status: SDRS refuses it. The call of a resume means something else in some of them.
    """
    before, hold = prepared(cell.by)
    stack = Stack([TARGET], clock=Clock(before.clock()))
    stack.dynamodb.items.update(deepcopy(before.dynamodb.items))
    stack.set_group(cell.status)
    request = asked(cell.source, stack.clock(), "now", named=cell.named)
    if cell.action is Action.RESUME:
        request = asked(
            cell.source, stack.clock(), "now", named=cell.named, action=Action.RESUME, hold=hold.hold_id
        )  # fmt: skip
    if cell.source is Source.TIMER:
        request = resume_of(hold, stack.clock())
    before_it = len(stack.accepted)
    end = _end(request, stack)
    return end, len(stack.accepted) - before_it, sum(call.endpoint == "start" for call in stack.sdrs.calls)


def _end(request: StopRequest, stack: Stack) -> str:
    try:
        operation = stop(request, stack.invocation())
    except RetryLaterError as error:
        return WAITS if error.operation is not None else "lost"
    if operation.outcome is None:
        return SENT if operation.job_id else FOLLOWED
    if operation.outcome.refusal is not None:
        return f"refused: {operation.outcome.refusal}"
    assert operation.outcome.result.value in ("already_stopped", "already_protected")
    return DONE


def test_the_table_has_every_status_every_source_and_everybody_who_may_have_stopped_a_group() -> None:
    found = [cell for by in StoppedBy for action in Action for cell in cells(by, action)]

    assert BY_STATUS.keys() == set(STATUSES)
    assert len(STATUSES) == 17
    assert len(found) == len(set(found)) == 17 * 7 * ((6 + 3) + (7 + 3))
    assert {cell.source for cell in found if cell.action is Action.RESUME} == set(Source)
    print(f"\n{len(found)} cells")  # noqa: T201 - how much was walked through


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("by", StoppedBy)
def test_each_cell_ends_as_promised_and_nothing_else_is_sent(by: StoppedBy, action: Action) -> None:
    ends = {cell: played(cell) for cell in cells(by, action)}

    word = {Action.STOP: (1, 0), Action.RESUME: (0, 1)}[action]
    assert ends == {cell: (cell.end, *(word if cell.end == SENT else (0, 0))) for cell in ends}


@pytest.mark.parametrize("by", sorted(ALARMED))
def test_nobody_but_a_named_person_resumes_what_an_alarm_asked_for(by: StoppedBy) -> None:
    resumed = [cell for cell in cells(by, Action.RESUME) if played(cell)[2]]

    assert resumed
    assert all(cell.named and cell.source in BY_PEOPLE for cell in resumed)


@pytest.mark.parametrize("status", ["failed-over", "error-reprotecting"])
def test_nothing_is_ever_sent_where_it_would_protect_in_the_other_direction(status: str) -> None:
    here = [cell for by in StoppedBy for action in Action for cell in cells(by, action) if cell.status == status]

    assert len(here) == 7 * 19
    assert [cell for cell in here if played(cell)[1:] != (0, 0)] == []


@pytest.mark.parametrize("by", sorted(set(StoppedBy) - WITH_A_TIMER))
def test_a_timer_resumes_nothing_but_what_its_own_stop_took(by: StoppedBy) -> None:
    asked_for = [cell for cell in cells(by, Action.RESUME) if cell.source is Source.TIMER]

    assert [played(cell)[2] for cell in asked_for] == [0] * 17
