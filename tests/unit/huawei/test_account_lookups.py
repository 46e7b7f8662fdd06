"""Looking up a project and a name takes no more time than the call has; a place that cannot be one is an outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from standdown.action.attempt import Attempt
from standdown.action.dry_run import rehearse
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Source, StopRequest
from standdown.follow.look import see
from standdown.follow.watch_state import WatchState
from standdown.huawei.account import GroupNameError, HuaweiAccount
from standdown.sdrs import iam
from standdown.sdrs.endpoints import EndpointError
from standdown.sdrs.errors import ApiError, NotSentError
from support.accounts import Clock, password, token
from support.http import Sent, Wire

PROJECT = "0605767a9980d5762f6bc00b8e0d2a8c"
OLD, NEW = "40df180b-9fe2-471a-8c64-1b758dc84189", "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02"
SDRS = f"https://sdrs.cn-north-4.myhuaweicloud.com/v1/{PROJECT}"
LIST = f"{SDRS}/server-groups"
PROJECTS = "https://iam.cn-north-4.myhuaweicloud.com/v3/projects"
TOKENS = "https://iam.cn-north-4.myhuaweicloud.com/v3/auth/tokens"
BY_NAME = GroupRef("cn-north-4", PROJECT, server_group_name="ERP")
ANYWHERE = GroupRef("cn-north-4", None, server_group_name="ERP")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REQUEST = StopRequest("d-1", Source.QUEUE, NOW, "erp-prod")
NOT_FOUND = {"error": {"code": "SDRS.1013", "message": "no such group"}}


@pytest.fixture
def http() -> Iterator[Wire]:
    iam._tokens.clear()
    yield Wire()
    iam._tokens.clear()


def paths(http: Wire) -> list[str]:
    return [f"{call.request.method} {str(call.request.path_url).partition('?')[0]}" for call in http.calls]


def slow(http: Wire, clock: Clock, url: str, seconds: float, answer: dict[str, Any]) -> None:
    def pass_time(_: Sent) -> tuple[int, dict[str, str], str]:
        clock.now += seconds
        return 200, {}, json.dumps(answer)

    http.add_callback("GET", url, pass_time)


def test_a_stop_is_not_sent_once_looking_up_its_group_took_all_the_time(http: Wire) -> None:
    clock = Clock()
    slow(http, clock, PROJECTS, 3.0, {"projects": [{"id": PROJECT, "name": "cn-north-4"}]})
    slow(http, clock, LIST, 3.0, {"count": 1, "server_groups": [{"id": OLD, "name": "ERP"}]})

    with pytest.raises(NotSentError, match="out of time"):
        HuaweiAccount(token, clock=clock, dial=http).stop(ANYWHERE, 5.0)

    assert paths(http) == ["GET /v3/projects", f"GET /v1/{PROJECT}/server-groups"]


def test_the_list_is_not_asked_for_once_the_project_took_all_the_time(http: Wire) -> None:
    clock = Clock()
    slow(http, clock, PROJECTS, 6.0, {"projects": [{"id": PROJECT, "name": "cn-north-4"}]})

    with pytest.raises(NotSentError, match="out of time"):
        HuaweiAccount(token, clock=clock, dial=http).locate(ANYWHERE, 5.0)

    assert paths(http) == ["GET /v3/projects"]


def test_a_lookup_without_time_asks_nobody_and_signs_in_nowhere(http: Wire) -> None:
    for secret in (token, password):
        with pytest.raises(Exception, match="out of time") as caught:
            HuaweiAccount(secret, dial=http).locate(ANYWHERE, 0.0)

        assert getattr(caught.value, "sent", None) == "no"
    assert len(http.calls) == 0


def test_a_revoked_token_is_renewed_once_while_the_project_is_looked_up(http: Wire) -> None:
    http.post(TOKENS, status=201, headers={"X-Subject-Token": "t-1"}, json={})
    http.post(TOKENS, status=201, headers={"X-Subject-Token": "t-2"}, json={})
    http.get(PROJECTS, status=401)
    http.get(PROJECTS, json={"projects": [{"id": PROJECT, "name": "cn-north-4"}]})

    found = HuaweiAccount(password, dial=http).locate(GroupRef("cn-north-4", None, OLD))

    sent = [call.request.headers["X-Auth-Token"] for call in http.calls if "projects" in str(call.request.url)]
    assert (found.project_id, sent) == (PROJECT, ["t-1", "t-2"])


def test_a_group_made_anew_under_its_old_name_is_found_and_stopped(http: Wire) -> None:
    http.get(LIST, json={"count": 1, "server_groups": [{"id": OLD, "name": "ERP"}]})
    http.get(LIST, json={"count": 1, "server_groups": [{"id": NEW, "name": "ERP"}]})
    http.post(f"{LIST}/{OLD}/action", status=400, json=NOT_FOUND)
    http.post(f"{LIST}/{NEW}/action", json={"job_id": "j-1"})

    assert HuaweiAccount(token, dial=http).stop(BY_NAME, 5.0) == "j-1"


@pytest.mark.parametrize(
    ("listed", "error"), [([{"id": OLD, "name": "ERP"}], ApiError), ([], GroupNameError)], ids=["same", "gone"]
)
def test_a_group_that_is_gone_for_good_is_not_asked_for_twice(
    http: Wire, listed: list[dict[str, str]], error: type[Exception]
) -> None:
    http.get(LIST, json={"count": 1, "server_groups": [{"id": OLD, "name": "ERP"}]})
    http.get(LIST, json={"count": len(listed), "server_groups": listed})
    http.post(f"{LIST}/{OLD}/action", status=400, json=NOT_FOUND)

    with pytest.raises(error):
        HuaweiAccount(token, dial=http).stop(BY_NAME, 5.0)

    assert sum(call.request.method == "POST" for call in http.calls) == 1


def test_several_groups_of_one_name_are_named_as_candidates(http: Wire) -> None:
    http.get(LIST, json={"count": 2, "server_groups": [{"id": OLD, "name": "ERP"}, {"id": NEW, "name": "ERP"}]})

    with pytest.raises(GroupNameError) as caught:
        HuaweiAccount(token, dial=http).locate(BY_NAME)

    assert caught.value.candidates == (OLD, NEW)


# --- places that cannot be one ---------------------------------------------------------------------------------------

NOWHERE = (
    (GroupRef("cn-north-4", PROJECT, OLD, None, "http://plain.example"), None),
    (GroupRef("nowhere", PROJECT, OLD), None),
    (GroupRef("cn-north-4", None, OLD), "https://iam.example/v3"),
)


def operation(group: GroupRef, lock: str | None = "l") -> Operation:
    return Operation("a" * 32, REQUEST, NOW, target="erp-prod", group=group, lock=lock, job_id="j-1")


@pytest.mark.parametrize(("group", "iam_url"), NOWHERE)
def test_a_place_that_cannot_be_one_is_said_before_anything_is_sent(
    http: Wire, group: GroupRef, iam_url: str | None
) -> None:
    with pytest.raises(EndpointError):
        HuaweiAccount(token, iam=iam_url, dial=http).stop(group, 5.0)

    assert len(http.calls) == 0


@pytest.mark.parametrize(("group", "iam_url"), NOWHERE)
@pytest.mark.parametrize(("maybe_sent", "result"), [(False, Result.FAILED), (True, Result.UNKNOWN)])
def test_a_stop_for_no_place_ends_with_a_sentence(
    http: Wire, group: GroupRef, iam_url: str | None, maybe_sent: bool, result: Result
) -> None:
    issue = Attempt(HuaweiAccount(token, iam=iam_url, dial=http), lambda: NOW, lambda: 60.0)

    outcome = issue.run(operation(group), maybe_sent=maybe_sent)

    assert isinstance(outcome, Outcome)
    assert outcome.result is result
    assert "Huawei Cloud cannot be called: " in outcome.detail


@pytest.mark.parametrize(("group", "iam_url"), NOWHERE)
def test_a_dry_run_for_no_place_says_that_a_stop_could_not_be_sent(
    http: Wire, group: GroupRef, iam_url: str | None
) -> None:
    outcome = rehearse(
        operation(group, lock=None), HuaweiAccount(token, iam=iam_url, dial=http), lambda: NOW, lambda: 5.0
    )

    assert outcome.result is Result.FAILED
    assert outcome.detail.startswith("Dry run: a stop could not be sent: ")


@pytest.mark.parametrize(("group", "iam_url"), NOWHERE)
def test_a_look_at_no_place_is_trouble_and_no_end(http: Wire, group: GroupRef, iam_url: str | None) -> None:
    sight = see(operation(group), WatchState("a" * 32), HuaweiAccount(token, iam=iam_url, dial=http))

    assert sight.trouble is not None
    assert not sight.gone


def test_a_name_that_moved_to_another_group_stops_that_one_and_not_the_one_that_had_it(
    http: Wire,
) -> None:
    clock = Clock()
    named = {"id": OLD}
    http.add_callback(
        "GET", LIST, lambda _: (200, {}, json.dumps({"count": 1, "server_groups": [{**named, "name": "ERP"}]}))
    )
    for one in (OLD, NEW):
        http.post(f"{LIST}/{one}/action", json={"job_id": f"job-of-{one}"})
    huawei = HuaweiAccount(token, clock=clock, dial=http)
    first = huawei.stop(BY_NAME, 5.0)

    named["id"] = NEW
    clock.now += 31
    second = huawei.stop(BY_NAME, 5.0)

    assert (first, second) == (f"job-of-{OLD}", f"job-of-{NEW}")
