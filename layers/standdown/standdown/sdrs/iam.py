"""IAM, as far as SDRS needs it: a token for a password, and the project that belongs to a region.

Loaded where one of them is needed: an access key and a project's id need neither.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dial, Dialer
from standdown.base.http.exchange import Request
from standdown.sdrs import responses as bodies
from standdown.sdrs.call import HEADERS, Auth, call, sent
from standdown.sdrs.endpoints import check_endpoint
from standdown.sdrs.errors import ApiError, ProjectError, SdrsError, SignInError
from standdown.sdrs.fields import mapping, mappings, moment, text

_CAP = 2 * 1024 * 1024  # a token's body lists the whole service catalogue
_MARGIN = 300.0  # seconds before its expiry at which a token is no longer used
_UNKNOWN_LIFE = 1800.0


@dataclass(frozen=True, slots=True)
class Login:
    """Who signs in, and for which project: its id, or else its name, which is the region's."""

    iam_endpoint: str
    user: str
    password: str = field(repr=False)
    domain: str
    project_id: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    good_until: float


_tokens: dict[Login, _Token] = {}
_signing_in = threading.Lock()


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
        self._used = shared_token(self._login, self.dial, deadline, self.clock)
        return replace(request, headers={**request.headers, "X-Auth-Token": self._used})

    def renew(self, refused: SdrsError) -> bool:
        """Give up the token last used, unless another thread already has; a password is not tried twice."""
        if isinstance(refused, SignInError):
            return False
        forget(self._login, self._used)
        return True

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the password and the token."""
        return (self.password, self._used or "")

    @property
    def _login(self) -> Login:
        return Login(self.iam_endpoint, self.user, self.password, self.domain, self.project_id, self.region)


def shared_token(login: Login, dial: Dial, deadline: Deadline, clock: Callable[[], float] = time.time) -> str:
    """Return this process's token for the login; sign in where there is none that is good for a while yet.

    Raises SignInError.
    """
    with _signing_in:
        token = _tokens.get(login)
        if token is None or token.good_until <= clock():
            _tokens[login] = token = _sign_in(login, dial, deadline, clock)
        return token.value


def forget(login: Login, token: str | None) -> None:
    """Drop the shared token, if it still is the given one."""
    with _signing_in:
        if (held := _tokens.get(login)) and held.value == token:
            del _tokens[login]


def find_project_id(iam_endpoint: str, name: str, auth: Auth, dial: Dial, deadline: Deadline) -> str:
    """Return the id of the enabled project of a name: the region's, or a sub-project's, which begins with the region's.

    Where the credential may not list the account's projects, those that it may enter itself are listed: that needs no
    right. Raises ProjectError where there is none or more than one, and what a call to SDRS raises.
    """
    root = check_endpoint(iam_endpoint)
    try:
        found = _listed(f"{root}/v3/projects?name={quote(name)}", auth, dial, deadline)
    except ApiError as error:
        if error.http_status != 403:
            raise
        found = _listed(f"{root}/v3/auth/projects", auth, dial, deadline)
    ids = [text(row, "id") for row in found if row.get("name") == name and row.get("enabled") is not False]
    named = sorted({one for one in ids if one})
    if len(named) != 1:
        said = f"several: {', '.join(named[:5])}" if named else "none"
        raise ProjectError(f"IAM knows {said} for the project named {name!r}: give the project id")
    return named[0]


def _listed(url: str, auth: Auth, dial: Dial, deadline: Deadline) -> list[Mapping[str, Any]]:
    answer = call(Request("GET", url, HEADERS), auth, deadline, dial, _CAP)
    return list(mappings(bodies.whole_object(answer), "projects"))


def _sign_in(login: Login, dial: Dial, deadline: Deadline, clock: Callable[[], float]) -> _Token:
    url = f"{check_endpoint(login.iam_endpoint)}/v3/auth/tokens"
    body = json.dumps(_question(login)).encode()
    request = Request("POST", url, {**HEADERS, "Content-Type": "application/json;charset=utf8"}, body)
    try:
        answer = sent(request, deadline, dial, _CAP)
        if not 200 <= answer.status < 300:
            raise bodies.read_error(answer, (login.password,))
        data = bodies.whole_object(answer)
    except SdrsError as error:
        raise _no_token(error) from error
    value = answer.headers.get("X-Subject-Token")
    if not value:
        raise SignInError("IAM answered without a token", http_status=answer.status)
    expires = moment(mapping(data, "token"), "expires_at")
    return _Token(value, expires.timestamp() - _MARGIN if expires else clock() + _UNKNOWN_LIFE)


def _question(login: Login) -> dict[str, Any]:
    user = {"name": login.user, "password": login.password, "domain": {"name": login.domain}}
    project = {"id": login.project_id} if login.project_id else {"name": login.region}
    identity = {"methods": ["password"], "password": {"user": user}}
    return {"auth": {"identity": identity, "scope": {"project": project}}}


def _no_token(error: SdrsError) -> SignInError:
    return SignInError(
        f"IAM gave no token: {error.message}",
        http_status=error.http_status,
        code=error.code,
        request_id=error.request_id,
        retry_after=error.retry_after,
    )
