"""Whether a resume may undo a group's hold: what an alarm asked for, a named person alone undoes. Pure."""

from __future__ import annotations

from standdown.core.hold import Hold, HoldState
from standdown.core.outcome import Refusal
from standdown.core.reasons import Reason, Why
from standdown.core.request import Source, StopRequest

__all__ = ["hold_objection"]


def hold_objection(request: StopRequest, hold: Hold | None, *, after_alarm: bool) -> tuple[Refusal, Why] | None:
    """Return why the hold is not resumed; `after_alarm` says that the target lets anybody undo what an alarm asked for.

    A hold is resumed as it was shown: whoever asked for it since then is not overruled by somebody who did not know.
    """
    if hold is None or hold.state is not HoldState.OPEN:
        return Refusal.HOLD_CHANGED, Why(Reason.HOLD_OVER)
    if hold.hold_id != request.hold:
        return Refusal.HOLD_CHANGED, Why.of(Reason.HOLD_CHANGED, hold=request.hold, now=hold.hold_id)
    if request.source is Source.TIMER:
        alone = hold.timer_holds(after_alarm=after_alarm)
        return None if alone else (Refusal.HOLD_CHANGED, Why(Reason.TIMER_NOT_ALONE))
    by_person = bool(request.person) and request.source is not Source.SCHEDULE
    if hold.alarmed and not (by_person or after_alarm):
        return Refusal.NOT_ALLOWED, Why(Reason.NO_PERSON)
    return None
