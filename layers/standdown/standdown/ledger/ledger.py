"""The record of every operation and the lock per protection group.

Every decision that must happen once is a conditional write here: who acts, who joins, how it ended. Nothing is decided
by reading first. docs/evidence/protocol.md has the states and who moves an operation from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from standdown.base.log import logger
from standdown.base.text import from_iso, iso
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Result
from standdown.ledger.answers import Begun, Busy, Cooling, Repeated
from standdown.ledger.table import ItemTooLargeError, LedgerError, Table
from standdown.ledger.writes import CAUSES, OPEN, Write, accepted, added_cause, ended

__all__ = ["Ledger", "LedgerError"]

_KIND = "operation"
_ANY_TIME = "9999"
_ENDED = "attribute_exists(outcome)"
_FREE = "attribute_not_exists(holder) AND (attribute_not_exists(stopped_at) OR stopped_at <= :cooled)"


class Ledger:
    """The operations of one stack. Times are UTC; every method raises LedgerError when the table cannot be used."""

    def __init__(self, table: Table, keep: timedelta = timedelta(days=90)) -> None:
        self._table, self._keep = table, keep

    def begin(self, operation: Operation, cooldown: timedelta) -> Begun | Repeated | Busy | Cooling:
        """Record the intent and take the group's lock, both or neither."""
        # Without a cooldown no stop is too recent, also not by a clock that is ahead of this one.
        cooled = iso(operation.received_at - cooldown) if cooldown else _ANY_TIME
        lock = self._table.update(
            _lock(operation),
            "SET holder = :id, since = :now, expires_at = :ttl",
            _FREE,
            {
                "id": operation.operation_id,
                "now": iso(operation.received_at),
                "ttl": self._expiry(operation),
                "cooled": cooled,
            },
        )
        former = [f"group#{key}" for key in (operation.group.former_keys if operation.group else ())]
        checks = [self._table.check(key, _FREE, {"cooled": cooled}) for key in former]
        stood = self._table.together(self._put(operation), lock, *checks)
        if stood is None:
            return Begun()
        if stood[0] is not None:
            return Repeated(_operation(stood[0]))
        held = [(key, item) for key, item in zip((_lock(operation), *former), stood[1:], strict=True) if item]
        for key, item in held:
            if "holder" in item:
                return Busy(item["holder"], key)
        return Cooling(max(from_iso(item["stopped_at"]) for _, item in held))

    def free(self, busy: Busy) -> None:
        """Take a lock from a holder that is not in the ledger: nobody else would ever give it back."""
        gone = self._table.check(busy.holder, "attribute_not_exists(pk)", {})
        lock = self._table.update(busy.lock, "REMOVE holder, since", "holder = :gone", {"gone": busy.holder})
        self._table.together(gone, lock)

    def record(self, operation: Operation) -> Operation:
        """Record an operation that was decided before anything was sent, or return the one that is recorded already."""
        stood = self._table.together(self._put(operation))
        return operation if stood is None else _operation(stood[0] or {})

    def join(self, operation: Operation, holder: str) -> Operation | None:
        """Record the operation as joined to the holder and add its cause there; None where the holder has ended.

        Returns the recorded operation, which is the earlier one where the request was recorded before. A holder that
        lists enough causes, or is too large for another one, is joined all the same: the sweeper ends who joined.
        """
        joined = replace(operation, state=State.JOINED, joined_to=holder, lock=None, lease_until=None)
        with_cause = added_cause(self._table, holder, operation.request)
        for beside in (with_cause, self._table.check(holder, OPEN, {})):
            try:
                stood = self._table.together(self._put(joined), beside)
            except ItemTooLargeError:  # a holder of 0.1.0, which did not count its bytes
                continue
            if stood is None:
                return joined
            if stood[0] is not None:
                return _operation(stood[0])
        return None

    def get(self, operation_id: str) -> Operation | None:
        """Return the operation as it stands now, or None."""
        item = self._table.get(operation_id)
        return _operation(item) if item else None

    def lock_on(self, group: GroupRef) -> tuple[str | None, datetime | None]:
        """Return which operation has the group's lock, and when the group was last stopped, as far as is recorded."""
        locks = [self._table.get(f"group#{key}") or {} for key in (group.key, *group.former_keys)]
        stopped = [from_iso(lock["stopped_at"]) for lock in locks if "stopped_at" in lock]
        return next((lock["holder"] for lock in locks if "holder" in lock), None), max(stopped, default=None)

    def claim(self, operation_id: str, now: datetime, lease: timedelta) -> Operation | None:
        """Take over an intent whose lease has run out; None where somebody else is at it or it has moved on."""
        item = self._change(
            operation_id,
            "SET lease_until = :until, attempts = attempts + :one",
            "#state = :intent AND (attribute_not_exists(lease_until) OR lease_until <= :now)",
            {"until": iso(now + lease), "one": 1, "intent": State.INTENT.value, "now": iso(now)},
        )
        return _operation(item) if item else None

    def release(self, operation: Operation, problem: str, *, nothing_sent: bool = False) -> None:
        """Give the lease back early, so that the next delivery need not wait until it has run out, and say why.

        `nothing_sent` says that neither this attempt nor one before it can have reached SDRS with a stop.
        """
        if operation.lease_until is not None:
            values: dict[str, Any] = {"mine": iso(operation.lease_until), "problem": problem}
            update = "SET problem = :problem"
            if nothing_sent:
                values["attempt"] = operation.attempts
                update += ", unsent_attempts = :attempt"
            self._change(operation.operation_id, f"{update} REMOVE lease_until", "lease_until = :mine", values)

    def accept(self, operation: Operation, job_id: str | None, now: datetime) -> Operation:
        """Record that SDRS took the stop, or that one is under way (`job_id` None); the cooldown counts from here."""
        write = accepted(self._table, operation, job_id, now)
        return self._with_lock(operation, write, "SET stopped_at = :now", {"now": iso(now)})

    def handed_over(self, operation_id: str) -> None:
        """Record that the workflow follows the operation."""
        values = {"following": State.FOLLOWING.value, "accepted": State.ACCEPTED.value}
        self._change(operation_id, "SET #state = :following", "#state = :accepted", values)

    def end(self, operation: Operation, outcome: Outcome) -> Operation:
        """Write the outcome, unless one is written, and free the group; return the operation with its outcome."""
        write = ended(self._table, operation, outcome)
        # The cooldown counts stops: after one that failed the group may have to be stopped again at once.
        failed = operation.accepted_at is not None and outcome.result is Result.FAILED
        return self._with_lock(operation, write, f"REMOVE holder, since{', stopped_at' if failed else ''}", {})

    def mark(self, operation_id: str, name: str, channel: DeliveryState) -> None:
        """Record where the outcome stands on one channel; who is late does not take back that it was delivered."""
        values: dict[str, Any] = {"it": channel.to_dict()}
        update = "SET channels.#name = :it"
        if channel.status is Delivery.DONE:
            self._change(operation_id, update, _ENDED, values, name=name)
            return
        values["done"] = Delivery.DONE.value
        # The channel's own `status` is a word that DynamoDB reserves.
        undone = "(attribute_not_exists(channels.#name) OR channels.#name.#status <> :done)"
        self._change(operation_id, update, f"{_ENDED} AND {undone}", values, name=name, status="status")

    def publish_by(self, operation_id: str, name: str) -> None:
        """Record the name of the execution that is to publish the outcome, before it is started."""
        self._change(operation_id, "SET publisher = :name", _ENDED, {"name": name})

    def settle(self, operation_id: str) -> None:
        """Record that every channel is done with the outcome: nothing is left to do."""
        published = {"published": State.PUBLISHED.value}
        self._change(operation_id, "SET #state = :published REMOVE unfinished", _ENDED, published)

    def unfinished(self) -> Iterator[Operation]:
        """Yield the operations that are not published yet, oldest first; each may have moved on meanwhile.

        One that this code cannot read is passed over, so that it does not stand in the way of the others.
        """
        return self._readable(self._table.query("unfinished", "unfinished", "yes", forward=True))

    def take_turn(self, what: str, spacing: timedelta, now: datetime) -> bool:
        """Return whether this is the first time in `spacing` that somebody does this; then it is recorded."""
        present, free = (int(moment.timestamp()) for moment in (now, now + spacing))
        values = {"present": present, "free": free, "kept": free + 86_400}
        change, fresh = "SET #free = :free, expires_at = :kept", "attribute_not_exists(#free) OR #free <= :present"
        return self._table.change(f"turn#{what}", change, fresh, values, free="free_at") is not None

    def _readable(self, items: Iterator[dict[str, Any]]) -> Iterator[Operation]:
        for item in items:
            try:
                yield _operation(item)
            except LedgerError as error:
                logger.error("operation not readable", extra={"operation_id": item.get("pk"), "problem": str(error)})

    def history(
        self, target: str | None = None, since: datetime | None = None, after: tuple[str, datetime] | None = None
    ) -> Iterator[Operation]:
        """Yield the operations of one target, or all of them, newest first, `since` a time at the earliest.

        `after` is the id of an operation and when it was received: only older ones follow.
        """
        index, key, value = ("by-target", "target", target) if target else ("by-time", "kind", _KIND)
        start = after and {"pk": after[0], key: value, "received_at": iso(after[1])}
        least = ("received_at", iso(since)) if since else None
        return self._readable(self._table.query(index, key, value, forward=False, since=least, start=start))

    def _with_lock(self, operation: Operation, write: Write, update: str, values: dict[str, Any]) -> Operation:
        """Change the operation and its group's lock together, or the operation alone where the lock is not its own."""
        beside = []
        if operation.lock is not None:
            holding = values | {"id": operation.operation_id}
            beside = [self._table.update(_lock(operation), update, "holder = :id", holding)]
        also = ""
        try:
            stood = self._table.together(write(also), *beside)
        except ItemTooLargeError:
            also = f", {CAUSES}"
            stood = self._table.together(write(also), *beside)
        if stood is not None and stood[0] is None:
            self._table.together(write(also))
        found = self.get(operation.operation_id)
        if found is None:
            raise LedgerError(f"operation {operation.operation_id} is not in the ledger")
        return found

    def _change(
        self, operation_id: str, update: str, condition: str, values: dict[str, Any], **names: str
    ) -> dict[str, Any] | None:
        """Change an operation; where it is too large, without its causes: those who joined are in the ledger, too."""
        try:
            return self._table.change(operation_id, update, condition, values, **names)
        except ItemTooLargeError:
            smaller = f"{update}, {CAUSES}" if "REMOVE" in update else f"{update} REMOVE {CAUSES}"
            return self._table.change(operation_id, smaller, condition, values, **names)

    def _put(self, operation: Operation) -> dict[str, Any]:
        item = operation.to_dict() | {
            "pk": operation.operation_id,
            "kind": _KIND,
            "unfinished": "yes",
            "expires_at": self._expiry(operation),
        }
        return self._table.put_new({key: value for key, value in item.items() if value not in (None, [])})

    def _expiry(self, operation: Operation) -> int:
        return int((operation.received_at + self._keep).timestamp())


def _lock(operation: Operation) -> str:
    return f"group#{operation.lock}"


def _operation(item: dict[str, Any]) -> Operation:
    try:
        return Operation.from_dict(item)
    except ValueError as error:
        raise LedgerError(f"the ledger's item {item.get('pk')} cannot be read: {error}") from error
