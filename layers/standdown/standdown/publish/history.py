"""Who had what stopped, when, and how it ended: the ledger's operations, newest first, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from standdown.base.documents import Reader
from standdown.base.text import from_iso, iso
from standdown.base.text_table import WIDTH, table
from standdown.core.operation import SCHEMA_VERSION, Operation
from standdown.core.serialize import Record
from standdown.ledger.ledger import Ledger
from standdown.publish.render.locale import english
from standdown.publish.render.phrases import name, who

MOST, USUAL = 200, 50
"""Operations on one page: at most, and where nobody says. A page must stay far below Lambda's 6 MB."""

_KEYS = ("target", "since", "limit", "after")
_TIME = "a day or a time, such as 2026-01-02 or 2026-01-02T03:04:05Z"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TOKEN = re.compile(r"([0-9TZ:.+-]{20,40})/([0-9a-f]{32})")


class HistoryError(ValueError):
    """Raised when a question about the history is not understood; names the key and says what to write."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Page:
    """Some operations, and the token that asks for the older ones; None where there are none."""

    entries: tuple[Entry, ...]
    after: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values, the table for people with it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "operations": [entry.to_dict() for entry in self.entries],
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
    """Answer `{"target", "since", "limit", "after"}`, each optional; raise HistoryError, or LedgerError."""
    if not isinstance(question, dict):
        raise HistoryError('history must be an object such as {"target": "erp-prod", "limit": 20}')
    reader = Reader(question, lambda key, problem: HistoryError(f"{key!r} {problem}"))
    reader.nothing_else(_KEYS, "history")
    limit = reader.whole("limit", 1, MOST) if "limit" in question else USUAL
    given = {key for key, value in question.items() if value is not None}
    found = ledger.history(
        reader.value("target", str, "the name of a target", len) if "target" in given else None,
        reader.made("since", _since, _TIME) if "since" in given else None,
        reader.made("after", _after, "what an earlier answer gave as 'after'") if "after" in given else None,
    )
    operations = list(islice(found, limit + 1))
    shown = operations[:limit]
    more = len(operations) > limit
    return Page(tuple(_entry(each) for each in shown), _token(shown[-1]) if more else None)


def _entry(operation: Operation) -> Entry:
    request, outcome = operation.request, operation.outcome
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
        ended_at=outcome.ended_at if outcome else None,
        state=operation.state.value,
        outcome=outcome.result.value if outcome else None,
        refusal=outcome.refusal.value if outcome and outcome.refusal else None,
        verified=outcome.verified if outcome else None,
        detail=outcome.detail if outcome else None,
        job_id=operation.job_id,
        joined_to=operation.joined_to,
        further_causes=len(operation.causes),
    )


def _end(entry: Entry) -> str:
    if entry.outcome is None:
        return "not yet"
    return f"{entry.outcome}: {entry.refusal}" if entry.refusal else entry.outcome


def _since(text: str) -> datetime:
    return from_iso(f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text)


def _token(operation: Operation) -> str:
    return f"{iso(operation.received_at)}/{operation.operation_id}"


def _after(text: str) -> tuple[str, datetime]:
    found = _TOKEN.fullmatch(text)
    if not found:
        raise ValueError(text)
    return found[2], from_iso(found[1])
