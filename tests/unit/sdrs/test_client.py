"""What the client asks for and what it reads, over a faked wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from standdown.sdrs.auth import TokenAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.endpoints import EndpointError
from standdown.sdrs.errors import ApiError, InvalidIdError, NotSentError, UnclearError
from standdown.sdrs.models import GroupStatus, JobStatus
from support.http import Wire

ENDPOINT = "https://sdrs.cn-north-4.myhuaweicloud.com"
ROOT = f"{ENDPOINT}/v1/0605"
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
JOB = "ff8080826adfae02016ae2d123fc05ed"
ACTION = f"{ROOT}/server-groups/{GROUP}/action"


def asked_for(wire: Wire) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(str(wire.calls[0].request.url)).query))


def test_a_401_without_a_way_to_renew_is_final_at_once(wire: Wire) -> None:
    wire.get(
        f"{ROOT}/jobs/{JOB}", status=401, json={"error": {"message": "token canary-9 is void", "code": "SDRS.0002"}}
    )

    with pytest.raises(ApiError) as caught:
        SdrsClient(ENDPOINT, "0605", TokenAuth("canary-9"), dial=wire).get_job(JOB)

    assert len(wire.calls) == 1
    assert "canary-9" not in f"{caught.value} {caught.value!r}"


def test_a_job_and_a_group_are_read(wire: Wire, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/jobs/{JOB}", json={"job_id": JOB, "status": "RUNNING"}, headers={"X-Request-Id": "r-1"})
    wire.get(f"{ROOT}/server-groups/{GROUP}", json={"server_group": {"id": GROUP, "status": "stopping"}})

    job, group = client.get_job(JOB), client.get_protection_group(GROUP)

    assert (job.status, job.request_id) == (JobStatus.RUNNING, "r-1")
    assert (group.status, group.id) == (GroupStatus.STOPPING, GROUP)


@pytest.mark.parametrize(
    "body", [{}, {"server_group": None}, {"server_group": []}, {"server_group": {"id": "another"}}]
)
def test_an_answer_about_another_group_or_none_decides_nothing(wire: Wire, client: SdrsClient, body: Any) -> None:
    wire.get(f"{ROOT}/server-groups/{GROUP}", json=body)

    with pytest.raises(UnclearError, match="not about the group"):
        client.get_protection_group(GROUP)


def test_the_list_is_asked_for_with_its_filters(wire: Wire, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/server-groups", json={"count": 9, "server_groups": [{"id": GROUP, "name": "erp"}]})

    page = client.list_protection_groups(limit=1, offset=2, name="erp & co", status="protected")

    assert (page.count, page.groups[0].name) == (9, "erp")
    assert asked_for(wire) == {"limit": "1", "offset": "2", "name": "erp & co", "status": "protected"}


def test_paging_ends_though_the_service_repeats_itself(wire: Wire, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/server-groups", json={"count": 1000, "server_groups": [{"id": "a"}, {"id": "b"}]})

    found = [group.id for group in client.iter_protection_groups(limit=2)]

    assert found == ["a", "b"]
    assert len(wire.calls) == 2


def test_a_list_that_is_none_is_unclear_and_not_empty(wire: Wire, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/server-groups", json={"count": 0})

    with pytest.raises(UnclearError, match="no list"):
        client.list_protection_groups()


def test_failed_tasks_are_read(wire: Wire, client: SdrsClient) -> None:
    row = {"job_id": JOB, "failure_status": "stopFail", "error_code": "SDRS.0011", "fail_reason": "why"}
    wire.get(f"{ROOT}/task-center/failure-jobs", json={"count": 1, "failure_jobs": [row, "odd"]})

    (failed,) = client.list_failure_jobs(GROUP)

    assert (failed.job_id, failed.error_code, failed.fail_reason) == (JOB, "SDRS.0011", "why")
    assert asked_for(wire) == {"server_group_id": GROUP, "failure_status": "stopFail"}


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "a/b", "../jobs", "a?b", "a#b", "a%2fb", "a b", "a\n", "é", "-x", "a" * 129]
)
def test_an_id_that_would_change_the_path_is_sent_nowhere(wire: Wire, client: SdrsClient, bad: str) -> None:
    for call in (client.stop_protection, client.get_job, client.get_protection_group, client.list_failure_jobs):
        with pytest.raises(InvalidIdError):
            call(bad)

    assert len(wire.calls) == 0


def test_a_client_for_no_valid_place_is_not_made() -> None:
    with pytest.raises(EndpointError):
        SdrsClient("http://sdrs.example", "0605", TokenAuth("t"))
    with pytest.raises(InvalidIdError):
        SdrsClient(ENDPOINT, "06/05", TokenAuth("t"))


def test_no_time_left_sends_nothing(wire: Wire, client: SdrsClient) -> None:
    with pytest.raises(NotSentError, match="out of time"):
        client.stop_protection(GROUP, timeout=0)

    assert len(wire.calls) == 0


def test_an_answer_larger_than_the_cap_is_cut_off(wire: Wire) -> None:
    wire.get(f"{ROOT}/jobs/{JOB}", json={"job_id": JOB, "status": "SUCCESS", "fail_reason": "x" * 5000})

    with pytest.raises(UnclearError, match="larger than 4096 bytes"):
        SdrsClient(ENDPOINT, "0605", TokenAuth("t"), dial=wire, max_bytes=4096).get_job(JOB)
