"""The record of every operation and the lock per protection group.

Every decision that must happen once is a conditional write here: who acts, who joins, how it ended. Nothing is decided
by reading first. docs/evidence/protocol.md has the states and who moves an operation from one to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from standdown.base.text import iso
from standdown.core.hold import after_resume, after_stop, opens_hold, seen_unprotected
from standdown.core.operation import Operation, State
from standdown.core.outcome import PROTECTED, Delivery, DeliveryState, Outcome, Result
from standdown.core.request import Action
from standdown.ledger.locking import TRIES, Locking
from standdown.ledger.reading import as_operation
from standdown.ledger.table import ItemTooLargeError, LedgerError
from standdown.ledger.writes import CAUSES, Write, accepted, ended

__all__ = ["Ledger", "LedgerError"]

_ENDED = "attribute_exists(outcome)"


class Ledger(Locking):
    """The operations of one stack. Times are UTC; every method raises LedgerError when the table cannot be used."""

    def claim(self, operation_id: str, now: datetime, lease: timedelta) -> Operation | None:
        """Take over an intent whose lease has run out; None where somebody else is at it or it has moved on."""
        item = self._change(
            operation_id,
            "SET lease_until = :until, attempts = attempts + :one",
            "#state = :intent AND (attribute_not_exists(lease_until) OR lease_until <= :now)",
            {"until": iso(now + lease), "one": 1, "intent": State.INTENT.value, "now": iso(now)},
        )
        return as_operation(item) if item else None

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
        """Record that SDRS took the action, or that one is under way (`job_id` None); the cooldown counts stops."""
        write = accepted(self._table, operation, job_id, now)
        when = "stopped_at" if operation.action is Action.STOP else "resumed_at"
        return self._with_lock(operation, write, f"SET {when} = :now", {"now": iso(now)})

    def handed_over(self, operation_id: str) -> None:
        """Record that the workflow follows the operation."""
        values = {"following": State.FOLLOWING.value, "accepted": State.ACCEPTED.value}
        self._change(operation_id, "SET #state = :following", "#state = :accepted", values)

    def end(self, operation: Operation, outcome: Outcome) -> Operation:
        """Write the outcome, unless one is written, and free the group; return the operation with its outcome.

        A stop that took protection away opens its group's hold with the same write, or asks for the one that there is.
        A resume that succeeded leaves no cooldown and ends the hold, or lets it wait for the pairs. Who joined since
        the operation was read asked for the hold, too. Raises LedgerError where a stop that waited is another's by now.
        """
        for _ in range(TRIES):
            found = self._end(operation, outcome)
            if found.outcome is not None:
                return found
            if operation.waits_for and not found.waits_for:
                raise LedgerError("another delivery of this request is at work")
            operation = replace(operation, causes=found.causes)
        raise LedgerError("others joined the operation all the time")

    def _end(self, operation: Operation, outcome: Outcome) -> Operation:
        # The cooldown counts stops: after one that failed the group may have to be stopped again at once.
        failed = operation.accepted_at is not None and outcome.result is Result.FAILED
        cool = failed or outcome.result in PROTECTED
        update = f"REMOVE holder, since{', stopped_at' if cool else ''}"
        outcome = self._since(operation, outcome)
        write = ended(self._table, operation, outcome)
        return self._with_lock(operation, write, update, {}, self._hold(operation, outcome))

    def end_joined(self, operation: Operation, outcome: Outcome) -> Operation:
        """Write the outcome of an operation that joined another, unless one is written: it has neither lock nor hold.

        The end of the operation that it joined writes the hold, with everybody who asked.
        """
        return self._with_lock(replace(operation, lock=None), ended(self._table, operation, outcome), "", {})

    def _since(self, operation: Operation, outcome: Outcome) -> Outcome:
        """Return the outcome with the time since when the group has had no protection, where one knows it."""
        if opens_hold(operation, outcome) and seen_unprotected(outcome):
            known = self.holds.get(operation.located)
            return replace(outcome, unprotected_since=after_stop(known, operation, outcome, None).since)
        if outcome.result in PROTECTED and operation.group is not None:
            known = self.holds.get(operation.located)
            return outcome if known is None or known.over else replace(outcome, unprotected_since=known.since)
        return outcome

    def _hold(self, operation: Operation, outcome: Outcome) -> Callable[[], Iterable[dict[str, Any]]]:
        """Return what yields the write of the group's hold, by the hold as it stands then."""
        if opens_hold(operation, outcome):
            return lambda: [self._opened(operation, outcome)]
        if outcome.result in PROTECTED and operation.group is not None:
            return lambda: self._resumed(operation, outcome)
        return lambda: self._asked(operation, outcome)

    def _opened(self, operation: Operation, outcome: Outcome) -> dict[str, Any]:
        from standdown.core.timer import due  # whoever ends no stop does not wait for clocks and zones

        known = self.holds.get(operation.located)
        return self.holds.write(after_stop(known, operation, outcome, due(operation, outcome)))

    def _resumed(self, operation: Operation, outcome: Outcome) -> Iterable[dict[str, Any]]:
        known = self.holds.get(operation.located)
        return [] if known is None or known.over else [self.holds.write(after_resume(known, operation, outcome))]

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

    def take_turn(self, what: str, spacing: timedelta, now: datetime) -> bool:
        """Return whether this is the first time in `spacing` that somebody does this; then it is recorded."""
        present, free = (int(moment.timestamp()) for moment in (now, now + spacing))
        values = {"present": present, "free": free, "kept": free + 86_400}
        change, fresh = "SET #free = :free, expires_at = :kept", "attribute_not_exists(#free) OR #free <= :present"
        return self._table.change(f"turn#{what}", change, fresh, values, free="free_at") is not None

    def _with_lock(
        self,
        operation: Operation,
        write: Write,
        update: str,
        values: dict[str, Any],
        hold: Callable[[], Iterable[dict[str, Any]]] = tuple,
    ) -> Operation:
        """Change the operation, its group's lock and its hold together; the lock only where it is its own."""
        locks = []
        if operation.lock is not None:
            holding = values | {"id": operation.operation_id}
            locks = [self._table.update(f"group#{operation.lock}", update, "holder = :id", holding)]
        also = ""
        for _ in range(TRIES):
            try:
                stood = self._table.together(write(also), *locks, *hold())
            except ItemTooLargeError:
                if also:
                    raise
                also = f", {CAUSES}"
                continue
            if stood is None or stood[0] is not None:
                break
            if locks and stood[1] is not None:
                locks = []  # the lock is another's by now
        else:
            raise LedgerError("the group's hold was changed by others all the time")
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
