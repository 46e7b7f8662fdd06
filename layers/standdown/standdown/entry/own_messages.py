"""The messages that the stack's own functions put into the RequestQueue, each known by its keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from standdown.aws.request_queue import RESUME_HOLD
from standdown.base.text import NotJsonError, from_iso, strict_json
from standdown.core.operation import OPERATION_ID

__all__ = ["INVOKED", "as_invoked", "to_continue", "to_resume"]

INVOKED = "invocation"
_CONTINUE = ("continue", "resume")  # a queue may still hold messages of 0.1.0, which said "resume"


def to_continue(body: Any) -> str | None:
    """Return the operation that a message asks to continue, or None for every other message."""
    return _id_under(_CONTINUE, body)


def to_resume(body: Any) -> str | None:
    """Return the hold that is due by a message of the sweeper, or None for every other message."""
    return _id_under((RESUME_HOLD,), body)


def as_invoked(record: dict[str, Any]) -> tuple[Any, str, datetime] | None:
    """Return event, request id and time of an invocation that was queued, or None for every other message."""
    body = record.get("body")
    try:
        document = strict_json(body) if isinstance(body, str) and f'"{INVOKED}"' in body else None
        if not isinstance(document, dict) or document.keys() != {"schema_version", INVOKED}:
            return None
        invoked = document[INVOKED]
        return invoked["event"], str(invoked["request_id"]), from_iso(invoked["at"])
    except (NotJsonError, KeyError, TypeError, ValueError):
        return None


def _id_under(keys: tuple[str, ...], body: Any) -> str | None:
    """Return the id in a message that has nothing but its version and one of the keys."""
    try:
        document = strict_json(body) if isinstance(body, str) and any(f'"{key}"' in body for key in keys) else None
    except NotJsonError:
        return None
    if not isinstance(document, dict) or document.keys() not in [{"schema_version", key} for key in keys]:
        return None
    wanted = next(document[key] for key in keys if key in document)
    return wanted if isinstance(wanted, str) and OPERATION_ID.fullmatch(wanted) else None
