"""Admission control: whether a request may cause a stop, from plain values, before anything is written or sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from standdown.core import reasons
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
    why: reasons.Why | None = None


def admit(request: StopRequest, targets: Targets, now: datetime) -> Admitted | Refused:
    """Decide on a request as things stand now (UTC); the first control that refuses it gives the reason.

    Several targets may have the group that a request names by its id: one that admits it is enough.
    """
    answers = [_admit(request, targets, target, now) for target in _meant(request, targets)]
    return next((answer for answer in answers if isinstance(answer, Admitted)), answers[0])


def _meant(request: StopRequest, targets: Targets) -> list[Target | None]:
    wanted = (request.server_group_id or "").lower()
    alike = [] if request.target else [t for t in targets if wanted and (t.server_group_id or "").lower() == wanted]
    return [*alike] or [targets.find(request)]


def _admit(request: StopRequest, targets: Targets, target: Target | None, now: datetime) -> Admitted | Refused:
    for control in (_malformed, _stack_off, _target_off, _source, _alarm, _stale):
        refused = control(request, targets, target, now)
        if refused is not None:
            return Refused(*refused, target, _code(refused[0], targets))
    if target is None:
        return Refused(Refusal.NOT_ALLOWED, targets.problem(request), why=targets.why(request))
    rehearsal = Mode.DRY_RUN in (targets.mode, target.mode)
    return Admitted(target, request.dry_run or rehearsal)


def readmit(operation: Operation, targets: Targets, now: datetime) -> Outcome | None:
    """Return why an operation that was admitted earlier may send nothing more, as things stand now (UTC).

    A stop may be sent as long as one of its causes may still have it: who joined is not to wait in vain.
    """
    held = [_held(operation, cause, targets, now) for cause in operation.all_causes]
    return held[0] if all(held) else None


def too_late(operation: Operation, now: datetime) -> Outcome:
    """Return how an operation ends that was admitted and whose stop could not be sent while it was fresh."""
    why = f": {operation.problem}" if operation.problem else ""
    within = f"within {operation.max_age_minutes} minutes{why}."
    if operation.dry_run:
        return Outcome(Result.FAILED, now, f"Dry run: the group could not be read {within}")
    return Outcome(Result.FAILED, now, f"No stop could be sent {within}")


def group_of(target: Target) -> GroupRef:
    """Return where a target's protection group is."""
    return GroupRef(target.region, target.project_id, target.server_group_id, target.server_group_name, target.endpoint)


def _held(operation: Operation, cause: StopRequest, targets: Targets, now: datetime) -> Outcome | None:
    again = admit(cause, targets, now)
    if isinstance(again, Refused):
        stale = again.refusal is Refusal.STALE
        return (
            too_late(operation, now)
            if stale
            else Outcome(Result.REFUSED, now, again.detail, again.refusal, why=again.why)
        )
    if again.dry_run and not operation.dry_run:
        return Outcome(Result.DRY_RUN, now, "Dry run: the mode was changed before the stop was sent.")
    if operation.group is None or not operation.group.is_that_of(group_of(again.target)):
        changed = f"The target {again.target.name!r} names another protection group by now."
        return Outcome(Result.REFUSED, now, changed, Refusal.NOT_ALLOWED)
    return None


Objection = tuple[Refusal, str] | None


def _code(refusal: Refusal, targets: Targets) -> reasons.Why | None:
    """Return the cause as a code where somebody has to correct a parameter of the stack."""
    bad = refusal is Refusal.OFF and targets.mode_problem is not None
    return reasons.Why(reasons.Reason.BAD_MODE, {"problem": targets.mode_problem or ""}) if bad else None


def _malformed(request: StopRequest, _targets: Targets, _target: Target | None, _now: datetime) -> Objection:
    return (Refusal.MALFORMED, f"The request is malformed: {request.flaw}") if request.flaw else None


def _stack_off(_request: StopRequest, targets: Targets, _target: Target | None, _now: datetime) -> Objection:
    if targets.mode is not Mode.OFF:
        return None
    why = f" ({targets.mode_problem})" if targets.mode_problem else ""
    return Refusal.OFF, f"Standdown is switched off for the whole stack{why}."


def _target_off(_request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    if target is None or target.mode is not Mode.OFF:
        return None
    return Refusal.OFF, f"The target {target.name!r} is switched off."


def _source(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    if target is None or request.source in target.sources:
        return None
    allowed = ", ".join(sorted(target.sources)) or "no source"
    return Refusal.NOT_ALLOWED, f"The target {target.name!r} takes requests from {allowed}, not from {request.source}."


def _alarm(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    if target is None or request.source is not Source.ALARM:
        return None
    if is_among(request.alarm or "", target.alarms):
        return None
    return Refusal.NOT_ALLOWED, f"The alarm {request.alarm!r} is not one of those that may stop {target.name!r}."


def _stale(request: StopRequest, _targets: Targets, target: Target | None, now: datetime) -> Objection:
    if target is None or now - request.requested_at <= timedelta(minutes=target.max_age_minutes):
        return None
    age = int((now - request.requested_at).total_seconds() // 60)
    return (
        Refusal.STALE,
        f"The request is {age} minutes old; {target.name!r} takes none older than {target.max_age_minutes}.",
    )
