"""Take a group's lock for an intent, or find its place: joined to whoever does the same, or waiting behind a resume.

Sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from standdown.action.invocation import Invocation
from standdown.base.log import logger
from standdown.base.text import iso
from standdown.core.hold import Hold
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action
from standdown.core.resuming import hold_objection
from standdown.core.retry import RetryLaterError
from standdown.ledger.answers import Answer, Begun, Busy, Cooling, HoldChanged, Repeated

_MOST_TRIES = 3
BEHIND = 15.0
"""Seconds until a stop that waits behind a resume is looked at again."""

Take = Callable[[Operation, timedelta], Answer]


class Taken(NamedTuple):
    """The intent has the lock: this invocation acts."""

    intent: Operation


class Joined(NamedTuple):
    """The operation does not act: another one with the same purpose does."""

    operation: Operation


def take_group(
    intent: Operation, cooldown: timedelta, invocation: Invocation, take: Take
) -> Taken | Joined | Repeated | Outcome:
    """Take the lock by `take`, which is `begin` for a new intent; return the outcome where it may not have it.

    Raises RetryLaterError where it waits: behind a resume, recorded as its operation, or while others come and go.
    """
    for _ in range(_MOST_TRIES):
        match take(intent, cooldown):
            case Begun():
                return Taken(intent)
            case Repeated() as known:
                return known
            case HoldChanged():
                return _hold_changed(intent, invocation)
            case Cooling(stopped_at):
                if not invocation.attempt().takes_a_stop(intent.located):
                    return _cooling(stopped_at, cooldown, invocation.clock())
                # Protection was enabled again since that stop: only one that was sent in the meantime counts.
                cooldown = intent.received_at - stopped_at
            case Busy() as busy:  # pragma: no branch - there is no sixth answer
                place = _place(intent, busy, invocation)
                if place is not None:
                    return place
    raise RetryLaterError("the group's lock changed hands all the time")


def held(intent: Operation, invocation: Invocation, *, after_alarm: bool) -> Hold | Outcome:
    """Return the hold that a resume undoes, or the outcome where it may not."""
    hold = invocation.ledger.holds.get(intent.located)
    objection = hold_objection(intent.request, hold, after_alarm=after_alarm)
    if objection is not None or hold is None:
        refusal, why = objection or (Refusal.HOLD_CHANGED, Why(Reason.HOLD_OVER))
        return Outcome.of(Result.REFUSED, invocation.clock(), why, refusal)
    return hold


def hold_changed(operation: Operation, invocation: Invocation) -> Outcome | None:
    """Return why a resume that was admitted is not sent any more: others wait behind it who want the hold to stay."""
    if operation.action is not Action.RESUME:
        return None
    target = invocation.targets.find(operation.request)
    found = held(operation, invocation, after_alarm=target is not None and target.resume_after_alarm)
    return found if isinstance(found, Outcome) else None


def _hold_changed(intent: Operation, invocation: Invocation) -> Outcome:
    """Say what became of the hold; where it can be resumed now, it is not the one that was looked at."""
    found = held(intent, invocation, after_alarm=True)
    if isinstance(found, Outcome):
        return found
    why = Why.of(Reason.HOLD_CHANGED, hold=intent.request.hold, now=found.hold_id)
    return Outcome.of(Result.REFUSED, invocation.clock(), why, Refusal.HOLD_CHANGED)


def _cooling(stopped_at: datetime, cooldown: timedelta, now: datetime) -> Outcome:
    minutes = int(cooldown.total_seconds() // 60)
    why = Why.of(Reason.COOLDOWN, stopped_at=iso(stopped_at), minutes=minutes)
    return Outcome.of(Result.REFUSED, now, why, Refusal.COOLDOWN)


def _place(intent: Operation, busy: Busy, invocation: Invocation) -> Joined | Outcome | None:
    """Return the operation's place beside the holder of the lock; None where the lock is free by now."""
    holder = invocation.ledger.get(busy.holder)
    if holder is None:
        logger.warning("lock without a holder freed", extra={"holder": busy.holder})
        invocation.ledger.free(busy)
        return None
    if holder.action is intent.action:
        joined = invocation.ledger.join(intent, busy.holder)
        return None if joined is None else Joined(joined)
    if holder.outcome is not None:
        return None
    if intent.action is Action.RESUME:
        why = Why.of(Reason.STOP_UNDER_WAY, operation_id=holder.operation_id)
        return Outcome.of(Result.REFUSED, invocation.clock(), why, Refusal.STOP_UNDER_WAY)
    raise _waits(intent, holder, invocation)


def _waits(intent: Operation, holder: Operation, invocation: Invocation) -> RetryLaterError:
    """Record a stop behind a resume: without a lock, so that nobody sends anything for it."""
    why = invocation.attempt().waiting(intent.located, "protection is being enabled again")
    waiting = replace(intent, lock=None, lease_until=None, attempts=0, waits_for=holder.operation_id, problem=why)
    recorded = invocation.ledger.wait(waiting)
    logger.info("stop waits behind a resume", extra={"waits_for": holder.operation_id, "problem": why})
    return RetryLaterError(why, BEHIND, recorded)
