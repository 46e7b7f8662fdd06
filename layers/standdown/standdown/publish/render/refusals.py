"""What a person should do after a refusal, by its reason: the cause to mend, and the stop that is still missing."""

from __future__ import annotations

from standdown.base.text import one_line
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Refusal
from standdown.publish.render.causes import correction
from standdown.publish.render.locale import Locale
from standdown.publish.render.phrases import name
from standdown.publish.render.urgency import still_protected, urgent

__all__ = ["after_refusal"]

_CAUSES = frozenset({
    Refusal.NOT_ALLOWED, Refusal.STALE, Refusal.WRONG_STATE, Refusal.NOT_FOUND, Refusal.OFF, Refusal.COOLDOWN,
})  # fmt: skip
_LAST = frozenset({
    Refusal.NOT_ALLOWED, Refusal.NOT_FOUND, Refusal.OFF, Refusal.USED_ID, Refusal.MALFORMED, Refusal.SKIPPED,
})  # fmt: skip


def after_refusal(operation: Operation, outcome: Outcome, locale: Locale, prefix: str) -> tuple[str, ...]:
    """Return the steps after a refused stop or a refused dry run, the most urgent first."""
    refusal = outcome.refusal or Refusal.MALFORMED
    values = {
        "name": name(operation, locale),
        "status": one_line(outcome.group_status or "unknown", 40),
        "age": locale.duration(operation.stale_at - operation.request.requested_at),
    }
    rest = [locale.say(f"step.cause.{refusal.value}", **values)] if refusal in _CAUSES else []
    last = locale.say(f"step.last.{refusal.value}" if refusal in _LAST else "step.ask_again")
    if corrected := correction(outcome.why, locale, prefix):
        rest, last = [], locale.say("step.corrected_stop", step=corrected)
    if operation.dry_run:
        return (locale.say("step.dry_run_refused"), *rest, last)
    if refusal is Refusal.SKIPPED:
        return (last,)
    if urgent(operation):
        return (locale.say("step.still_on" if still_protected(outcome) else "step.alarm"), *rest, last)
    return (*rest, locale.say("step.by_hand"), last)
