"""A group without protection: since when, who asked for that, and when it is to be protected again. Pure.

The stop that ends writes it, the sweeper looks whether it is over. An id stands for what was shown: it changes whenever
somebody else asks for the same, so that nobody resumes what they have not seen.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from standdown.base.text import iso
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.request import ALARMS, Action, Source, StopRequest
from standdown.core.serialize import Record

MOST_ASKERS = 20
"""How many of those that asked are listed, the last ones; `askers` counts them all."""
UNPROTECTED = frozenset({
    "available", "starting", "error-starting", "error-stopping", "failed-over", "reprotecting", "error-reprotecting",
})  # fmt: skip
"""In which no failover is possible, or, after a stop that failed, only in part."""
_MAYBE_OFF = frozenset({Result.SUCCEEDED, Result.ALREADY_STOPPED, Result.TIMED_OUT, Result.UNKNOWN})
_ASKING = frozenset({None, Refusal.COOLDOWN, Refusal.WRONG_STATE, Refusal.PRODUCTION_FAILED})
"""Refusals of a stop that its target admitted: whoever asked wants the group to stay as it is."""


class HoldState(StrEnum):
    """Whether protection is off, on again but not in step yet, or back."""

    OPEN = "open"
    COPYING = "copying"
    OVER = "over"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Asker(Record):
    """A request that asked for the stop, also one that joined it or found the group stopped already."""

    operation_id: str
    source: Source
    at: datetime
    requested_by: str = ""
    target: str | None = None
    alarm: str | None = None

    @classmethod
    def of(cls, request: StopRequest, operation_id: str | None = None) -> Asker:
        """Return who asked by this request."""
        own = operation_id or request.operation_id
        by = request.requested_by
        return cls(own, request.source, request.requested_at, by, request.target, request.alarm)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Hold(Record):
    """One group's time without protection, from `since` (UTC) on.

    `hold_id` is the operation of the last request that asked for it. `target_name` is not called `target`, under which
    the ledger lists operations. `status` is SDRS's word as it was last seen, None
    where nobody saw it yet. `alarmed` says that an alarm or a monitoring system asked, `outside` that protection was
    switched off by somebody else. `resume_at` is when the stop of `resume_set_by` is to be undone. `notices` counts the
    notices that were written, `last_notice_at` is when the group's last reminder was. `revision` counts the changes.
    """

    hold_id: str
    group: GroupRef
    since: datetime
    state: HoldState = HoldState.OPEN
    status: str | None = None
    name: str | None = None
    target_name: str | None = None
    asked: tuple[Asker, ...] = ()
    askers: int = 0
    alarmed: bool = False
    outside: bool = False
    priority_station: str | None = None
    notices: int = 0
    last_notice_at: datetime | None = None
    acknowledged_until: datetime | None = None
    acknowledged_by: str | None = None
    resume_at: datetime | None = None
    resume_set_by: str | None = None
    resumed_by: str | None = None
    ended_at: datetime | None = None
    revision: int = 0

    @property
    def over(self) -> bool:
        """Return whether protection is back and the copy in step."""
        return self.state is HoldState.OVER

    def asked_by(self, *askers: Asker) -> Hold:
        """Return the hold after others asked for it: it has another id then."""
        fresh = [one for one in askers if all(one.operation_id != known.operation_id for known in self.asked)]
        if not fresh:
            return self
        alarm = any(one.source in ALARMS for one in fresh)
        return replace(
            self,
            acknowledged_until=None if alarm else self.acknowledged_until,  # whoever wanted quiet did not know of it
            hold_id=fresh[-1].operation_id,
            asked=(*self.asked, *fresh)[-MOST_ASKERS:],
            askers=self.askers + len(fresh),
            alarmed=self.alarmed or alarm,
            target_name=self.target_name or next((one.target for one in fresh if one.target), None),
        )

    @property
    def due_by_itself(self) -> datetime | None:
        """Return when it is to be undone by itself; None where nothing says so, or others want it to stay."""
        return self.resume_at if self.timer_holds(after_alarm=True) else None

    def timer_holds(self, *, after_alarm: bool) -> bool:
        """Return whether its timer may undo it: nobody else asked, and no alarm unless the target allows that."""
        own = self.askers == 1 and not self.outside and self.asked[0].operation_id == self.resume_set_by
        return own and (after_alarm or not self.alarmed)


def after(known: Hold | None, new: Hold) -> Hold:
    """Return a group's new hold as it follows the one before: reminders of one group keep their distance."""
    if known is None:
        return new
    return replace(new, revision=known.revision, last_notice_at=known.last_notice_at)


