"""Whether somebody must act now, and whether the group is still protected, by all that is known. Pure."""

from __future__ import annotations

from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.request import ALARMS

__all__ = ["OFF", "still_protected", "urgent"]

OFF = frozenset({Result.SUCCEEDED, Result.ALREADY_STOPPED})
_URGENT = frozenset({Result.FAILED, Result.TIMED_OUT, Result.UNKNOWN})


def still_protected(outcome: Outcome) -> bool | None:
    """Return whether the group is still protected, at least in part, as far as is known; None where it is not."""
    if outcome.pairs and outcome.pairs.copying:
        return True
    if outcome.verified or outcome.group_status == "available":
        return False
    if outcome.group_status in ("protected", "error-stopping"):
        return True
    if outcome.result in OFF and outcome.verified is None:
        return False
    return False if outcome.joined_result in OFF else None


def urgent(operation: Operation) -> bool:
    """Return whether a person must act now: the group may be protected although somebody needs it stopped.

    A refused stop is urgent if an alarm asked for it: the data at the production site is then suspected to be corrupt.
    """
    outcome = operation.outcome
    if outcome is None or operation.dry_run:
        return False
    if outcome.pairs and not outcome.pairs.all_stopped:
        return True
    match outcome.joined_result or outcome.result:
        case Result.SUCCEEDED:
            # What SDRS does not tell of its pairs is no sign that one of them is not stopped.
            return not (outcome.verified or outcome.group_status == "available")
        case Result.REFUSED if outcome.refusal is Refusal.PRODUCTION_FAILED:
            return True
        case Result.REFUSED:
            by_alarm = any(cause.source in ALARMS for cause in operation.all_causes)
            return by_alarm and still_protected(outcome) is not False
        case result:
            return result in _URGENT
