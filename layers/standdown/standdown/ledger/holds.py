"""The groups without protection, one item each, which the stop that ends writes and the sweeper looks after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from standdown.base.log import logger
from standdown.core.hold import Hold, HoldState
from standdown.core.operation import GroupRef
from standdown.ledger.table import LedgerError, Table

__all__ = ["Holds"]

_LISTED = "hold"
_KEPT = timedelta(days=90)


class Holds:
    """The holds of one stack, by their group; raises LedgerError when the table cannot be used."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, group: GroupRef) -> Hold | None:
        """Return a located group's hold as it stands now, also one that is over; None where it never had one."""
        item = self._table.get(_pk(group))
        return _hold(item) if item else None

    def listed(self) -> Iterator[Hold]:
        """Yield the holds that are not over, the oldest first; one that cannot be read is passed over."""
        for item in self._table.query("unfinished", "unfinished", _LISTED, forward=True):
            try:
                yield _hold(item)
            except LedgerError as error:
                logger.error("hold not readable", extra={"hold": item.get("pk"), "problem": str(error)})

    def save(self, hold: Hold) -> Hold | None:
        """Write the hold as it was changed; None where somebody else changed it since it was read."""
        return replace(hold, revision=hold.revision + 1) if self._table.together(self.write(hold)) is None else None

    def write(self, hold: Hold) -> dict[str, Any]:
        """Return the write of a changed hold, which is done where nobody else changed it since it was read."""
        item = replace(hold, revision=hold.revision + 1).to_dict() | {"pk": _pk(hold.group), "kind": _LISTED}
        item["received_at"] = item["since"]
        if hold.over:
            item["expires_at"] = int(((hold.ended_at or hold.since) + _KEPT).timestamp())
        else:
            item["unfinished"] = _LISTED
        plain = {key: value for key, value in item.items() if value not in (None, [])}
        condition = "attribute_not_exists(pk) OR revision = :was"
        return self._table.put_where(plain, condition, {"was": hold.revision})

    def check(self, group: GroupRef, hold_id: str | None) -> dict[str, Any]:
        """Return the check that a hold is open and still the one that was shown."""
        condition = "hold_id = :shown AND #state = :open"
        return self._table.check(_pk(group), condition, {"shown": hold_id or "", "open": HoldState.OPEN.value})


def _pk(group: GroupRef) -> str:
    return f"hold#{group.key}"


def _hold(item: dict[str, Any]) -> Hold:
    try:
        return Hold.from_dict(item)
    except ValueError as error:
        raise LedgerError(f"the ledger's item {item.get('pk')} cannot be read: {error}") from error
