"""The client over a faked wire: what it sends, what it makes of each answer, and that it sends nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from standdown.sdrs.advice import Reaction, reaction
from standdown.sdrs.auth import AkSkAuth, TokenAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError, InvalidIdError, NotSentError, SdrsError, UnclearError
from standdown.sdrs.models import GroupStatus, JobStatus
from standdown.sdrs.places import PlaceError

ENDPOINT = "https://sdrs.cn-north-4.myhuaweicloud.com"
ROOT = f"{ENDPOINT}/v1/0605"
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
JOB = "ff8080826adfae02016ae2d123fc05ed"
ACTION = f"{ROOT}/server-groups/{GROUP}/action"


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def client() -> SdrsClient:
    return SdrsClient(ENDPOINT, "0605", AkSkAuth("AK", "SK"))


def asked_for(wire: responses.RequestsMock) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(str(wire.calls[0].request.url)).query))


class Rotating(AuthBase):
    """A token that can be renewed; knows how often it was."""

    def __init__(self) -> None:
        self.renewed = 0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token of the day."""
        request.headers["X-Auth-Token"] = f"token-{self.renewed}"
        return request

    def renew(self) -> bool:
        """Take the next token."""
        self.renewed += 1
        return True


def test_a_stop_is_one_signed_post_and_returns_its_job(wire: responses.RequestsMock, client: SdrsClient) -> None:
    wire.post(ACTION, json={"job_id": JOB})

    job_id = client.stop_protection(GROUP)

    (call,) = wire.calls
    assert job_id == JOB
    assert json.loads(call.request.body or b"") == {"stop-server-group": {}}
    assert call.request.headers["Content-Type"] == "application/json;charset=utf8"
    assert call.request.headers["X-Language"] == "en-us"
    assert call.request.headers["X-Project-Id"] == "0605"
    assert call.request.headers["Authorization"].startswith(
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=content-type;host;"
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"job_id": ""}, {"job_id": None}, {"job_id": 7}, {"job_id": "../x"}, {"job_id": "a" * 200}, [], "ok", None],
)
def test_an_accepted_stop_without_a_usable_job_is_unclear(
    wire: responses.RequestsMock, client: SdrsClient, body: Any
) -> None:
    wire.post(ACTION, json=body)

    with pytest.raises(UnclearError):
        client.stop_protection(GROUP)

    assert len(wire.calls) == 1


@pytest.mark.parametrize("body", [b"", b"<html>welcome</html>", b"{", b"\xff\xfe", b"[" * 50_000])
def test_a_good_status_with_a_bad_body_is_unclear(
    wire: responses.RequestsMock, client: SdrsClient, body: bytes
) -> None:
    wire.post(ACTION, body=body, content_type="text/html")

    with pytest.raises(UnclearError) as caught:
        client.stop_protection(GROUP)

    assert caught.value.http_status == 200
    assert reaction(caught.value) is Reaction.READ_GROUP


@pytest.mark.parametrize(
    "status", [400, 403, 404, 405, 406, 407, 408, 409, 429, 500, 501, 502, 503, 504, 301, 302, 307]
)
def test_no_error_status_makes_the_client_post_twice(
    wire: responses.RequestsMock, client: SdrsClient, status: int
) -> None:
    wire.post(ACTION, status=status, headers={"Location": f"{ENDPOINT}/other", "X-Request-Id": "r-1"})

    with pytest.raises(ApiError) as caught:
        client.stop_protection(GROUP)

    assert len(wire.calls) == 1
    assert (caught.value.http_status, caught.value.request_id) == (status, "r-1")


@pytest.mark.parametrize(
    ("trouble", "wanted"),
    [
        (requests.ConnectTimeout("x"), NotSentError),
        (requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))), NotSentError),  # type: ignore[arg-type]
        (requests.exceptions.InvalidHeader("x"), NotSentError),
        (requests.ReadTimeout("x"), UnclearError),
        (requests.ConnectionError("x"), UnclearError),
        (requests.ConnectionError(ProtocolError("aborted", ConnectionResetError(104, "reset"))), UnclearError),
        (requests.exceptions.SSLError("bad record"), UnclearError),
        (requests.exceptions.ChunkedEncodingError("x"), UnclearError),
        (OSError("x"), UnclearError),
    ],
)
def test_trouble_on_the_wire_says_whether_the_stop_was_sent(
    wire: responses.RequestsMock, client: SdrsClient, trouble: Exception, wanted: type[SdrsError]
) -> None:
    wire.post(ACTION, body=trouble)

    with pytest.raises(wanted):
        client.stop_protection(GROUP)

    assert len(wire.calls) == 1


def test_a_401_renews_once_and_repeats_even_the_stop(wire: responses.RequestsMock) -> None:
    wire.post(ACTION, status=401)
    wire.post(ACTION, json={"job_id": JOB})
    auth = Rotating()

    job_id = SdrsClient(ENDPOINT, "0605", auth).stop_protection(GROUP)

    assert job_id == JOB
    assert [call.request.headers["X-Auth-Token"] for call in wire.calls] == ["token-0", "token-1"]


