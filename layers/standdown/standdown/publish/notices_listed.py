"""Which notices were written, and when: newest first, page by page. The report shows them beside the operations."""

from __future__ import annotations

from itertools import islice
from typing import Any

from standdown.base.documents import Reader
from standdown.base.text import iso
from standdown.core.notice import NOTICE_ID, Notice
from standdown.core.operation import SCHEMA_VERSION
from standdown.ledger.ledger import Ledger
from standdown.publish.history import MOST, TIME, USUAL, HistoryError, since_of, token_read

__all__ = ["notices_listed"]

_KEYS = ("since", "limit", "after")


def notices_listed(ledger: Ledger, question: Any) -> dict[str, Any]:
    """Answer `{"since", "limit", "after"}`, each optional; raise HistoryError, or LedgerError."""
    if not isinstance(question, dict):
        raise HistoryError('notices must be an object such as {"since": "2026-01-02"}')
    reader = Reader(question, lambda key, problem: HistoryError(f"{key!r} {problem}"))
    reader.nothing_else(_KEYS, "notices")
    limit = reader.whole("limit", 1, MOST) if "limit" in question else USUAL
    given = {key for key, value in question.items() if value is not None}
    found = ledger.notices.history(
        reader.made("since", since_of, TIME) if "since" in given else None,
        reader.made("after", _after, "what an earlier answer gave as 'after'") if "after" in given else None,
    )
    notices = list(islice(found, limit + 1))
    shown = notices[:limit]
    after = f"{iso(shown[-1].at)}/{shown[-1].notice_id}" if len(notices) > limit else None
    return {"schema_version": SCHEMA_VERSION, "notices": [_shown(one) for one in shown], "after": after}


def _shown(notice: Notice) -> dict[str, Any]:
    """Return one notice with the hold as it was then; not which channel accepted it."""
    whole = notice.to_dict()
    kept = {key: value for key, value in whole.items() if key not in ("channels", "publisher")}
    return kept | {"target": notice.target_name or (notice.hold.target_name if notice.hold else None)}


def _after(text: str) -> tuple[str, Any]:
    return token_read(text, NOTICE_ID.pattern)
