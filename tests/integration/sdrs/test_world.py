"""The simulated service as a state machine, under a clock of its own and with no socket."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import SdrsService
from simulator import defaults as sim
from simulator.adapter import SimulatorDial
from simulator.clock import Clock
from simulator.scenarios import Plan
from simulator.world import STATUSES
from standdown.sdrs.auth import AkSkAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError, NotSentError, SdrsError, UnclearError
from standdown.sdrs.models import GroupStatus, JobStatus

GROUP = sim.ERP_PROD
ORDER = [JobStatus.INIT, JobStatus.RUNNING, JobStatus.SUCCESS, JobStatus.FAIL]


def plugged(service: SdrsService, clock: Clock) -> SdrsClient:
    auth = AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY, clock=clock)
    return SdrsClient(
        "https://sdrs.example", sim.PROJECT_ID, auth, dial=SimulatorDial(service, clock.sleep), clock=clock
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make(clock: Clock, **settings: Any) -> tuple[SdrsService, SdrsClient]:
    service = SdrsService(clock, **settings)
    return service, plugged(service, clock)


def test_a_stop_runs_from_init_to_success_and_the_group_follows(clock: Clock) -> None:
    _, client = make(clock, plan=Plan(job_seconds=8, init_seconds=2, settle_seconds=3))
    job_id = client.stop_protection(GROUP)
    seen = []

    for _ in range(15):
        job, group = client.get_job(job_id), client.get_protection_group(GROUP)
        seen.append((job.raw_status, group.raw_status, [child.raw_status for child in job.sub_jobs]))
        clock.sleep(1)

    assert seen[0] == seen[1] == ("INIT", "stopping", [])
    assert seen[2] == ("RUNNING", "stopping", ["RUNNING", "RUNNING"])
    assert seen[6] == ("RUNNING", "stopping", ["SUCCESS", "RUNNING"])
    assert seen[10] == seen[12] == ("SUCCESS", "stopping", ["SUCCESS", "SUCCESS"])
    assert seen[13] == ("SUCCESS", "available", ["SUCCESS", "SUCCESS"])


def test_a_failed_job_leaves_error_stopping_which_may_be_stopped_again(clock: Clock) -> None:
    service, client = make(clock, plan=Plan(ending="fail", children_name_pairs=True))
    job_id = client.stop_protection(GROUP)
    clock.sleep(60)

    (failed,) = client.get_job(job_id).failed_sub_jobs
    assert (failed.error_code, failed.server_group_id) == ("SDRS.0011", GROUP)
    assert '{"badRequest": {' in (failed.fail_reason or "")
    assert client.get_protection_group(GROUP).status is GroupStatus.ERROR_STOPPING
    assert client.list_failure_jobs(GROUP)[0].resource_id == failed.entities.replication_id

    service.world.plan = Plan()
    client.stop_protection(GROUP)
    clock.sleep(60)

    assert client.get_protection_group(GROUP).status is GroupStatus.AVAILABLE


@pytest.mark.parametrize("status", STATUSES)
def test_a_stop_is_taken_in_two_statuses_and_refused_in_fifteen(clock: Clock, status: str) -> None:
    _, client = make(clock, groups=[{"id": GROUP, "name": "erp", "status": status}])
    group = client.get_protection_group(GROUP)

    try:
        client.stop_protection(GROUP)
        said = None
    except ApiError as error:
        said = (error.http_status, error.code)

    assert group.raw_status == status
    assert said == (None if group.status.stoppable else (400, "SDRS.1002"))


@pytest.mark.parametrize(
    ("scenario", "seen_job", "seen_group"),
    [
        ("normal", JobStatus.SUCCESS, GroupStatus.AVAILABLE),
        ("slow", JobStatus.SUCCESS, GroupStatus.AVAILABLE),
        ("job-fails", JobStatus.FAIL, GroupStatus.ERROR_STOPPING),
        ("job-fails-silently", JobStatus.FAIL, GroupStatus.ERROR_STOPPING),
        ("stuck", JobStatus.RUNNING, GroupStatus.STOPPING),
        ("late-group", JobStatus.SUCCESS, GroupStatus.AVAILABLE),
    ],
)
def test_each_scenario_ends_as_named(clock: Clock, scenario: str, seen_job: JobStatus, seen_group: GroupStatus) -> None:
    _, client = make(clock, scenario=scenario)
    job_id = client.stop_protection(GROUP)

    clock.sleep(3600)

    assert client.get_job(job_id).status is seen_job
    assert client.get_protection_group(GROUP).status is seen_group


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [
        ("already-stopped", 400, "SDRS.1002"),
        ("wrong-state", 400, "SDRS.1002"),
        ("stopping", 400, "SDRS.1002"),
        ("synchronizing", 400, "SDRS.1830"),
        ("throttled", 429, "APIGW.0308"),
        ("unauthorized", 401, "APIGW.0301"),
    ],
)
def test_each_refusing_scenario_refuses_as_named(clock: Clock, scenario: str, status: int, code: str) -> None:
    _, client = make(clock, scenario=scenario)

    with pytest.raises(ApiError) as caught:
        client.stop_protection(GROUP)

    assert (caught.value.http_status, caught.value.code) == (status, code)


def test_synchronizing_passes_and_a_forgotten_job_is_gone(clock: Clock) -> None:
    _, waiting = make(clock, scenario="synchronizing")
    with pytest.raises(ApiError):
        waiting.stop_protection(GROUP)
    clock.sleep(9)
    assert waiting.stop_protection(GROUP)

    _, client = make(clock, scenario="forgotten")
    job_id = client.stop_protection(GROUP)
    clock.sleep(5)
    with pytest.raises(ApiError) as caught:
        client.get_job(job_id)
    assert caught.value.http_status == 404


@pytest.mark.parametrize(
    ("fault", "wanted", "status"),
    [
        ({"kind": "reset"}, UnclearError, "protected"),
        ({"kind": "reset", "when": "after"}, UnclearError, "stopping"),
        ({"kind": "refuse"}, NotSentError, "protected"),
        ({"kind": "hang", "seconds": 30}, UnclearError, "protected"),
        ({"kind": "hang", "seconds": 30, "when": "after"}, UnclearError, "stopping"),
        ({"status": 503}, ApiError, "protected"),
        ({"status": 502, "when": "after"}, ApiError, "stopping"),
        ({"status": 200, "body": "{}", "when": "after"}, UnclearError, "stopping"),
        ({"status": 200, "body": "<html>", "when": "before"}, UnclearError, "protected"),
    ],
)
def test_a_fault_strikes_before_or_after_the_stop_took_effect(
    clock: Clock, fault: dict[str, Any], wanted: type[SdrsError], status: str
) -> None:
    service, client = make(clock)
    service.faults.add([{"endpoint": "stop", "count": 1, **fault}])

    with pytest.raises(wanted):
        client.stop_protection(GROUP)

    assert client.get_protection_group(GROUP).raw_status == status
    assert [call.endpoint for call in service.calls] == ["stop", "get-group"]


def test_a_skewed_clock_is_refused_and_a_small_skew_is_not(clock: Clock) -> None:
    service, client = make(clock)

    service.identity.skew = 890
    assert client.get_protection_group(GROUP).id == GROUP

    service.identity.skew = -910
    with pytest.raises(ApiError, match="expired"):
        client.get_protection_group(GROUP)


@pytest.mark.parametrize(
    ("status", "after", "job_type"),
    [
        ("starting", "protected", "startProtectionGroupNoCG"),
        ("reprotecting", "protected", "reprotectProtectionGroupNoCG"),
        ("reversing", "protected", "reverseProtectionGroupNoCG"),
        ("failing-over", "failed-over", "failoverProtectionGroupNoCG"),
    ],
)
def test_a_group_that_somebody_changes_takes_no_stop_until_that_has_ended(
    clock: Clock, status: str, after: str, job_type: str
) -> None:
    service, client = make(clock, groups=[{"id": GROUP, "name": "erp", "status": status, "lasts": 30}])
    clock.sleep(29)

    with pytest.raises(ApiError):
        client.stop_protection(GROUP)
    (job,) = service.world.jobs
    assert client.get_job(job).job_type == job_type
    assert client.get_protection_group(GROUP).raw_status == status

    clock.sleep(1)

    assert client.get_protection_group(GROUP).raw_status == after
