"""A command under an id that was used for another one: refused, so that nobody waits for a stop that never comes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from standdown.base.text import iso, one_line
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action, StopRequest

REPEATS = timedelta(minutes=5)
"""For how long after an operation's end the same command is still a repeat: clients and Lambda retry within minutes."""


def used_id(first: Operation, request: StopRequest, now: datetime) -> Operation | None:
    """Return the refused operation of a command that says something else under a used id; None for a mere repeat.

    Its id is made of the first operation's and of what is said anew: a repeat of it is the same refusal.
    """
    if not request.own_id:
        return None  # the id is that of the message, of the alarm's change or of the webhook's delivery
    if _meaning(request) != _meaning(first.request):
        said, code = _meaning(request), Reason.USED_ID_CHANGED
    elif first.outcome and request.requested_at > first.outcome.ended_at + REPEATS:
        said, code = iso(request.requested_at), Reason.USED_ID_ENDED
    else:
        return None
    why = Why.of(code, delivery_id=one_line(request.delivery_id, 200), operation_id=first.operation_id)
    own = hashlib.sha256(f"{first.operation_id}\n{said}".encode()).hexdigest()[:32]
    operation = Operation(own, request, now, target=first.target, group=first.group, dry_run=request.dry_run)
    operation = replace(operation, max_age_minutes=first.max_age_minutes)
    return operation.with_outcome(Outcome.of(Result.REFUSED, now, why, Refusal.USED_ID))


def _meaning(request: StopRequest) -> str:
    # What names the group is a part of the id itself; reason and sender change nothing of what is done, but that a
    # person asks for a resume, of whatever name.
    said = f"dry_run={request.dry_run} malformed={request.flaw is not None}"
    more: dict[str, object] = {"hold": request.hold, "minutes": request.resume_after_minutes, "at": request.resume_at}
    named = request.action is Action.RESUME and bool(request.person)
    more |= {"force": request.force or None, "by_person": named or None}
    return said + "".join(f" {key}={value}" for key, value in more.items() if value is not None)
