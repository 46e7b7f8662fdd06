"""What the last check of all targets found: one item for each credential that was tried, the newest over the older."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from standdown.base.text import iso
from standdown.ledger.table import Table

__all__ = ["Checks"]

CREDENTIALS = ("stop", "read")
"""The credential that may stop, which the trigger tries, and the read-only one, which the sweeper tries."""
_KEPT = timedelta(days=30)


class Checks:
    """The last checks; raises LedgerError when the table cannot be used."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, credential: str, found: dict[str, Any], checked_at: datetime) -> None:
        """Keep what a check with a credential found, unless a later one is kept already."""
        values = {"found": found, "at": iso(checked_at), "kept": int((checked_at + _KEPT).timestamp())}
        condition = "attribute_not_exists(checked_at) OR checked_at <= :at"
        self._table.change(
            _pk(credential), "SET #found = :found, checked_at = :at, expires_at = :kept", condition, values,
            found="found",
        )  # fmt: skip

    def last(self) -> list[dict[str, Any]]:
        """Return the last check with each credential: `credential`, `checked_at`, and what was found."""
        items = ((credential, self._table.get(_pk(credential))) for credential in CREDENTIALS)
        return [
            {"tried": credential, "checked_at": item["checked_at"], **item["found"]}
            for credential, item in items
            if item
        ]


def _pk(credential: str) -> str:
    return f"check#{credential}"
