"""What a person should do now, by how the operation ended. Pure sentences; nothing is looked up."""

from __future__ import annotations

from collections.abc import Mapping

from standdown.base.text import one_line
from standdown.core.operation import Operation
from standdown.core.outcome import PROTECTED, Outcome, Refusal, Result
from standdown.core.reasons import Reason
from standdown.core.request import Action
from standdown.publish.render.causes import correction
from standdown.publish.render.holds import resumes_at
from standdown.publish.render.locale import Locale, english
from standdown.publish.render.phrases import name
from standdown.publish.render.refusals import after_refusal
from standdown.publish.render.urgency import OFF, still_protected
from standdown.sdrs.classify import ErrorClass, classify_code

__all__ = ["next_steps"]

_WAIT = {"SDRS.1830": "step.wait_pairs", "SDRS.1831": "step.wait_disk"}
_FIXED: Mapping[Result, tuple[str, ...]] = {
    Result.TIMED_OUT: ("step.may_end_well", "step.no_second_stop", "step.ticket_job"),
    Result.UNKNOWN: ("step.look", "step.why_unseen"),
}


def next_steps(operation: Operation, words: Locale | None = None, prefix: str = "") -> tuple[str, ...]:
    """Return what to do now, one sentence or two a step, the most urgent first; in English where no locale is given.

    `prefix` is where the stack's parameters stand.
    """
    outcome, locale = operation.outcome, words or english()
    if outcome is None:
        return (locale.say("step.wait"),)
    if operation.action is Action.RESUME or outcome.result in PROTECTED:
        return _after_resume(operation, outcome, locale, prefix or "PREFIX")
    fixed = tuple(locale.say(key) for key in _FIXED.get(outcome.result, ()))
    return fixed or _depending(operation, outcome, locale, prefix or "PREFIX")


def _after_resume(operation: Operation, outcome: Outcome, locale: Locale, prefix: str) -> tuple[str, ...]:
    from standdown.publish.render.resume_steps import after_resume  # the outcome of a stop need not wait for it

    return after_resume(operation, outcome, locale, prefix)


def _depending(operation: Operation, outcome: Outcome, locale: Locale, prefix: str) -> tuple[str, ...]:
    match outcome.result:
        case Result.SUCCEEDED:
            first = locale.say(_first(outcome, "step.done"))
            return (
                first,
                check_copy(outcome, locale),
                locale.say("step.switch_on"),
                *_by_itself(operation, outcome, locale),
            )
        case Result.ALREADY_STOPPED:
            return tuple(locale.say(key) for key in (_first(outcome, "step.since_when"), "step.switch_on"))
        case Result.REFUSED if outcome.refusal is Refusal.PRODUCTION_FAILED:
            return tuple(locale.say(key) for key in ("step.fail_over", "step.before_failover", "step.force"))
        case Result.FAILED:
            return _failed(operation, outcome, locale, prefix)
        case Result.DRY_RUN:
            return (locale.say("step.after_dry_run", name=name(operation, locale)),)
        case Result.JOINED:
            return _joined(operation, outcome, locale)
        case _:
            return after_refusal(operation, outcome, locale, prefix)


def _first(outcome: Outcome, verified: str) -> str:
    """Return the step that comes first once the group is off: by what its pairs say."""
    if outcome.pairs is not None and not outcome.pairs.all_stopped:
        return "step.pairs_copying"
    if outcome.why is not None and outcome.why.code is Reason.PAIRS_NOT_TOLD:
        return "step.pairs_not_told"
    return verified if outcome.verified or outcome.result is not Result.SUCCEEDED else "step.confirm"


def check_copy(outcome: Outcome, locale: Locale) -> str:
    """Return what is in the copy, up to which time as far as it is known, and to keep it before anything else."""
    if outcome.copy_as_of is None:
        return locale.say("step.check_copy")
    return locale.say("step.check_copy_since", when=locale.moment(outcome.copy_as_of))


def _by_itself(operation: Operation, outcome: Outcome, locale: Locale) -> tuple[str, ...]:
    """Return when the stop is undone by itself, where that was asked for."""
    due = resumes_at(operation, outcome)
    return (locale.say("step.resumes_itself", when=locale.moment(due)),) if due else ()


def _failed(operation: Operation, outcome: Outcome, locale: Locale, prefix: str) -> tuple[str, ...]:
    code, said = _code(outcome), outcome.huawei
    if corrected := correction(outcome.why, locale, prefix):
        remedies: tuple[str, ...] = (locale.say("step.corrected_request", step=corrected),)
        return remedies if operation.dry_run else (_by_hand(outcome, locale), *remedies)
    if code in _WAIT:
        remedy = _WAIT[code]
    elif said and classify_code(said.http_status, code) is ErrorClass.CREDENTIALS:
        # The gateway gives one code for a wrong key and for a request that it holds to be too old.
        remedy = "step.clock" if "expired" in said.message.lower() else "step.credential"
    else:
        remedy = "step.once_more"
    ticket = locale.say("step.ticket_words")
    if said and said.request_id:
        ticket = locale.say("step.ticket_request", id=one_line(said.request_id, 80))
    steps = (locale.say(remedy), ticket)
    return steps if operation.dry_run else (_by_hand(outcome, locale), *steps)


def _by_hand(outcome: Outcome, locale: Locale) -> str:
    protected = still_protected(outcome)
    if protected is None:
        return locale.say("step.look")
    return locale.say("step.still_on" if protected else "step.still_available")


def _joined(operation: Operation, outcome: Outcome, locale: Locale) -> tuple[str, ...]:
    if outcome.joined_result in OFF:
        first = locale.say(_first(outcome, "step.done_for_this"))
        return (first, check_copy(outcome, locale), locale.say("step.switch_on"))
    other = one_line(outcome.joined_to or operation.joined_to or "", 64)
    return (_by_hand(outcome, locale), locale.say("step.follow_other", other=other))


def _code(outcome: Outcome) -> str | None:
    """Return the code that says most: a failed sub-job's where there is one, for the job's own only sums it up."""
    if outcome.huawei is None:
        return None
    codes = [job.code for job in outcome.huawei.failed_sub_jobs if job.code]
    return codes[0] if codes else outcome.huawei.code
