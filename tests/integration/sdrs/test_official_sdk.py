"""Huawei Cloud's own SDK drives the simulator, and our client sees the same through the same server."""

from __future__ import annotations

import time
from operator import attrgetter
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdksdrs.v1 import (
    ListApiVersionsRequest,
    ListFailureJobsRequest,
    ListProtectionGroupsRequest,
    ListReplicationsRequest,
    SdrsClient,
    ShowJobStatusRequest,
    ShowProtectionGroupRequest,
    ShowSpecifiedApiVersionRequest,
    StartProtectionGroupRequest,
    StartProtectionGroupRequestBody,
    StopProtectionGroupRequest,
    StopProtectionGroupRequestBody,
)

from simulator import Simulator
from simulator import defaults as sim
from simulator.identity import Key
from standdown.sdrs import client as ours
from standdown.sdrs.auth import AkSkAuth
from standdown.sdrs.fields import moment
from standdown.sdrs.models import Job

# The SDK still calls what Python 3.12 and newer warn of.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

GROUP = sim.ERP_PROD


def official(
    simulator: Simulator, key: str = sim.ACCESS_KEY, secret: str = sim.SECRET_KEY, token: str | None = None
) -> Any:
    credentials = BasicCredentials(key, secret, sim.PROJECT_ID)
    if token:
        credentials = credentials.with_security_token(token)
    return SdrsClient.new_builder().with_credentials(credentials).with_endpoints([simulator.url]).build()


def stop(client: Any) -> str:
    body = StopProtectionGroupRequestBody(stop_server_group={})
    return str(client.stop_protection_group(StopProtectionGroupRequest(GROUP, body)).job_id)


def until_ended(client: Any, job_id: str) -> Any:
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        job = client.show_job_status(ShowJobStatusRequest(job_id))
        if job.status in ("SUCCESS", "FAIL"):
            return job
        time.sleep(0.05)
    raise AssertionError("the job did not end")


def status(client: Any) -> str:
    return str(client.show_protection_group(ShowProtectionGroupRequest(GROUP)).server_group.status)


def test_the_official_client_stops_a_group_and_starts_it_again(simulator: Simulator) -> None:
    client = official(simulator)
    assert status(client) == "protected"

    stopped = until_ended(client, stop(client))

    assert (stopped.status, stopped.job_type) == ("SUCCESS", "stopProtectionGroupNoCG")
    assert [child.job_type for child in stopped.entities.sub_jobs] == ["stopProtectionGroupRepNoCG"] * 2
    assert status(client) == "available"

    body = StartProtectionGroupRequestBody(start_server_group={})
    started = client.start_protection_group(StartProtectionGroupRequest(GROUP, body))

    assert until_ended(client, started.job_id).status == "SUCCESS"
    assert status(client) == "protected"


def test_the_official_client_gets_401_with_a_wrong_secret_or_key(simulator: Simulator) -> None:
    for key, secret in ((sim.ACCESS_KEY, "wrong"), ("UNKNOWN", sim.SECRET_KEY)):
        with pytest.raises(ClientRequestException) as caught:
            status(official(simulator, key, secret))

        assert (caught.value.status_code, caught.value.error_code) == (401, "APIGW.0301")
        assert caught.value.request_id


def test_the_official_client_works_with_temporary_keys_and_not_without_their_token() -> None:
    with Simulator(keys={"TMP": Key("secret", "session-token")}) as simulator:
        assert status(official(simulator, "TMP", "secret", "session-token")) == "protected"
        for token in (None, "another"):
            with pytest.raises(ClientRequestException) as caught:
                status(official(simulator, "TMP", "secret", token))
            assert caught.value.status_code == 401


def test_the_official_client_reads_the_pairs_that_ours_reads(simulator: Simulator) -> None:
    planted = {"0": {"status": "available", "progress": 0, "replication_status": "active"}, "1": {"fault_level": "2"}}
    simulator.service.put_group({"id": GROUP, "planted_pairs": planted})

    theirs = official(simulator).list_replications(ListReplicationsRequest(server_group_id=GROUP)).replications
    mine = ours.SdrsClient(
        simulator.url, sim.PROJECT_ID, AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY)
    ).list_replication_pairs(GROUP)

    words = attrgetter("id", "name", "status", "progress", "replication_status", "fault_level")
    read = [words(pair) for pair in mine]
    assert read == [words(pair) for pair in theirs]
    assert [(pair[2], pair[5]) for pair in read] == [("available", "0"), ("protected", "2")]


