"""Whether somebody must act now, and whether the group is still protected, by all that is known. Pure."""

from __future__ import annotations

from standdown.core.operation import Operation
from standdown.core.outcome import PROTECTED, Outcome, Refusal, Result
from standdown.core.request import ALARMS, Action

__all__ = ["OFF", "still_protected", "urgent"]

OFF = frozenset({Result.SUCCEEDED, Result.ALREADY_STOPPED})
_URGENT = frozenset({Result.FAILED, Result.TIMED_OUT, Result.UNKNOWN})
_CALM = frozenset({Refusal.SKIPPED})
"""Refusals of what nobody wanted at that time."""
_NOT_ON = frozenset({"available", "error-starting", "failed-over", "reprotecting", "error-reprotecting"})
"""In which a group that was to be protected again is not, whatever was sent."""


def still_protected(outcome: Outcome, action: Action = Action.STOP) -> bool | None:
    """Return whether the group is protected, at least in part, as far as is known; None where it is not."""
    if action is Action.RESUME or outcome.result in PROTECTED:
        return _protected_again(outcome)
    if outcome.pairs and outcome.pairs.copying:
        return True
    if outcome.verified or outcome.group_status == "available":
        return False
    if outcome.group_status in ("protected", "error-stopping"):
        return True
    if outcome.result in OFF and outcome.verified is None:
        return False
    return False if outcome.joined_result in OFF else None


def _protected_again(outcome: Outcome) -> bool | None:
    if outcome.group_status in _NOT_ON:
        return False
    if outcome.group_status in ("protected", "error-stopping"):
        return True
    on = outcome.result in PROTECTED or outcome.joined_result in PROTECTED
    return True if on and outcome.verified is not False else None


def urgent(operation: Operation) -> bool:
    """Return whether a person must act now: the group may be protected although somebody needs it stopped.

    A refused stop is urgent if an alarm asked for it: the data at the production site is then suspected to be corrupt.
    A resume that failed is urgent, too: the group is without protection, and its people believe that it has it again.
    """
    outcome = operation.outcome
    if outcome is None or operation.dry_run:
        return False
    result = outcome.joined_result or outcome.result
    if operation.action is Action.RESUME or result in PROTECTED:
        return result in _URGENT or (result is Result.RESUMED and not still_protected(outcome, Action.RESUME))
    if outcome.pairs and not outcome.pairs.all_stopped:
        return True
    match result:
        case Result.SUCCEEDED:
            # What SDRS does not tell of its pairs is no sign that one of them is not stopped.
            return not (outcome.verified or outcome.group_status == "available")
        case Result.REFUSED if outcome.refusal is Refusal.PRODUCTION_FAILED:
            return True
        case Result.REFUSED if outcome.refusal in _CALM:
            return False
        case Result.REFUSED:
            by_alarm = any(cause.source in ALARMS for cause in operation.all_causes)
            return by_alarm and still_protected(outcome) is not False
        case result:
            return result in _URGENT
