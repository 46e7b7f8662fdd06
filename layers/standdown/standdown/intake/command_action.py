"""What a command asks for: to stop or to resume, whether the guard is passed, and when a stop is to be undone."""

from __future__ import annotations

from standdown.core.operation import OPERATION_ID
from standdown.core.reasons import Reason
from standdown.core.request import Action, Source
from standdown.intake.fields import kind
from standdown.intake.reading import Reading

_OF_STOP, _OF_RESUME = ("force", "resume_after_minutes", "resume_at"), ("hold",)
LONGEST_MINUTES = 10_080
"""A week: the longest after which a stop is undone by itself."""


def action_of(reading: Reading) -> Action:
    """Return what is to be done: to stop, unless the document says another word."""
    word = reading.document["action"] if reading.has("action") else Action.STOP.value
    known = {action.value: action for action in Action}
    action = known.get(word) if isinstance(word, str) else None
    if action is None:
        reading.flaw(Reason.WRONG_ACTION, kind=kind(word))
        return Action.STOP
    for key in _OF_STOP if action is Action.RESUME else _OF_RESUME:
        if reading.has(key):
            reading.flaw(Reason.ONLY_FOR_STOP if action is Action.RESUME else Reason.ONLY_FOR_RESUME, key=key)
    return action


def hold_of(reading: Reading, action: Action) -> str | None:
    """Return which hold a resume is to undo: it names the one that was looked at."""
    if action is not Action.RESUME:
        return None
    value = reading.document.get("hold")
    if value is None:
        reading.flaw(Reason.HOLD_MISSING)
    elif not isinstance(value, str) or not OPERATION_ID.fullmatch(value):
        reading.flaw(Reason.WRONG_HOLD, kind=kind(value))
        return None
    return value


def force_of(reading: Reading, source: Source) -> bool:
    """Return whether the guard is passed: a person's own word, which neither a schedule nor a webhook can give."""
    forced = reading.truth("force")
    if forced and source not in (Source.QUEUE, Source.DIRECT):
        reading.flaw(Reason.FORCE_NOT_ALLOWED)
    return forced and source in (Source.QUEUE, Source.DIRECT)


def resume_time(reading: Reading) -> tuple[int | None, str | None]:
    """Return after how many minutes, or at which wall-clock time, a stop is to be undone."""
    minutes, at = reading.document.get("resume_after_minutes"), reading.document.get("resume_at")
    if minutes is not None and (type(minutes) is not int or not 1 <= minutes <= LONGEST_MINUTES):
        reading.flaw(Reason.BAD_RESUME_TIME, key="resume_after_minutes")
        minutes = None
    if at is not None:
        from standdown.core.clock import check_clock  # most commands name no time

        try:
            at = check_clock(at if isinstance(at, str) else "")
        except ValueError:
            reading.flaw(Reason.BAD_RESUME_TIME, key="resume_at")
            at = None
    if minutes is not None and at is not None:
        reading.flaw(Reason.TWO_RESUME_TIMES)
    return minutes, at
