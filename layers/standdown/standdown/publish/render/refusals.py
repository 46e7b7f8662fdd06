"""What a person should do after a refusal, by its reason: the cause to mend, and the stop that is still missing."""

from __future__ import annotations

from collections.abc import Mapping

from standdown.base.text import one_line
from standdown.core.operation import Operation, Outcome, Refusal
from standdown.publish.render.causes import correction
from standdown.publish.render.phrases import duration, name
from standdown.publish.render.urgency import STILL_ON, still_protected, urgent

__all__ = ["after_refusal"]

_ALARM = (
    "An alarm asked for this stop, and nothing was stopped: data of this group may still be replicated. If it may be "
    "corrupted, act now: stop the protection by hand in the SDRS console, and if that fails too, keep the production "
    "servers from writing."
)
_BY_HAND = "If the stop is wanted and cannot wait, stop the protection by hand in the SDRS console."
_DRY_RUN = "Nothing has to be stopped: this was a dry run. A real stop would have been refused in the same way."
_ASK_AGAIN = "If the stop is still wanted, send it as a new request; a repeat of the old one will not be acted on."
_CAUSES: Mapping[Refusal, str] = {
    Refusal.NOT_ALLOWED: (
        "If the stop is not wanted, find out who sent this and why: it was not allowed to stop {name}."
    ),
    Refusal.STALE: (
        "The request was more than {age} old when it was to be acted on, and the group may have been switched on again "
        "since."
    ),
    Refusal.WRONG_STATE: (
        "The group's status was {status}. SDRS stops a group only while it is protected or error-stopping: wait until "
        "what is under way has ended, or correct it in the SDRS console."
    ),
    Refusal.NOT_FOUND: (
        "Check the group's id, region and project in the settings of the target {name}: SDRS knows no such group "
        "there. It may have been deleted or created again."
    ),
    Refusal.OFF: "Stops are switched off for {name} or for the whole stack, on purpose as far as we know.",
    Refusal.COOLDOWN: (
        "A stop of this group was carried out only a short while ago. See in the SDRS console whether the group has "
        "been switched on again since."
    ),
}
_LAST: Mapping[Refusal, str] = {
    Refusal.NOT_ALLOWED: (
        "If such requests are to be carried out, have this sender allowed in the target's settings. Then send a new "
        "request."
    ),
    Refusal.NOT_FOUND: "When the settings are corrected, send the stop as a new request.",
    Refusal.OFF: "To let requests through again, set the mode back to live and send a new request.",
    Refusal.USED_ID: "If the stop is wanted, send the request again with a delivery_id that was never used.",
    Refusal.MALFORMED: "Have the request corrected by whoever sent it, and sent again as a new one.",
}


def after_refusal(operation: Operation, outcome: Outcome) -> tuple[str, ...]:
    """Return the steps after a refused stop or a refused dry run, the most urgent first."""
    refusal = outcome.refusal or Refusal.MALFORMED
    rest = [_CAUSES[refusal]] if refusal in _CAUSES else []
    last = _LAST.get(refusal, _ASK_AGAIN)
    if corrected := correction(outcome.why):
        rest, last = [], _literal(f"{corrected} Then send the stop as a new request.")
    if operation.dry_run:
        steps = (_DRY_RUN, *rest, last)
    elif urgent(operation):
        steps = (STILL_ON if still_protected(outcome) else _ALARM, *rest, last)
    else:
        steps = (*rest, _BY_HAND, last)
    filled = {
        "name": name(operation),
        "status": one_line(outcome.group_status or "unknown", 40),
        "age": duration(operation.stale_at - operation.request.requested_at),
    }
    return tuple(step.format(**filled) for step in steps)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
