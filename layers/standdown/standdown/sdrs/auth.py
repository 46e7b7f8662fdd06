"""Three ways to prove who is asking, each a requests AuthBase: a signature, a token, or a password for a token.

An auth may have `renew() -> bool`: the client calls it once after a 401, and tries again where it says True.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from standdown.sdrs import iam
from standdown.sdrs.endpoints import check_endpoint
from standdown.sdrs.signature import DATE_FORMAT, authorization

_SIGNED = ("content-type", "host")


@runtime_checkable
class Renewable(Protocol):
    """An auth that can get itself new credentials."""

    def renew(self) -> bool:
        """Give up the credentials in use; return whether the next request will carry others."""


@dataclass(frozen=True, slots=True)
class AkSkAuth(AuthBase):
    """Signs each request with an access key; temporary keys come with a security token.

    Signed are Host, Content-Type and every X- header: what stands between may add or change the others.
    """

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False, compare=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add date, host and signature to a prepared request."""
        url = request.url or ""
        date = datetime.fromtimestamp(self.clock(), UTC).strftime(DATE_FORMAT)
        request.headers["X-Sdk-Date"] = date
        request.headers.setdefault("Host", _host(url))
        if self.security_token:
            request.headers["X-Security-Token"] = self.security_token
        signed = {k: v for k, v in request.headers.items() if k.lower() in _SIGNED or k.lower().startswith("x-")}
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        request.headers["Authorization"] = authorization(
            self.access_key, self.secret_key, request.method or "GET", url, signed, body, date
        )
        return request


@dataclass(frozen=True, slots=True)
class TokenAuth(AuthBase):
    """Sends a token that was made elsewhere."""

    token: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token."""
        request.headers["X-Auth-Token"] = self.token
        return request


@dataclass(slots=True, eq=False)
class IamPasswordAuth(AuthBase):
    """Signs in at IAM with a user's password, and uses the token until shortly before it expires.

    The token is scoped to `project_id`, or else to the project that bears the region's name. All instances in the
    process with the same login share one token. Raises SignInError where IAM gives none, and PlaceError when made for
    an endpoint that cannot be one.
    """

    user: str
    password: str = field(repr=False)
    domain: str
    iam_endpoint: str
    project_id: str | None = None
    region: str | None = None
    session: requests.Session | None = field(default=None, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)
    _used: str | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_endpoint(self.iam_endpoint)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add a token that is still valid."""
        self._used = iam.shared_token(self._login, self.session, self.clock)
        request.headers["X-Auth-Token"] = self._used
        return request

    def renew(self) -> bool:
        """Give up the token last used, unless another thread already has; the next request signs in anew."""
        iam.forget(self._login, self._used)
        return True

    @property
    def _login(self) -> iam.Login:
        return iam.Login(self.iam_endpoint, self.user, self.password, self.domain, self.project_id, self.region)


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"