def test_the_official_client_sees_the_pairs_copy_and_is_refused_a_stop_meanwhile(simulator: Simulator) -> None:
    client = official(simulator)
    simulator.service.world.plan = simulator.service.world.plan.changed(copy_seconds=600.0)
    simulator.service.put_group({"id": GROUP, "status": "available"})
    body = StartProtectionGroupRequestBody(start_server_group={})
    until_ended(client, client.start_protection_group(StartProtectionGroupRequest(GROUP, body)).job_id)

    pairs = client.list_replications(ListReplicationsRequest(server_group_id=GROUP)).replications
    with pytest.raises(ClientRequestException) as caught:
        stop(client)

    assert status(client) == "protected"
    assert {(pair.status, pair.replication_status, pair.progress) for pair in pairs} == {("protected", "copying", 0)}
    assert (caught.value.status_code, caught.value.error_code) == (400, "SDRS.1830")


def test_the_official_client_reads_errors_versions_and_failed_tasks(simulator: Simulator) -> None:
    client = official(simulator)
    simulator.service.world.plan = simulator.service.world.plan.changed(ending="fail")
    until_ended(client, stop(client))

    with pytest.raises(ClientRequestException) as caught:
        client.show_protection_group(ShowProtectionGroupRequest("00000000-0000-0000-0000-000000000000"))
    failures = client.list_failure_jobs(ListFailureJobsRequest("stopFail", server_group_id=GROUP))
    versions = client.list_api_versions(ListApiVersionsRequest()).versions
    version = client.show_specified_api_version(ShowSpecifiedApiVersionRequest("v1")).version

    assert (caught.value.status_code, caught.value.error_code) == (400, "SDRS.1013")
    assert [(row.failure_status, row.error_code) for row in failures.failure_jobs] == [("stopFail", "SDRS.0011")]
    assert (versions[0].id, version.id) == ("v1", "v1")


def test_both_clients_see_the_same_groups_field_by_field(simulator: Simulator, client: ours.SdrsClient) -> None:
    theirs = official(simulator).list_protection_groups(ListProtectionGroupsRequest(limit=4, offset=1))

    page = client.list_protection_groups(limit=4, offset=1)

    assert page.count == theirs.count == len(sim.GROUPS)
    for group, their in zip(page.groups, theirs.server_groups, strict=True):
        shown = {name: getattr(group, name) for name in group._fields}
        for name in ("created_at", "updated_at"):
            assert shown.pop(name) == moment({"at": getattr(their, name)}, "at")
        assert shown.pop("status").value == shown.pop("raw_status") == their.status
        assert shown.pop("request_id")
        assert (shown.pop("description"), their.description) == ("", None)
        assert shown == {name: getattr(their, name) for name in shown}


@pytest.mark.parametrize("ending", ["success", "fail"])
def test_both_clients_see_the_same_job_field_by_field(
    simulator: Simulator, client: ours.SdrsClient, ending: str
) -> None:
    named = {"children_name_pairs": True}  # which the SDK knows of, and the documented sample does not show
    simulator.service.world.plan = simulator.service.world.plan.changed(ending=ending, **named)
    job_id = client.stop_protection(GROUP)

    theirs = until_ended(official(simulator), job_id)
    job = client.get_job(job_id)

    same_job(job, theirs)
    for child, their_child in zip(job.sub_jobs, theirs.entities.sub_jobs, strict=True):
        same_job(child, their_child)
        assert child.entities.server_group_id == their_child.entities.server_group_id == GROUP
        assert child.entities.replication_id == their_child.entities.replication_pair_id
        assert child.entities.protected_instance_id == their_child.entities.protected_instance_id
    assert len(job.failed_sub_jobs) == (1 if ending == "fail" else 0)


def same_job(job: Job, theirs: Any) -> None:
    assert (job.job_id, job.job_type, job.raw_status) == (theirs.job_id, theirs.job_type, theirs.status)
    assert (job.error_code, job.fail_reason) == (theirs.error_code, theirs.fail_reason)
    for name in ("begin_time", "end_time"):
        assert getattr(job, name) == moment({"at": getattr(theirs, name)}, "at")


def test_both_clients_see_the_same_failed_tasks(simulator: Simulator, client: ours.SdrsClient) -> None:
    simulator.service.world.plan = simulator.service.world.plan.changed(ending="fail")
    until_ended(official(simulator), client.stop_protection(GROUP))

    theirs = (
        official(simulator).list_failure_jobs(ListFailureJobsRequest("stopFail", server_group_id=GROUP)).failure_jobs
    )
    (row,) = client.list_failure_jobs(GROUP)

    shown = {name: getattr(row, name) for name in row._fields if name != "begin_time"}
    assert shown == {name: getattr(theirs[0], name) for name in shown}
    assert row.begin_time == moment({"at": theirs[0].begin_time}, "at")
