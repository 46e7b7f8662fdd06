"""One stop is one POST: what the client sends, and what it makes of every answer and every failure."""

from __future__ import annotations

import json
import socket
import ssl
import traceback
from dataclasses import replace
from http.client import BadStatusLine, RemoteDisconnected
from typing import Any

import pytest

from standdown.base.http.deadline import Deadline
from standdown.base.http.exchange import Request
from standdown.sdrs.auth import AkSkAuth, TokenAuth
from standdown.sdrs.call import Auth
from standdown.sdrs.classify import ErrorClass, classify
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError, NotSentError, SdrsError, UnclearError
from support.http import Wire

ENDPOINT = "https://sdrs.cn-north-4.myhuaweicloud.com"
ROOT = f"{ENDPOINT}/v1/0605"
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
JOB = "ff8080826adfae02016ae2d123fc05ed"
ACTION = f"{ROOT}/server-groups/{GROUP}/action"


class Rotating(Auth):
    """A token that can be renewed; knows how often it was."""

    def __init__(self) -> None:
        self.renewed = 0

    secrets = ()

    def sign(self, request: Request, _: Deadline) -> Request:
        """Add the token of the day."""
        return replace(request, headers={**request.headers, "X-Auth-Token": f"token-{self.renewed}"})

    def renew(self, _: SdrsError) -> bool:
        """Take the next token."""
        self.renewed += 1
        return True


def test_a_stop_is_one_signed_post_and_returns_its_job(wire: Wire, client: SdrsClient) -> None:
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
def test_an_accepted_stop_without_a_usable_job_is_unclear(wire: Wire, client: SdrsClient, body: Any) -> None:
    wire.post(ACTION, json=body)

    with pytest.raises(UnclearError):
        client.stop_protection(GROUP)

    assert len(wire.calls) == 1


@pytest.mark.parametrize("body", [b"", b"<html>welcome</html>", b"{", b"\xff\xfe", b"[" * 50_000])
def test_a_good_status_with_a_bad_body_is_unclear(wire: Wire, client: SdrsClient, body: bytes) -> None:
    wire.post(ACTION, body=body, headers={"Content-Type": "text/html"})

    with pytest.raises(UnclearError) as caught:
        client.stop_protection(GROUP)

    assert caught.value.http_status == 200
    assert classify(caught.value) is ErrorClass.READ_GROUP


@pytest.mark.parametrize(
    "status", [400, 403, 404, 405, 406, 407, 408, 409, 429, 500, 501, 502, 503, 504, 301, 302, 307]
)
def test_no_error_status_makes_the_client_post_twice(wire: Wire, client: SdrsClient, status: int) -> None:
    wire.post(ACTION, status=status, headers={"Location": f"{ENDPOINT}/other", "X-Request-Id": "r-1"})

    with pytest.raises(ApiError) as caught:
        client.stop_protection(GROUP)

    assert len(wire.calls) == 1
    assert (caught.value.http_status, caught.value.request_id) == (status, "r-1")


@pytest.mark.parametrize(
    "trouble",
    [
        ConnectionRefusedError(111, "refused"),
        socket.gaierror("no such name"),
        TimeoutError("no connection"),
        ssl.SSLCertVerificationError("not trusted"),
        OSError("no route"),
    ],
)
def test_a_stop_that_had_no_connection_was_not_sent(wire: Wire, client: SdrsClient, trouble: OSError) -> None:
    wire.refuse("POST", ACTION, trouble)

    with pytest.raises(NotSentError, match=r"^not sent: sdrs\.cn-north-4\.myhuaweicloud\.com "):
        client.stop_protection(GROUP)

    assert len(wire.calls) == 0


@pytest.mark.parametrize(
    "trouble",
    [
        TimeoutError("slow"),
        ConnectionResetError(104, "reset"),
        RemoteDisconnected("gone"),
        BrokenPipeError("pipe"),
        BadStatusLine("SSH"),
        ssl.SSLError("bad record"),
        OSError("x"),
    ],
)
def test_a_stop_that_went_over_a_connection_may_have_been_taken(
    wire: Wire, client: SdrsClient, trouble: Exception
) -> None:
    wire.post(ACTION, body=trouble)

    with pytest.raises(UnclearError, match=r"^no answer: sdrs\.cn-north-4\.myhuaweicloud\.com "):
        client.stop_protection(GROUP)

    assert len(wire.calls) == 1


def test_a_header_that_cannot_be_sent_is_not_sent_nor_shown(wire: Wire) -> None:
    client = SdrsClient(ENDPOINT, "0605", TokenAuth("two\nlines"), dial=wire)

    with pytest.raises(NotSentError) as caught:
        client.stop_protection(GROUP)

    assert len(wire.calls) == 0
    assert "lines" not in "".join(traceback.format_exception(caught.value)).replace("two lines", "")


def test_a_401_renews_once_and_repeats_even_the_stop(wire: Wire) -> None:
    wire.post(ACTION, status=401)
    wire.post(ACTION, json={"job_id": JOB})
    auth = Rotating()

    job_id = SdrsClient(ENDPOINT, "0605", auth, dial=wire).stop_protection(GROUP)

    assert job_id == JOB
    assert [call.request.headers["X-Auth-Token"] for call in wire.calls] == ["token-0", "token-1"]


def test_a_second_401_is_final(wire: Wire) -> None:
    wire.post(ACTION, status=401)
    auth = Rotating()

    with pytest.raises(ApiError) as caught:
        SdrsClient(ENDPOINT, "0605", auth, dial=wire).stop_protection(GROUP)

    assert classify(caught.value) is ErrorClass.CREDENTIALS
    assert (len(wire.calls), auth.renewed) == (2, 1)


KEYS = AkSkAuth("HPAYROLLOFNOBODY0042", "q7LnobodysSecretKeyOfPayroll", "temporary-token-0042")


@pytest.mark.parametrize("secret", [*KEYS.secrets, "HPAYROLLOFNOBODY0042, SignedHeaders"])
def test_k02_a_key_that_the_gateway_quotes_is_hidden(wire: Wire, secret: str) -> None:
    said = {"error_code": "APIGW.0301", "error_msg": f"Incorrect IAM authentication information: {secret} not exist"}
    wire.post(ACTION, status=401, json=said)

    with pytest.raises(ApiError) as caught:
        SdrsClient(ENDPOINT, "0605", KEYS, dial=wire).stop_protection(GROUP)

    assert "HPAYROLL" not in str(caught.value)
    assert secret not in str(caught.value)
    assert "***" in caught.value.message
