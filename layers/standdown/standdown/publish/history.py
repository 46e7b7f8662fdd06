"""Who had what stopped or protected again, when, and how it ended: operations, newest first, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from standdown.base.documents import Reader
from standdown.base.text import from_iso, iso
from standdown.base.text_table import WIDTH, table
from standdown.core.operation import OPERATION_ID, SCHEMA_VERSION, Operation, State, execution_name
from standdown.core.outcome import PROTECTED, Delivery, Outcome, Pairs
from standdown.core.request import Action
from standdown.core.serialize import Record
from standdown.ledger.ledger import Ledger
from standdown.publish.render.holds import hold_of
from standdown.publish.render.locale import english
from standdown.publish.render.phrases import name, who

MOST, USUAL = 200, 50
"""Operations on one page: at most, and where nobody says. A page must stay far below Lambda's 6 MB."""

_KEYS = ("target", "since", "limit", "after", "operation_id")
TIME = "a day or a time, such as 2026-01-02 or 2026-01-02T03:04:05Z"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WHEN = r"[0-9TZ:.+-]{20,40}"


class HistoryError(ValueError):
    """Raised when a question about the history is not understood; names the key and says what to write."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Entry(Record):
    """One operation as the history shows it; `who` is a sentence's subject, such as `the alarm erp-1`."""

    operation_id: str
    target: str
    who: str
    source: str
    requested_by: str
    alarm: str | None
    reason: str
    requested_at: datetime
    received_at: datetime
    ended_at: datetime | None
    state: str
    outcome: str | None
    refusal: str | None
    verified: bool | None
    detail: str | None
    job_id: str | None
    joined_to: str | None
    further_causes: int
    dry_run: bool
    accepted_at: datetime | None
    region: str | None
    server_group_id: str | None
    server_group_name: str | None
    group_status: str | None
    huawei_request_id: str | None
    execution_name: str
    joined_result: str | None
    undelivered: tuple[str, ...]
    waits_for: str | None
    pairs: Pairs | None
    copy_as_of: datetime | None
    copy_until: datetime | None
    action: str = "stop"
    hold: str | None = None
    unprotected_since: datetime | None = None
    in_step: bool | None = None
    progress: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some operations, and the token that asks for the older ones; None where there are none."""

    entries: tuple[Entry, ...]
    after: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values, the table for people with it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "operations": [each.to_dict() for each in self.entries],
            "after": self.after,
            "table": self.table(),  # until 0.3: whoever prints it then renders it from the rest
        }

    def table(self, width: int = WIDTH) -> str:
        """Return a table: when it came in, which target, who asked, how it ended, under which id."""
        if not self.entries:
            return "No operation is recorded."
        rows = [
            (english().moment(one.received_at).removesuffix(" UTC"), one.target, one.who, _end(one), one.operation_id)
            for one in self.entries
        ]
        return table(("WHEN (UTC)", "TARGET", "WHO ASKED", "HOW IT ENDED", "OPERATION"), rows, width)


def history(ledger: Ledger, question: Any) -> Page:
    """Answer `{"target", "since", "limit", "after"}`, each optional, or `{"operation_id"}`; raise HistoryError.

    Raises LedgerError where the ledger cannot be used.
    """
    if not isinstance(question, dict):
        raise HistoryError('history must be an object such as {"target": "erp-prod", "limit": 20}')
    reader = Reader(question, lambda key, problem: HistoryError(f"{key!r} {problem}"))
    reader.nothing_else(_KEYS, "history")
    if "operation_id" in question:
        return _one(ledger, reader, len(question))
    limit = reader.whole("limit", 1, MOST) if "limit" in question else USUAL
    given = {key for key, value in question.items() if value is not None}
    found = ledger.history(
        reader.value("target", str, "the name of a target", len) if "target" in given else None,
        reader.made("since", since_of, TIME) if "since" in given else None,
        reader.made("after", _after, "what an earlier answer gave as 'after'") if "after" in given else None,
    )
    operations = list(islice(found, limit + 1))
    shown = operations[:limit]
    more = len(operations) > limit
    return Page(tuple(entry(each) for each in shown), _token(shown[-1]) if more else None)


def _one(ledger: Ledger, reader: Reader, keys: int) -> Page:
    if keys > 1:
        raise HistoryError("'operation_id' names one operation: remove the other keys")
    operation_id = reader.text("operation_id", OPERATION_ID, "an operation's id, 32 hexadecimal characters")
    found = ledger.get(operation_id)
    return Page((entry(found),) if found else (), None)


def entry(operation: Operation) -> Entry:
    """Return one operation as the history shows it."""
    request, outcome, group = operation.request, operation.outcome, operation.group
    return Entry(
        operation_id=operation.operation_id,
        target=name(operation, english()),
        who=who(request, english()),
        source=request.source.value,
        requested_by=request.requested_by,
        alarm=request.alarm,
        reason=request.reason,
        requested_at=request.requested_at,
        received_at=operation.received_at,
        state=operation.state.value,
        job_id=operation.job_id,
        joined_to=operation.joined_to,
        further_causes=len(operation.causes),
        dry_run=operation.dry_run,
        accepted_at=operation.accepted_at,
        region=group.region if group else None,
        server_group_id=group.server_group_id if group else None,
        server_group_name=(outcome.group_name if outcome else None) or (group.server_group_name if group else None),
        execution_name=execution_name(operation.joined_to or operation.operation_id),
        undelivered=_undelivered(operation),
        waits_for=operation.problem if outcome is None and operation.state is State.INTENT else None,
        action=request.action.value,
        hold=hold_of(operation, outcome) if outcome else request.hold,
        **_ended(outcome),
    )


def _ended(outcome: Outcome | None) -> dict[str, Any]:
    """Return what the history shows of how an operation ended."""
    return {
        "ended_at": outcome and outcome.ended_at,
        "outcome": outcome and outcome.result.value,
        "refusal": outcome.refusal.value if outcome and outcome.refusal else None,
        "verified": outcome and outcome.verified,
        "detail": outcome and outcome.detail,
        "group_status": outcome and outcome.group_status,
        "huawei_request_id": outcome.huawei.request_id if outcome and outcome.huawei else None,
        "joined_result": outcome.joined_result.value if outcome and outcome.joined_result else None,
        "pairs": outcome and outcome.pairs,
        "copy_as_of": outcome and outcome.copy_as_of,
        "copy_until": outcome and outcome.copy_until,
        "unprotected_since": outcome and outcome.unprotected_since,
        "in_step": outcome and outcome.in_step,
        "progress": outcome and outcome.progress,
    }


def _undelivered(operation: Operation) -> tuple[str, ...]:
    return tuple(sorted(name for name, one in operation.channels.items() if one.status is Delivery.UNDELIVERED))


def _end(shown: Entry) -> str:
    if shown.outcome is None:
        return "resume: not yet" if shown.action == Action.RESUME else "not yet"
    end = f"{shown.outcome}: {shown.refusal}" if shown.refusal else shown.outcome
    own = shown.action == Action.STOP or shown.outcome in PROTECTED
    return end if own else f"resume {end}"


def since_of(text: str) -> datetime:
    """Return a day or a time of a question."""
    return from_iso(f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text)


def _token(operation: Operation) -> str:
    return f"{iso(operation.received_at)}/{operation.operation_id}"


def _after(text: str) -> tuple[str, datetime]:
    return token_read(text, OPERATION_ID.pattern)


def token_read(text: str, identity: str) -> tuple[str, datetime]:
    """Return the id, of that form, and the time of a token by which a page follows; raise ValueError."""
    when, _, known_by = text.partition("/")
    if not re.fullmatch(_WHEN, when) or not re.fullmatch(identity, known_by):
        raise ValueError(text)
    return known_by, from_iso(when)
