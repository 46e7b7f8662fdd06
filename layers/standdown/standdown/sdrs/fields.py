"""Read single fields of an answer, tolerantly: what is missing or odd becomes None or empty, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

TEXT_LIMIT = 8192


def text(data: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of the named fields that holds text that is not empty, clipped and free of lone surrogates."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str) and value:
            return value[:TEXT_LIMIT].encode("utf-8", "replace").decode("utf-8")
    return None


def whole(data: Mapping[str, Any], name: str) -> int | None:
    """Return the field where it is a whole number, or text that spells one."""
    value = data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15 else None


def moment(data: Mapping[str, Any], name: str) -> datetime | None:
    """Return the field as a UTC time; SDRS writes ISO 8601 with Z, and at times without any zone, meaning UTC."""
    value = data.get(name)
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def mapping(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the field where it is an object, else an empty one."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def mappings(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects in a field that holds a list, leaving out what is no object."""
    value = data.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
