"""Who may call: access keys, IAM users and the tokens they get. Also IAM's two endpoints that clients need."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator import defaults, signature
from simulator.errors import RefusedError
from simulator.jobs import stamp


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; with a token it is a temporary one; a read-only one may not stop or start."""

    secret: str
    token: str | None = None
    read_only: bool = False


@dataclass(slots=True)
class Identity:
    """The accounts of one simulated project. `skew` seconds are added to the clock that judges signatures.

    While `revoked`, no access key is known.
    """

    clock: Callable[[], float]
    keys: dict[str, Key] = field(default_factory=lambda: {defaults.ACCESS_KEY: Key(defaults.SECRET_KEY)})
    user: str = defaults.USER
    password: str = defaults.PASSWORD
    domain: str = defaults.DOMAIN
    project_id: str = defaults.PROJECT_ID
    region: str = defaults.REGION
    token_seconds: float = 86_400.0
    skew: float = 0.0
    revoked: bool = False
    tokens: dict[str, float] = field(default_factory=dict)

    def check(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether the caller may change things; raise RefusedError (401) for one who is not known."""
        if "authorization" in headers:
            return self._check_key(method, path, query, headers, body)
        token = headers.get("x-auth-token", "")
        if not token:
            raise _unknown("authentication information is missing")
        if self.tokens.get(token, 0.0) <= self.clock():
            raise _unknown("decrypt token fail")
        return True

    def _check_key(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> bool:
        name = signature.access_key(headers["authorization"]) or ""
        key = None if self.revoked else self.keys.get(name)
        if key is None:
            raise _unknown(f"ak {name} not exist")
        if headers.get("x-security-token") != key.token:
            raise _unknown("the security token does not belong to the ak")
        now = self.clock() + self.skew
        if flaw := signature.flaw(key.secret, method, path, query, headers, body, now):
            raise _unknown(flaw)
        return not key.read_only

    def sign_in(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """Return a new token and the body that comes with it, for the right password and the right project."""
        try:
            asked = json.loads(body)["auth"]
            user, scope = asked["identity"]["password"]["user"], asked["scope"]["project"]
            given = (user["name"], user["password"], user["domain"]["name"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise RefusedError("400", 400, "The request body is invalid.") from None
        if given != (self.user, self.password, self.domain):
            raise RefusedError("401", 401, "The username or password is wrong.")
        if scope.get("id") != self.project_id and scope.get("name") != self.region:
            raise RefusedError("401", 401, "The project does not exist.")
        now = self.clock()
        token = f"MIIsimulated{secrets.token_hex(40)}"
        self.tokens[token] = now + self.token_seconds
        return token, self._described(now)

    def expire_tokens(self) -> None:
        """Make every token that was issued invalid."""
        self.tokens.clear()

    def projects(self, name: str | None) -> dict[str, Any]:
        """Return the projects of the account, those with the name where one is given."""
        own = {"id": self.project_id, "name": self.region, "enabled": True, "domain_id": "523603af", "is_domain": False}
        other = {**own, "id": uuid.uuid5(uuid.NAMESPACE_OID, "other").hex, "name": "ap-southeast-3"}
        return {"projects": [row for row in (own, other) if name in (None, row["name"])], "links": {}}

    def _described(self, now: float) -> dict[str, Any]:
        return {
            "token": {
                "methods": ["password"],
                "issued_at": stamp(now),
                "expires_at": stamp(now + self.token_seconds),
                "project": {"id": self.project_id, "name": self.region},
                "user": {"name": self.user, "domain": {"name": self.domain}},
                "catalog": [],
            }
        }


def _unknown(why: str) -> RefusedError:
    return RefusedError("APIGW.0301", 401, f"Incorrect IAM authentication information: {why}")
