"""Where calls go: which service, which region and project; what a name means there, and how long that may take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from standdown.base import redaction
from standdown.base.redaction import HIDDEN, redacted_text
from standdown.core.operation import GroupRef
from standdown.huawei.account import NAMES_SECONDS, HuaweiAccount
from standdown.sdrs import iam
from standdown.sdrs.credentials import CredentialsError
from standdown.sdrs.errors import NotSentError, SdrsError, SignInError
from support.accounts import Clock, password, token
from support.http import Sent, Wire

PROJECT, OTHER_PROJECT = "0605767a9980d5762f6bc00b8e0d2a8c", "1605767a9980d5762f6bc00b8e0d2a8c"
OLD, NEW = "40df180b-9fe2-471a-8c64-1b758dc84189", "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02"
HOST = "https://sdrs.cn-north-4.myhuaweicloud.com"
OWN = "https://sdrs.example.com"
LIST = f"{HOST}/v1/{PROJECT}/server-groups"
IAM = "https://iam.cn-north-4.myhuaweicloud.com"
BY_NAME = GroupRef("cn-north-4", PROJECT, server_group_name="ERP")
ANYWHERE = GroupRef("cn-north-4", None, server_group_name="ERP")
NOT_FOUND = {"error": {"code": "SDRS.1013", "message": "no such group"}}


@pytest.fixture
def http() -> Iterator[Wire]:
    iam._tokens.clear()
    yield Wire()
    iam._tokens.clear()


def listed(*ids: str) -> dict[str, Any]:
    return {"count": len(ids), "server_groups": [{"id": one, "name": "ERP"} for one in ids]}


def sent(http: Wire) -> list[str]:
    return [f"{call.request.method} {call.request.url.partition('?')[0]}" for call in http.calls]


def slow(clock: Clock, seconds: float, status: int, answer: dict[str, Any]) -> Callable[[Sent], Any]:
    def pass_time(_: Sent) -> tuple[int, dict[str, str], str]:
        clock.now += seconds
        return status, {}, json.dumps(answer)

    return pass_time


# --- endpoints -------------------------------------------------------------------------------------------------------


def test_each_service_of_a_group_has_its_address() -> None:
    group = GroupRef("cn-north-4", PROJECT, OLD)
    plain = HuaweiAccount(token)
    own = HuaweiAccount(token, endpoint=OWN, iam="https://iam.example.com")

    assert (plain.address("IAM", group), plain.address("SDRS", group)) == (IAM, HOST)
    assert (own.address("IAM", group), own.address("SDRS", group)) == ("https://iam.example.com", OWN)


@pytest.mark.parametrize(
    ("stacks", "targets", "kept"), [(None, HOST, None), (OWN, OWN, None), (None, OWN, OWN), (OWN, HOST, HOST)]
)
def test_an_endpoint_that_is_used_anyway_is_left_out_so_that_a_group_has_one_lock(
    http: Wire, stacks: str | None, targets: str, kept: str | None
) -> None:
    account = HuaweiAccount(token, endpoint=stacks, dial=http)
    http.get(f"{kept or targets}/v1/{PROJECT}/server-groups", json=listed(OLD))

    by_id = account.locate(GroupRef("cn-north-4", PROJECT, OLD, None, targets))
    by_name = account.locate(GroupRef("cn-north-4", PROJECT, None, "ERP", targets))

    assert by_id == GroupRef("cn-north-4", PROJECT, OLD, None, kept)
    assert by_name == GroupRef("cn-north-4", PROJECT, OLD, "ERP", kept)


def test_a_groups_project_is_part_of_its_place(http: Wire) -> None:
    account = HuaweiAccount(token, dial=http)
    for project in (PROJECT, OTHER_PROJECT):
        http.post(f"{HOST}/v1/{project}/server-groups/{OLD}/action", json={"job_id": f"of-{project}"})

    stopped = [account.stop(GroupRef("cn-north-4", project, OLD), 5.0) for project in (PROJECT, OTHER_PROJECT)]

    assert stopped == [f"of-{PROJECT}", f"of-{OTHER_PROJECT}"]


def test_who_signs_in_by_password_gets_a_token_for_the_groups_project_from_the_stacks_iam(http: Wire) -> None:
    account = HuaweiAccount(password, iam="https://iam.example.com", dial=http)
    http.post("https://iam.example.com/v3/auth/tokens", status=201, headers={"X-Subject-Token": "t-1"}, json={})
    http.post(f"{LIST}/{OLD}/action", json={"job_id": "j-1"})

    account.stop(GroupRef("cn-north-4", PROJECT, OLD), 5.0)

    asked = json.loads(http.calls[0].request.body or b"")
    assert asked["auth"]["scope"] == {"project": {"id": PROJECT}}


def test_who_signs_in_by_password_does_so_in_the_groups_region(http: Wire) -> None:
    account = HuaweiAccount(password, dial=http)
    http.post(f"{IAM}/v3/auth/tokens", status=201, headers={"X-Subject-Token": "t-1"}, json={})
    http.get(f"{IAM}/v3/projects", json={"projects": [{"id": PROJECT, "name": "cn-north-4"}]})

    account.locate(GroupRef("cn-north-4", None, OLD))

    asked = json.loads(http.calls[0].request.body or b"")
    assert asked["auth"]["scope"] == {"project": {"name": "cn-north-4"}}


def test_trouble_with_iam_is_not_taken_for_trouble_with_sdrs(http: Wire) -> None:
    http.get(f"{IAM}/v3/projects", status=503)

    with pytest.raises(SdrsError) as caught:
        HuaweiAccount(token, dial=http).locate(GroupRef("cn-north-4", None, OLD))

    assert caught.value.service == "IAM"


def test_a_credential_that_cannot_be_used_names_its_secret() -> None:
    with pytest.raises(CredentialsError) as caught:
        HuaweiAccount(lambda *, force: "{", secret_name="standdown/huawei").credential()  # noqa: ARG005

    assert caught.value.secret == "standdown/huawei"


@pytest.mark.parametrize(
    ("document", "secret"),
    [(b"a-canary", "a-canary"), (b"a-canary\xff", "a-canary\ufffd"), (b'{"token": "a-canary"}', "a-canary")],
    ids=["text", "no text", "JSON"],
)
def test_a_secret_in_bytes_is_refused_and_never_shown(document: bytes, secret: str) -> None:
    with pytest.raises(CredentialsError, match="SecretBinary"):
        HuaweiAccount(lambda *, force: document).credential()  # noqa: ARG005

    assert redacted_text(f"said: {secret}") == f"said: {HIDDEN}"


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    redaction._known.clear()
    yield
    redaction._known.clear()


def test_a_password_that_iam_refuses_is_not_tried_twice(http: Wire) -> None:
    http.post(f"{IAM}/v3/auth/tokens", status=401, json={"error": {"code": 401, "message": "wrong password"}})

    with pytest.raises(SignInError):
        HuaweiAccount(password, dial=http).group(GroupRef("cn-north-4", PROJECT, OLD), 5.0)

    assert sent(http) == [f"POST {IAM}/v3/auth/tokens"]


# --- names -----------------------------------------------------------------------------------------------------------


def test_only_groups_of_that_name_are_asked_for(http: Wire) -> None:
    http.get(LIST, json=listed(OLD))

    HuaweiAccount(token, dial=http).locate(BY_NAME)

    assert parse_qs(urlsplit(http.calls[0].request.url).query)["name"] == ["ERP"]


@pytest.mark.parametrize(("seconds", "lookups"), [(0.0, 1), (NAMES_SECONDS, 1), (NAMES_SECONDS + 0.001, 2)])
def test_a_name_is_believed_for_half_a_minute(http: Wire, seconds: float, lookups: int) -> None:
    clock = Clock()
    http.get(LIST, json=listed(OLD))
    account = HuaweiAccount(token, clock=clock, dial=http)

    account.locate(BY_NAME)
    clock.now += seconds
    account.locate(BY_NAME)

    assert len(http.calls) == lookups


def test_a_name_is_looked_up_anew_where_that_is_asked(http: Wire) -> None:
    http.get(LIST, json=listed(OLD))
    http.get(LIST, json=listed(NEW))
    account = HuaweiAccount(token, clock=Clock(), dial=http)

    found = [account.locate(BY_NAME, anew=True), account.locate(BY_NAME), account.locate(BY_NAME, anew=True)]

    assert [one.server_group_id for one in found] == [OLD, OLD, NEW]
    assert account.locate(BY_NAME).server_group_id == NEW


@pytest.mark.parametrize("endpoint", [None, HOST], ids=["none", "the region's"])
def test_a_group_made_anew_under_its_name_is_found_whatever_endpoint_its_target_has(
    http: Wire, endpoint: str | None
) -> None:
    http.get(LIST, json=listed(OLD))
    http.get(LIST, json=listed(NEW))
    http.post(f"{LIST}/{OLD}/action", status=400, json=NOT_FOUND)
    http.post(f"{LIST}/{NEW}/action", json={"job_id": "j-1"})
    group = GroupRef("cn-north-4", PROJECT, None, "ERP", endpoint)

    assert HuaweiAccount(token, dial=http).stop(group, 5.0) == "j-1"


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["stop", "job"])
@pytest.mark.parametrize(
    ("of_project", "of_list", "asked"),
    [(6.0, 0.0, [f"GET {IAM}/v3/projects"]), (3.0, 3.0, [f"GET {IAM}/v3/projects", f"GET {LIST}"])],
)
def test_nothing_is_sent_once_finding_the_group_took_all_the_time(
    http: Wire, call: str, of_project: float, of_list: float, asked: list[str]
) -> None:
    clock = Clock()
    projects = {"projects": [{"id": PROJECT, "name": "cn-north-4"}]}
    http.add_callback("GET", f"{IAM}/v3/projects", slow(clock, of_project, 200, projects))
    http.add_callback("GET", LIST, slow(clock, of_list, 200, listed(OLD)))
    account = HuaweiAccount(token, clock=clock, dial=http)

    with pytest.raises(NotSentError, match="out of time"):
        account.stop(ANYWHERE, 5.0) if call == "stop" else account.job(ANYWHERE, "j-1", 5.0)

    assert sent(http) == asked


@pytest.mark.parametrize(
    ("of_stop", "of_list", "asked"),
    [
        (6.0, 0.0, [f"GET {LIST}", f"POST {LIST}/{OLD}/action"]),
        (3.0, 3.0, [f"GET {LIST}", f"POST {LIST}/{OLD}/action", f"GET {LIST}"]),
    ],
)
def test_a_group_that_moved_is_not_stopped_once_the_time_is_over(
    http: Wire, of_stop: float, of_list: float, asked: list[str]
) -> None:
    clock = Clock()
    http.get(LIST, json=listed(OLD))
    http.add_callback("GET", LIST, slow(clock, of_list, 200, listed(NEW)))
    http.add_callback("POST", f"{LIST}/{OLD}/action", slow(clock, of_stop, 400, NOT_FOUND))

    with pytest.raises(NotSentError, match="out of time"):
        HuaweiAccount(token, clock=clock, dial=http).stop(BY_NAME, 5.0)

    assert sent(http) == asked
