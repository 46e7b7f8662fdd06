"""Issue the stop of one request: at most once, whatever crashes, and hand it to the workflow.

The intent is recorded and the group locked in one write before anything is sent. Whoever finds an intent that somebody
left open reads the group first. docs/evidence/protocol.md has the whole table; tests hold it equal to this code.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from standdown.action.attempt import MARGIN, StopAttempt
from standdown.aws.workflow import Workflow, WorkflowError
from standdown.base.log import about, logger
from standdown.base.metrics import Metric, record
from standdown.base.text import clip, iso
from standdown.core.admission import Admitted, Refused, admit, brakes, group_of
from standdown.core.operation import Operation, Outcome, Refusal, Result, State, StopRequest
from standdown.core.retry import RetryLaterError
from standdown.core.targets import Targets
from standdown.huawei.account import HuaweiAccount
from standdown.ledger.ledger import Begun, Busy, Cooling, Ledger, LedgerError, Repeated

_MOST_JOINS = 3


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a stop is done with, for one invocation; `remaining()` is what is left of it in seconds."""

    targets: Targets
    ledger: Ledger
    huawei: HuaweiAccount
    workflow: Workflow
    clock: Callable[[], datetime]
    remaining: Callable[[], float]
    pause: Callable[[float], None] = time.sleep

    @property
    def lease(self) -> timedelta:
        """Return for how long an operation must be left alone: it outlives this invocation."""
        return timedelta(seconds=max(self.remaining(), 0) + MARGIN)

    def attempt(self) -> StopAttempt:
        """Return this invocation's way to Huawei Cloud."""
        return StopAttempt(self.huawei, self.clock, self.remaining, self.pause)


def stop(request: StopRequest, invocation: Invocation) -> Operation:
    """Bring the request as far as it comes now and return its operation.

    Raises RetryLaterError where it must be delivered again. Nothing is sent unless the ledger holds the intent.
    """
    now = invocation.clock()
    admission = admit(request, invocation.targets, now)
    operation = _operation(request, admission, now)
    about(operation.operation_id, request.delivery_id, operation.target)
    try:
        if isinstance(admission, Refused):
            outcome = Outcome(Result.REFUSED, now, admission.detail, admission.refusal)
            return _at_the_door(operation, outcome, invocation)
        if admission.dry_run:
            return _rehearsed(operation, invocation)
        return _live(operation, timedelta(minutes=admission.target.cooldown_minutes), invocation)
    except LedgerError as error:
        raise RetryLaterError(str(error), operation=operation) from error


def continue_operation(operation_id: str, invocation: Invocation) -> Operation | None:
    """Go on with an operation that somebody left open, under the brakes as they are now; None where there is none."""
    try:
        found = invocation.ledger.get(operation_id)
        if found:
            about(operation_id, found.request.delivery_id, found.target)
        return found and _continue(found, invocation)
    except LedgerError as error:
        raise RetryLaterError(str(error)) from error


def finish(operation: Operation, invocation: Invocation, forbidden: Outcome) -> Operation | None:
    """Bring an intent that nobody works on to its end without sending a stop; None where somebody is at it.

    What the group's status shows counts; `forbidden` is the outcome where it shows that nothing was stopped. Raises
    RetryLaterError where the group cannot be read, and LedgerError.
    """
    claimed = invocation.ledger.claim(operation.operation_id, invocation.clock(), invocation.lease)
    return claimed and _send(claimed, invocation, maybe_sent=True, forbidden=forbidden)


def hand_over(operation: Operation, invocation: Invocation) -> Operation:
    """Have the workflow follow an accepted stop; raise RetryLaterError where it cannot be started now."""
    try:
        invocation.workflow.start(operation)
    except WorkflowError as error:
        raise RetryLaterError(str(error), operation=operation) from error
    if operation.state is State.ACCEPTED:
        invocation.ledger.handed_over(operation.operation_id)
        return replace(operation, state=State.FOLLOWING)
    return operation


def _operation(request: StopRequest, admission: Admitted | Refused, now: datetime) -> Operation:
    operation = Operation(request.operation_id, request, now, target=request.wanted)
    target = admission.target
    if target is None:
        return operation
    return replace(
        operation,
        target=target.name,
        group=group_of(target),
        deadline_minutes=target.deadline_minutes,
        max_age_minutes=target.max_age_minutes,
    )


