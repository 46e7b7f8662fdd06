"""What the ledger holds, read: one operation, who has a group's lock, and the lists. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from standdown.base.log import logger
from standdown.base.text import from_iso, iso
from standdown.core.operation import GroupRef, Operation
from standdown.ledger.holds import Holds
from standdown.ledger.table import LedgerError, Table

if TYPE_CHECKING:
    from standdown.ledger.notices import Notices

KIND = "operation"


class Reading:
    """The operations of one stack. Times are UTC; every method raises LedgerError when the table cannot be used."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.holds = Holds(table)

    @property
    def notices(self) -> Notices:
        """Return the notices in the same table."""
        from standdown.ledger.notices import Notices  # a stop need not wait for it to be loaded

        return Notices(self._table)

    def get(self, operation_id: str) -> Operation | None:
        """Return the operation as it stands now, or None."""
        item = self._table.get(operation_id)
        return as_operation(item) if item else None

    def lock_on(self, group: GroupRef) -> tuple[str | None, datetime | None]:
        """Return which operation has the group's lock, and when the group was last stopped, as far as is recorded."""
        locks = [self._table.get(f"group#{key}") or {} for key in (group.key, *group.former_keys)]
        stopped = [from_iso(lock["stopped_at"]) for lock in locks if "stopped_at" in lock]
        return next((lock["holder"] for lock in locks if "holder" in lock), None), max(stopped, default=None)

    def unfinished(self) -> Iterator[Operation]:
        """Yield the operations that are not published yet, oldest first; each may have moved on meanwhile.

        One that this code cannot read is passed over, so that it does not stand in the way of the others.
        """
        return self._readable(self._table.query("unfinished", "unfinished", "yes", forward=True))

    def history(
        self, target: str | None = None, since: datetime | None = None, after: tuple[str, datetime] | None = None
    ) -> Iterator[Operation]:
        """Yield the operations of one target, or all of them, newest first, `since` a time at the earliest.

        `after` is the id of an operation and when it was received: only older ones follow.
        """
        index, key, value = ("by-target", "target", target) if target else ("by-time", "kind", KIND)
        start = after and {"pk": after[0], key: value, "received_at": iso(after[1])}
        least = ("received_at", iso(since)) if since else None
        return self._readable(self._table.query(index, key, value, forward=False, since=least, start=start))

    def _readable(self, items: Iterator[dict[str, Any]]) -> Iterator[Operation]:
        for item in items:
            try:
                yield as_operation(item)
            except LedgerError as error:
                logger.error("operation not readable", extra={"operation_id": item.get("pk"), "problem": str(error)})


def as_operation(item: dict[str, Any]) -> Operation:
    """Read an item of the table; raise LedgerError where it cannot be read."""
    try:
        return Operation.from_dict(item)
    except ValueError as error:
        raise LedgerError(f"the ledger's item {item.get('pk')} cannot be read: {error}") from error
