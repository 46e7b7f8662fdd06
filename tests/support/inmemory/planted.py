"""Faults to plant in the protocol, so that its tests show that they would find them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from standdown.core.operation import Operation
from standdown.core.outcome import Outcome
from standdown.ledger.answers import Answer, Begun, Repeated
from standdown.ledger.ledger import Ledger
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.stack import Stack, Target
from support.inmemory.template import indexes


class StopFirst(Ledger):
    """The naive order: nothing is written before the stop is sent."""

    def begin(self, operation: Operation, _cooldown: timedelta) -> Answer:
        """Only look whether the request is known."""
        found = self.get(operation.operation_id)
        return Repeated(found) if found else Begun()

    def accept(self, operation: Operation, job_id: str | None, now: datetime) -> Operation:
        """Write down afterwards what was done."""
        super().begin(operation, timedelta())
        return super().accept(operation, job_id, now)

    def end(self, operation: Operation, outcome: Outcome) -> Operation:
        """Write down afterwards what was done."""
        super().begin(operation, timedelta())
        return super().end(operation, outcome)


class Forgetful(Ledger):
    """A ledger in which every attempt takes itself for the first that may send a stop."""

    def claim(self, operation_id: str, now: datetime, lease: timedelta) -> Operation | None:
        """Take over an intent as if nothing had been sent."""
        found = super().claim(operation_id, now, lease)
        return found and replace(found, unsent_attempts=found.attempts - 1)


class Careless(MemoryDynamo):
    """A table on which one condition always holds, as if it had been forgotten."""

    def __init__(self, condition: str) -> None:
        super().__init__(indexes())
        self._forgotten = condition

    def _meets(self, write: Any, operation: str) -> bool:
        held = super()._meets(write, operation)
        return held or write["ConditionExpression"].startswith(self._forgotten)


class Clinging(MemoryDynamo):
    """A table on which no lock is ever given back."""

    def _do(self, write: Any) -> None:
        if "REMOVE holder" not in next(iter(write.values())).get("UpdateExpression", ""):
            super()._do(write)


PLANTED: dict[str, Callable[[list[Target]], Stack]] = {
    "the stop is sent before anything is written": lambda targets: Stack(targets, ledger=StopFirst),
    "that a stop may have been sent is forgotten": lambda targets: Stack(targets, ledger=Forgetful),
    "the lock is not asked for": lambda targets: Stack(targets, dynamodb=Careless("attribute_not_exists(holder)")),
    "the lock is not given back": lambda targets: Stack(targets, dynamodb=Clinging(indexes())),
    "a request is recorded over its first record": lambda targets: Stack(
        targets, dynamodb=Careless("attribute_not_exists(pk)")
    ),
    "an operation is taken over while somebody is at it": lambda targets: Stack(
        targets, dynamodb=Careless("#state = :intent AND (")
    ),
    "an outcome is written over another": lambda targets: Stack(
        targets, dynamodb=Careless("attribute_exists(pk) AND attribute_not_exists(outcome)")
    ),
}
