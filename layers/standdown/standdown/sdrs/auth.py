"""Two ways to prove who is asking: a signature, or a token. A password for a token is the third, in `iam`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from standdown.base.http.deadline import Deadline
from standdown.base.http.exchange import Request
from standdown.sdrs.call import Auth
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


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"
