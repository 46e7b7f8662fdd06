"""The larger writes of the ledger, in DynamoDB's words. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from standdown.base.text import canonical, iso
from standdown.core.operation import Operation, State
from standdown.core.outcome import Outcome
from standdown.core.request import StopRequest
from standdown.ledger.table import Table

MOST_CAUSES, MOST_BYTES = 100, 200_000
"""How many joined requests one operation lists, and how large they are together: its item must stay far below
DynamoDB's 400 KB, also with an outcome of 50 KB."""
OPEN = "attribute_exists(pk) AND attribute_not_exists(outcome)"
CAUSES = "causes, causes_bytes"

Write = Callable[[str], dict[str, Any]]
"""Returns the write; what it is given is appended to its list of attributes to remove."""


def added_cause(table: Table, holder: str, cause: StopRequest) -> dict[str, Any]:
    """Return the write that adds a request to those that joined the holder, unless its list is full."""
    added = cause.to_dict()
    size = len(canonical(added).encode("utf-8", "surrogatepass"))
    values = {"none": [], "cause": [added], "zero": 0, "bytes": size, "most": MOST_CAUSES, "room": MOST_BYTES - size}
    return table.update(
        holder,
        "SET causes = list_append(if_not_exists(causes, :none), :cause), "
        "causes_bytes = if_not_exists(causes_bytes, :zero) + :bytes",
        f"{OPEN} AND (attribute_not_exists(causes) OR size(causes) < :most) "
        "AND (attribute_not_exists(causes_bytes) OR causes_bytes <= :room)",
        values,
    )


def accepted(table: Table, operation: Operation, job_id: str | None, now: datetime) -> Write:
    """Return the write after which SDRS has the stop."""
    found: dict[str, tuple[str, Any]] = {
        "job": ("job_id", job_id),
        "group": ("group", operation.group and operation.group.to_dict()),
        "sent": ("sent_at", operation.sent_at and iso(operation.sent_at)),
        "guard": ("guard", operation.guard),
    }
    known = {name: (attribute, value) for name, (attribute, value) in found.items() if value}
    sets = "".join(f", #{name} = :{name}" for name in known)

    def write(also: str) -> dict[str, Any]:
        return table.update(
            operation.operation_id,
            f"SET #state = :accepted, accepted_at = :now{sets} REMOVE lease_until{also}",
            f"#state = :intent AND {OPEN}",
            {"accepted": State.ACCEPTED.value, "now": iso(now), "intent": State.INTENT.value}
            | {name: value for name, (_, value) in known.items()},
            **{name: attribute for name, (attribute, _) in known.items()},
        )

    return write


def ended(table: Table, operation: Operation, outcome: Outcome) -> Write:
    """Return the write of the outcome, which is done where none is written and nobody joined that is not known.

    One that waits behind a resume ends so only as long as it waits: whoever took its turn may have sent it.
    """
    still = " AND attribute_exists(waits_for)" if operation.waits_for else ""

    def write(also: str) -> dict[str, Any]:
        return table.update(
            operation.operation_id,
            f"SET outcome = :outcome, #state = :ended REMOVE lease_until{also}",
            f"{OPEN} AND (attribute_not_exists(causes) OR size(causes) <= :known){still}",
            {"outcome": outcome.to_dict(), "ended": State.ENDED.value, "known": len(operation.causes)},
        )

    return write


def lock_taken(table: Table, operation: Operation, now: datetime) -> dict[str, Any]:
    """Return the write after which a stop that waited has its group's lock."""
    values = {"lock": operation.lock, "until": operation.lease_until and iso(operation.lease_until)}
    return table.update(
        operation.operation_id,
        "SET #lock = :lock, lease_until = :until, attempts = :one REMOVE waits_for, problem",
        f"#state = :intent AND attribute_exists(waits_for) AND {OPEN} "
        "AND (attribute_not_exists(lease_until) OR lease_until <= :now)",
        values | {"one": 1, "intent": State.INTENT.value, "now": iso(now)},
        lock="lock",
    )


def joining(table: Table, joined: Operation) -> dict[str, Any]:
    """Return the write after which a stop that waited has joined another one."""
    return table.update(
        joined.operation_id,
        "SET #state = :joined, joined_to = :holder REMOVE waits_for, problem, lease_until",
        f"#state = :intent AND attribute_exists(waits_for) AND {OPEN}",
        {"joined": State.JOINED.value, "holder": joined.joined_to, "intent": State.INTENT.value},
    )
