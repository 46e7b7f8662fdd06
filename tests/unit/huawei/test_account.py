"""The way to Huawei Cloud: the credential and its rotation, names and projects looked up, one client per place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from standdown.core.operation import GroupRef
from standdown.huawei.account import GroupNameError, HuaweiAccount, SecretError
from standdown.sdrs.credentials import CredentialsError
from standdown.sdrs.errors import ApiError, NotSentError, ProjectError, SdrsError
from standdown.sdrs.models import GroupStatus
from support.http import Wire

PROJECT = "0605767a9980d5762f6bc00b8e0d2a8c"
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
REF = GroupRef("cn-north-4", PROJECT, GROUP)
SDRS = f"https://sdrs.cn-north-4.myhuaweicloud.com/v1/{PROJECT}"
STOP = f"{SDRS}/server-groups/{GROUP}/action"
PROJECTS = "https://iam.cn-north-4.myhuaweicloud.com/v3/projects"
TIME = 5.0


class Secret:
    """A secret whose document changes from read to read; not forced, it comes from a cache, as Powertools' does."""

    def __init__(self, *tokens: str, first: str | None = None) -> None:
        self.documents = [first] if first is not None else []
        self.documents += [json.dumps({"token": token}) for token in tokens]
        self.cached: str | None = None
        self.forced: list[bool] = []

    def __call__(self, *, force: bool) -> str:
        """Return the document."""
        self.forced.append(force)
        if force or self.cached is None:
            self.cached = self.documents.pop(0) if len(self.documents) > 1 else self.documents[0]
        return self.cached


@pytest.fixture
def http() -> Iterator[Wire]:
    http = Wire()
    yield http
    assert http.unused == []


def tokens(http: Wire) -> list[str | None]:
    return [call.request.headers.get("X-Auth-Token") for call in http.calls]


def listed(*groups: tuple[str, str]) -> dict[str, Any]:
    rows = [{"id": one, "name": name, "status": "protected"} for one, name in groups]
    return {"count": len(rows), "server_groups": rows}


def test_a_stop_is_one_post_and_gives_the_jobs_id(http: Wire) -> None:
    http.post(STOP, json={"job_id": "j-1"})

    assert HuaweiAccount(Secret("t-1"), dial=http).stop(REF, TIME) == "j-1"
    assert tokens(http) == ["t-1"]
    assert json.loads(http.calls[0].request.body or b"") == {"stop-server-group": {}}


def test_group_job_and_failed_tasks_are_read(http: Wire) -> None:
    http.get(f"{SDRS}/server-groups/{GROUP}", json={"server_group": {"id": GROUP, "status": "stopping"}})
    http.get(f"{SDRS}/jobs/j-1", json={"job_id": "j-1", "status": "RUNNING"})
    http.get(f"{SDRS}/task-center/failure-jobs", json={"count": 1, "failure_jobs": [{"job_id": "j-0"}]})
    huawei = HuaweiAccount(Secret("t-1"), dial=http)

    assert huawei.group(REF, TIME).status is GroupStatus.STOPPING
    assert huawei.job(REF, "j-1", TIME).raw_status == "RUNNING"
    assert [row.job_id for row in huawei.failure_jobs(REF, TIME)] == ["j-0"]


def test_the_secret_is_read_once_and_not_before_it_is_needed(http: Wire) -> None:
    http.post(STOP, json={"job_id": "j-1"})
    secret = Secret("t-1")
    huawei = HuaweiAccount(secret, dial=http)
    before = list(secret.forced)

    huawei.stop(REF, TIME)
    huawei.stop(REF, TIME)

    assert (before, secret.forced) == ([], [False])


def test_a_401_has_the_secret_read_anew_and_the_call_made_once_more(http: Wire) -> None:
    http.post(STOP, status=401, json={"error": {"code": "SDRS.0002", "message": "bad token"}})
    http.post(STOP, json={"job_id": "j-1"})
    secret = Secret("old", "new")

    assert HuaweiAccount(secret, dial=http).stop(REF, TIME) == "j-1"
    assert tokens(http) == ["old", "new"]
    assert secret.forced == [False, True]


@pytest.mark.parametrize("code", ["SDRS.0002", "APIGW.0307"])
@pytest.mark.parametrize("status", [400, 403])
def test_whatever_refuses_the_credential_has_the_secret_read_anew(http: Wire, status: int, code: str) -> None:
    http.post(STOP, status=status, json={"error": {"code": code, "message": "no"}})
    http.post(STOP, json={"job_id": "j-1"})
    secret = Secret("old", "new")

    assert HuaweiAccount(secret, dial=http).stop(REF, TIME) == "j-1"
    assert tokens(http) == ["old", "new"]


def test_a_refusal_under_a_status_that_leaves_open_whether_it_had_an_effect_is_not_repeated(http: Wire) -> None:
    http.post(STOP, status=500, json={"error": {"code": "SDRS.0002", "message": "bad token"}})

    with pytest.raises(ApiError):
        HuaweiAccount(Secret("old", "new"), dial=http).stop(REF, TIME)

    assert tokens(http) == ["old"]


