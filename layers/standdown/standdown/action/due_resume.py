"""Read from the ledger whether a hold that a message names is due: whoever sends one causes nothing that was not."""

from __future__ import annotations

from standdown.action.invocation import Invocation
from standdown.core.due import is_due, resume_of
from standdown.core.hold import Hold
from standdown.core.request import StopRequest
from standdown.core.retry import RetryLaterError
from standdown.intake.errors import IgnoredError
from standdown.ledger.table import LedgerError

__all__ = ["due_resume"]


def due_resume(hold_id: str, invocation: Invocation) -> StopRequest:
    """Return the resume of a hold whose time has come; raise IgnoredError where none is due, and RetryLaterError."""
    now = invocation.clock()
    try:
        hold = _hold(hold_id, invocation)
    except LedgerError as error:
        raise RetryLaterError(str(error)) from error
    if hold is None or not is_due(hold, now):
        raise IgnoredError("not_due", f"no hold {hold_id} is due to be undone")
    return resume_of(hold, now)


def _hold(hold_id: str, invocation: Invocation) -> Hold | None:
    """Return the open hold of that id: it is the operation of the last request that asked for it."""
    operation = invocation.ledger.get(hold_id)
    if operation is None or operation.group is None or not operation.group.complete:
        return None
    hold = invocation.ledger.holds.get(operation.group)
    return hold if hold is not None and hold.hold_id == hold_id else None
