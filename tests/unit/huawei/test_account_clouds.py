"""Which cloud is called, and what of it the credential may do: nothing is sent to a host that is guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from standdown.core.operation import GroupRef
from standdown.huawei.account import HuaweiAccount
from standdown.sdrs import iam
from standdown.sdrs.credentials import Credentials, CredentialsError
from standdown.sdrs.endpoints import EndpointError
from standdown.sdrs.errors import ApiError, ProjectError
from support.http import Wire

PROJECT, SUB_PROJECT = "0605767a9980d5762f6bc00b8e0d2a8c", "1605767a9980d5762f6bc00b8e0d2a8c"
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
IAM, SDRS = "https://iam.eu-de.otc.t-systems.com", "https://sdrs.eu-de.otc.t-systems.com"
PASSWORD = json.dumps({"user": "u", "password": "p", "domain": "d"})
KEYS = json.dumps({"access_key": "AK", "secret_key": "SK"})
OTHERS = ["eu-west-101", "eu-west-0", "ru-moscow-1", "eu-ch2", "my-kualalumpur-1"]
FORBIDDEN = {"error": {"code": 403, "message": "You are not authorized to perform the requested action."}}


def holding(document: str, **places: str) -> HuaweiAccount:
    return HuaweiAccount(lambda *, force: document, **places)  # type: ignore[arg-type]  # noqa: ARG005 - no cache


def account(http: Wire, document: str = KEYS, **places: str) -> HuaweiAccount:
    made = holding(document, **places)
    made._dial = cast("Any", http)
    return made


@pytest.fixture
def http() -> Iterator[Wire]:
    iam._tokens.clear()
    yield Wire()
    iam._tokens.clear()


def asked(http: Wire) -> list[str]:
    return [f"{call.request.method} {call.request.url}" for call in http.calls]


@pytest.mark.parametrize("document", [PASSWORD, KEYS], ids=["password", "keys"])
@pytest.mark.parametrize("project", [None, PROJECT], ids=["no project", "project"])
@pytest.mark.parametrize("region", OTHERS)
def test_m02_another_operators_region_gets_neither_password_nor_key_at_a_guessed_host(
    http: Wire, region: str, project: str | None, document: str
) -> None:
    for place in (GroupRef(region, project, GROUP), GroupRef(region, project, None, "ERP")):
        with pytest.raises(EndpointError, match="set SdrsEndpoint and IamEndpoint"):
            account(http, document).stop(place, 5.0)

    assert http.calls == []


@pytest.mark.parametrize(
    "places", [{"endpoint": "https://sdrs.private.example"}, {"iam": "https://iam.private.example"}]
)
def test_m02_one_endpoint_of_two_is_not_enough_for_a_password(http: Wire, places: dict[str, str]) -> None:
    with pytest.raises(EndpointError, match="set SdrsEndpoint and IamEndpoint"):
        account(http, PASSWORD, **places).stop(GroupRef("my-kualalumpur-1", None, GROUP), 5.0)

    assert http.calls == []


def test_a_private_region_is_called_at_the_two_endpoints_that_are_given(http: Wire) -> None:
    http.post("https://iam.private.example/v3/auth/tokens", status=201, headers={"X-Subject-Token": "t"}, json={})
    named = {"projects": [{"id": PROJECT, "name": "my-kualalumpur-1"}]}
    http.get("https://iam.private.example/v3/projects", json=named)
    http.post(f"https://sdrs.private.example/v1/{PROJECT}/server-groups/{GROUP}/action", json={"job_id": "j-1"})
    places = {"endpoint": "https://sdrs.private.example", "iam": "https://iam.private.example"}

    assert account(http, PASSWORD, **places).stop(GroupRef("my-kualalumpur-1", None, GROUP), 5.0) == "j-1"


def test_keys_with_a_project_need_no_iam_at_a_private_region(http: Wire) -> None:
    http.post(f"https://sdrs.private.example/v1/{PROJECT}/server-groups/{GROUP}/action", json={"job_id": "j-1"})
    own = GroupRef("my-kualalumpur-1", PROJECT, GROUP, None, "https://sdrs.private.example")

    assert account(http).stop(own, 5.0) == "j-1"


# --- the project -----------------------------------------------------------------------------------------------------


def test_m04_a_credential_that_may_not_list_projects_finds_its_own(http: Wire) -> None:
    http.get(f"{IAM}/v3/projects", status=403, json=FORBIDDEN)
    own = [{"id": SUB_PROJECT, "name": "eu-de_erp"}, {"id": PROJECT, "name": "eu-de"}]
    http.get(f"{IAM}/v3/auth/projects", json={"projects": own})

    found = account(http).locate(GroupRef("eu-de", None, GROUP))

    assert found.project_id == PROJECT
    assert asked(http)[-1] == f"GET {IAM}/v3/auth/projects"


def test_m04_a_credential_that_may_not_list_its_own_projects_either_is_refused(http: Wire) -> None:
    for path in ("projects", "auth/projects"):
        http.get(f"{IAM}/v3/{path}", status=403, json=FORBIDDEN)

    with pytest.raises(ApiError) as caught:
        account(http).locate(GroupRef("eu-de", None, GROUP))

    assert (caught.value.service, caught.value.http_status) == ("IAM", 403)


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_only_a_missing_right_has_the_own_projects_listed(http: Wire, status: int) -> None:
    http.get(f"{IAM}/v3/projects", status=status)

    with pytest.raises(ApiError):
        account(http).locate(GroupRef("eu-de", None, GROUP))

    assert not [call for call in asked(http) if "/auth/" in call]


def test_a_sub_project_is_found_by_its_name_and_signed_in_to(http: Wire) -> None:
    http.post(f"{IAM}/v3/auth/tokens", status=201, headers={"X-Subject-Token": "t"}, json={})
    http.get(f"{IAM}/v3/projects", json={"projects": [{"id": SUB_PROJECT, "name": "eu-de_erp"}]})
    http.post(f"{SDRS}/v1/{SUB_PROJECT}/server-groups/{GROUP}/action", json={"job_id": "j-1"})
    group = GroupRef("eu-de", "eu-de_erp", GROUP)
    stack = account(http, PASSWORD)

    assert stack.stop(group, 5.0) == "j-1"
    assert stack.locate(group) == GroupRef("eu-de", SUB_PROJECT, GROUP)
    scope = json.loads(http.calls[0].request.body or b"{}")["auth"]["scope"]
    assert scope == {"project": {"name": "eu-de_erp"}}
    assert asked(http)[1] == f"GET {IAM}/v3/projects?name=eu-de_erp"


def test_a_sub_project_that_is_not_there_is_named(http: Wire) -> None:
    http.get(f"{IAM}/v3/projects", json={"projects": [{"id": PROJECT, "name": "eu-de"}]})

    with pytest.raises(ProjectError, match="'eu-de_erp'"):
        account(http).locate(GroupRef("eu-de", "eu-de_erp", GROUP))


def test_a_sub_projects_name_locks_nothing_and_is_no_other_project() -> None:
    named, located = GroupRef("eu-de", "eu-de_erp", GROUP), GroupRef("eu-de", SUB_PROJECT, GROUP)

    with pytest.raises(ValueError, match="locate it first"):
        named.key  # noqa: B018 - the property raises
    assert located.is_that_of(named)
    assert not named.complete


# --- the credential --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403])
def test_m05_a_token_that_sdrs_itself_rejects_is_renewed_once(http: Wire, status: int) -> None:
    http.post(f"{IAM}/v3/auth/tokens", status=201, headers={"X-Subject-Token": "old"}, json={})
    http.post(f"{IAM}/v3/auth/tokens", status=201, headers={"X-Subject-Token": "new"}, json={})
    stop = f"{SDRS}/v1/{PROJECT}/server-groups/{GROUP}/action"
    http.post(stop, status=status, json={"error": {"code": "SDRS.0002", "message": "Invalid token."}})
    http.post(stop, json={"job_id": "j-1"})

    assert account(http, PASSWORD).stop(GroupRef("eu-de", PROJECT, GROUP), 5.0) == "j-1"

    tokens = [call.request.headers.get("X-Auth-Token") for call in http.calls]
    assert tokens == [None, "old", None, "new"]


@pytest.mark.parametrize("key", ["project_id", "project", "project_name"])
def test_h06_a_project_in_the_secret_is_refused_with_the_place_where_it_belongs(key: str) -> None:
    with pytest.raises(CredentialsError, match="the project belongs into the target or HuaweiProjectId"):
        Credentials.from_json(json.dumps({"access_key": "AK", "secret_key": "SK", key: PROJECT}))
