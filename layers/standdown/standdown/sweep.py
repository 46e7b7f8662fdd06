"""The net: find operations that nobody works on any more and bring each one step nearer to its published outcome.

Sends no stop: an intent that is still fresh goes back to the trigger, one that is not is ended by what the group shows.
Safe to run twice at once: every step is one of the ledger's conditional writes, or an execution with a derived name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from standdown.admit import too_late
from standdown.follow import Watch, judge, see
from standdown.later import TryLaterError
from standdown.ledger import LedgerError
from standdown.log import about, about_nothing, logger
from standdown.metrics import Metric, record
from standdown.notify import joined_outcome
from standdown.operation import Operation, Outcome, Result, State
from standdown.request_queue import QueueError, RequestQueue
from standdown.stop import Means, finish, hand_over
from standdown.workflow import WorkflowError

GRACE = timedelta(minutes=1)
"""An operation that is younger is left to those who work on it."""
PATIENCE = timedelta(minutes=15)
"""For how long past its age, or past its deadline, an operation may stay open while the group cannot be read."""
EACH = 30.0
"""Seconds that one operation may take."""
SPARE = 10.0
"""Seconds of the invocation that are kept: the rest of the operations is for the next run."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one run found: how many operations it looked at, and the ids of those that it moved on."""

    seen: int
    moved: tuple[str, ...]


def sweep(operations: Iterable[Operation], means: Means, queue: RequestQueue) -> Swept:
    """Look at each operation as it stands now and move it on; one that gives trouble does not hold up the others."""
    seen, moved = 0, []
    for listed in operations:
        if means.remaining() < SPARE:
            logger.warning("out of time, the rest is for the next run", extra={"seen": seen})
            break
        seen += 1
        about(listed.operation_id, listed.request.delivery_id, listed.target)
        try:
            operation = means.ledger.get(listed.operation_id)
            step = operation and _move_on(operation, _share(means), queue)
        except (LedgerError, QueueError, TryLaterError, WorkflowError) as error:
            logger.warning("not moved on", extra={"problem": str(error)})
            continue
        if step:
            moved.append(listed.operation_id)
            logger.warning("moved on", extra={"step": step})
            record(Metric.MOVED_ON, step=step)
    about_nothing()
    record(Metric.OPEN_OPERATIONS, seen)
    record(Metric.BROKEN_TARGETS, len(means.targets.broken) + (means.targets.mode_problem is not None))
    return Swept(seen, tuple(moved))


def _share(means: Means) -> Means:
    """Return the means with no more time than one operation may take, so that one in trouble leaves some to others."""
    begun = means.remaining()
    return replace(means, remaining=lambda: min(means.remaining(), EACH - (begun - means.remaining())))


def _move_on(operation: Operation, means: Means, queue: RequestQueue) -> str | None:
    """Do the one thing that the operation needs; return its name, or None where others have it in hand."""
    now = means.clock()
    if now - (operation.accepted_at or operation.received_at) < GRACE:
        return None
    match operation.state:
        case State.INTENT:
            return _intent(operation, means, queue, now)
        case State.ACCEPTED:
            hand_over(operation, means)
            return "workflow started"
        case State.FOLLOWING:
            return _following(operation, means, now)
        case State.JOINED:
            return _joined(operation, means, now)
        case State.ENDED:
            return "publication started" if means.workflow.publish(operation) else None
        case State.PUBLISHED:
            means.ledger.settle(operation.operation_id)
            return None


def _intent(operation: Operation, means: Means, queue: RequestQueue, now: datetime) -> str | None:
    if operation.lease_until and operation.lease_until > now:
        return None
    if now <= operation.fresh_until:
        queue.resume_later(operation.operation_id)
        return "given back to the trigger"
    try:
        return "ended, too old" if finish(operation, means, too_late(operation, now)) else None
    except TryLaterError as error:
        accepted = error.operation is not None and error.operation.state is not State.INTENT
        if accepted or now <= operation.fresh_until + PATIENCE:
            raise
        unseen = Outcome(Result.UNKNOWN, now, f"A stop may have been sent, and the group cannot be read: {error.why}.")
        return _end(operation, unseen, means)


def _following(operation: Operation, means: Means, now: datetime) -> str | None:
    status = means.workflow.status(operation.execution_name)
    if status == "RUNNING" and now <= operation.deadline_at + PATIENCE:
        return None
    broke = f"The workflow that watched the stop is {status.replace('_', ' ').lower() if status else 'missing'}"
    sight = see(operation, Watch(operation.operation_id), means.huawei)
    verdict = judge(operation, Watch(operation.operation_id), sight, now)
    if isinstance(verdict, Outcome):
        return _end(operation, verdict, means)
    word = f"last seen {sight.word!r}" if sight.word else "not to be seen"
    return _end(operation, Outcome(Result.UNKNOWN, now, f"{broke}; the stop was {word}."), means)


def _joined(operation: Operation, means: Means, now: datetime) -> str | None:
    worker = means.ledger.get(operation.joined_to or "")
    if worker is None:
        lost = Outcome(Result.UNKNOWN, now, f"Operation {operation.joined_to}, which this one joined, is not recorded.")
        return _end(operation, lost, means)
    return _end(operation, joined_outcome(worker, now), means) if worker.outcome else None


def _end(operation: Operation, outcome: Outcome, means: Means) -> str:
    ended = means.ledger.end(operation, outcome)
    means.workflow.publish(ended)
    return f"ended: {ended.outcome.result.value if ended.outcome else outcome.result.value}"
