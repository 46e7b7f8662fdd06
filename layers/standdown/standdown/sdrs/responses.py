"""Read the body of an answer: JSON where it is, and what an error says in whichever of its shapes it comes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from typing import Any

from standdown.base.http.exchange import Answer, retry_after
from standdown.base.text import one_line
from standdown.sdrs.errors import ApiError, UnclearError
from standdown.sdrs.fields import text

MESSAGE_LIMIT = 500
_TELLTALE = 16
_SHORTEST = 6  # a secret of fewer characters would hide half the sentence
_CODES = ("error_code", "errorCode", "code")
_MESSAGES = ("error_msg", "errorMsg", "message", "error_message", "error_description")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,500})", re.IGNORECASE)


def read_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a body, None where it holds anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def request_id(headers: Message, data: Mapping[str, Any] | None = None) -> str | None:
    """Return the id that support asks for: from the header, else from the gateway's body."""
    found = headers.get("X-Request-Id") or headers.get("X-IAM-Trace-Id") or text(data or {}, "request_id")
    return one_line(found, 100) if found else None


def whole_object(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer; raise UnclearError where it is none, or not whole."""
    data = read_object(answer.body) if answer.flaw is None else None
    if data is None:
        flaw = answer.flaw or "the answer is not a JSON object"
        raise UnclearError(flaw, http_status=answer.status, request_id=request_id(answer.headers))
    return data


def read_error(answer: Answer, secrets: tuple[str, ...] = (), now: Callable[[], float] = time.time) -> ApiError:
    """Return the error that an answer other than 2xx means; no word of `secrets` is left in it."""
    data = read_object(answer.body)
    code, message = _said(data) if data is not None else (None, _page(answer.body))
    if 300 <= answer.status < 400:
        message = "a redirect, which is not followed: check the endpoint"
    said = _scrub(message or f"an answer with status {answer.status} and no message", secrets)
    return ApiError(
        _scrub(one_line(said, MESSAGE_LIMIT), secrets),
        http_status=answer.status,
        code=_scrub(code, secrets) if code else None,
        request_id=request_id(answer.headers, data),
        retry_after=retry_after(answer, now()),
    )


def _said(data: dict[str, Any]) -> tuple[str | None, str]:
    """Find code and message at the top level, or under whatever key they stand."""
    for place in _places(data):
        code, message = _code(place), text(place, *_MESSAGES)
        if code or message:
            return code, message or ""
    said = text(data, "error", "detail", "reason")
    return None, said or ""


def _places(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield data
    for value in list(data.values())[:20]:
        if isinstance(value, dict):
            yield value
            yield from (below for below in list(value.values())[:20] if isinstance(below, dict))


def _code(place: dict[str, Any]) -> str | None:
    """Return a code in words; a bare number only repeats the HTTP status."""
    code = text(place, *_CODES)
    return one_line(code, 60) if code and not code.isdigit() else None


def _page(body: bytes) -> str:
    page = body[:4096].decode("utf-8", "replace")
    title = _TITLE.search(page)
    return f"a page: {title[1]}" if title else page


def _scrub(said: str, secrets: tuple[str, ...]) -> str:
    """Take every secret out of a text, a long one also where the text was cut off within it."""
    for secret in (secret for secret in secrets if len(secret) >= _SHORTEST):
        said = said.replace(secret, "***")
        if len(secret) > _TELLTALE:
            said = re.sub(re.escape(secret[:_TELLTALE]) + r"\S*", "***", said)
    return said
