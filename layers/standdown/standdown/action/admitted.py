"""An operation as a request is admitted or refused, and what is counted of it. Sends nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from standdown.base.metrics import Metric, record
from standdown.core.admission import Admitted, Refused, group_of
from standdown.core.operation import Operation
from standdown.core.request import ALARMS, Action, StopRequest
from standdown.core.target_keys import Guard
from standdown.core.targets import Target


def operation_of(request: StopRequest, admission: Admitted | Refused, now: datetime) -> Operation:
    """Return the operation of a request, with what its target says of it."""
    operation = Operation(request.operation_id, request, now, target=request.wanted, dry_run=request.dry_run)
    target = admission.target
    if target is None:
        return operation
    admitted = isinstance(admission, Admitted)
    timed = admitted and request.action is Action.STOP
    after_minutes, at = _timer_of(request, target) if timed else (None, None)
    return replace(
        operation,
        target=target.name,
        group=group_of(target),
        dry_run=admission.dry_run if isinstance(admission, Admitted) else request.dry_run,
        deadline_minutes=target.deadline_minutes,
        max_age_minutes=target.max_age_minutes,
        guard_off=target.guard is Guard.OFF,
        resume_after_minutes=after_minutes,
        resume_at=at,
    )


def cooldown_of(target: Target | None) -> timedelta:
    """Return for how long after a stop the target takes no other one."""
    return timedelta(minutes=target.cooldown_minutes if target else 0)


def count_issued(operation: Operation, now: datetime) -> None:
    """Count what SDRS took."""
    if operation.action is Action.RESUME:
        record(Metric.RESUMES_ISSUED)
        return
    record(Metric.STOPS_ISSUED)
    record(Metric.SECONDS_TO_STOP, max((now - operation.request.requested_at).total_seconds(), 0.0))


def count(operation: Operation, decision: str) -> None:
    """Count what was decided on a request."""
    record(Metric.REQUESTS, source=operation.request.source.value, decision=decision)


def _timer_of(request: StopRequest, target: Target) -> tuple[int | None, str | None]:
    """Return after how many minutes, or at which wall-clock time, a stop is to be undone: the request's word first."""
    if request.resume_after_minutes is not None or request.resume_at is not None:
        return request.resume_after_minutes, request.resume_at
    if request.source in ALARMS and not target.resume_after_alarm:
        return None, None  # nobody is to be told of a time at which a person is to decide
    return target.resume_after_minutes, target.resume_at