def outside(group: GroupRef, since: datetime, status: str, station: str | None, target: str | None = None) -> Hold:
    """Return the hold of a group whose protection was switched off by somebody else."""
    own = hashlib.sha256(f"outside\n{group.key}\n{iso(since)}".encode()).hexdigest()[:32]
    return Hold(own, group, since, status=status, target_name=target, outside=True, priority_station=station)


def asks_for_hold(operation: Operation, outcome: Outcome) -> bool:
    """Return whether an operation that ended so asked for its group to be without protection, however it ended.

    One that opens no hold asked for the one that is open. A group that is protected by now has none.
    """
    group = operation.group
    if operation.action is not Action.STOP or operation.dry_run or group is None or not group.complete:
        return False  # a record of 0.1.0 may know its group by name alone: the sweeper finds the group
    if outcome.result is Result.JOINED:
        return outcome.joined_result in _MAYBE_OFF
    ended = outcome.result is not Result.DRY_RUN and outcome.refusal in _ASKING
    return ended and outcome.group_status != "protected"


def opens_hold(operation: Operation, outcome: Outcome) -> bool:
    """Return whether a stop that ended so took protection away, or may have."""
    if not asks_for_hold(operation, outcome) or outcome.result not in _MAYBE_OFF | {Result.FAILED}:
        return False
    # After a job that failed the group may be off, or off in part, and be seen so a moment later.
    sent = operation.accepted_at is not None and outcome.group_status is None
    return outcome.result in _MAYBE_OFF or sent or outcome.group_status in UNPROTECTED | {"stopping"}


def seen_unprotected(outcome: Outcome) -> bool:
    """Return whether the group was seen without protection."""
    return outcome.group_status in UNPROTECTED


def after_stop(known: Hold | None, operation: Operation, outcome: Outcome, due: datetime | None) -> Hold:
    """Return the hold once this stop has ended; `due` is when it is to be undone.

    What was over, or protected again and only copying, has ended: this is another one.
    """
    base = (
        known
        if known is not None and known.state is HoldState.OPEN and not _protected_since(known, operation)
        else None
    )
    if base is None:
        since = outcome.job_ended_at or outcome.ended_at
        base = after(known, Hold(operation.operation_id, operation.located, since))
    found = base.asked_by(*(Asker.of(cause) for cause in operation.all_causes))
    return replace(
        found,
        status=outcome.group_status or base.status,
        name=outcome.group_name or base.name,
        target_name=base.target_name or operation.target,
        priority_station=base.priority_station or outcome.priority_station,
        resume_at=base.resume_at or due,
        resume_set_by=base.resume_set_by or (operation.operation_id if due else None),
    )


def _protected_since(known: Hold, operation: Operation) -> bool:
    """Return whether protection was enabled since a hold began, although no run of the sweeper saw it.

    SDRS takes a stop of a protected group alone, or of one whose stop went wrong; this one was seen stopped.
    """
    taken = operation.job_id is not None and operation.sent_at is not None and operation.sent_at > known.since
    return taken and known.status == "available"


def after_resume(known: Hold, operation: Operation, outcome: Outcome) -> Hold:
    """Return the hold once protection is enabled again, and was seen to be: it stays until every pair is in step."""
    found = replace(known, status=outcome.group_status, resumed_by=operation.operation_id)
    if not outcome.verified:
        return found
    state = HoldState.OVER if outcome.in_step else HoldState.COPYING
    return replace(found, state=state, ended_at=outcome.ended_at if outcome.in_step else None)
