"""Plain values on the wire: strict JSON in, canonical JSON out, UTC times as ISO 8601, clipped text."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any, NoReturn

DEEPEST = 100
"""Levels of lists and objects within each other; what the parser itself bears differs by Python's version."""


class NotJsonError(ValueError):
    """Raised when text is not the strict JSON that was expected; the message says what is wrong and where."""


class DoubledKeyError(NotJsonError):
    """Raised when a key stands twice in one object; its message quotes the key."""


def iso(moment: datetime) -> str:
    """Return a UTC time as `2026-01-02T03:04:05.678Z` (milliseconds, always the same length)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """Read an ISO 8601 time that names its offset; raise ValueError where it does not."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"the time {clip(text, 40)!r} is not ISO 8601, such as 2026-01-02T03:04:05Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"the time {clip(text, 40)!r} does not say its time zone: end it with Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"the time {clip(text, 40)!r} lies outside the calendar") from error


def canonical(value: Any) -> str:
    """Return JSON that is byte for byte the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def from_base64(text: str) -> bytes:
    """Decode base64 in its one canonical form; raise ValueError for every other spelling of the same bytes."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("the base64 is not in its canonical form")
    return data


def clip(text: str, limit: int) -> str:
    """Return the text, cut to `limit` characters with an ellipsis where it was longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = 200) -> str:
    """Return the text on one line with control and formatting characters made visible, clipped."""
    flat = " ".join(clip(text, limit * 4).split())
    return clip("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in flat), limit)


def strict_json(text: str | bytes) -> Any:
    """Parse JSON with no duplicate keys, no NaN, Infinity or 1e999, no lone surrogates and a bounded depth.

    Raises NotJsonError, whatever the input.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        _bounded(value)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except NotJsonError:
        raise
    except UnicodeError as error:
        raise NotJsonError("not valid UTF-8 text") from error
    except RecursionError as error:
        raise NotJsonError("nested too deeply") from error
    except ValueError as error:
        raise NotJsonError(_where(error, str(text))) from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DoubledKeyError(f"the key {one_line(key, 40)!r} stands twice")
        found[key] = value
    return found


def _bounded(value: Any) -> None:
    """Raise NotJsonError where the value goes deeper than anything that is meant; goes level by level itself."""
    level = [value]
    for _ in range(DEEPEST + 1):
        lists = [one for one in level if isinstance(one, list)]
        objects = [one for one in level if isinstance(one, dict)]
        level = [child for one in lists for child in one] + [child for one in objects for child in one.values()]
        if not lists and not objects:
            return
    raise NotJsonError("nested too deeply")


def _no_constant(name: str) -> NoReturn:
    raise NotJsonError(f"{name} is not a JSON value")


def _where(error: ValueError, text: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "not JSON: a number in it is too large"
    if text.startswith("\ufeff"):
        return "not JSON: it begins with a byte order mark; save it as UTF-8 without one"
    return f"not JSON: {_named(error, text)} at line {error.lineno}, column {error.colno}"


def _named(error: json.JSONDecodeError, text: str) -> str:
    """Return what people write into JSON that is none, by the characters there; else the parser's own words."""
    here = text[error.pos : error.pos + 1]
    before = text[max(0, error.pos - 100) : error.pos].rstrip()[-1:]
    if here == "\u00a0":
        return "a no-break space where a blank should be"
    if here in {"\u201c", "\u201d", "\u2018", "\u2019"}:
        return "a typographic quotation mark"
    if here in {"#", "/"}:
        return "a comment, which JSON does not have,"
    if (before == "," and here in {"}", "]"}) or error.msg.startswith("Illegal trailing comma"):
        return "a comma too many"
    return error.msg
