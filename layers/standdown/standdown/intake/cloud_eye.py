"""An alarm of Huawei Cloud Eye, as its SMN message tells it and as the webhook function hands it on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from standdown.intake.alarm import AlarmChange
from standdown.intake.errors import MalformedError
from standdown.intake.fields import MAX_FUTURE, moment, word

_WHERE = "the verified Cloud Eye alarm"
_KEYS = {"schema_version", "verified", "delivery_id", "alarm_name", "state", "changed_at", "reason"}


def is_verified(document: dict[str, Any]) -> bool:
    """Tell whether the document means to be a message that the webhook function verified."""
    return "verified" in document


def to_verified(change: AlarmChange) -> dict[str, Any]:
    """Return the queue body in which the webhook function hands a verified alarm on; the trigger knows the targets."""
    return {
        "schema_version": 1,
        "verified": "cloud-eye",
        "delivery_id": change.delivery_id,
        "alarm_name": change.name,
        "state": change.state,
        "changed_at": change.changed_at.isoformat(),
        "reason": change.reason,
    }


def from_verified(document: dict[str, Any], *, now: datetime) -> AlarmChange:
    """Read what `to_verified` wrote; raise MalformedError where it is anything else."""
    if document["verified"] != "cloud-eye" or document.get("schema_version") != 1 or set(document) != _KEYS:
        raise MalformedError("unknown_shape", f"{_WHERE} does not have the fields it should have")
    at = moment(document, "changed_at", _WHERE)
    future = at - now > MAX_FUTURE
    name, reason = word(document, "alarm_name", _WHERE, 255), document["reason"]
    return AlarmChange(
        name=name,
        state=word(document, "state", _WHERE, 20),
        changed_at=now if future else at,
        delivery_id=word(document, "delivery_id", _WHERE, 600),
        reason=reason if isinstance(reason, str) else "",
        requested_by=f"Cloud Eye alarm {name}",
        flaw="the alarm's time lies more than 5 minutes in the future" if future else None,
    )
