"""Issue the stop, or the resume, of one request: at most once, whatever crashes, and hand it to the workflow.

The intent is recorded and the group locked in one write before anything is sent. Whoever finds an intent that somebody
left open reads the group first. docs/evidence/protocol.md has the whole table; tests hold it equal to this code.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from standdown.action.admitted import cooldown_of, count, count_issued, operation_of
from standdown.action.attempt import Attempt, Forbid
from standdown.action.invocation import Invocation
from standdown.action.lock import Joined, Taken, held, hold_changed, take_group
from standdown.action.used_id import used_id
from standdown.aws.workflow import WorkflowError
from standdown.base.log import about, logger
from standdown.base.text import clip
from standdown.core.admission import Refused, admit, readmit
from standdown.core.operation import Operation, State
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Action, StopRequest
from standdown.core.retry import SOON, RetryLaterError
from standdown.core.targets import Target
from standdown.huawei.located import located
from standdown.ledger.answers import Repeated
from standdown.ledger.table import LedgerError


def stop(request: StopRequest, invocation: Invocation) -> Operation:
    """Bring the request as far as it comes now and return its operation.

    Raises RetryLaterError where it must be delivered again; its `operation` is set where the ledger holds one. Nothing
    is sent unless the ledger holds the intent.
    """
    now = invocation.clock()
    admission = admit(request, invocation.targets, now)
    operation = operation_of(request, admission, now)
    about(operation.operation_id, request.delivery_id, operation.target)
    try:
        if isinstance(admission, Refused):
            outcome = Outcome.of(Result.REFUSED, now, admission.why, admission.refusal)
            return _refuse(operation, outcome, invocation)
        if admission.dry_run:
            return _dry_run(operation, invocation)
        return _live(operation, admission.target, invocation)
    except LedgerError as error:
        raise RetryLaterError(str(error)) from error


def continue_operation(operation_id: str, invocation: Invocation) -> Operation | None:
    """Go on with an operation that somebody left open, if it is still admitted; None where there is none."""
    try:
        found = invocation.ledger.get(operation_id)
        if found:
            about(operation_id, found.request.delivery_id, found.target)
        return found and _continue(found, invocation)
    except LedgerError as error:
        raise RetryLaterError(str(error)) from error


def finish(operation: Operation, invocation: Invocation, forbidden: Outcome) -> Operation | None:
    """Bring an intent that nobody works on to its end without sending a stop; None where somebody is at it.

    What the group's status shows counts; `forbidden` is the outcome where it shows that nothing was stopped, and where
    it is certain that nothing was sent. Raises RetryLaterError where the group cannot be read, and LedgerError.
    """
    claimed = invocation.ledger.claim(operation.operation_id, invocation.clock(), invocation.lease)
    return claimed and _send(claimed, invocation, forbid=lambda: forbidden)


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


def _live(operation: Operation, target: Target, invocation: Invocation) -> Operation:
    """Find the group, take its lock and act on it, or join whoever has the lock."""
    wanted = operation.located
    # What is recorded is continued for the group that was located then, whatever its name has come to mean since.
    found = None if wanted.complete else invocation.ledger.get(operation.operation_id)
    if found is not None:
        return _repeated(found, operation, invocation)
    located = invocation.attempt().locate(wanted)
    if isinstance(located, Outcome):
        return _refuse(operation, located, invocation)
    operation = replace(operation, group=located)
    if operation.action is Action.RESUME:
        hold = held(operation, invocation, after_alarm=target.resume_after_alarm)
        if isinstance(hold, Outcome):
            return _refuse(operation, hold, invocation)
        operation = replace(operation, priority_station=hold.priority_station)
    intent = replace(operation, lock=located.key, lease_until=operation.received_at + invocation.lease)
    match take_group(intent, cooldown_of(target), invocation, invocation.ledger.begin):
        case Taken():
            logger.info("request admitted", extra={"source": operation.request.source.value})
            count(operation, "admitted")
            return _send(intent, invocation, admitted=True)
        case Repeated(found):
            return _repeated(found, operation, invocation)
        case Joined(joined):
            return _joined(joined, invocation)
        case Outcome() as refused:  # pragma: no branch - there is no fifth answer
            return _refuse(operation, refused, invocation)


def _joined(joined: Operation, invocation: Invocation) -> Operation:
    logger.info("request joined", extra={"joined_to": joined.joined_to})
    count(joined, "joined")
    return joined if joined.state is State.JOINED else _continue(joined, invocation)


def _dry_run(operation: Operation, invocation: Invocation) -> Operation:
    """Record a dry run, which locks nothing, and do everything but the stop."""
    intent = replace(operation, lease_until=operation.received_at + invocation.lease)
    found = invocation.ledger.record(intent)
    if found is not intent:
        return _repeated(found, operation, invocation)
    count(operation, "dry_run")
    return _send(intent, invocation, admitted=True)


def _refuse(operation: Operation, refused: Outcome, invocation: Invocation) -> Operation:
    """Record an end before anything was sent and have it published; an operation that is recorded goes on."""
    ended = operation.with_outcome(refused)
    found = invocation.ledger.record(ended)
    return _refused(ended, invocation) if found is ended else _repeated(found, operation, invocation)


def _refused(ended: Operation, invocation: Invocation) -> Operation:
    """Have a refusal published that this invocation recorded."""
    logger.info("request refused", extra={"refusal": ended.ended.refusal, "detail": ended.ended.detail})
    count(ended, "refused")
    return _continue(ended, invocation)


def _repeated(found: Operation, operation: Operation, invocation: Invocation) -> Operation:
    """Go on with the operation that was recorded for an earlier delivery of the request."""
    refused = used_id(found, operation.request, invocation.clock())
    if refused is not None:
        about(refused.operation_id, operation.request.delivery_id, refused.target)
        known = invocation.ledger.record(refused)
        return _refused(refused, invocation) if known is refused else _continue(known, invocation)
    logger.info("request repeated", extra={"state": found.state.value})
    count(operation, "repeated")
    return _continue(found, invocation)


def _continue(operation: Operation, invocation: Invocation) -> Operation:
    """Go on from where the operation stands; one that is finished or handed over needs nothing."""
    if operation.state is State.INTENT and operation.waits_for is not None:
        return _take_turn(operation, invocation)
    if operation.state is State.INTENT:
        return _take_over(operation, invocation)
    if operation.state is State.ACCEPTED or (operation.state is State.ENDED and operation.accepted_at is None):
        return hand_over(operation, invocation)
    return operation


def _take_turn(operation: Operation, invocation: Invocation) -> Operation:
    """Take the lock for a stop that waited behind a resume, as long as one of its causes may still have it."""
    now = invocation.clock()
    forbidden = readmit(operation, invocation.targets, now)
    if forbidden is not None:
        return _end(operation, forbidden, invocation)
    lease = now + invocation.lease
    intent = replace(operation, lock=operation.located.key, lease_until=lease, attempts=1)
    cooldown = cooldown_of(invocation.targets.find(operation.request))
    match take_group(intent, cooldown, invocation, partial(invocation.ledger.take_lock, now=now)):
        case Taken():
            count(operation, "admitted")
            return _send(replace(intent, waits_for=None, problem=None), invocation, admitted=True)
        case Repeated(found) if found.waits_for is not None:
            raise RetryLaterError("another delivery of this request is at work", SOON, found)
        case Repeated(found):
            return _continue(found, invocation)
        case Joined(joined):
            return _joined(joined, invocation)
        case Outcome() as refused:  # pragma: no branch - there is no fifth answer
            return _end(operation, refused, invocation)


def _end(operation: Operation, outcome: Outcome, invocation: Invocation) -> Operation:
    logger.info("operation ended", extra={"result": outcome.result.value, "refusal": outcome.refusal})
    return hand_over(invocation.ledger.end(located(operation, invocation.huawei), outcome), invocation)


def _take_over(operation: Operation, invocation: Invocation) -> Operation:
    now = invocation.clock()
    claimed = invocation.ledger.claim(operation.operation_id, now, invocation.lease)
    if claimed is None:
        left = (operation.lease_until - now).total_seconds() if operation.lease_until else 0
        raise RetryLaterError("another delivery of this request is at work", max(left, 0) + 1, operation)
    logger.info("operation continued", extra={"attempts": claimed.attempts})
    return _send(claimed, invocation)


def _send(
    operation: Operation, invocation: Invocation, *, admitted: bool = False, forbid: Forbid | None = None
) -> Operation:
    """Send the stop of an intent that this invocation has the lease of, and write down what became of it."""

    def readmitted() -> Outcome | None:
        # Asked before every further stop: who switches a target off is not to wait for the end of an invocation.
        return readmit(operation, invocation.targets, invocation.clock()) or hold_changed(operation, invocation)

    attempt = invocation.attempt()
    try:
        answer = attempt.run(
            operation, maybe_sent=operation.maybe_sent_before, admitted=admitted, forbid=forbid or readmitted
        )
    except RetryLaterError as error:
        _give_back(operation, error, attempt, invocation)
        raise RetryLaterError(error.why, error.delay, operation) from error
    if isinstance(answer, Outcome):
        return _end(operation, answer, invocation)
    logger.info(f"{operation.action.value} accepted", extra={"job_id": answer.job_id, "guard": attempt.guard})
    if answer.job_id is not None:
        count_issued(operation, invocation.clock())
    located = replace(operation, group=answer.group, sent_at=answer.sent_at, guard=attempt.guard)
    return hand_over(invocation.ledger.accept(located, answer.job_id, invocation.clock()), invocation)


def _give_back(operation: Operation, why: RetryLaterError, attempt: Attempt, invocation: Invocation) -> None:
    try:
        invocation.ledger.release(operation, clip(why.why, 500), nothing_sent=attempt.nothing_sent)
    except LedgerError as error:
        logger.warning("lease not given back, it runs out by itself", extra={"problem": str(error)})
