"""What an outcome says of the hold that it opened or undid: its id, and when the stop is undone by itself."""

from __future__ import annotations

from datetime import datetime

from standdown.core.hold import opens_hold
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Action

__all__ = ["hold_of", "resumes_at"]


def hold_of(operation: Operation, outcome: Outcome) -> str | None:
    """Return the hold that a stop opened or joined, or that a resume names; None where there is none.

    The hold of a request that joined another is told by that one's outcome.
    """
    if operation.action is Action.RESUME:
        return operation.request.hold
    if opens_hold(operation, outcome):
        return operation.all_causes[-1].operation_id
    return None


def resumes_at(operation: Operation, outcome: Outcome) -> datetime | None:
    """Return when a stop that succeeded is undone by itself (UTC); None where it is not, or another asked as well."""
    timed = operation.resume_after_minutes is not None or operation.resume_at is not None
    if not timed or outcome.result is not Result.SUCCEEDED or len(operation.all_causes) > 1:
        return None
    if outcome.unprotected_since is not None and outcome.unprotected_since < operation.received_at:
        return None  # the hold was there before: somebody else asked for it
    from standdown.core.timer import due  # a stop that carries no end does not wait for clocks and zones

    return due(operation, outcome)