def test_a_401_with_a_secret_that_has_not_changed_is_final(http: Wire) -> None:
    http.post(STOP, status=401)
    secret = Secret("old")

    with pytest.raises(ApiError) as caught:
        HuaweiAccount(secret, dial=http).stop(REF, TIME)

    assert caught.value.http_status == 401
    assert tokens(http) == ["old"]
    assert secret.forced == [False, True]


def test_a_second_401_is_final_and_nothing_loops(http: Wire) -> None:
    http.post(STOP, status=401)
    secret = Secret("old", "new", "newer")

    with pytest.raises(ApiError):
        HuaweiAccount(secret, dial=http).stop(REF, TIME)

    assert tokens(http) == ["old", "new"]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_no_other_answer_has_the_secret_read_anew(http: Wire, status: int) -> None:
    http.post(STOP, status=status)
    secret = Secret("old", "new")

    with pytest.raises(ApiError):
        HuaweiAccount(secret, dial=http).stop(REF, TIME)

    assert (tokens(http), secret.forced) == (["old"], [False])


def test_after_a_rotation_every_place_has_the_new_credential(http: Wire) -> None:
    elsewhere = "https://sdrs.example"
    other = GroupRef("cn-north-4", PROJECT, GROUP, endpoint=elsewhere)
    http.get(f"{SDRS}/server-groups/{GROUP}", json={"server_group": {"id": GROUP, "status": "stopping"}})
    http.get(f"{elsewhere}/v1/{PROJECT}/server-groups/{GROUP}", status=401)
    http.get(
        f"{elsewhere}/v1/{PROJECT}/server-groups/{GROUP}", json={"server_group": {"id": GROUP, "status": "stopping"}}
    )
    huawei = HuaweiAccount(Secret("old", "new"), dial=http)

    huawei.group(REF, TIME)
    huawei.group(other, TIME)
    huawei.group(REF, TIME)

    assert tokens(http) == ["old", "old", "new", "new"]


def test_a_secret_that_cannot_be_read_is_said_and_nothing_is_sent(http: Wire) -> None:
    def unreadable(*, force: bool) -> str:
        raise SecretError(f"not readable, {force}")

    with pytest.raises(SecretError):
        HuaweiAccount(unreadable, dial=http).stop(REF, TIME)

    assert len(http.calls) == 0


def test_a_secret_that_was_put_right_is_used_at_once_although_a_cache_holds_the_wrong_one(
    http: Wire,
) -> None:
    http.post(STOP, json={"job_id": "j-1"})
    secret = Secret("t-1", first="{")
    secret(force=False)

    assert HuaweiAccount(secret, dial=http).stop(REF, TIME) == "j-1"
    assert secret.forced == [False, False, True]


def test_a_process_that_saw_a_wrong_secret_twice_reads_the_right_one_at_the_next_call(
    http: Wire,
) -> None:
    http.post(STOP, json={"job_id": "j-1"})
    secret = Secret("t-1", first="{")
    secret.documents.insert(0, "[]")
    huawei = HuaweiAccount(secret, dial=http)

    with pytest.raises(CredentialsError):
        huawei.stop(REF, TIME)
    assert secret.forced == [False, True]

    assert huawei.stop(REF, TIME) == "j-1"
    assert secret.forced == [False, True, False, True]


@pytest.mark.parametrize("document", ["", "hunter2", "[]", "{}", '{"token": 5}', '{"password": "hunter2"}'])
def test_a_secret_that_holds_no_credential_is_said_without_showing_it(http: Wire, document: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        HuaweiAccount(lambda *, force: document if not force else "", dial=http).stop(REF, TIME)

    assert "hunter2" not in str(caught.value)
    assert len(http.calls) == 0


# --- names and projects ----------------------------------------------------------------------------------------------

BY_NAME = GroupRef("cn-north-4", PROJECT, server_group_name="ERP")


def test_a_name_is_looked_up_once(http: Wire) -> None:
    http.get(f"{SDRS}/server-groups", json=listed((GROUP, "ERP"), ("other", "ERP test")))
    http.post(STOP, json={"job_id": "j-1"})
    huawei = HuaweiAccount(Secret("t-1"), dial=http)

    assert huawei.stop(BY_NAME, TIME) == huawei.stop(BY_NAME, TIME) == "j-1"
    assert [call.request.method for call in http.calls] == ["GET", "POST", "POST"]
    assert huawei.locate(BY_NAME) == GroupRef("cn-north-4", PROJECT, GROUP, "ERP")


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ((), "no protection group is named 'ERP' in cn-north-4"),
        ((("g-1", "erp"), ("g-2", "ERP test")), "no protection group is named 'ERP'"),
        (
            (("g-1", "ERP"), ("g-2", "ERP")),
            "2 protection groups are named 'ERP': give server_group_id, one of g-1, g-2",
        ),
        (tuple((f"g-{n}", "ERP") for n in range(9)), "9 protection groups .* one of g-0, g-1, g-2, g-3, g-4$"),
    ],
)
def test_a_name_that_is_nobodys_or_several_groups_stops_nothing(
    http: Wire, groups: tuple[tuple[str, str], ...], problem: str
) -> None:
    http.get(f"{SDRS}/server-groups", json=listed(*groups))

    with pytest.raises(GroupNameError, match=problem):
        HuaweiAccount(Secret("t-1"), dial=http).stop(BY_NAME, TIME)

    assert [call.request.method for call in http.calls] == ["GET"]


