"""Plain words for a person: names, times, durations, and what Huawei Cloud wrote, without JSON and code names."""

from __future__ import annotations

from datetime import datetime, timedelta

from standdown.base.text import one_line
from standdown.core.operation import Operation, Source, StopRequest
from standdown.sdrs.fail_reason import read_reason

__all__ = ["ask", "duration", "moment", "name", "readable", "who"]

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SENDERS = {
    Source.ALARM: "an alarm",
    Source.QUEUE: "a message on the request queue",
    Source.SCHEDULE: "a schedule",
    Source.WEBHOOK: "a webhook call",
    Source.DIRECT: "a direct call",
}


def name(operation: Operation) -> str:
    """Return what people call the thing: the target's name, else the group's name, else what the sender wrote."""
    outcome = operation.outcome
    known = operation.target or operation.request.target or (outcome.group_name if outcome else None)
    return one_line(known or operation.request.wanted, 80) or "an unnamed protection group"


def moment(when: datetime) -> str:
    """Return a UTC time as `2026-11-24 02:14:09 UTC`."""
    return when.strftime("%Y-%m-%d %H:%M:%S UTC")


def duration(span: timedelta) -> str:
    """Return a span in its two largest units: `2 minutes 5 seconds`; never negative."""
    left = max(0, round(span.total_seconds()))
    words = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(words[:2]) or "less than a second"


def who(request: StopRequest) -> str:
    """Return who asked: `the alarm erp-1`, `Ada Lovelace (by a webhook call)`, `a schedule`."""
    way = f"the alarm {one_line(request.alarm, 120)}" if request.alarm else _SENDERS[request.source]
    person = one_line(request.requested_by, 120)
    return f"{person} (by {way})" if person and person != request.alarm else way


def ask(request: StopRequest) -> str:
    """Return one sentence: who asked when, and the reason that was given."""
    wish = "a dry run of the stop" if request.dry_run else "the stop"
    sender = who(request)
    said = f"{sender[0].upper()}{sender[1:]} asked for {wish} at {moment(request.requested_at)}."
    reason = readable(request.reason, 400)
    return f'{said} The reason given: "{reason}"' if reason else f"{said} No reason was given."


def readable(text: str, limit: int = 300) -> str:
    """Return what a service wrote as a person would quote it: on one line, without code names, JSON or quotes."""
    return one_line(read_reason(text).words, limit)
