"""What a person should do after a request to enable protection again, by how it ended. Pure sentences."""

from __future__ import annotations

from standdown.base.text import one_line
from standdown.core.operation import Operation
from standdown.core.outcome import PROTECTED, HuaweiAnswer, Outcome, Refusal, Result
from standdown.core.reasons import Reason
from standdown.core.request import Action
from standdown.publish.render.causes import correction
from standdown.publish.render.locale import Locale
from standdown.publish.render.phrases import name
from standdown.publish.render.urgency import still_protected
from standdown.sdrs.classify import ErrorClass, classify_code

__all__ = ["OTHER_SITE", "after_resume"]

_WAIT = {"SDRS.1830": "resume.step.wait_pairs", "SDRS.1831": "resume.step.wait_disk"}
_CAUSES = frozenset({
    Refusal.NOT_ALLOWED, Refusal.STALE, Refusal.WRONG_STATE, Refusal.NOT_FOUND, Refusal.OFF, Refusal.STOP_UNDER_WAY,
    Refusal.HOLD_CHANGED,
})  # fmt: skip
_LAST = frozenset({
    Refusal.NOT_ALLOWED, Refusal.NOT_FOUND, Refusal.OFF, Refusal.USED_ID, Refusal.MALFORMED, Refusal.HOLD_CHANGED,
})  # fmt: skip
OTHER_SITE = frozenset({"failed-over", "error-failing-over", "reprotecting", "error-reprotecting"})
"""In which production is at the other site, and the same call would re-protect the group in the other direction."""


def after_resume(operation: Operation, outcome: Outcome, locale: Locale, prefix: str) -> tuple[str, ...]:
    """Return the steps after a resume that ended, the most urgent first."""
    match outcome.result:
        case Result.FAILED:
            return _failed(operation, outcome, locale, prefix)
        case Result.TIMED_OUT:
            keys = ("resume.step.may_end_well", "resume.step.no_second", "step.ticket_job")
            return tuple(locale.say(key) for key in keys)
        case Result.UNKNOWN:
            return (locale.say("resume.step.look"), locale.say("step.why_unseen"))
        case Result.DRY_RUN:
            return (locale.say("resume.step.after_dry_run", name=name(operation, locale)),)
        case Result.JOINED if outcome.joined_result not in PROTECTED:
            other = one_line(outcome.joined_to or operation.joined_to or "", 64)
            return (_by_hand(outcome, locale), locale.say("resume.step.follow_other", other=other))
        case Result.REFUSED:
            return _refused(operation, outcome, locale, prefix)
        case _:
            return _protected(outcome, locale)


def _protected(outcome: Outcome, locale: Locale) -> tuple[str, ...]:
    result = outcome.joined_result or outcome.result
    if result is Result.ALREADY_PROTECTED:
        first = "resume.step.already_on"
    elif not still_protected(outcome, Action.RESUME):
        return (locale.say("resume.step.confirm"), locale.say("resume.step.copying"))
    else:
        return (locale.say("resume.step.in_step" if outcome.in_step else "resume.step.copying"),)
    return (locale.say(first), *([locale.say("resume.step.copying")] if outcome.in_step is False else []))


def _by_hand(outcome: Outcome, locale: Locale) -> str:
    on = still_protected(outcome, Action.RESUME)
    return locale.say("resume.step.still_off" if on is False else "resume.step.look")


def _failed(operation: Operation, outcome: Outcome, locale: Locale, prefix: str) -> tuple[str, ...]:
    said = outcome.huawei
    first = () if operation.dry_run else (_by_hand(outcome, locale),)
    if corrected := correction(outcome.why, locale, prefix):
        return (*first, locale.say("step.corrected_request", step=corrected))
    ticket = locale.say("step.ticket_words")
    if said and said.request_id:
        ticket = locale.say("step.ticket_request", id=one_line(said.request_id, 80))
    return (*first, locale.say(_remedy(said)), ticket)


def _remedy(said: HuaweiAnswer | None) -> str:
    codes = [job.code for job in said.failed_sub_jobs if job.code] if said else []
    code = codes[0] if codes else (said.code if said else None)
    if code in _WAIT:
        return _WAIT[code]
    if said and classify_code(said.http_status, code) is ErrorClass.CREDENTIALS:
        return "resume.step.clock" if "expired" in said.message.lower() else "resume.step.credential"
    return "resume.step.once_more"


def _refused(operation: Operation, outcome: Outcome, locale: Locale, prefix: str) -> tuple[str, ...]:
    refusal, status = outcome.refusal or Refusal.MALFORMED, one_line(outcome.group_status or "unknown", 40)
    codes = {one.code for one in outcome.why.all} if outcome.why else set()
    if status in OTHER_SITE or Reason.OTHER_DIRECTION in codes:
        return (locale.say("resume.step.other_direction", status=status),)
    age = locale.duration(operation.stale_at - operation.request.requested_at)
    values = {"name": name(operation, locale), "status": status, "age": age}
    steps = [locale.say(f"resume.step.cause.{refusal.value}", **values)] if refusal in _CAUSES else []
    last = locale.say(f"resume.step.last.{refusal.value}" if refusal in _LAST else "resume.step.ask_again")
    if Reason.NO_PERSON in codes:
        steps, last = [], locale.say("resume.step.last.person")
    if corrected := correction(outcome.why, locale, prefix):
        steps, last = [], locale.say("resume.step.corrected", step=corrected)
    if operation.dry_run:
        return (locale.say("resume.step.dry_run_refused"), *steps, last)
    # Where somebody else may need the copy, nobody is sent to the console past them.
    decides = refusal is Refusal.HOLD_CHANGED or Reason.NO_PERSON in codes
    return (*steps, last) if decides else (*steps, locale.say("resume.step.by_hand"), last)
