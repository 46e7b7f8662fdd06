"""What an operator asks first: what is open, and when each target was last stopped, tried by a dry run and seen.

Read from the ledger alone. Whether a group's protection is on is what the last operation saw of it: somebody may have
switched it since, in the SDRS console.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from standdown import __version__
from standdown.core.operation import SCHEMA_VERSION, Operation, State
from standdown.core.outcome import PROTECTED, Outcome, Result
from standdown.core.request import Action
from standdown.core.serialize import Record
from standdown.ledger.ledger import Ledger
from standdown.publish.history import Entry, entry

__all__ = ["Status", "TargetStatus", "status", "summed"]

MOST = 2000
"""Operations that are read, newest first: some megabytes of the ledger, and far less than the notifier's time."""
SHOWN = 50
"""Operations that are shown of those that are open or were not delivered, so that the answer has an end."""

_OFF = ("available",)
_ON = ("protected",)
_SAW_IT_OFF = (Result.SUCCEEDED, Result.ALREADY_STOPPED)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TargetStatus(Record):
    """One target: its last stop and its last dry run that went well, and its protection as it was last seen.

    `protection` is `on`, `off` or None where no operation has seen it; `seen_at` is when, `seen_by` the operation.
    """

    target: str
    last_operation: str
    last_requested_at: datetime
    last_outcome: str | None
    last_stopped_at: datetime | None = None
    last_rehearsed_at: datetime | None = None
    protection: str | None = None
    seen_at: datetime | None = None
    seen_by: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What the ledger says of a stack; `complete` is False where older operations were not read."""

    open_operations: tuple[Entry, ...]
    undelivered: tuple[Entry, ...]
    targets: tuple[TargetStatus, ...]
    complete: bool

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        return {
            "schema_version": SCHEMA_VERSION,
            "version": __version__,
            "open": [each.to_dict() for each in self.open_operations],
            "undelivered": [each.to_dict() for each in self.undelivered],
            "targets": [each.to_dict() for each in self.targets],
            "complete": self.complete,
        }


def status(ledger: Ledger) -> Status:
    """Read the newest operations and sum them up; raise LedgerError."""
    found = list(islice(ledger.history(), MOST + 1))
    return replace(summed(found[:MOST]), complete=len(found) <= MOST)


def summed(operations: Iterable[Operation]) -> Status:
    """Return what operations, newest first, say of their targets."""
    targets: dict[str, TargetStatus] = {}
    open_operations, undelivered = list[Entry](), list[Entry]()
    for operation in operations:
        shown = entry(operation)
        if operation.state is not State.PUBLISHED:
            open_operations.append(shown)
        if shown.undelivered:
            undelivered.append(shown)
        if operation.target is not None:
            known = targets.get(operation.target) or _begun(operation.target, operation)
            targets[operation.target] = _with(known, operation)
    by_name = tuple(targets[name] for name in sorted(targets))
    return Status(tuple(open_operations[:SHOWN]), tuple(undelivered[:SHOWN]), by_name, complete=True)


def _begun(target: str, newest: Operation) -> TargetStatus:
    result = newest.outcome.result.value if newest.outcome else None
    return TargetStatus(target, newest.operation_id, newest.request.requested_at, result)


def _with(known: TargetStatus, older: Operation) -> TargetStatus:
    """Add what an older operation says of what no newer one has said."""
    outcome = older.outcome
    if outcome is None:
        return known
    if known.last_stopped_at is None and outcome.result is Result.SUCCEEDED and not older.dry_run:
        known = replace(known, last_stopped_at=outcome.ended_at)
    if known.last_rehearsed_at is None and outcome.result is Result.DRY_RUN and older.action is Action.STOP:
        known = replace(known, last_rehearsed_at=outcome.ended_at)
    if known.protection is None and (seen := _protection(outcome)):
        known = replace(known, protection=seen, seen_at=outcome.ended_at, seen_by=older.operation_id)
    return known


def _protection(outcome: Outcome) -> str | None:
    if outcome.group_status in _OFF or (outcome.group_status is None and outcome.result in _SAW_IT_OFF):
        return "off"
    on = outcome.group_status in _ON or (outcome.group_status is None and outcome.result in PROTECTED)
    return "on" if on else None