def _live(operation: Operation, cooldown: timedelta, invocation: Invocation) -> Operation:
    """Take the group's lock and stop it, or join whoever has the lock."""
    assert operation.group is not None  # noqa: S101 - an admitted target names a group
    intent = replace(operation, lock=operation.group.key, lease_until=operation.received_at + invocation.lease)
    for _ in range(_MOST_JOINS):
        match invocation.ledger.begin(intent, cooldown):
            case Begun():
                logger.info("request admitted", extra={"source": operation.request.source.value})
                _count(operation, "admitted")
                return _send(intent, invocation, maybe_sent=False)
            case Repeated(found):
                _count(operation, "repeated")
                return _continue(found, invocation)
            case Cooling(stopped_at):
                detail = f"The group was stopped at {iso(stopped_at)}, less than its cooldown of {cooldown} ago."
                cooling = Outcome(Result.REFUSED, invocation.clock(), detail, Refusal.COOLDOWN)
                return _at_the_door(operation, cooling, invocation)
            case Busy(holder):  # pragma: no branch - there is no fifth answer
                joined = invocation.ledger.join(operation, holder)
                if joined is not None:
                    logger.info("request joined", extra={"joined_to": joined.joined_to})
                    _count(operation, "joined")
                    return joined if joined.state is State.JOINED else _continue(joined, invocation)
    raise RetryLaterError("the group's lock changed hands all the time", operation=operation)


def _rehearsed(operation: Operation, invocation: Invocation) -> Operation:
    """Record a dry run, which locks nothing, and rehearse it."""
    intent = replace(operation, lease_until=operation.received_at + invocation.lease)
    found = invocation.ledger.record(intent)
    _count(operation, "dry_run" if found is intent else "repeated")
    return _send(intent, invocation, maybe_sent=False) if found is intent else _continue(found, invocation)


def _at_the_door(operation: Operation, refused: Outcome, invocation: Invocation) -> Operation:
    """Record a refusal and have it published; a request that is at work already goes on under the brakes it meets."""
    logger.info("request refused", extra={"refusal": refused.refusal, "detail": refused.detail})
    ended = operation.with_outcome(refused)
    found = invocation.ledger.record(ended)
    _count(operation, "refused" if found is ended else "repeated")
    return _continue(found, invocation)


def _continue(operation: Operation, invocation: Invocation) -> Operation:
    """Go on from where the operation stands; one that is finished or handed over needs nothing."""
    if operation.state is State.INTENT:
        return _take_over(operation, invocation)
    if operation.state is State.ACCEPTED or (operation.state is State.ENDED and operation.accepted_at is None):
        return hand_over(operation, invocation)
    return operation


def _take_over(operation: Operation, invocation: Invocation) -> Operation:
    now = invocation.clock()
    claimed = invocation.ledger.claim(operation.operation_id, now, invocation.lease)
    if claimed is None:
        left = (operation.lease_until - now).total_seconds() if operation.lease_until else 0
        raise RetryLaterError("another delivery of this request is at work", max(left, 0) + 1, operation)
    logger.info("operation continued", extra={"attempts": claimed.attempts})
    return _send(claimed, invocation, maybe_sent=True, forbidden=brakes(claimed, invocation.targets, now))


def _send(
    operation: Operation, invocation: Invocation, *, maybe_sent: bool, forbidden: Outcome | None = None
) -> Operation:
    try:
        answer = invocation.attempt().run(operation, maybe_sent=maybe_sent, forbidden=forbidden)
    except RetryLaterError as error:
        _give_back(operation, error, invocation)
        raise RetryLaterError(error.why, error.delay, operation) from error
    if isinstance(answer, Outcome):
        logger.info("operation ended", extra={"result": answer.result.value, "refusal": answer.refusal})
        return hand_over(invocation.ledger.end(operation, answer), invocation)
    logger.info("stop accepted", extra={"job_id": answer.job_id})
    if answer.job_id is not None:
        record(Metric.STOPS_ISSUED)
        taken = (invocation.clock() - operation.request.requested_at).total_seconds()
        record(Metric.SECONDS_TO_STOP, max(taken, 0.0))
    located = replace(operation, group=answer.group)
    return hand_over(invocation.ledger.accept(located, answer.job_id, invocation.clock()), invocation)


def _count(operation: Operation, decision: str) -> None:
    record(Metric.REQUESTS, source=operation.request.source.value, decision=decision)


def _give_back(operation: Operation, why: RetryLaterError, invocation: Invocation) -> None:
    try:
        invocation.ledger.release(operation, clip(why.why, 500))
    except LedgerError as error:
        logger.warning("lease not given back, it runs out by itself", extra={"problem": str(error)})
