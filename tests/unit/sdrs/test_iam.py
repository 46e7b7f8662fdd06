"""Tokens for a password: shared, kept until shortly before they expire, renewed once; and the project of a region."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator

import pytest

from standdown.base.http.deadline import Deadline
from standdown.base.http.exchange import Request
from standdown.sdrs import iam
from standdown.sdrs.auth import TokenAuth
from standdown.sdrs.classify import ErrorClass, classify
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError, NotSentError, ProjectError, SignInError
from standdown.sdrs.iam import IamPasswordAuth
from support.http import Sent, Wire

IAM = "https://iam.cn-north-4.myhuaweicloud.com"
TOKENS = f"{IAM}/v3/auth/tokens"
SDRS = "https://sdrs.cn-north-4.myhuaweicloud.com"
JOBS = f"{SDRS}/v1/0605/jobs/job-1"
NOW = 1_767_323_045.0  # 2026-01-02T03:04:05Z
CANARY = "canary-8d2e"
REFUSED = ApiError("bad token", http_status=401)


@pytest.fixture(autouse=True)
def no_tokens() -> Iterator[None]:
    iam._tokens.clear()
    yield
    iam._tokens.clear()


@pytest.fixture
def wire() -> Wire:
    wire = Wire()
    numbers = itertools.count(1)

    def sign_in(_: Sent) -> tuple[int, dict[str, str], str]:
        body = {"token": {"expires_at": "2026-01-03T03:04:05.000000Z"}}
        return 201, {"X-Subject-Token": f"token-{next(numbers)}"}, json.dumps(body)

    wire.add_callback("POST", TOKENS, sign_in)
    wire.get(JOBS, json={"job_id": "job-1", "status": "RUNNING"})
    return wire


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Return the time that was set."""
        return self.now


def password_auth(wire: Wire, clock: Clock | None = None, **changes: str | None) -> IamPasswordAuth:
    login = {"user": "u", "password": CANARY, "domain": "d", "iam_endpoint": IAM, "region": "cn-north-4", **changes}
    return IamPasswordAuth(**login, dial=wire, clock=clock or Clock())  # type: ignore[arg-type]


def tokens_sent(wire: Wire) -> list[str]:
    return [call.request.headers["X-Auth-Token"] for call in wire.calls if call.request.url == JOBS]


def token_of(auth: IamPasswordAuth) -> str:
    return auth.sign(Request("GET", JOBS, {}), Deadline(time.monotonic() + 5)).headers["X-Auth-Token"]


def find(wire: Wire, auth: TokenAuth, seconds: float = 5.0) -> str:
    return iam.find_project_id(IAM, "cn-north-4", auth, wire, Deadline(time.monotonic() + seconds))


def sign_ins(wire: Wire) -> int:
    return sum(call.request.url == TOKENS for call in wire.calls)


def test_the_sign_in_asks_for_the_project_by_id_or_by_the_regions_name(wire: Wire) -> None:
    SdrsClient(SDRS, "0605", password_auth(wire), dial=wire).get_job("job-1")
    SdrsClient(SDRS, "0605", password_auth(wire, project_id="0605"), dial=wire).get_job("job-1")

    asked = [json.loads(call.request.body or b"")["auth"] for call in wire.calls if call.request.url == TOKENS]
    assert [each["scope"] for each in asked] == [{"project": {"name": "cn-north-4"}}, {"project": {"id": "0605"}}]
    assert asked[0]["identity"] == {
        "methods": ["password"],
        "password": {"user": {"name": "u", "password": CANARY, "domain": {"name": "d"}}},
    }


def test_a_token_is_shared_and_kept_until_five_minutes_before_it_expires(wire: Wire) -> None:
    clock = Clock()

    for hours in (0, 12, 23.9, 23.95):
        clock.now = NOW + hours * 3600
        SdrsClient(SDRS, "0605", password_auth(wire, clock), dial=wire).get_job("job-1")

    assert tokens_sent(wire) == ["token-1", "token-1", "token-1", "token-2"]
    assert sign_ins(wire) == 2


def test_another_password_is_another_login(wire: Wire) -> None:
    SdrsClient(SDRS, "0605", password_auth(wire), dial=wire).get_job("job-1")
    SdrsClient(SDRS, "0605", password_auth(wire, password="rotated"), dial=wire).get_job("job-1")

    assert tokens_sent(wire) == ["token-1", "token-2"]


