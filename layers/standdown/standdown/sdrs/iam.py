"""IAM, as far as SDRS needs it: a token for a password, and the project that belongs to a region."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase

from standdown.base.http.deadline import Deadline, current, under
from standdown.sdrs import responses as bodies
from standdown.sdrs.endpoints import check_endpoint
from standdown.sdrs.errors import ProjectError, SdrsError, SignInError, UnclearError
from standdown.sdrs.fields import mapping, mappings, moment, text
from standdown.sdrs.transport import Answer, exchange, new_session

_CAP = 2 * 1024 * 1024  # a token's body lists the whole service catalogue
_STEPS = (2.0, 5.0)
_TOTAL = 8.0
_MARGIN = 300.0  # seconds before its expiry at which a token is no longer used
_UNKNOWN_LIFE = 1800.0
_SECRET_HEADERS = ("X-Auth-Token", "X-Security-Token", "Authorization")


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


def shared_token(login: Login, session: requests.Session | None, clock: Callable[[], float] = time.time) -> str:
    """Return this process's token for the login; sign in where there is none that is good for a while yet.

    Raises SignInError. Within a call to SDRS, signing in takes its time from that call's.
    """
    with _signing_in:
        token = _tokens.get(login)
        if token is None or token.good_until <= clock():
            _tokens[login] = token = _sign_in(login, session or new_session(), clock)
        return token.value


def forget(login: Login, token: str | None) -> None:
    """Drop the shared token, if it still is the given one."""
    with _signing_in:
        if (held := _tokens.get(login)) and held.value == token:
            del _tokens[login]


def find_project_id(
    iam_endpoint: str,
    region: str,
    auth: AuthBase,
    *,
    session: requests.Session | None = None,
    timeout: float = _TOTAL,
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """Return the id of the enabled project that bears the region's name; `timeout` in seconds.

    Raises ProjectError where there is none or more than one, and what a call to SDRS raises.
    """
    session = session or new_session()
    url = f"{check_endpoint(iam_endpoint)}/v3/projects"
    request = requests.Request("GET", url, params={"name": region}, headers=_headers(), auth=auth)
    answer, secrets = _asked(session, request, clock() + timeout, clock)
    found = mappings(_object(answer, secrets), "projects")
    ids = [text(row, "id") for row in found if row.get("name") == region and row.get("enabled") is not False]
    named = sorted({one for one in ids if one})
    if len(named) != 1:
        said = f"several: {', '.join(named[:5])}" if named else "none"
        raise ProjectError(f"IAM knows {said} for the project named {region!r}: give the project id")
    return named[0]


def _asked(
    session: requests.Session, request: requests.Request, ends: float, clock: Callable[[], float]
) -> tuple[Answer, tuple[str, ...]]:
    """Ask, and once more where a 401 can be helped by new credentials; signing in takes its time from this call's."""
    answer, secrets = _ask(session, request, Deadline(ends, clock))
    renew = getattr(request.auth, "renew", None)
    if answer.status == 401 and renew is not None and renew():
        return _ask(session, request, Deadline(ends, clock))
    return answer, secrets


def _ask(session: requests.Session, request: requests.Request, deadline: Deadline) -> tuple[Answer, tuple[str, ...]]:
    with under(deadline):
        prepared = session.prepare_request(request)
    secrets = tuple(prepared.headers.get(name, "") for name in _SECRET_HEADERS)
    return exchange(session, prepared, deadline, _STEPS, _CAP), secrets


def _sign_in(login: Login, session: requests.Session, clock: Callable[[], float]) -> _Token:
    session.trust_env = False
    deadline = current() or Deadline(time.monotonic() + _TOTAL)
    own = Deadline(deadline.ends, deadline.clock)  # its own, so that a sent sign-in does not pass for a sent call
    request = requests.Request(
        "POST",
        f"{check_endpoint(login.iam_endpoint)}/v3/auth/tokens",
        headers={**_headers(), "Content-Type": "application/json;charset=utf8"},
        data=json.dumps(_question(login)).encode(),
    )
    try:
        answer = exchange(session, session.prepare_request(request), own, _STEPS, _CAP)
        data = _object(answer, (login.password,))
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


def _headers() -> dict[str, str]:
    return {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "standdown",
        "X-Language": "en-us",
    }


def _object(answer: Answer, secrets: tuple[str, ...]) -> dict[str, Any]:
    if not 200 <= answer.status < 300:
        raise bodies.read_error(answer, secrets)
    data = bodies.read_object(answer.body) if answer.flaw is None else None
    if data is None:
        raise UnclearError(answer.flaw or "IAM's answer is not a JSON object", http_status=answer.status)
    return data


def _no_token(error: SdrsError) -> SignInError:
    return SignInError(
        f"IAM gave no token: {error.message}",
        http_status=error.http_status,
        code=error.code,
        request_id=error.request_id,
        retry_after=error.retry_after,
    )
