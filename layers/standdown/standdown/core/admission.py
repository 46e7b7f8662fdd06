"""The brakes: whether a request may cause a stop, decided from plain values, before anything is written or sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from standdown.core.alarm_names import is_among
from standdown.core.operation import GroupRef, Mode, Operation, Outcome, Refusal, Result, Source, StopRequest
from standdown.core.targets import Target, Targets


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request may stop this target; a dry run does everything but send the stop."""

    target: Target
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The request may not; `detail` is the sentence that everyone reads."""

    refusal: Refusal
    detail: str
    target: Target | None = None


def admit(request: StopRequest, targets: Targets, now: datetime) -> Admitted | Refused:
    """Decide on a request as things stand now (UTC); the first brake that holds names the reason."""
    target = targets.find(request)
    for brake in (_malformed, _stack_off, _unknown, _target_off, _source, _alarm, _stale):
        refused = brake(request, targets, target, now)
        if refused is not None:
            return Refused(*refused, target)
    assert target is not None  # noqa: S101 - _unknown has refused it
    rehearsal = Mode.DRY_RUN in (targets.mode, target.mode)
    return Admitted(target, request.dry_run or rehearsal)


def brakes(operation: Operation, targets: Targets, now: datetime) -> Outcome | None:
    """Return why an operation that was admitted earlier may send nothing more, as things stand now (UTC).

    A stop may be sent as long as one of its causes may still have it: who joined is not to wait in vain.
    """
    held = [_held(operation, cause, targets, now) for cause in operation.all_causes]
    return held[0] if all(held) else None


def too_late(operation: Operation, now: datetime) -> Outcome:
    """Return how an operation ends that was let in and whose stop could not be sent while it was fresh."""
    why = f": {operation.problem}" if operation.problem else ""
    return Outcome(Result.FAILED, now, f"No stop could be sent within {operation.max_age_minutes} minutes{why}.")


def group_of(target: Target) -> GroupRef:
    """Return where a target's protection group is."""
    return GroupRef(target.region, target.project_id, target.server_group_id, target.server_group_name, target.endpoint)


def _held(operation: Operation, cause: StopRequest, targets: Targets, now: datetime) -> Outcome | None:
    again = admit(cause, targets, now)
    if isinstance(again, Refused):
        stale = again.refusal is Refusal.STALE
        return too_late(operation, now) if stale else Outcome(Result.REFUSED, now, again.detail, again.refusal)
    if operation.lock is not None and again.dry_run:
        return Outcome(Result.DRY_RUN, now, "Dry run: the mode was changed before the stop was sent.")
    if operation.group is None or operation.group.key != group_of(again.target).key:
        changed = f"The target {again.target.name!r} names another protection group by now."
        return Outcome(Result.REFUSED, now, changed, Refusal.NOT_ALLOWED)
    return None


Brake = tuple[Refusal, str] | None


def _malformed(request: StopRequest, _targets: Targets, _target: Target | None, _now: datetime) -> Brake:
    return (Refusal.MALFORMED, f"The request is malformed: {request.flaw}") if request.flaw else None


def _stack_off(_request: StopRequest, targets: Targets, _target: Target | None, _now: datetime) -> Brake:
    if targets.mode is not Mode.OFF:
        return None
    why = f" ({targets.mode_problem})" if targets.mode_problem else ""
    return Refusal.OFF, f"Standdown is switched off for the whole stack{why}."


def _unknown(request: StopRequest, targets: Targets, target: Target | None, _now: datetime) -> Brake:
    return None if target else (Refusal.NOT_ALLOWED, targets.problem(request))


def _target_off(_request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Brake:
    if target is None or target.mode is not Mode.OFF:
        return None
    return Refusal.OFF, f"The target {target.name!r} is switched off."


def _source(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Brake:
    if target is None or request.source in target.sources:
        return None
    allowed = ", ".join(sorted(target.sources)) or "no source"
    return Refusal.NOT_ALLOWED, f"The target {target.name!r} takes requests from {allowed}, not from {request.source}."


def _alarm(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Brake:
    if target is None or request.source is not Source.ALARM:
        return None
    if is_among(request.alarm or "", target.alarms):
        return None
    return Refusal.NOT_ALLOWED, f"The alarm {request.alarm!r} is not one of those that may stop {target.name!r}."


def _stale(request: StopRequest, _targets: Targets, target: Target | None, now: datetime) -> Brake:
    if target is None or now - request.requested_at <= timedelta(minutes=target.max_age_minutes):
        return None
    age = int((now - request.requested_at).total_seconds() // 60)
    return (
        Refusal.STALE,
        f"The request is {age} minutes old; {target.name!r} takes none older than {target.max_age_minutes}.",
    )
