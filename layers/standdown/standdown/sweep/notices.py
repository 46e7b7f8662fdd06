"""Write the notices that no hold counts, and have every notice published by an execution of its own.

Each is written once, under an id of its own. One that stays unpublished is tried again by later runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from standdown.action.invocation import Invocation
from standdown.aws.workflow import WorkflowError
from standdown.base.log import logger
from standdown.core.hold import HoldState
from standdown.core.notice import Notice, NoticeKind, Unwatched, notice_execution, notice_id
from standdown.core.operation import Operation, State
from standdown.core.request import Action
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import LedgerError

__all__ = ["PACE", "digest", "publish_waiting", "publish_written", "stops_by_hand"]

PACE = timedelta(minutes=5)
"""How far apart the executions are that publish one notice again and again."""
UNSENT = timedelta(minutes=2)
"""For how long a stop may stay unsent before people are told to do it by hand."""
MOST_UNWATCHED = 500
"""Groups in one digest: an item of the ledger has its limit."""
SPARE = 5.0
"""Seconds of the invocation that are kept: the rest is for the next run."""


def stops_by_hand(invocation: Invocation) -> Iterator[Notice]:
    """Write, once each, that a stop has not been sent for two minutes, and yield what was written.

    One that waits behind a resume is such a stop, too. One that is too old by now is told by its outcome.
    """
    ledger, now = invocation.ledger, invocation.clock()
    for listed in ledger.unfinished():
        identity = notice_id(listed.operation_id, 0)
        try:
            if not _unsent(listed, now) or ledger.notices.get(identity) is not None:
                continue
            operation = ledger.get(listed.operation_id)  # as it stands now: the list may be behind
            if operation is not None and _unsent(operation, now):
                notice = _by_hand(operation, now)
                if ledger.notices.write(notice):
                    yield notice
        except LedgerError as error:
            logger.warning("notice not written", extra={"notice": identity, "problem": str(error)})


def digest(found: Sequence[Unwatched], ledger: Ledger, now: datetime) -> Iterator[Notice]:
    """Write, once a day (UTC), which groups without protection are no target, and yield what was written."""
    about = hashlib.sha256(f"unwatched\n{now.date().isoformat()}".encode()).hexdigest()[:32]
    identity = notice_id(about, 0)
    by_name = tuple(sorted(found, key=lambda one: (one.name, one.server_group_id)))[:MOST_UNWATCHED]
    try:
        if ledger.notices.get(identity) is None:
            notice = Notice(identity, NoticeKind.UNWATCHED, now, unwatched=by_name)
            if ledger.notices.write(notice):
                yield notice
    except LedgerError as error:
        logger.warning("notice not written", extra={"notice": identity, "problem": str(error)})


def publish_written(notice: Notice, invocation: Invocation) -> None:
    """Start the execution that publishes a notice; where that fails, a later run does it."""
    try:
        _publish(notice, invocation)
    except (LedgerError, WorkflowError) as error:
        logger.warning("notice not published yet", extra={"notice": notice.notice_id, "problem": str(error)})


def publish_waiting(
    invocation: Invocation, now: datetime, unprotected: Collection[str], except_for: Collection[str] = ()
) -> None:
    """Have every notice published that is not yet, but those of this run; a reminder that is not true goes.

    `unprotected` are the keys of the groups that were seen without protection, after `now`: their reminders are true.
    """
    for notice in invocation.ledger.notices.unpublished():
        if invocation.remaining() < SPARE:
            return
        if notice.notice_id in except_for:
            continue
        try:
            if _untrue(notice, invocation.ledger):
                invocation.ledger.notices.settle(notice.notice_id, "the group is protected again")
                continue
            if notice.kind is NoticeKind.REMINDER and notice.hold and notice.hold.group.key in unprotected:
                invocation.ledger.notices.confirm(notice.notice_id, now)
        except LedgerError as error:
            logger.warning("notice not looked after", extra={"notice": notice.notice_id, "problem": str(error)})
        publish_written(notice, invocation)


def _unsent(operation: Operation, now: datetime) -> bool:
    asked = operation.action is Action.STOP and not operation.dry_run and operation.outcome is None
    waited = now - operation.received_at >= UNSENT and now <= operation.fresh_until
    return asked and waited and operation.state is State.INTENT


def _by_hand(operation: Operation, now: datetime) -> Notice:
    behind = f"it waits behind the resume {operation.waits_for}" if operation.waits_for else ""
    return Notice(
        notice_id(operation.operation_id, 0),
        NoticeKind.STOP_BY_HAND,
        now,
        operation_id=operation.operation_id,
        target_name=operation.target,
        group=operation.group,
        problem=operation.problem or behind,
        requested_at=operation.request.requested_at,
    )


def _untrue(notice: Notice, ledger: Ledger) -> bool:
    """Return whether a reminder is not true any more: its group is protected again."""
    if notice.kind is not NoticeKind.REMINDER or notice.hold is None:
        return False
    hold = ledger.holds.get(notice.hold.group)
    return hold is None or hold.state is not HoldState.OPEN or hold.since != notice.hold.since


def _publish(notice: Notice, invocation: Invocation) -> None:
    """Start an execution unless one is at it; at most one is begun in five minutes.

    Its name is in the ledger before it is started: whoever breaks off in between starts the same one.
    """
    latest = notice.publisher or notice_execution(notice.notice_id)
    status = invocation.workflow.status(latest)
    name = latest
    if status is not None:
        turn = int(invocation.clock().timestamp() // PACE.total_seconds())
        name = notice_execution(notice.notice_id, turn)
        if status == "RUNNING" or name == latest:
            return
        invocation.ledger.notices.publish_by(notice.notice_id, name)
    invocation.workflow.publish_notice(notice.notice_id, name)
