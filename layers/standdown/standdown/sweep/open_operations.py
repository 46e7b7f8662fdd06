"""Find operations that nobody works on any more and bring each one step nearer to its published outcome.

Sends no stop: an intent that is still fresh goes back to the trigger, one that is not is ended by what the group shows.
Safe to run twice at once: every step is one of the ledger's conditional writes, or an execution with a derived name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from standdown.action.invocation import Invocation
from standdown.action.protocol import finish, hand_over
from standdown.aws.request_queue import QueueError, RequestQueue, count_if_held_up
from standdown.aws.workflow import WorkflowError
from standdown.base.log import about, about_nothing, logger
from standdown.base.metrics import Metric, record
from standdown.core.actions import reason_of
from standdown.core.admission import too_late
from standdown.core.operation import Operation, State, execution_name, from_execution_name
from standdown.core.outcome import Outcome, Result
from standdown.core.reasons import Reason, Why
from standdown.core.retry import RetryLaterError
from standdown.follow.look import see
from standdown.follow.verdict import judge
from standdown.follow.watch_state import WatchState
from standdown.huawei.located import located
from standdown.ledger.ledger import LedgerError
from standdown.publish.notify import joined_outcome

GRACE = timedelta(minutes=1)
"""An operation that is younger is left to those who work on it."""
PATIENCE = timedelta(minutes=15)
"""For how long past its age, or past its deadline, an operation may stay open while the group cannot be read."""
EACH = 30.0
"""Seconds that one operation may take."""
FEWEST = 3
"""How many operations one run comes to for certain, each of which asks Huawei Cloud: the next run begins after them."""
TOGETHER = 25
"""How many operations that need nothing of Huawei Cloud are taken for each one that does."""
PACE = timedelta(minutes=5)
"""How far apart the executions are that publish one outcome again and again while the notifier is broken."""
SPARE = 10.0
"""Seconds of the invocation that are kept: the rest of the operations is for the next run."""


_ASK_HUAWEI = (State.INTENT, State.FOLLOWING)
_OPEN = (State.INTENT, State.ACCEPTED, State.FOLLOWING)
_GIVEN_BACK = "given back to the trigger"


@dataclass(frozen=True, slots=True)
class Swept:
    """What one run found: how many operations it looked at, and the ids of those that it moved on."""

    seen: int
    moved: tuple[str, ...]


def sweep(invocation: Invocation, queue: RequestQueue, execution: str | None = None) -> Swept:
    """Look at each unfinished operation as it stands now and move it on; one in trouble does not hold up the others.

    `execution` names a workflow's execution that broke: then its operation alone is looked at.
    """
    broken = from_execution_name(execution or "")
    if broken is not None:
        found = invocation.ledger.get(broken)
        return _sweep([found] if found else [], invocation, queue)
    listed = list(invocation.ledger.unfinished())
    turn = int(invocation.clock().timestamp() // PACE.total_seconds())
    swept = _sweep(_in_order(listed, turn), invocation, queue)
    record(Metric.OPEN_OPERATIONS, len(listed))
    record(Metric.BROKEN_TARGETS, invocation.targets.broken_documents)
    return swept


def _in_order(listed: Sequence[Operation], turn: int) -> Iterator[Operation]:
    """Yield those that need something, so that each is reached in bounded time, however many others there are.

    An operation that joined another needs nothing until that one has ended. A group that cannot be read takes the time
    of many others, so the three kinds take turns, and each run begins further on.
    """
    open_ones = {one.operation_id for one in listed if one.state in _OPEN}
    joined = [one for one in listed if one.state is State.JOINED and one.joined_to not in open_ones]
    asking = [one for one in listed if one.state in _ASK_HUAWEI]
    others = [one for one in listed if one.state not in (*_ASK_HUAWEI, State.JOINED)]
    begun = FEWEST * turn % len(asking) if asking else 0
    kinds = ((others, TOGETHER), (asking[begun:] + asking[:begun], 1), (joined, TOGETHER))
    rows = max(math.ceil(len(kind) / share) for kind, share in kinds)
    for row in range(rows):
        for kind, share in kinds:
            yield from kind[row * share : (row + 1) * share]


def _sweep(operations: Iterable[Operation], invocation: Invocation, queue: RequestQueue) -> Swept:
    seen, moved = 0, []
    for listed in operations:
        if invocation.remaining() < SPARE:
            logger.warning("out of time, the rest is for the next run", extra={"seen": seen})
            break
        seen += 1
        about(listed.operation_id, listed.request.delivery_id, listed.target)
        try:
            operation = invocation.ledger.get(listed.operation_id)
            step = operation and _move_on(operation, _share(invocation), queue)
        except (LedgerError, QueueError, RetryLaterError, WorkflowError) as error:
            logger.warning("not moved on", extra={"problem": str(error)})
            continue
        if step:
            moved.append(listed.operation_id)
            _count(listed, step, invocation.clock())
    about_nothing()
    return Swept(seen, tuple(moved))


def _count(operation: Operation, step: str, now: datetime) -> None:
    if operation.state is State.JOINED:
        # The list of who joined is full at some point: to end the others is the sweeper's work, and no sign of a crash.
        logger.info("joined operation ended", extra={"step": step})
        return
    logger.warning("moved on", extra={"step": step})
    if step == _GIVEN_BACK:
        # The stop is not sent yet, whatever kept it: nobody is to read that there is nothing to do.
        count_if_held_up(operation, now)
        return
    record(Metric.MOVED_ON, step=step)


def _share(invocation: Invocation) -> Invocation:
    """Return the means with no more time than one operation may take, so that one in trouble leaves some to others."""
    begun = invocation.remaining()
    return invocation._replace(remaining=lambda: min(invocation.remaining(), EACH - (begun - invocation.remaining())))


def _move_on(operation: Operation, invocation: Invocation, queue: RequestQueue) -> str | None:
    """Do the one thing that the operation needs; return its name, or None where others have it in hand."""
    now = invocation.clock()
    if now - (operation.accepted_at or operation.received_at) < GRACE:
        return None
    match operation.state:
        case State.INTENT:
            return _intent(operation, invocation, queue, now)
        case State.ACCEPTED:
            hand_over(operation, invocation)
            return "workflow started"
        case State.FOLLOWING:
            return _following(operation, invocation, now)
        case State.JOINED:
            return _joined(operation, invocation, now)
        case State.ENDED:
            return _publish(operation, invocation)
        case State.PUBLISHED:  # pragma: no branch - there is no other state
            invocation.ledger.settle(operation.operation_id)
            return None


def _intent(operation: Operation, invocation: Invocation, queue: RequestQueue, now: datetime) -> str | None:
    if operation.lease_until and operation.lease_until > now:
        return None
    if now <= operation.fresh_until:
        queue.continue_later(operation.operation_id)
        return _GIVEN_BACK
    try:
        return "ended, too old" if finish(operation, invocation, too_late(operation, now)) else None
    except RetryLaterError as error:
        accepted = error.operation is not None and error.operation.state is not State.INTENT
        if accepted or now <= operation.fresh_until + PATIENCE:
            raise
        unread = Why.of(reason_of(operation.action, Reason.GROUP_UNREAD), problem=error.why)
        return _end(operation, Outcome.of(Result.UNKNOWN, now, unread), invocation)


def _following(operation: Operation, invocation: Invocation, now: datetime) -> str | None:
    status = invocation.workflow.status(operation.execution_name)
    if status is None:
        # Not started, or not to be seen yet: the name makes a second start the same one.
        invocation.workflow.start(operation)
        return "workflow started"
    if status == "RUNNING" and now <= operation.deadline_at + PATIENCE:
        return None
    sight = see(operation, WatchState(operation.operation_id), invocation.huawei, last=True)
    verdict = judge(operation, WatchState(operation.operation_id), sight, now)
    if isinstance(verdict, Outcome):
        return _end(operation, verdict, invocation)
    execution = status.replace("_", " ").lower()
    if sight.word:
        reason = reason_of(operation.action, Reason.WORKFLOW_BROKE)
        broke = Why.of(reason, execution=execution, status=sight.word)
    else:
        broke = Why.of(reason_of(operation.action, Reason.WORKFLOW_BROKE_UNSEEN), execution=execution)
    return _end(operation, Outcome.of(Result.UNKNOWN, now, broke), invocation)


def _joined(operation: Operation, invocation: Invocation, now: datetime) -> str | None:
    worker = invocation.ledger.get(operation.joined_to or "")
    if worker is None:
        lost = Why.of(Reason.JOINED_LOST, operation_id=operation.joined_to)
        return _end(operation, Outcome.of(Result.UNKNOWN, now, lost), invocation)
    return _end(operation, joined_outcome(worker, now), invocation) if worker.outcome else None


def _end(operation: Operation, outcome: Outcome, invocation: Invocation) -> str:
    ended = invocation.ledger.end(located(operation, invocation.huawei), outcome)
    _publish(ended, invocation)
    return f"ended: {ended.ended.result.value}"


def _publish(operation: Operation, invocation: Invocation) -> str | None:
    """Have the outcome published by an execution, unless one is at it; at most one is begun in five minutes.

    Its name is in the ledger before it is started: whoever breaks off in between, or comes at the same time, starts the
    same one.
    """
    latest = operation.publisher or operation.execution_name
    status = invocation.workflow.status(latest)
    begun = operation.publisher is not None or operation.accepted_at is None
    name = latest
    if status is not None or not begun:
        name = execution_name(operation.operation_id, int(invocation.clock().timestamp() // PACE.total_seconds()))
    if status == "RUNNING" or (name == latest and status is not None):
        return None
    if name != operation.execution_name:
        invocation.ledger.publish_by(operation.operation_id, name)
    invocation.workflow.publish(operation, name)
    return "publication started"