def test_a_name_that_was_not_found_is_looked_for_again(http: Wire) -> None:
    http.get(f"{SDRS}/server-groups", json=listed())
    http.get(f"{SDRS}/server-groups", json=listed((GROUP, "ERP")))
    huawei = HuaweiAccount(Secret("t-1"), dial=http)

    with pytest.raises(GroupNameError):
        huawei.locate(BY_NAME)

    assert huawei.locate(BY_NAME).server_group_id == GROUP


def test_a_project_is_looked_up_once_by_its_region(http: Wire) -> None:
    http.get(PROJECTS, json={"projects": [{"id": PROJECT, "name": "cn-north-4", "enabled": True}]})
    http.post(STOP, json={"job_id": "j-1"})
    huawei = HuaweiAccount(Secret("t-1"), dial=http)
    ref = GroupRef("cn-north-4", None, GROUP)

    assert huawei.stop(ref, TIME) == huawei.stop(ref, TIME) == "j-1"
    assert [call.request.method for call in http.calls] == ["GET", "POST", "POST"]


def test_a_401_by_iam_has_the_secret_read_anew_too(http: Wire) -> None:
    http.get(PROJECTS, status=401)
    http.get(PROJECTS, json={"projects": [{"id": PROJECT, "name": "cn-north-4"}]})

    found = HuaweiAccount(Secret("old", "new"), dial=http).locate(GroupRef("cn-north-4", None, GROUP))

    assert found.project_id == PROJECT
    assert tokens(http) == ["old", "new"]


@pytest.mark.parametrize(
    "projects", [[], [{"id": "a" * 32, "name": "cn-north-4"}, {"id": "b" * 32, "name": "cn-north-4"}]]
)
def test_a_region_without_one_project_of_its_own_stops_nothing(http: Wire, projects: list[dict[str, str]]) -> None:
    http.get(PROJECTS, json={"projects": projects})

    with pytest.raises(ProjectError, match="give the project id"):
        HuaweiAccount(Secret("t-1"), dial=http).stop(GroupRef("cn-north-4", None, GROUP), TIME)

    assert [call.request.method for call in http.calls] == ["GET"]


def test_one_stop_makes_at_most_two_requests_for_each_of_its_steps(http: Wire) -> None:
    http.get(PROJECTS, status=401)
    http.get(PROJECTS, json={"projects": [{"id": PROJECT, "name": "cn-north-4"}]})
    http.get(f"{SDRS}/server-groups", status=401)
    http.get(f"{SDRS}/server-groups", json=listed((GROUP, "ERP")))
    http.post(STOP, status=401)
    http.post(STOP, status=401)
    secret = Secret(*(f"t-{n}" for n in range(9)))

    with pytest.raises(ApiError):
        HuaweiAccount(secret, dial=http).stop(GroupRef("cn-north-4", None, server_group_name="ERP"), TIME)

    assert [call.request.method for call in http.calls] == ["GET"] * 4 + ["POST"] * 2
    assert tokens(http) == ["t-0", "t-1", "t-1", "t-2", "t-2", "t-3"]


# --- places ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "of_target", "host"),
    [
        (None, None, "https://sdrs.cn-north-4.myhuaweicloud.com"),
        ("https://sdrs.stack.example", None, "https://sdrs.stack.example"),
        ("https://sdrs.stack.example", "https://sdrs.target.example", "https://sdrs.target.example"),
    ],
)
def test_the_targets_endpoint_goes_before_the_stacks_and_that_before_the_regions(
    http: Wire, endpoint: str | None, of_target: str | None, host: str
) -> None:
    http.post(f"{host}/v1/{PROJECT}/server-groups/{GROUP}/action", json={"job_id": "j-1"})

    stopped = HuaweiAccount(Secret("t-1"), endpoint=endpoint, dial=http).stop(
        GroupRef("cn-north-4", PROJECT, GROUP, None, of_target), TIME
    )

    assert stopped == "j-1"


def test_the_stacks_iam_is_asked_for_the_project(http: Wire) -> None:
    http.get("https://iam.example/v3/projects", json={"projects": [{"id": PROJECT, "name": "cn-north-4"}]})

    found = HuaweiAccount(Secret("t-1"), iam="https://iam.example", dial=http).locate(
        GroupRef("cn-north-4", None, GROUP)
    )

    assert found.project_id == PROJECT


@pytest.mark.parametrize("call", ["stop", "group", "failure_jobs"])
def test_a_call_without_time_is_not_sent(http: Wire, call: str) -> None:
    with pytest.raises(SdrsError) as caught:
        getattr(HuaweiAccount(Secret("t-1"), dial=http), call)(REF, 0.0)

    assert isinstance(caught.value, NotSentError)
    assert len(http.calls) == 0
