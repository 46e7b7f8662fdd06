"""Have one ended operation published, and with it those that joined it; say when the workflow comes back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from standdown.base.log import about, logger
from standdown.base.metrics import Metric, record
from standdown.core.operation import SCHEMA_VERSION, Operation, State
from standdown.core.outcome import Outcome, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action
from standdown.ledger.ledger import Ledger
from standdown.publish.delivery import Publication, seconds_to_next, settled
from standdown.publish.undelivered import Undelivered

LONGEST_WAIT = 3600
"""Seconds: the workflow comes back at least this often."""
ENOUGH = 35.0
"""Seconds that publishing one operation may take on channels that hang: with less left, the rest is for later."""
_AT_ONCE = 1
_JOINED = {Action.STOP: Reason.JOINED, Action.RESUME: Reason.RESUME_JOINED}


@dataclass(frozen=True, slots=True)
class Notified:
    """Where the publication stands, as the workflow reads it."""

    operation_id: str
    outcome: str
    published: bool
    wait_seconds: int

    def to_dict(self) -> dict[str, Any]:
        """Return the workflow's next state."""
        return {
            "schema_version": SCHEMA_VERSION,
            "operation_id": self.operation_id,
            "outcome": self.outcome,
            "published": self.published,
            "wait_seconds": self.wait_seconds,
        }


def notify(
    operation_id: str,
    ledger: Ledger,
    publication: Publication,
    clock: Callable[[], datetime],
    *,
    remaining: Callable[[], float] = lambda: math.inf,
    undelivered: Undelivered | None = None,
) -> Notified:
    """Publish the operation's outcome on every channel that is due, and that of every operation which joined it.

    `remaining()` is what is left of the invocation in seconds. Raises LedgerError where the ledger cannot be used. An
    execution that somebody started by hand for no recorded operation has nothing to publish.
    """
    operation = ledger.get(operation_id) if operation_id else None
    if operation is None:
        logger.error("no such operation", extra={"operation_id": operation_id})
        return Notified(operation_id, Result.UNKNOWN.value, published=True, wait_seconds=0)
    about(operation.operation_id, operation.request.delivery_id, operation.target)
    if operation.outcome is None:
        # Whoever may have outcomes published again may not end an operation with that: an open one is the sweeper's.
        logger.error("the operation has not ended, nothing is published")
        return Notified(operation_id, Result.UNKNOWN.value, published=True, wait_seconds=0)
    publishing = _Publishing(ledger, publication, clock, remaining, undelivered or Undelivered())
    wait = publishing.publish_each([operation, *_joined(operation, ledger, clock)])
    return Notified(operation_id, operation.outcome.result.value, wait is None, min(wait or 0, LONGEST_WAIT))


@dataclass(slots=True)
class _Publishing:
    """One invocation's publishing of several operations."""

    ledger: Ledger
    publication: Publication
    clock: Callable[[], datetime]
    remaining: Callable[[], float]
    undelivered: Undelivered
    waits: list[int] = field(default_factory=list)

    def publish_each(self, operations: list[Operation]) -> int | None:
        """Publish every outcome, first on the quick channels; return the seconds until the next try, or None.

        A receiver that hangs must not delay the e-mail about another operation.
        """
        quick: list[Operation] = []
        for operation in operations:
            if operation.state is State.PUBLISHED:
                continue
            if self.remaining() < ENOUGH:
                return _AT_ONCE
            if not operation.channels:
                _count(operation, self.clock())
            quick.append(self._publish(operation, alongside=False))
        for operation in quick:
            if self.remaining() < ENOUGH:
                return _AT_ONCE
            self._settle(self._publish(operation, alongside=True))
        return min(self.waits, default=None)

    def _publish(self, operation: Operation, *, alongside: bool) -> Operation:
        mark = self.undelivered.first(operation, partial(self.ledger.mark, operation.operation_id))
        channels = self.publication.publish(operation, mark, only=lambda channel: channel.alongside is alongside)
        return replace(operation, channels=channels)

    def _settle(self, operation: Operation) -> None:
        states = {name: channel.status.value for name, channel in operation.channels.items()}
        outcome = operation.outcome
        words = {
            "operation_id": operation.operation_id,
            "delivery_id": operation.request.delivery_id,
            "target": operation.target,
            "result": outcome.result.value if outcome else None,
            "refusal": outcome.refusal.value if outcome and outcome.refusal else None,
            "channels": states,
        }
        logger.info("outcome published", extra=words)
        if settled(operation.channels):
            self.ledger.settle(operation.operation_id)
        else:
            self.waits.append(seconds_to_next(operation.channels, self.clock()))


def _count(operation: Operation, now: datetime) -> None:
    """Count an outcome that is published for the first time."""
    outcome = operation.ended
    record(Metric.OUTCOMES, outcome=outcome.result.value)
    if outcome.refusal is not None:
        record(Metric.REFUSED, reason=outcome.refusal.value)
    if outcome.result is Result.JOINED:
        return
    if outcome.looks:
        record(Metric.LOOKS, outcome.looks)
    if outcome.job_ended_at is not None:
        record(Metric.SECONDS_TO_OUTCOME, max((now - outcome.job_ended_at).total_seconds(), 0.0))


def _joined(operation: Operation, ledger: Ledger, clock: Callable[[], datetime]) -> Iterator[Operation]:
    """Yield the operations that joined this one, each with its outcome written."""
    for cause in operation.causes:
        joined = ledger.get(cause.operation_id)
        if joined is not None:
            yield joined if joined.outcome else ledger.end_joined(joined, joined_outcome(operation, clock()))


def joined_outcome(operation: Operation, now: datetime) -> Outcome:
    """Return how an operation ended that joined the one given."""
    outcome = operation.ended
    return Outcome.of(
        Result.JOINED,
        now,
        Why.of(_JOINED[operation.action], operation_id=operation.operation_id),
        group_status=outcome.group_status,
        group_name=outcome.group_name,
        verified=outcome.verified,
        huawei=outcome.huawei,
        job_ended_at=outcome.job_ended_at,
        pairs=outcome.pairs,
        copy_as_of=outcome.copy_as_of,
        copy_until=outcome.copy_until,
        joined_to=operation.operation_id,
        joined_result=outcome.result,
        unprotected_since=outcome.unprotected_since,
        in_step=outcome.in_step,
        progress=outcome.progress,
    )
