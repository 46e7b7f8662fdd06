"""Who may call: access keys, IAM users and the tokens they get. Also what of IAM clients need: projects, catalogue."""

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

    While `revoked`, no access key is known. `refusal` is the shape of a 401: the gateway's, or SDRS's own (`sdrs`).
    `sub_projects` are names and ids of projects beside the region's main one.
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
    refusal: str = "gateway"
    may_list_projects: bool = True
    sub_projects: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)

    def check(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether the caller may change things; raise RefusedError (401) for one who is not known."""
        if "authorization" in headers:
            return self._check_key(method, path, query, headers, body)
        token = headers.get("x-auth-token", "")
        if not token:
            raise self._unknown("authentication information is missing")
        if self.tokens.get(token, 0.0) <= self.clock():
            raise self._unknown("decrypt token fail")
        return True

    def _check_key(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> bool:
        name = signature.access_key(headers["authorization"]) or ""
        key = None if self.revoked else self.keys.get(name)
        if key is None:
            raise self._unknown(f"ak {name} not exist")
        if headers.get("x-security-token") != key.token:
            raise self._unknown("the security token does not belong to the ak")
        now = self.clock() + self.skew
        if flaw := signature.flaw(key.secret, method, path, query, headers, body, now):
            raise self._unknown(flaw)
        return not key.read_only

    def sign_in(self, body: bytes, root: str = "") -> tuple[str, dict[str, Any]]:
        """Return a new token and the body that comes with it, for the right password and the right project or domain.

        `root` is where the services of the catalogue are.
        """
        try:
            asked = json.loads(body)["auth"]
            user, scope = asked["identity"]["password"]["user"], asked["scope"]
            given = (user["name"], user["password"], user["domain"]["name"])
            wanted = scope["domain"] if "domain" in scope else scope["project"]
            found = wanted.get("name") == self.domain if "domain" in scope else self._has(wanted)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise RefusedError("400", 400, "The request body is invalid.") from None
        if given != (self.user, self.password, self.domain):
            raise RefusedError("401", 401, "The username or password is wrong.")
        if not found:
            raise RefusedError("401", 401, "The project does not exist.")
        now = self.clock()
        token = f"MIIsimulated{secrets.token_hex(40)}"
        self.tokens[token] = now + self.token_seconds
        return token, self._described(now, root)

    def expire_tokens(self) -> None:
        """Make every token that was issued invalid."""
        self.tokens.clear()

    def projects(self, name: str | None) -> dict[str, Any]:
        """Return the projects of the account, those with the name where one is given."""
        own = {"id": self.project_id, "name": self.region, "enabled": True, "domain_id": "523603af", "is_domain": False}
        other = {**own, "id": uuid.uuid5(uuid.NAMESPACE_OID, "other").hex, "name": "ap-southeast-3"}
        below = [{**own, "id": known, "name": called} for called, known in self.sub_projects.items()]
        return {"projects": [row for row in (own, other, *below) if name in (None, row["name"])], "links": {}}

    def has_project(self, project_id: str) -> bool:
        """Return whether SDRS is served for a project."""
        return project_id in (self.project_id, *self.sub_projects.values())

    def version(self, root: str) -> dict[str, Any]:
        """Return what IAM says of its one version."""
        links = [{"rel": "self", "href": f"{root}/v3/"}]
        return {"id": "v3.6", "status": "stable", "updated": "2016-04-04T00:00:00Z", "media-types": [], "links": links}

    def catalog(self, root: str) -> list[dict[str, Any]]:
        """Return the services with their addresses, as a token's body lists them."""
        served = {"iam": ("identity", f"{root}/v3"), "sdrs": ("sdrs", f"{root}/v1/{self.project_id}")}
        return [
            {
                "id": uuid.uuid5(uuid.NAMESPACE_OID, name).hex,
                "name": name,
                "type": kind,
                "endpoints": [
                    {
                        "id": uuid.uuid5(uuid.NAMESPACE_OID, url).hex,
                        "interface": "public",
                        "region": self.region,
                        "region_id": self.region,
                        "url": url,
                    }
                ],
            }
            for name, (kind, url) in served.items()
        ]

    def _has(self, project: dict[str, Any]) -> bool:
        names = {self.region: self.project_id, **self.sub_projects}
        return project.get("id") in names.values() or project.get("name") in names

    def _described(self, now: float, root: str) -> dict[str, Any]:
        return {
            "token": {
                "methods": ["password"],
                "issued_at": stamp(now),
                "expires_at": stamp(now + self.token_seconds),
                "project": {
                    "id": self.project_id,
                    "name": self.region,
                    "domain": {"id": "523603af", "name": self.domain},
                },
                "user": {"id": "u-1", "name": self.user, "domain": {"id": "523603af", "name": self.domain}},
                "roles": [{"id": "0", "name": "sdrs_adm"}],
                "catalog": self.catalog(root),
            }
        }

    def _unknown(self, why: str) -> RefusedError:
        words = f"Incorrect IAM authentication information: {why}"
        return RefusedError("SDRS.0002" if self.refusal == "sdrs" else "APIGW.0301", 401, words)
