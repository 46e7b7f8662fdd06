"""What the webhook has taken in: one receipt per delivery id, so that one id never means two things."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from standdown.ledger.table import Table

LONGEST_REPEAT = timedelta(hours=25)
"""Cloud Eye repeats an alarm that lasts after a day at most: after a longer silence, a message is about a new one."""
_ALARM_KEPT = timedelta(days=3)


class Receipts:
    """Receipts in the ledger's table, kept as long as its operations; raises LedgerError when it cannot be used."""

    def __init__(self, table: Table, keep: timedelta) -> None:
        self._table, self._keep = table, keep

    def agrees(self, delivery_id: str, body_sha256: str, now: datetime) -> bool:
        """Write the receipt of a delivery; return False where an earlier one with another body has the same id."""
        receipt = {"pk": _key(delivery_id), "body_sha256": body_sha256, "expires_at": _seconds(now + self._keep)}
        stood = self._table.together(self._table.put_new(receipt))
        return stood is None or (stood[0] or {}).get("body_sha256") == body_sha256

    def lasts(self, alarm: str, now: datetime) -> bool:
        """Return whether an earlier message of an alarm was taken, and the alarm has not ended since."""
        found = self._alarm(alarm)
        return found.get("lasts") is True and now - LONGEST_REPEAT <= datetime.fromtimestamp(found["at"], now.tzinfo)

    def alarm_taken(self, alarm: str, sent_at: datetime, now: datetime) -> None:
        """Remember that a message of an alarm was taken, or came again."""
        self._remember(alarm, sent_at, now, lasts=True)

    def alarm_ended(self, alarm: str, sent_at: datetime, now: datetime) -> None:
        """Remember that an alarm has ended, unless a later message said that it lasts: SMN keeps no order."""
        found = self._alarm(alarm)
        if found.get("lasts") is True and found["at"] <= _seconds(sent_at):
            self._remember(alarm, sent_at, now, lasts=False)

    def _alarm(self, alarm: str) -> dict[str, Any]:
        return self._table.get(_key(f"alarm\n{alarm}")) or {}

    def _remember(self, alarm: str, sent_at: datetime, now: datetime, *, lasts: bool) -> None:
        item = {"pk": _key(f"alarm\n{alarm}"), "lasts": lasts, "at": _seconds(sent_at)}
        self._table.together(self._table.put({**item, "expires_at": _seconds(now + _ALARM_KEPT)}))


def _key(name: str) -> str:
    """Return the key of a receipt. Its beginning is all of the table that the webhook's role may read and write.

    A name of a sender's choosing is hashed, so that it cannot name any other item.
    """
    return f"webhook#{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
