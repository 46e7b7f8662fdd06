"""An event of an API Gateway HTTP API (payload format 2.0): its path, headers and body, before anybody is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standdown.base.text import from_base64
from standdown.intake.errors import MalformedError, MediaTypeError, MethodError, NotFoundError, TooLargeError
from standdown.intake.fields import child

SMN_PATH = "/smn"
PATHS = ("/stop", SMN_PATH)  # what points to /stop since before there was another path goes on working


def route(request: dict[str, Any]) -> str:
    """Return the path that the request goes to."""
    context = child(request, "requestContext", "the event")
    stage, given = f"/{context.get('stage')}", request.get("rawPath")
    path = next((path for path in PATHS if given in (path, stage + path)), None)
    if path is None:
        raise NotFoundError("not_found", f"only {' and '.join(PATHS)} are answered here")
    if child(context, "http", "the event").get("method") != "POST":
        raise MethodError("method", "only POST is answered here")
    return path


def body_of(request: dict[str, Any], most: int) -> bytes:
    """Return the body's bytes as they were sent."""
    text = request.get("body") or ""
    if not isinstance(text, str):
        raise MalformedError("bad_body", "the event's body is not text")
    too_large = TooLargeError("too_large", f"the body is larger than {most // 1024} KiB")
    if len(text) > most * 2:
        raise too_large
    try:
        body = from_base64(text) if request.get("isBase64Encoded") else text.encode()
    except ValueError as error:
        raise MalformedError("bad_body", "the body's encoding is broken") from error
    if len(body) > most:
        raise too_large
    return body


def headers_of(request: dict[str, Any]) -> dict[str, str]:
    """Return the headers by lower-case name; one sent twice is joined by a comma, as the gateway does it."""
    found: dict[str, str] = {}
    for name, value in child(request, "headers", "the event").items():
        if isinstance(value, str):
            key = name.lower()
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


def require_json(headers: Mapping[str, str]) -> None:
    """Demand plain JSON in UTF-8."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().replace('"', "")
    if kind.strip() != "application/json" or charset not in {"", "charset=utf-8", "charset=utf8"}:
        raise MediaTypeError("media_type", "send the body as application/json in UTF-8")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeError("media_type", "send the body without compression")