def test_many_threads_sign_in_once(wire: Wire) -> None:
    auth = password_auth(wire)
    seen: list[str] = []

    def use() -> None:
        seen.append(token_of(auth))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == ["token-1"] * 8
    assert sign_ins(wire) == 1


def test_a_401_from_sdrs_signs_in_anew_once(wire: Wire) -> None:
    wire.replace("GET", JOBS, status=401)

    with pytest.raises(ApiError):
        SdrsClient(SDRS, "0605", password_auth(wire), dial=wire).get_job("job-1")

    assert tokens_sent(wire) == ["token-1", "token-2"]
    assert sign_ins(wire) == 2


def test_a_token_that_another_thread_has_renewed_already_is_not_renewed_again(wire: Wire) -> None:
    first, second = password_auth(wire), password_auth(wire)
    for auth in (first, second):
        token_of(auth)

    first.renew(REFUSED)
    token_of(first)
    second.renew(REFUSED)

    assert token_of(second) == "token-2"
    assert sign_ins(wire) == 2


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (401, {"error": {"code": 401, "message": f"wrong: {CANARY}"}}, ErrorClass.CREDENTIALS),
        (400, {"error": {"code": 400, "message": "no such domain"}}, ErrorClass.CREDENTIALS),
        (403, {"error_code": "APIGW.0302", "error_msg": "no"}, ErrorClass.CREDENTIALS),
        (503, {"error_code": "APIGW.0613", "error_msg": "down"}, ErrorClass.RETRY_SOON),
        (201, {"token": {}}, ErrorClass.RETRY_SOON),
    ],
)
def test_no_token_means_that_nothing_was_sent_to_sdrs(
    wire: Wire, status: int, body: object, wanted: ErrorClass
) -> None:
    wire.remove("POST", TOKENS)
    wire.post(TOKENS, status=status, json=body)

    with pytest.raises(SignInError) as caught:
        SdrsClient(SDRS, "0605", password_auth(wire), dial=wire).stop_protection("group-1")

    assert caught.value.sent == "no"
    assert classify(caught.value) is wanted
    assert CANARY not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert {call.request.url for call in wire.calls} == {TOKENS}


def test_iam_being_away_is_no_unclear_stop(wire: Wire) -> None:
    wire.remove("POST", TOKENS)
    wire.post(TOKENS, body=TimeoutError("slow"))

    with pytest.raises(SignInError) as caught:
        SdrsClient(SDRS, "0605", password_auth(wire), dial=wire).stop_protection("group-1")

    assert classify(caught.value) is ErrorClass.RETRY_SOON


PROJECT = {"id": "0605", "name": "cn-north-4", "enabled": True}


def test_the_project_is_found_by_the_regions_exact_name(wire: Wire) -> None:
    others = [{"id": "1", "name": "cn-north-4_team"}, {**PROJECT, "id": "2", "enabled": False}, {"name": "cn-north-4"}]
    wire.get(f"{IAM}/v3/projects", json={"projects": [*others, PROJECT]})

    found = find(wire, TokenAuth("t"))

    assert found == "0605"
    assert str(wire.calls[0].request.url).endswith("/v3/projects?name=cn-north-4")


@pytest.mark.parametrize(
    ("rows", "says"),
    [([], "knows none"), (None, "knows none"), ([PROJECT, {**PROJECT, "id": "0606"}], "several: 0605, 0606")],
)
def test_no_project_or_several_is_an_error_that_says_so(wire: Wire, rows: object, says: str) -> None:
    wire.get(f"{IAM}/v3/projects", json={"projects": rows})

    with pytest.raises(ProjectError, match=says):
        find(wire, TokenAuth("t"))


def test_refused_credentials_at_iam_keep_their_status(wire: Wire) -> None:
    wire.get(f"{IAM}/v3/projects", status=401, json={"error_code": "APIGW.0301", "error_msg": f"bad {CANARY}"})

    with pytest.raises(ApiError) as caught:
        find(wire, TokenAuth(CANARY))

    assert caught.value.http_status == 401
    assert CANARY not in str(caught.value)


def test_no_time_for_iam_sends_nothing(wire: Wire) -> None:
    with pytest.raises(NotSentError):
        find(wire, TokenAuth("t"), 0)

    assert len(wire.calls) == 0
