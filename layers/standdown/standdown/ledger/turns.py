"""When each endpoint with a limit on its rate is free next: one item an endpoint hands out one moment after another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from standdown.ledger.table import LedgerError, Table

__all__ = ["Turns"]

_KEPT = timedelta(days=2)
_TRIES = 20


class Turns:
    """Hands out moments, each `spacing` after the one before; raises LedgerError when it cannot be used."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, endpoint: str, spacing: timedelta, now: datetime) -> datetime:
        """Return the next free moment of an endpoint, which nobody else is given: now, or later.

        It is one conditional write: the moment after the last one, or now where that has passed.
        """
        pk, present, step = _pk(endpoint), _ms(now), round(spacing.total_seconds() * 1000)
        kept = int((now + _KEPT).timestamp())
        for _ in range(_TRIES):
            values = {"present": present, "step": step, "kept": kept}
            queued = self._table.change(
                pk, "SET #free = #free + :step, expires_at = :kept", ":present < #free", values, free="free_at"
            )
            if queued is not None:
                return _moment(int(queued["free_at"]) - step)
            values = {"present": present, "next": present + step, "kept": kept}
            condition = "attribute_not_exists(#free) OR #free <= :present"
            if self._table.change(pk, "SET #free = :next, expires_at = :kept", condition, values, free="free_at"):
                return now
        raise LedgerError("the turns of an endpoint were taken by others all the time")

    def hold(self, endpoint: str, until: datetime) -> None:
        """Hand out no moment of an endpoint before this one."""
        values = {"until": _ms(until), "kept": int((until + _KEPT).timestamp())}
        condition = "attribute_not_exists(#free) OR #free < :until"
        self._table.change(_pk(endpoint), "SET #free = :until, expires_at = :kept", condition, values, free="free_at")


def _pk(endpoint: str) -> str:
    return f"turn#{endpoint}"


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
