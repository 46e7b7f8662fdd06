"""Three ways to prove who is asking: a signature, a token, or a password for a token."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dial, Dialer
from standdown.base.http.exchange import Request
from standdown.sdrs import iam
from standdown.sdrs.call import Auth
from standdown.sdrs.endpoints import check_endpoint
from standdown.sdrs.errors import SdrsError, SignInError
from standdown.sdrs.signature import DATE_FORMAT, authorization

_SIGNED = ("content-type", "host")


@dataclass(frozen=True, slots=True)
class AkSkAuth(Auth):
    """Signs each request with an access key; temporary keys come with a security token.

    Signed are Host, Content-Type and every X- header: what stands between may add or change the others.
    """

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False, compare=False)

    def sign(self, request: Request, deadline: Deadline) -> Request:  # noqa: ARG002 - nobody has to be asked
        """Add date, host and signature."""
        date = datetime.fromtimestamp(self.clock(), UTC).strftime(DATE_FORMAT)
        headers = {"Host": _host(request.url), **request.headers, "X-Sdk-Date": date}
        if self.security_token:
            headers["X-Security-Token"] = self.security_token
        signed = {k: v for k, v in headers.items() if k.lower() in _SIGNED or k.lower().startswith("x-")}
        headers["Authorization"] = authorization(
            self.access_key, self.secret_key, request.method, request.url, signed, request.body or b"", date
        )
        return replace(request, headers=headers)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the keys: the gateway quotes one that it does not know."""
        return (self.access_key, self.secret_key, self.security_token or "")


@dataclass(frozen=True, slots=True)
class TokenAuth(Auth):
    """Sends a token that was made elsewhere."""

    token: str = field(repr=False)

    def sign(self, request: Request, deadline: Deadline) -> Request:  # noqa: ARG002 - nobody has to be asked
        """Add the token."""
        return replace(request, headers={**request.headers, "X-Auth-Token": self.token})

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the token."""
        return (self.token,)


@dataclass(slots=True, eq=False)
class IamPasswordAuth(Auth):
    """Signs in at IAM with a user's password, and uses the token until shortly before it expires.

    The token is scoped to `project_id`, or else to the project that bears the region's name. All instances in the
    process with the same login share one token. Raises SignInError where IAM gives none, and EndpointError when made
    for an endpoint that cannot be one.
    """

    user: str
    password: str = field(repr=False)
    domain: str
    iam_endpoint: str
    project_id: str | None = None
    region: str | None = None
    dial: Dial = field(default_factory=Dialer, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)
    _used: str | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_endpoint(self.iam_endpoint)

    def sign(self, request: Request, deadline: Deadline) -> Request:
        """Add a token that is still valid; signing in takes its time from that of the call."""
        self._used = iam.shared_token(self._login, self.dial, deadline, self.clock)
        return replace(request, headers={**request.headers, "X-Auth-Token": self._used})

    def renew(self, refused: SdrsError) -> bool:
        """Give up the token last used, unless another thread already has; a password is not tried twice."""
        if isinstance(refused, SignInError):
            return False
        iam.forget(self._login, self._used)
        return True

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the password and the token."""
        return (self.password, self._used or "")

    @property
    def _login(self) -> iam.Login:
        return iam.Login(self.iam_endpoint, self.user, self.password, self.domain, self.project_id, self.region)


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"
