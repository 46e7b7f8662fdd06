"""The facts of an outcome, line by line. What a sender, SDRS or a log wrote is quoted as it came, on one line."""

from __future__ import annotations

from standdown.base.text import one_line
from standdown.core.operation import Operation
from standdown.core.outcome import FailedSubJob, Outcome, Result
from standdown.core.request import Action
from standdown.core.sentences import sentence
from standdown.publish.render.holds import hold_of
from standdown.publish.render.links import Links
from standdown.publish.render.locale import ENGLISH, Locale
from standdown.publish.render.phrases import ask, key_of, readable

__all__ = ["asked", "happened", "record", "said"]

_MOST_CAUSES = 5
_MOST_SUB_JOBS = 5
_ENDS = tuple(".!?…。\uff01\uff1f")


def asked(operation: Operation, locale: Locale) -> list[str]:
    """Return who asked for it, and why."""
    causes = operation.all_causes
    lines = [ask(causes[0], locale)]
    if len(causes) > 1:
        lines.append(locale.count("asked.more", len(causes) - 1))
        lines += [f"- {ask(cause, locale)}" for cause in causes[1 : 1 + _MOST_CAUSES]]
    if len(causes) > 1 + _MOST_CAUSES:
        lines.append(locale.say("asked.omitted", n=str(len(causes) - 1 - _MOST_CAUSES)))
    return lines


def happened(operation: Operation, outcome: Outcome, locale: Locale) -> list[str]:
    """Return what happened, and when."""
    lines = [_detail(outcome, locale)] if outcome.detail else []
    if outcome.result is Result.JOINED:
        other = outcome.joined_to or operation.joined_to or locale.say("happened.joined_unknown")
        lines.append(locale.say("happened.joined", other=one_line(other, 64)))
    lines.append(locale.say("happened.received", when=locale.moment(operation.received_at)))
    if operation.accepted_at:
        key = key_of(operation.action, "happened.accepted")
        lines.append(locale.say(key, when=locale.moment(operation.accepted_at)))
    lines += _back(outcome, locale) if operation.action is Action.RESUME else _copy(outcome, locale)
    span = locale.duration(outcome.ended_at - operation.received_at)
    lines.append(locale.say("happened.ended", when=locale.moment(outcome.ended_at), span=span))
    return lines


def _back(outcome: Outcome, locale: Locale) -> list[str]:
    """Return how long the group was without protection, and how far its copy is, as far as it is known."""
    since, lines = outcome.unprotected_since, list[str]()
    if since is not None:
        span = locale.duration(outcome.ended_at - since)
        lines.append(locale.say("resume.happened.unprotected", when=locale.moment(since), span=span))
    if outcome.in_step:
        lines.append(locale.say("happened.in_step"))
    elif outcome.in_step is False and outcome.progress is not None:
        lines.append(locale.say("happened.progress", progress=str(outcome.progress)))
    elif outcome.in_step is False:
        lines.append(locale.say("happened.copying"))
    return lines


def _copy(outcome: Outcome, locale: Locale) -> list[str]:
    """Return how many pairs are stopped, and from when to when the copy is, as far as it is known."""
    pairs, lines = outcome.pairs, list[str]()
    if pairs is not None:
        lines.append(locale.say("happened.pairs", stopped=str(pairs.stopped), total=str(pairs.total)))
    if outcome.copy_as_of is not None:
        lines.append(locale.say("happened.copy_as_of", when=locale.moment(outcome.copy_as_of)))
    if outcome.copy_until is not None:
        lines.append(locale.say("happened.copy_until", when=locale.moment(outcome.copy_until)))
    if outcome.unprotected_since is not None:
        lines.append(locale.say("happened.unprotected", when=locale.moment(outcome.unprotected_since)))
    return lines


def _detail(outcome: Outcome, locale: Locale) -> str:
    """Return the outcome's own sentence: made from its code and values where the language has one, else as recorded."""
    recorded = locale.say("happened.detail", text=readable(outcome.detail, 600))
    why = outcome.why
    if why is None:
        return recorded
    try:
        templates = {one.code: locale.sentences[f"why.{one.code.value}"] for one in why.all}
        return one_line(sentence(why, templates, locale.say("why.join")), 600)
    except KeyError:  # no sentence of this language, or a value that an older record does not have
        return recorded


def said(outcome: Outcome, locale: Locale) -> list[str]:
    """Return what Huawei Cloud answered, and what a ticket with its support needs."""
    answer = outcome.huawei
    if answer is None:
        return []
    lines = [_quoted(answer.message, answer.code, locale)] if answer.message or answer.code else []
    marks = [locale.say("said.code", code=one_line(answer.code, 64))] if answer.code else []
    marks += [locale.say("said.status", status=str(answer.http_status))] if answer.http_status else []
    marks += [locale.say("said.request_id", id=one_line(answer.request_id, 80))] if answer.request_id else []
    lines += [locale.say("said.ticket", marks=locale.say("said.join").join(marks))] if marks else []
    lines += [_sub_job(job, locale) for job in answer.failed_sub_jobs[:_MOST_SUB_JOBS]]
    if len(answer.failed_sub_jobs) > _MOST_SUB_JOBS:
        lines.append(locale.say("said.omitted", n=str(len(answer.failed_sub_jobs) - _MOST_SUB_JOBS)))
    return lines


def _sub_job(job: FailedSubJob, locale: Locale) -> str:
    code = locale.say("said.pair_code", code=one_line(job.code, 64)) if job.code else ""
    words = _quoted(job.reason, job.code, locale)
    if not job.replication_id:
        return locale.say("said.a_pair", code=code, words=words)
    return locale.say("said.pair", pair=one_line(job.replication_id, 64), code=code, words=words)


def _quoted(text: str, code: str | None, locale: Locale) -> str:
    """Return what was said, with its code's documented meaning where it is missing or in another language."""
    words, known = readable(text, 400), locale.meaning(code)
    foreign = words.isascii() is not (locale.language == ENGLISH)
    if not words:
        line = known or locale.say("said.nothing")
    elif known and foreign:
        line = locale.say("said.translated", text=words.rstrip(".。"), meaning=known.rstrip("。"))
    else:
        line = locale.say("said.words", text=words)
    return line if line.endswith(_ENDS) else f"{line}{locale.say('full_stop')}"


def record(operation: Operation, outcome: Outcome, links: Links, locale: Locale) -> list[str]:
    """Return the ids by which the operation is found again."""
    group = operation.group
    called = outcome.group_name or (group.server_group_name if group else None)
    place = [operation.request.server_group_id] if group is None else [group.server_group_id]
    if group:
        place += [locale.say("record.region", region=group.region)]
        place += [locale.say("record.project", project=group.project_id)] if group.project_id else []
    quoted = locale.say("quote", text=called) if called else None
    facts: dict[str, str | None] = {
        "operation": operation.operation_id,
        "group": locale.say("said.join").join(part for part in (quoted, *place) if part),
        "job": operation.job_id,
        "hold": hold_of(operation, outcome),
        "sender": links.sender(locale),
    }
    return [
        locale.say("record.line", label=locale.say(f"record.{key}"), value=one_line(value, 1_500))
        for key, value in facts.items()
        if value
    ]
