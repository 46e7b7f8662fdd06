"""Strict reading of single values: each function returns the value or says, in a sentence, what is wrong with it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from standdown.base.text import NotJsonError, from_iso, strict_json
from standdown.intake.errors import MalformedError

MAX_FUTURE = timedelta(minutes=5)
_PLACEHOLDER = re.compile(r"<aws\.[a-z.-]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def json_of(text: str | bytes, where: str) -> Any:
    """Parse strict JSON; raise MalformedError that says where the text stood."""
    try:
        return strict_json(text)
    except NotJsonError as error:
        raise MalformedError("not_json", f"{where}: {error}") from error


def object_of(value: Any, where: str) -> dict[str, Any]:
    """Return the JSON object, or raise MalformedError."""
    if not isinstance(value, dict):
        raise MalformedError("not_an_object", f"{where} is {kind(value)}; a JSON object is expected")
    return value


def child(document: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """Return the object under `key`, or raise MalformedError."""
    return object_of(document.get(key), f"{key!r} in {where}")


def word(document: dict[str, Any], key: str, where: str, limit: int = 2048) -> str:
    """Return the non-empty text without control characters under `key`, or raise MalformedError."""
    value = document.get(key)
    if not isinstance(value, str) or not value or len(value) > limit or _CONTROL.search(value):
        raise MalformedError("bad_field", f"{key!r} in {where} is {kind(value)}; it must be 1 to {limit} characters")
    return value


def moment(document: dict[str, Any], key: str, where: str) -> datetime:
    """Return the ISO 8601 time under `key` in UTC, or raise MalformedError."""
    try:
        return to_moment(document.get(key))
    except ValueError as error:
        raise MalformedError("bad_time", f"{key!r} in {where}: {error}") from error


def to_moment(value: Any) -> datetime:
    """Read an ISO 8601 time that names its zone; raise ValueError for everything else."""
    if not isinstance(value, str) or len(value) > 40 or not value.isascii():
        raise ValueError("it must be an ISO 8601 time such as 2026-01-02T03:04:05Z")
    return from_iso(value)


def delivery_id_of(value: Any) -> str | None:
    """Return a sender's own identity for its request, or None where it cannot serve as one."""
    return value if isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable() else None


def has_placeholder(value: Any) -> bool:
    """Tell whether a scheduler's placeholder was left unfilled in the text."""
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None


def kind(value: Any) -> str:
    """Name a JSON value's type in words, for an error message."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "missing or null" if value is None else names.get(type(value), "something else")
