"""The record of every call: what came and what was answered, without the secrets in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_SIGNATURE = re.compile(r"Signature=[0-9a-f]+")
_HIDDEN = ("x-auth-token", "x-security-token", "cookie")


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `endpoint` is the route's name, `at` the epoch second, `fault` the kind of fault it met."""

    number: int
    at: float
    endpoint: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int
    answer: str
    request_id: str
    fault: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self)


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers without what would let another call in."""
    shown = {name: "***" if name in _HIDDEN else value for name, value in headers.items()}
    if "authorization" in shown:
        shown["authorization"] = _SIGNATURE.sub("Signature=***", shown["authorization"])
    return shown


def shown_body(endpoint: str, body: bytes) -> str:
    """Return a body as text, without the password of a sign-in."""
    said = body[:65_536].decode("utf-8", "replace")
    if endpoint != "token":
        return said
    try:
        data = json.loads(said)
        data["auth"]["identity"]["password"]["user"]["password"] = "***"
    except (ValueError, KeyError, TypeError):
        return "***"
    return json.dumps(data)
