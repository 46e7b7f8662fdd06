"""When a stop is to be undone: some minutes after it, or at the next time of a wall clock in a zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from standdown.base.log import logger
from standdown.core.clock import next_time
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome


def due(operation: Operation, outcome: Outcome) -> datetime | None:
    """Return when a stop that ended so is to be undone (UTC); None where nothing says so.

    A wall clock counts from the request on: a stop that is late, past the time that it was to last to, is undone at
    once. The clock was checked when the request came in. If its zone is gone by now, the stop must end all the same.
    """
    since = outcome.job_ended_at or outcome.ended_at
    if operation.resume_after_minutes is not None:
        return since + timedelta(minutes=operation.resume_after_minutes)
    try:
        asked = min(operation.request.requested_at, since)
        return max(next_time(operation.resume_at, asked), since) if operation.resume_at else None
    except ValueError as error:
        logger.error("no time to resume at", extra={"resume_at": operation.resume_at, "problem": str(error)})
        return None