def test_a_second_401_is_final(wire: responses.RequestsMock) -> None:
    wire.post(ACTION, status=401)
    auth = Rotating()

    with pytest.raises(ApiError) as caught:
        SdrsClient(ENDPOINT, "0605", auth).stop_protection(GROUP)

    assert reaction(caught.value) is Reaction.CREDENTIALS
    assert (len(wire.calls), auth.renewed) == (2, 1)


def test_a_401_without_a_way_to_renew_is_final_at_once(wire: responses.RequestsMock) -> None:
    wire.get(
        f"{ROOT}/jobs/{JOB}", status=401, json={"error": {"message": "token canary-9 is void", "code": "SDRS.0002"}}
    )

    with pytest.raises(ApiError) as caught:
        SdrsClient(ENDPOINT, "0605", TokenAuth("canary-9")).get_job(JOB)

    assert len(wire.calls) == 1
    assert "canary-9" not in f"{caught.value} {caught.value!r}"


def test_a_job_and_a_group_are_read(wire: responses.RequestsMock, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/jobs/{JOB}", json={"job_id": JOB, "status": "RUNNING"}, headers={"X-Request-Id": "r-1"})
    wire.get(f"{ROOT}/server-groups/{GROUP}", json={"server_group": {"id": GROUP, "status": "stopping"}})

    job, group = client.get_job(JOB), client.get_protection_group(GROUP)

    assert (job.status, job.request_id) == (JobStatus.RUNNING, "r-1")
    assert (group.status, group.id) == (GroupStatus.STOPPING, GROUP)


@pytest.mark.parametrize(
    "body", [{}, {"server_group": None}, {"server_group": []}, {"server_group": {"id": "another"}}]
)
def test_an_answer_about_another_group_or_none_decides_nothing(
    wire: responses.RequestsMock, client: SdrsClient, body: Any
) -> None:
    wire.get(f"{ROOT}/server-groups/{GROUP}", json=body)

    with pytest.raises(UnclearError, match="not about the group"):
        client.get_protection_group(GROUP)


def test_the_list_is_asked_for_with_its_filters(wire: responses.RequestsMock, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/server-groups", json={"count": 9, "server_groups": [{"id": GROUP, "name": "erp"}]})

    page = client.list_protection_groups(limit=1, offset=2, name="erp & co", status="protected")

    assert (page.count, page.groups[0].name) == (9, "erp")
    assert asked_for(wire) == {"limit": "1", "offset": "2", "name": "erp & co", "status": "protected"}


def test_paging_ends_though_the_service_repeats_itself(wire: responses.RequestsMock, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/server-groups", json={"count": 1000, "server_groups": [{"id": "a"}, {"id": "b"}]})

    found = [group.id for group in client.iter_protection_groups(limit=2)]

    assert found == ["a", "b"]
    assert len(wire.calls) == 2


def test_a_list_that_is_none_is_unclear_and_not_empty(wire: responses.RequestsMock, client: SdrsClient) -> None:
    wire.get(f"{ROOT}/server-groups", json={"count": 0})

    with pytest.raises(UnclearError, match="no list"):
        client.list_protection_groups()


def test_failed_tasks_are_read(wire: responses.RequestsMock, client: SdrsClient) -> None:
    row = {"job_id": JOB, "failure_status": "stopFail", "error_code": "SDRS.0011", "fail_reason": "why"}
    wire.get(f"{ROOT}/task-center/failure-jobs", json={"count": 1, "failure_jobs": [row, "odd"]})

    (failed,) = client.list_failure_jobs(GROUP)

    assert (failed.job_id, failed.error_code, failed.fail_reason) == (JOB, "SDRS.0011", "why")
    assert asked_for(wire) == {"server_group_id": GROUP, "failure_status": "stopFail"}


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "a/b", "../jobs", "a?b", "a#b", "a%2fb", "a b", "a\n", "é", "-x", "a" * 129]
)
def test_an_id_that_would_change_the_path_is_sent_nowhere(
    wire: responses.RequestsMock, client: SdrsClient, bad: str
) -> None:
    for call in (client.stop_protection, client.get_job, client.get_protection_group, client.list_failure_jobs):
        with pytest.raises(InvalidIdError):
            call(bad)

    assert len(wire.calls) == 0


def test_a_client_for_no_valid_place_is_not_made() -> None:
    with pytest.raises(PlaceError):
        SdrsClient("http://sdrs.example", "0605", TokenAuth("t"))
    with pytest.raises(InvalidIdError):
        SdrsClient(ENDPOINT, "06/05", TokenAuth("t"))


def test_no_time_left_sends_nothing(wire: responses.RequestsMock, client: SdrsClient) -> None:
    with pytest.raises(NotSentError, match="out of time"):
        client.stop_protection(GROUP, timeout=0)

    assert len(wire.calls) == 0


def test_an_answer_larger_than_the_cap_is_cut_off(wire: responses.RequestsMock) -> None:
    wire.get(f"{ROOT}/jobs/{JOB}", json={"job_id": JOB, "status": "SUCCESS", "fail_reason": "x" * 5000})

    with pytest.raises(UnclearError, match="larger than 4096 bytes"):
        SdrsClient(ENDPOINT, "0605", TokenAuth("t"), max_bytes=4096).get_job(JOB)
