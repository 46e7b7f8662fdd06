"""The outcome for people: a subject line, and a text that reads like a colleague's message at three in the morning."""

from __future__ import annotations

import unicodedata

from standdown.base.text import clip, one_line
from standdown.core.operation import Operation, Outcome, Refusal, Result
from standdown.publish.render.links import Links
from standdown.publish.render.next_steps import next_steps
from standdown.publish.render.phrases import ask, duration, moment, name, readable
from standdown.publish.render.urgency import still_protected, urgent
from standdown.sdrs.classify import meaning

__all__ = ["body", "subject"]

_MOST_CAUSES = 5
_MOST_SUB_JOBS = 5
_LONGEST_LINE = 990
"""Bytes of a line of the text, its indentation included: a mail may have 998."""
_STACK_ROOM, _LEAST_ROOM = 32, 12
"""Characters of a subject: at most for the stack, at least for the target."""
_LINKS = {"console": "SDRS console", "execution": "Execution", "logs": "Log lines"}
_REFUSED = {
    Refusal.NOT_ALLOWED: "not allowed",
    Refusal.STALE: "the request came too late",
    Refusal.WRONG_STATE: "the group's state does not allow it",
    Refusal.NOT_FOUND: "SDRS does not know the group",
    Refusal.OFF: "stops are switched off",
    Refusal.COOLDOWN: "it was stopped only a short while ago",
    Refusal.MALFORMED: "the request is not valid",
    Refusal.USED_ID: "its delivery_id was used already",
}
_VERDICTS = {
    Result.SUCCEEDED: "protection stopped",
    Result.FAILED: "the stop of protection failed",
    Result.ALREADY_STOPPED: "protection was already off",
    Result.REFUSED: "stop refused",
    Result.TIMED_OUT: "the stop is still running at its deadline",
    Result.UNKNOWN: "cannot tell whether protection stopped",
    Result.DRY_RUN: "dry run, nothing was stopped",
    Result.JOINED: "was already being stopped",
}
_OTHER_STOP = {
    Result.SUCCEEDED: "which went well",
    Result.ALREADY_STOPPED: "which found the protection off",
    Result.FAILED: "which failed",
    Result.TIMED_OUT: "which is still running at its deadline",
    Result.UNKNOWN: "whose end we could not see",
    Result.REFUSED: "which was refused",
    Result.DRY_RUN: "which was a dry run",
}
_UNCHANGED = "We do not know. Nothing was changed: if it was protected before, it still is."
_UNTOUCHED = frozenset({Result.REFUSED, Result.DRY_RUN})


def subject(operation: Operation, stack: str = "") -> str:
    """Return one line of ASCII, under 100 characters: which group, how it ended, and which stack says so.

    The form is what SNS demands of a subject, and it begins with a letter.
    """
    outcome = _outcome(operation)
    verdict = _verdict(operation, outcome)
    start = "ACTION NEEDED: SDRS" if urgent(operation) else "Standdown"
    end = f"{verdict} [{_ascii(stack, _STACK_ROOM)}]" if stack else verdict
    between = " " if start.endswith("SDRS") else ": "
    room = 98 - len(f"{start}{between}: {end}")
    if room < _LEAST_ROOM:
        end, room = verdict, 98 - len(f"{start}{between}: {verdict}")
    return f"{start}{between}{_ascii(name(operation), room)}: {end}"


def _verdict(operation: Operation, outcome: Outcome) -> str:
    verdict = _VERDICTS[outcome.result]
    if outcome.result is Result.FAILED and operation.dry_run:
        return "dry run failed, nothing was stopped"
    if outcome.result is Result.SUCCEEDED and not outcome.verified:
        return f"{verdict}, please check"
    if outcome.refusal:
        return f"{'dry run refused' if operation.dry_run else verdict}, {_REFUSED[outcome.refusal]}"
    if outcome.joined_result in _OTHER_STOP:
        return f"joined another stop, {_OTHER_STOP[outcome.joined_result]}"
    return verdict


def body(operation: Operation, links: Links) -> str:
    """Return the message as plain text; every foreign word in it is on one line and clipped."""
    outcome = _outcome(operation)
    parts = [
        f"{_headline(operation, outcome)}\nIs the group still protected? {_protection(outcome)}",
        _section("What to do now", [f"{n}. {step}" for n, step in enumerate(next_steps(operation), 1)]),
        _section("What was asked", _asked(operation)),
        _section("What happened", _happened(operation, outcome)),
        _section("What Huawei Cloud said", _said(outcome)),
        _section("For the record", _record(operation, links)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _outcome(operation: Operation) -> Outcome:
    if operation.outcome is None:
        raise ValueError(f"operation {operation.operation_id} has not ended yet")
    return operation.outcome


def _headline(operation: Operation, outcome: Outcome) -> str:
    thing = name(operation)
    if outcome.result is Result.FAILED and operation.dry_run:
        return f"This was a dry run for {thing}, and it failed: a real stop would not have worked either."
    if outcome.result is Result.SUCCEEDED and not outcome.verified:
        return f"SDRS reported that the protection of {thing} has been stopped, but we could not confirm it."
    if outcome.result is Result.REFUSED and operation.dry_run:
        return f"This was a dry run for {thing}, and it was refused. Nothing was stopped."
    end = f", {_OTHER_STOP[outcome.joined_result]}" if outcome.joined_result in _OTHER_STOP else ""
    lines = {
        Result.SUCCEEDED: f"The protection of {thing} has been stopped.",
        Result.FAILED: f"The protection of {thing} could not be stopped.",
        Result.ALREADY_STOPPED: f"The protection of {thing} was already off, so there was nothing to stop.",
        Result.REFUSED: f"The request to stop the protection of {thing} was refused. Nothing was stopped.",
        Result.TIMED_OUT: f"The stop of {thing} was still running when its deadline came. We no longer watch it.",
        Result.UNKNOWN: f"We cannot tell whether the protection of {thing} has been stopped.",
        Result.DRY_RUN: f"This was a dry run for {thing}. Nothing was stopped.",
        Result.JOINED: f"{thing} was already being stopped when this request came, so it joined that stop{end}.",
    }
    return lines[outcome.result]


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"  {part}" for line in lines for part in _broken(line))]) if lines else ""


