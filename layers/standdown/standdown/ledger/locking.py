"""Who acts on a group: the intent and the group's lock in one write, or the place behind whoever has the lock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from standdown.base.text import from_iso, iso
from standdown.core.hold import Asker, HoldState, after_stop, asks_for_hold
from standdown.core.operation import Operation, State
from standdown.core.outcome import Outcome
from standdown.core.request import Action
from standdown.ledger.answers import Answer, Begun, Busy, Cooling, HoldChanged, Repeated
from standdown.ledger.reading import KIND, Reading, as_operation
from standdown.ledger.table import ItemTooLargeError, LedgerError, Table
from standdown.ledger.writes import OPEN, added_cause, joining, lock_taken

TRIES = 6
"""How often a write is made once more after something beside it had changed."""
_ANY_TIME = "9999"
_FREE = "attribute_not_exists(holder)"
_COOL = f"{_FREE} AND (attribute_not_exists(stopped_at) OR stopped_at <= :cooled)"


class Locking(Reading):
    """Every decision on who acts is a conditional write here; nothing is decided by reading first."""

    def __init__(self, table: Table, keep: timedelta = timedelta(days=90)) -> None:
        super().__init__(table)
        self._keep = keep

    def begin(self, operation: Operation, cooldown: timedelta) -> Answer:
        """Record the intent and take the group's lock, both or neither; a resume only of the hold that it names."""
        stood = self._table.together(self._put(operation), *self._locks(operation, cooldown))
        if stood is not None and stood[0] is not None:
            return Repeated(as_operation(stood[0]))
        return self._answer(operation, stood)

    def take_lock(self, operation: Operation, cooldown: timedelta, *, now: datetime) -> Answer:
        """Take the lock for a stop that waits behind a resume; `operation` says with which lease.

        Repeated, with the operation as it stands now, where it waits no more.
        """
        stood = self._table.together(lock_taken(self._table, operation, now), *self._locks(operation, cooldown))
        if stood is not None and stood[0] is not None:
            return Repeated(as_operation(stood[0]))
        return self._answer(operation, stood)

    def wait(self, operation: Operation) -> Operation:
        """Record a stop that waits behind a resume, or what it waits for by now; return it as it stands now."""
        known = self.record(operation)
        if known.waits_for is None or known.outcome is not None:
            return known
        self._table.change(
            operation.operation_id,
            "SET problem = :problem, waits_for = :behind",
            f"attribute_exists(waits_for) AND {OPEN}",
            {"problem": operation.problem, "behind": operation.waits_for},
        )
        return known

    def free(self, busy: Busy) -> None:
        """Take a lock from a holder that is not in the ledger: nobody else would ever give it back."""
        gone = self._table.check(busy.holder, "attribute_not_exists(pk)", {})
        lock = self._table.update(busy.lock, "REMOVE holder, since", "holder = :gone", {"gone": busy.holder})
        self._table.together(gone, lock)

    def record(self, operation: Operation) -> Operation:
        """Record an operation that was decided before anything was sent, or return the one that is recorded already.

        One that was refused for its cooldown, or its group's status, asked for the hold that is open.
        """
        for _ in range(TRIES):
            stood = self._table.together(self._put(operation), *self._asked(operation, operation.outcome))
            if stood is None:
                return operation
            if stood[0] is not None:
                return as_operation(stood[0])
        raise LedgerError("the group's hold was changed by others all the time")

    def join(self, operation: Operation, holder: str) -> Operation | None:
        """Record the operation as joined to the holder and add its cause there; None where the holder has ended.

        Returns the recorded operation, which is the earlier one where the request was recorded before. A holder that
        lists enough causes, or is too large for another one, is joined all the same: the sweeper ends who joined.
        """
        joined = replace(operation, state=State.JOINED, joined_to=holder, lock=None, lease_until=None, waits_for=None)
        own = joining(self._table, joined) if operation.waits_for else self._put(joined)
        with_cause = added_cause(self._table, holder, operation.request)
        for beside in (with_cause, self._table.check(holder, OPEN, {})):
            try:
                stood = self._table.together(own, beside)
            except ItemTooLargeError:  # a holder of 0.1.0, which did not count its bytes
                continue
            if stood is None:
                return joined
            if stood[0] is not None:
                return as_operation(stood[0])
        return None

    def _locks(self, operation: Operation, cooldown: timedelta) -> Iterator[dict[str, Any]]:
        """Yield the writes that take the group's lock, and the checks beside it."""
        now, values = operation.received_at, dict[str, Any]()
        free = _FREE
        if operation.action is Action.STOP:
            # Without a cooldown no stop is too recent, also not by a clock that is ahead of this one.
            free, values = _COOL, {"cooled": iso(now - cooldown) if cooldown else _ANY_TIME}
        taken = {"id": operation.operation_id, "now": iso(now), "ttl": self._expiry(operation)}
        update = "SET holder = :id, since = :now, expires_at = :ttl"
        yield self._table.update(f"group#{operation.lock}", update, free, taken | values)
        for key in operation.located.former_keys:
            yield self._table.check(f"group#{key}", free, values)
        if operation.action is Action.RESUME:
            yield self.holds.check(operation.located, operation.request.hold)

    def _answer(self, operation: Operation, stood: list[dict[str, Any] | None] | None) -> Answer:
        if stood is None:
            return Begun()
        keys = (f"group#{operation.lock}", *(f"group#{key}" for key in operation.located.former_keys))
        held = [(key, item) for key, item in zip(keys, stood[1:], strict=False) if item]
        for key, item in held:
            if "holder" in item:
                return Busy(item["holder"], key)
        if operation.action is Action.RESUME:
            return HoldChanged()
        return Cooling(max(from_iso(item["stopped_at"]) for _, item in held))

    def _asked(self, operation: Operation, outcome: Outcome | None) -> Iterator[dict[str, Any]]:
        """Yield the write by which an operation is one that asked for its group's hold; nothing where it is not.

        One that waits behind a resume asks at once: what is not sent yet is not to be undone any more. A stop that did
        not take protection away opens no hold: whoever did has opened it.
        """
        asks = operation.waits_for is not None if outcome is None else asks_for_hold(operation, outcome)
        known = self.holds.get(operation.located) if asks else None
        if known is not None and known.state is HoldState.OPEN:
            asked = known.asked_by(*map(Asker.of, operation.all_causes))
            yield self.holds.write(after_stop(known, operation, outcome, None) if outcome else asked)

    def _put(self, operation: Operation) -> dict[str, Any]:
        item = operation.to_dict() | {
            "pk": operation.operation_id,
            "kind": KIND,
            "unfinished": "yes",
            "expires_at": self._expiry(operation),
        }
        return self._table.put_new({key: value for key, value in item.items() if value not in (None, [])})

    def _expiry(self, operation: Operation) -> int:
        return int((operation.received_at + self._keep).timestamp())
