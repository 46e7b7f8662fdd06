"""The notices of one stack: written once, with the number that their hold counts; published like outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from standdown.base.log import logger
from standdown.base.text import iso
from standdown.core.hold import Hold
from standdown.core.notice import Notice
from standdown.core.outcome import Delivery, DeliveryState
from standdown.ledger.holds import Holds
from standdown.ledger.table import LedgerError, Table

__all__ = ["Notices"]

_LISTED = "notice"
_KEPT = timedelta(days=90)
_EXISTS = "attribute_exists(pk)"


class Notices:
    """Writes and reads notices; raises LedgerError when the table cannot be used."""

    def __init__(self, table: Table) -> None:
        self._table, self._holds = table, Holds(table)

    def write(self, notice: Notice, hold: Hold | None = None) -> bool:
        """Write a notice once, and with it the hold that counts it; False where somebody else did, or changed it."""
        item = notice.to_dict() | {
            "pk": notice.notice_id,
            "kind": _LISTED,
            "notice_kind": notice.kind.value,
            "unfinished": _LISTED,
            "received_at": notice.to_dict()["at"],
            "expires_at": int((notice.at + _KEPT).timestamp()),
        }
        plain = {key: value for key, value in item.items() if value not in (None, [], {})}
        beside = [self._holds.write(hold)] if hold else []
        return self._table.together(self._table.put_new({**plain, "channels": {}}), *beside) is None

    def get(self, notice_id: str) -> Notice | None:
        """Return the notice as it stands now, or None."""
        item = self._table.get(notice_id)
        return _notice(item) if item else None

    def unpublished(self) -> Iterator[Notice]:
        """Yield the notices that are not published yet, oldest first; one that cannot be read is passed over."""
        yield from _readable(self._table.query("unfinished", "unfinished", _LISTED, forward=True))

    def history(self, since: datetime | None = None, after: tuple[str, datetime] | None = None) -> Iterator[Notice]:
        """Yield the notices newest first, `since` a time at the earliest; `after` is the id and time of a newer one."""
        start = after and {"pk": after[0], "kind": _LISTED, "received_at": iso(after[1])}
        least = ("received_at", iso(since)) if since else None
        yield from _readable(self._table.query("by-time", "kind", _LISTED, forward=False, since=least, start=start))

    def mark(self, notice_id: str, name: str, channel: DeliveryState) -> None:
        """Record where the notice stands on one channel; who is late does not take back that it was delivered."""
        values: dict[str, Any] = {"it": channel.to_dict()}
        if channel.status is Delivery.DONE:
            self._table.change(notice_id, "SET channels.#name = :it", _EXISTS, values, name=name)
            return
        values["done"] = Delivery.DONE.value
        undone = f"{_EXISTS} AND (attribute_not_exists(channels.#name) OR channels.#name.#status <> :done)"
        self._table.change(notice_id, "SET channels.#name = :it", undone, values, name=name, status="status")

    def confirm(self, notice_id: str, now: datetime) -> None:
        """Record that a reminder was still true at a time."""
        self._table.change(notice_id, "SET confirmed_at = :now", _EXISTS, {"now": iso(now)})

    def publish_by(self, notice_id: str, name: str) -> None:
        """Record the name of the execution that is to publish the notice, before it is started."""
        self._table.change(notice_id, "SET publisher = :name", _EXISTS, {"name": name})

    def settle(self, notice_id: str, dropped: str | None = None) -> None:
        """Record that nothing is left to do for a notice; `dropped` says why it is not published at all."""
        values: dict[str, Any] = {"yes": True} | ({"dropped": dropped} if dropped else {})
        update = f"SET published = :yes{', dropped = :dropped' if dropped else ''} REMOVE unfinished"
        self._table.change(notice_id, update, _EXISTS, values)


def _readable(items: Iterator[dict[str, Any]]) -> Iterator[Notice]:
    for item in items:
        try:
            yield _notice(item)
        except LedgerError as error:
            logger.error("notice not readable", extra={"notice": item.get("pk"), "problem": str(error)})


def _notice(item: dict[str, Any]) -> Notice:
    try:
        return Notice.from_dict(item | {"kind": item.get("notice_kind")})
    except ValueError as error:
        raise LedgerError(f"the ledger's item {item.get('pk')} cannot be read: {error}") from error
