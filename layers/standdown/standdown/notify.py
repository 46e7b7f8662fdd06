"""Have one ended operation published, and with it those that joined it; tell the workflow when to come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from standdown.ledger import Ledger
from standdown.log import logger
from standdown.operation import SCHEMA_VERSION, Operation, Outcome, Result, State
from standdown.publish import Publication, seconds_to_next, settled

LONGEST_WAIT = 3600
"""Seconds: the workflow comes back at least this often."""


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


def notify(operation_id: str, ledger: Ledger, publication: Publication, clock: Callable[[], datetime]) -> Notified:
    """Publish the operation's outcome on every channel that is due, and that of every operation which joined it.

    Raises LedgerError where the ledger cannot be used. An execution that somebody started by hand for no recorded
    operation has nothing to publish.
    """
    operation = ledger.get(operation_id) if operation_id else None
    if operation is None:
        logger.error("no such operation", extra={"operation_id": operation_id})
        return Notified(operation_id, Result.UNKNOWN.value, published=True, wait_seconds=0)
    if operation.outcome is None:
        operation = ledger.end(operation, _unseen(clock()))
    waits = [_publish(each, ledger, publication, clock) for each in (operation, *_joined(operation, ledger, clock))]
    open_still = [wait for wait in waits if wait is not None]
    result = operation.outcome.result if operation.outcome else Result.UNKNOWN
    return Notified(operation_id, result.value, not open_still, min([*open_still, LONGEST_WAIT]) if open_still else 0)


def _publish(
    operation: Operation, ledger: Ledger, publication: Publication, clock: Callable[[], datetime]
) -> int | None:
    """Publish one outcome; return the seconds until its next try, or None where every channel is settled."""
    if operation.state is State.PUBLISHED:
        return None
    channels = publication.publish(operation, partial(ledger.mark, operation.operation_id))
    told = {name: channel.status.value for name, channel in channels.items()}
    logger.info("outcome published", extra={"operation_id": operation.operation_id, "channels": told})
    if not settled(channels):
        return seconds_to_next(channels, clock())
    ledger.settle(operation.operation_id)
    return None


def _joined(operation: Operation, ledger: Ledger, clock: Callable[[], datetime]) -> Iterator[Operation]:
    """Yield the operations that joined this one, each with its outcome written."""
    for cause in operation.causes:
        joined = ledger.get(cause.operation_id)
        if joined is not None:
            yield joined if joined.outcome else ledger.end(joined, joined_outcome(operation, clock()))


def joined_outcome(operation: Operation, now: datetime) -> Outcome:
    """Return how an operation ended that joined the one given."""
    assert operation.outcome is not None  # noqa: S101 - only an ended operation has its joined ones ended
    return Outcome(
        result=Result.JOINED,
        ended_at=now,
        detail=f"The group was being stopped already, by operation {operation.operation_id}.",
        group_status=operation.outcome.group_status,
        group_name=operation.outcome.group_name,
        verified=operation.outcome.verified,
        huawei=operation.outcome.huawei,
        job_ended_at=operation.outcome.job_ended_at,
        joined_to=operation.operation_id,
        joined_result=operation.outcome.result,
    )


def _unseen(now: datetime) -> Outcome:
    return Outcome(Result.UNKNOWN, now, "The watch over the stop broke off before its end was seen.")
