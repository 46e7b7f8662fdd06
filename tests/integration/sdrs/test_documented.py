"""The simulator against what is documented, field by field, and its switches for what is documented nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from simulator import SdrsService
from simulator import defaults as sim
from simulator.clock import Clock

GROUP, PAIRLESS = sim.ERP_PROD, "9e50b042-73a6-414f-9e9b-639fae435f06"
ROOT = f"/v1/{sim.PROJECT_ID}"
Call = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> SdrsService:
    made = SdrsService(clock)
    made.identity.tokens["ready"] = float("inf")
    return made


@pytest.fixture
def call(service: SdrsService) -> Call:
    def made(method: str, path: str, body: Any = None, token: str = "ready") -> tuple[int, dict[str, Any]]:
        path, _, query = path.partition("?")
        sent = json.dumps(body).encode() if body is not None else b""
        reply = service.handle(method, path, query, {"X-Auth-Token": token, "Host": "iam.example"}, sent)
        return reply.status, json.loads(reply.body)

    return made


def act(call: Call, word: str, **values: str) -> tuple[int, dict[str, Any]]:
    return call("POST", f"{ROOT}/server-groups/{GROUP}/action", {f"{word}-server-group": values})


def group(call: Call) -> dict[str, Any]:
    return dict(call("GET", f"{ROOT}/server-groups/{GROUP}")[1]["server_group"])


@pytest.mark.parametrize(
    ("word", "values", "status", "meanwhile", "after", "job_type", "station"),
    [
        ("stop", {}, "protected", "stopping", "available", "stop", "source"),
        ("start", {}, "available", "starting", "protected", "start", "source"),
        ("start", {}, "failed-over", "reprotecting", "protected", "reprotect", "source"),
        ("failover", {}, "protected", "failing-over", "failed-over", "failover", "target"),
        ("reverse", {"priority_station": "target"}, "protected", "reversing", "protected", "reverse", "target"),
    ],
)
def test_each_action_has_its_job_its_statuses_and_its_site(
    service: SdrsService, clock: Clock, call: Call, word: str, values: dict[str, str], status: str, meanwhile: str,
    after: str, job_type: str, station: str,
) -> None:  # fmt: skip
    service.put_group({"id": GROUP, "status": status})

    code, answer = act(call, word, **values)
    during = group(call)
    clock.sleep(60)
    _, job = call("GET", f"{ROOT}/jobs/{answer['job_id']}")

    assert (code, during["status"], during["priority_station"]) == (200, meanwhile, "source")
    assert (job["status"], job["job_type"]) == ("SUCCESS", f"{job_type}ProtectionGroupNoCG")
    assert (group(call)["status"], group(call)["priority_station"]) == (after, station)
    assert [one.endpoint for one in service.calls if one.method == "POST"] == [word]


def test_a_reversal_says_where_production_is_to_run(call: Call) -> None:
    assert act(call, "reverse")[0] == act(call, "reverse", priority_station="both")[0] == 400


def test_a_fault_meant_for_stops_strikes_no_other_action(service: SdrsService, call: Call) -> None:
    service.faults.add([{"endpoint": "stop", "status": 503}])

    assert act(call, "failover")[0] == 200
    assert act(call, "stop")[0] == 503


@pytest.mark.parametrize(("status", "word"), [("failed-over", "reprotect"), ("protected", "stop")])
def test_a_failed_task_is_listed_by_its_action_and_its_pairs(
    service: SdrsService, clock: Clock, call: Call, status: str, word: str
) -> None:
    service.world.plan = service.world.plan.changed(ending="fail")
    service.put_group({"id": GROUP, "status": status})
    act(call, "start" if word == "reprotect" else "stop")
    clock.sleep(60)

    _, answer = call("GET", f"{ROOT}/task-center/failure-jobs?failure_status={word}Fail&resource_type=replications")

    assert [row["job_type"] for row in answer["failure_jobs"]] == [f"{word}ProtectionGroupNoCG"]
    assert group(call)["status"] == f"error-{word}ping".replace("reprotectping", "reprotecting")


def test_a_group_has_its_times_without_a_zone_and_no_description(call: Call) -> None:
    shown = group(call)

    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", shown["created_at"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", shown["updated_at"])
    assert shown["description"] is None


def test_progress_is_that_of_the_synchronisation_and_none_once_protection_is_off(clock: Clock, call: Call) -> None:
    seen = [group(call)["progress"]]
    act(call, "stop")
    clock.sleep(60)
    seen.append(group(call)["progress"])
    act(call, "start")
    clock.sleep(4)
    seen.append(group(call)["progress"])
    clock.sleep(60)
    seen.append(group(call)["progress"])

    assert (seen[0], seen[1], seen[3]) == (100, 0, 100)
    assert 0 < seen[2] < 100


def test_a_jobs_children_name_the_group_and_their_pairs_only_where_that_is_asked_for(
    service: SdrsService, clock: Clock, call: Call
) -> None:
    keys = []
    for named in (False, True):
        service.world.plan = service.world.plan.changed(children_name_pairs=named)
        service.put_group({"id": GROUP, "status": "protected"})
        _, answer = act(call, "stop")
        clock.sleep(60)
        _, job = call("GET", f"{ROOT}/jobs/{answer['job_id']}")
        keys.append({tuple(child["entities"]) for child in job["entities"]["sub_jobs"]})

    assert keys == [
        {("server_group_id",)}, {("server_group_id", "replication_pair_id", "protected_instance_id")}
    ]  # fmt: skip


def ids(call: Call, query: str) -> list[str]:
    return [row["id"] for row in call("GET", f"{ROOT}/server-groups?{query}")[1]["server_groups"]]


def test_groups_are_found_by_the_site_where_production_is_now(service: SdrsService, call: Call) -> None:
    service.put_group({"id": GROUP, "priority_station": "target"})

    assert GROUP not in ids(call, "availability_zone=cn-north-4a")
    assert ids(call, "availability_zone=cn-north-4b") == [GROUP]


def test_groups_without_a_drill_are_found(service: SdrsService, call: Call) -> None:
    service.put_group({"id": GROUP, "disaster_recovery_drill_num": 1})

    found = ids(call, "query_type=period_no_dr_drill")

    assert (GROUP in found, PAIRLESS in found) == (False, True)


def test_pages_may_be_turned_by_a_marker(call: Call) -> None:
    whole = ids(call, "limit=1000")

    assert ids(call, f"limit=2&marker={whole[1]}") == whole[2:4]
    assert ids(call, f"limit=2&marker={whole[-1]}") == []


@pytest.mark.parametrize(
    ("said", "status", "code"), [("404", 404, 404), ("400", 400, 400), ("SDRS.0408", 500, "SDRS.0408")]
)
def test_what_an_unknown_job_gets_is_a_switch(
    service: SdrsService, call: Call, said: str, status: int, code: Any
) -> None:
    service.world.unknown_job = said

    found, body = call("GET", f"{ROOT}/jobs/{'f' * 32}")

    assert found == status
    assert next(iter(body.values()))["code"] == code


def test_a_401_is_the_gateways_or_that_of_sdrs(service: SdrsService, call: Call) -> None:
    bodies = []
    for shape in ("gateway", "sdrs"):
        service.identity.refusal = shape
        status, body = call("GET", f"{ROOT}/server-groups", token="unknown")
        assert status == 401
        bodies.append(body)

    assert bodies[0]["error_code"] == "APIGW.0301"
    assert bodies[1]["error"]["code"] == "SDRS.0002"


def login(scope: dict[str, Any]) -> dict[str, Any]:
    user = {"name": sim.USER, "password": sim.PASSWORD, "domain": {"name": sim.DOMAIN}}
    return {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"project": {"name": sim.REGION}}, 201), ({"project": {"id": sim.PROJECT_ID}}, 201),
        ({"domain": {"name": sim.DOMAIN}}, 201), ({"project": {"name": f"{sim.REGION}_erp"}}, 201),
        ({"domain": {"name": "another"}}, 401), ({"project": {"name": "another"}}, 401), ({}, 400),
        ({"project": "x"}, 400),
    ],
)  # fmt: skip
def test_iam_signs_in_to_a_project_a_sub_project_and_a_domain(
    service: SdrsService, call: Call, scope: dict[str, Any], status: int
) -> None:
    service.identity.sub_projects[f"{sim.REGION}_erp"] = "1" * 32

    code, body = call("POST", "/v3/auth/tokens", login(scope))

    assert code == status
    assert ("token" in body) is (status == 201)


def test_iam_names_its_version_and_where_the_services_are(call: Call) -> None:
    _, version = call("GET", "/v3")
    _, token = call("POST", "/v3/auth/tokens", login({"project": {"name": sim.REGION}}))
    _, catalog = call("GET", "/v3/auth/catalog")

    assert version["version"]["links"][0]["href"] == "http://iam.example/v3/"
    assert catalog["catalog"] == token["token"]["catalog"]
    urls = {row["type"]: row["endpoints"][0]["url"] for row in catalog["catalog"]}
    assert urls["sdrs"] == f"http://iam.example/v1/{sim.PROJECT_ID}"


def test_who_may_not_list_projects_still_sees_its_own(service: SdrsService, call: Call) -> None:
    service.identity.may_list_projects = False

    assert call("GET", f"/v3/projects?name={sim.REGION}")[0] == 403
    assert sim.PROJECT_ID in [row["id"] for row in call("GET", "/v3/auth/projects")[1]["projects"]]
