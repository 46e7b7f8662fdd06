"""What the webhook has taken in: one receipt per delivery id, so that one id never means two things."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from standdown.ledger.table import Table


class Receipts:
    """Receipts in the ledger's table, kept as long as its operations; raises LedgerError when it cannot be used."""

    def __init__(self, table: Table, keep: timedelta) -> None:
        self._table, self._keep = table, keep

    def agrees(self, delivery_id: str, body_sha256: str, now: datetime) -> bool:
        """Write the receipt of a delivery; return False where an earlier one with another body has the same id.

        The key's beginning is all of the table that the webhook's role may write; an id of a sender's choosing is
        hashed, so that it cannot name any other item.
        """
        pk = f"webhook#{hashlib.sha256(delivery_id.encode('utf-8', 'surrogatepass')).hexdigest()}"
        receipt = {"pk": pk, "body_sha256": body_sha256, "expires_at": int((now + self._keep).timestamp())}
        stood = self._table.together(self._table.put_new(receipt))
        return stood is None or (stood[0] or {}).get("body_sha256") == body_sha256
