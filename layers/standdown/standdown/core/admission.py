"""Admission control: whether a request may cause a stop or a resume, before anything is written or sent. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from standdown.core.actions import reason_of
from standdown.core.alarm_names import is_among
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import ALARMS, Action, Mode, Source, StopRequest
from standdown.core.sentences import sentence
from standdown.core.targets import Target, Targets


class Admitted(NamedTuple):
    """The request may act on this target; a dry run does everything but send the call."""

    target: Target
    dry_run: bool


class Refused(NamedTuple):
    """The request may not."""

    refusal: Refusal
    why: Why
    target: Target | None = None

    @property
    def detail(self) -> str:
        """Return the sentence that everyone reads."""
        return sentence(self.why)


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
    for control in _CONTROLS[request.action]:
        refused = control(request, targets, target, now)
        if refused is not None:
            return Refused(*refused, target)
    if target is None:
        return Refused(Refusal.NOT_ALLOWED, targets.why(request))
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
    if operation.problem:
        code = Reason.DRY_RUN_TOO_LATE_SINCE if operation.dry_run else Reason.TOO_LATE_SINCE
        why = Why.of(reason_of(operation.action, code), minutes=operation.max_age_minutes, problem=operation.problem)
    else:
        code = Reason.DRY_RUN_TOO_LATE if operation.dry_run else Reason.TOO_LATE
        why = Why.of(reason_of(operation.action, code), minutes=operation.max_age_minutes)
    return Outcome.of(Result.FAILED, now, why)


def group_of(target: Target) -> GroupRef:
    """Return where a target's protection group is."""
    return GroupRef(target.region, target.project_id, target.server_group_id, target.server_group_name, target.endpoint)


def _held(operation: Operation, cause: StopRequest, targets: Targets, now: datetime) -> Outcome | None:
    again = admit(cause, targets, now)
    if isinstance(again, Refused):
        if again.refusal is Refusal.STALE:
            return too_late(operation, now)
        return Outcome.of(Result.REFUSED, now, again.why, again.refusal)
    if again.dry_run and not operation.dry_run:
        return Outcome.of(Result.DRY_RUN, now, Why(Reason.MODE_CHANGED))
    if operation.group is None or not operation.group.is_that_of(group_of(again.target)):
        moved = Why.of(Reason.TARGET_MOVED, target=again.target.name)
        return Outcome.of(Result.REFUSED, now, moved, Refusal.NOT_ALLOWED)
    return None


Objection = tuple[Refusal, Why] | None


def _malformed(request: StopRequest, _targets: Targets, _target: Target | None, _now: datetime) -> Objection:
    return (Refusal.MALFORMED, request.malformed) if request.malformed else None


def _stack_off(_request: StopRequest, targets: Targets, _target: Target | None, _now: datetime) -> Objection:
    if targets.mode is not Mode.OFF:
        return None
    bad = targets.bad_mode is not None
    return Refusal.OFF, Why.of(Reason.BAD_MODE, value=targets.bad_mode) if bad else Why(Reason.STACK_OFF)


def _target_off(_request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    if target is None or target.mode is not Mode.OFF:
        return None
    return Refusal.OFF, Why.of(Reason.TARGET_OFF, target=target.name)


def _source(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    if target is None or request.source in target.sources:
        return None
    if not target.sources:
        return Refusal.NOT_ALLOWED, Why.of(Reason.NO_SOURCE_ALLOWED, target=target.name, source=request.source)
    allowed = ", ".join(sorted(target.sources))
    why = Why.of(Reason.SOURCE_NOT_ALLOWED, target=target.name, allowed=allowed, source=request.source)
    return Refusal.NOT_ALLOWED, why


def _alarm(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    if target is None or request.source not in ALARMS:
        return None
    if is_among(request.alarm or "", target.alarms):
        return None
    return Refusal.NOT_ALLOWED, Why.of(Reason.ALARM_NOT_ALLOWED, alarm=request.alarm or "", target=target.name)


def _resume_source(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    """A timer was allowed when it was set; everyone else is named by the target."""
    if target is None or request.source is Source.TIMER or request.source in target.resume_sources:
        return None
    return Refusal.NOT_ALLOWED, _not_among(Reason.RESUME_SOURCE_NOT_ALLOWED, request, target)


def _timer(request: StopRequest, _targets: Targets, target: Target | None, _now: datetime) -> Objection:
    """Who may not resume a group does not set a time for it either."""
    timed = request.resume_after_minutes is not None or request.resume_at is not None
    if target is None or not timed or request.source in target.resume_sources:
        return None
    return Refusal.NOT_ALLOWED, _not_among(Reason.TIMER_NOT_ALLOWED, request, target)


def _not_among(reason: Reason, request: StopRequest, target: Target) -> Why:
    allowed = ", ".join(sorted(target.resume_sources)) or "nobody"
    return Why.of(reason, target=target.name, allowed=allowed, source=request.source)


def _skipped(request: StopRequest, targets: Targets, target: Target | None, _now: datetime) -> Objection:
    """Refuse a scheduled stop on a day of a calendar; a resume is never skipped."""
    if target is None or request.source is not Source.SCHEDULE:
        return None
    for calendar in targets.calendars_of(target):
        entry = calendar.entry_at(request.requested_at)
        if entry is not None:
            day = calendar.day_of(request.requested_at)
            known = {"target": target.name, "calendar": calendar.name, "day": day, "zone": calendar.zone}
            code = Reason.SKIPPED_FOR if entry.reason else Reason.SKIPPED
            return Refusal.SKIPPED, Why.of(code, **known, **({"reason": entry.reason} if entry.reason else {}))
    return None


def _stale(request: StopRequest, _targets: Targets, target: Target | None, now: datetime) -> Objection:
    if target is None or now - request.requested_at <= timedelta(minutes=target.max_age_minutes):
        return None
    age = int((now - request.requested_at).total_seconds() // 60)
    return Refusal.STALE, Why.of(Reason.STALE, minutes=age, target=target.name, most=target.max_age_minutes)


_CONTROLS: Mapping[Action, tuple[Callable[..., Objection], ...]] = {
    Action.STOP: (_malformed, _stack_off, _target_off, _source, _alarm, _timer, _skipped, _stale),
    Action.RESUME: (_malformed, _stack_off, _target_off, _resume_source, _stale),
}
