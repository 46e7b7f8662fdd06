"""One stop is one POST: what the client sends, and what it makes of every answer and every failure."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from standdown.sdrs.classify import ErrorClass, classify
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError, NotSentError, SdrsError, UnclearError

ENDPOINT = "https://sdrs.cn-north-4.myhuaweicloud.com"
ROOT = f"{ENDPOINT}/v1/0605"
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
JOB = "ff8080826adfae02016ae2d123fc05ed"
ACTION = f"{ROOT}/server-groups/{GROUP}/action"


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
    assert classify(caught.value) is ErrorClass.READ_GROUP


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

    assert classify(caught.value) is ErrorClass.CREDENTIALS
    assert (len(wire.calls), auth.renewed) == (2, 1)
