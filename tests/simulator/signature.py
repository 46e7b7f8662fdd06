"""Check an SDK-HMAC-SHA256 signature from what arrived on the wire. Written apart from any client's code."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from urllib.parse import quote, unquote, unquote_plus

TOLERANCE_SECONDS = 900.0
_FORM = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), SignedHeaders=([^,\s]+), Signature=([0-9a-f]{64})")


def access_key(authorization: str) -> str | None:
    """Return the access key that a header names, None where it is not of the right form."""
    form = _FORM.fullmatch(authorization)
    return form[1] if form else None


def flaw(
    secret: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, now: float
) -> str | None:
    """Return what is wrong with a request's signature, None where it is right. `headers` have lower-case names."""
    form = _FORM.fullmatch(headers.get("authorization", ""))
    if form is None:
        return "authorization header is malformed"
    names = form[2].split(";")
    if "host" not in names or "x-sdk-date" not in names:
        return "host and x-sdk-date must be signed"
    if any(name not in headers for name in names):
        return "a signed header is missing"
    try:
        sent = calendar.timegm(time.strptime(headers["x-sdk-date"], "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return "x-sdk-date is malformed"
    if abs(now - sent) > TOLERANCE_SECONDS:
        return "the timestamp of the request has expired"
    expected = _expected(secret, method, path, query, names, headers, body)
    return None if hmac.compare_digest(expected, form[3]) else "verify aksk signature fail"


def _expected(
    secret: str, method: str, path: str, query: str, names: list[str], headers: Mapping[str, str], body: bytes
) -> str:
    digest = headers.get("x-sdk-content-sha256") or hashlib.sha256(body).hexdigest()
    lines = [
        method,
        _path(path),
        _query(query),
        *(f"{name}:{headers[name].strip()}" for name in names),
        "",
        form_names(names),
    ]
    canonical = "\n".join([*lines, digest])
    hashed = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    to_sign = "\n".join(("SDK-HMAC-SHA256", headers["x-sdk-date"], hashed))
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def form_names(names: list[str]) -> str:
    """Return the names of the signed headers as they stand in the canonical request."""
    return ";".join(names)


def _path(path: str) -> str:
    plain = quote(unquote(path), safe="/~")
    return plain if plain.endswith("/") else plain + "/"


def _query(query: str) -> str:
    pairs = [piece.partition("=") for piece in query.split("&") if piece]
    decoded = sorted((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in decoded)