def _asked(operation: Operation) -> list[str]:
    causes = operation.all_causes
    lines = [ask(causes[0])]
    if len(causes) > 1:
        others = len(causes) - 1
        lines.append(f"While it ran, {others} more request{'' if others == 1 else 's'} came for the same group:")
        lines += [f"- {ask(cause)}" for cause in causes[1 : 1 + _MOST_CAUSES]]
    if len(causes) > 1 + _MOST_CAUSES:
        lines.append(f"- and {len(causes) - 1 - _MOST_CAUSES} more")
    return lines


def _happened(operation: Operation, outcome: Outcome) -> list[str]:
    lines = [readable(outcome.detail, 600)] if outcome.detail else []
    if outcome.result is Result.JOINED:
        other = one_line(outcome.joined_to or operation.joined_to or "of unknown id", 64)
        lines.append(f"The message about operation {other} says how that one went.")
    lines.append(f"Request received at {moment(operation.received_at)}.")
    if operation.accepted_at:
        lines.append(f"SDRS has had the stop since {moment(operation.accepted_at)}.")
    lines.append(f"Ended at {moment(outcome.ended_at)}, {duration(outcome.ended_at - operation.received_at)} later.")
    return lines


def _protection(outcome: Outcome) -> str:
    status = one_line(outcome.group_status or "", 40)
    read = f" We read the group: its status is {status}." if status else " We did not read the group."
    protected = still_protected(outcome)
    if protected is False:
        off = "No. Its data is no longer replicated."
        return f"{off}{read}" if status else f"No, as far as SDRS reported.{read}"
    if protected:
        parts = "Yes, at least in part" if status == "error-stopping" else "Yes"
        return f"{parts}: its data is still being replicated.{read}"
    return f"{_UNCHANGED if outcome.result in _UNTOUCHED else 'We do not know.'}{read}"


def _said(outcome: Outcome) -> list[str]:
    said = outcome.huawei
    if said is None:
        return []
    lines = [_quoted(said.message, said.code)] if said.message or said.code else []
    marks = [f"code {one_line(said.code, 64)}"] if said.code else []
    marks += [f"HTTP status {said.http_status}"] if said.http_status else []
    marks += [f"request id {one_line(said.request_id, 80)}"] if said.request_id else []
    lines += [f"For a support ticket: {', '.join(marks)}."] if marks else []
    for job in said.failed_sub_jobs[:_MOST_SUB_JOBS]:
        pair = f"Replication pair {one_line(job.replication_id, 64)}" if job.replication_id else "A replication pair"
        code = f" ({one_line(job.code, 64)})" if job.code else ""
        lines.append(f"- {pair} failed{code}: {_quoted(job.reason, job.code)}")
    if len(said.failed_sub_jobs) > _MOST_SUB_JOBS:
        lines.append(f"- and {len(said.failed_sub_jobs) - _MOST_SUB_JOBS} more replication pairs failed.")
    return lines


def _quoted(text: str, code: str | None) -> str:
    """Return what was said as a sentence, with its code's documented meaning where it is missing or not English."""
    said, known = readable(text, 400), meaning(code)
    if known and not said.isascii():
        said = f"{said.rstrip('.')} (in English: {known})"
    said = said or known or "no reason was given"
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def _record(operation: Operation, links: Links) -> list[str]:
    group, outcome = operation.group, _outcome(operation)
    called = outcome.group_name or (group.server_group_name if group else None)
    place = [operation.request.server_group_id] if group is None else [group.server_group_id, f"in {group.region}"]
    place += [f"project {group.project_id}"] if group and group.project_id else []
    facts: dict[str, str | None] = {
        "Operation": operation.operation_id,
        "Group": ", ".join(part for part in (called and f'"{called}"', *place) if part),
        "Job": operation.job_id,
        "Sent by": links.sender(),
        **{title: _mailed(links.for_operation(operation)[key]) for key, title in _LINKS.items()},
    }
    return [f"{title + ':':<14}{one_line(value, 1_500)}" for title, value in facts.items() if value]


def _ascii(text: str, room: int) -> str:
    """Return text in printable ASCII: letters lose their accents, what has no likeness becomes a question mark."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    printable = "".join(c if " " <= c <= "~" else "?" for c in clip(bare, room).replace("…", "..."))
    return printable if len(printable) <= room else f"{printable[: room - 3]}..."


def _mailed(link: str | None) -> str | None:
    """Return a link, or where it is found if no line of a mail can hold it."""
    too_long = link is not None and len(link.encode()) > _LONGEST_LINE - 20
    return "this link is too long for a mail; the event for machines has it" if too_long else link


def _broken(line: str) -> list[str]:
    """Return a line as several that a mail can hold, broken at blanks where there are any.

    Each begins with dots, so that what another wrote cannot begin a line of its own.
    """
    lines: list[str] = []
    while len(line.encode()) > _LONGEST_LINE:
        fits = line.encode()[:_LONGEST_LINE].decode(errors="ignore")
        head = fits.rpartition(" ")[0].rstrip()
        # The only blank may be the one behind the dots: broken there, the rest would never get shorter.
        if len(head) < len(fits) // 2:
            head = fits
        lines.append(head)
        line = f"… {line[len(head) :].lstrip()}"
    return [*lines, line]
