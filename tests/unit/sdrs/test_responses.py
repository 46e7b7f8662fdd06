from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standdown.base.http.exchange import Answer
from standdown.sdrs.responses import MESSAGE_LIMIT, read_error, read_object
from support.http import headers_of

NOW = 1_767_323_045.0


def answer(body: Any, status: int = 400, headers: dict[str, str] | None = None) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, headers_of(headers or {}), raw)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"message": "no group", "code": "SDRS.1013"}}, "SDRS.1013", "no group"),
        ({"badrequest": {"message": "bad", "code": "SDRS.0201"}}, "SDRS.0201", "bad"),
        ({"itemNotFound": {"message": "gone", "code": 404}}, None, "gone"),
        ({"whatever": {"message": "odd", "code": "X.1"}}, "X.1", "odd"),
        ({"error_code": "APIGW.0301", "error_msg": "who?", "request_id": "r-1"}, "APIGW.0301", "who?"),
        ({"error": {"error_code": "APIGW.0301", "error_msg": "who?"}}, "APIGW.0301", "who?"),
        ({"errorCode": "SDRS.0005", "errorMsg": "no"}, "SDRS.0005", "no"),
        ({"code": "SDRS.1002", "message": "state"}, "SDRS.1002", "state"),
        (
            {"error": {"code": 401, "message": "The password is wrong.", "title": "Unauthorized"}},
            None,
            "The password is wrong.",
        ),
        ({"error": "invalid_request"}, None, "invalid_request"),
        ({"error_code": "APIGW.0308"}, "APIGW.0308", "an answer with status 400 and no message"),
        ({"message": "only words"}, None, "only words"),
        ({"extra": {"a": 1}, "error": {"message": "second", "code": "SDRS.1"}}, "SDRS.1", "second"),
        ({"a": {"b": {"message": "deep", "code": "SDRS.2"}}}, "SDRS.2", "deep"),
        ({}, None, "an answer with status 400 and no message"),
        ([1, 2], None, "[1, 2]"),
        (b"", None, "an answer with status 400 and no message"),
        (b"<html><head><title>502 Bad\nGateway</title></head></html>", None, "a page: 502 Bad Gateway"),
        (b"{broken", None, "{broken"),
        (b"\xff\xfe\x00", None, "\ufffd\ufffd\\u0000"),
        ({"error": {"message": None, "code": None}}, None, "an answer with status 400 and no message"),
        ({"error": {"message": "two\r\nlines \x1b[31m", "code": "A\nB"}}, "A B", "two lines \\u001b[31m"),
    ],
)
def test_every_shape_of_an_error_gives_code_and_message(body: Any, code: str | None, message: str) -> None:
    error = read_error(answer(body))

    assert (error.http_status, error.code, error.message) == (400, code, message)


def test_the_request_id_comes_from_the_header_first() -> None:
    body = {"error_code": "APIGW.0301", "error_msg": "who?", "request_id": "from-body"}

    assert read_error(answer(body, headers={"x-request-id": "from-header"})).request_id == "from-header"
    assert read_error(answer(body)).request_id == "from-body"
    assert read_error(answer({})).request_id is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("99999999999", 86_400.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("nan", None),
        ("soon", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header: str, seconds: float | None) -> None:
    error = read_error(answer({}, 429, {"Retry-After": header}), now=lambda: NOW)

    assert error.retry_after == seconds


def test_a_redirect_says_that_it_is_not_followed() -> None:
    error = read_error(answer(b"", 302, {"Location": "https://elsewhere.example"}))

    assert "not followed" in str(error)
    assert "elsewhere" not in str(error)


def test_a_secret_that_is_echoed_is_blotted_out() -> None:
    error = read_error(answer({"message": "token canary-1 is bad"}, 401), ("canary-1", ""))

    assert "canary-1" not in str(error)
    assert error.message == "token *** is bad"


def test_the_error_reads_as_one_short_line() -> None:
    body = {"error": {"message": "x" * 5000, "code": "SDRS.1013"}}

    said = str(read_error(answer(body, 400, {"X-Request-Id": "r-1"})))

    assert said.startswith("SDRS.1013: xxx")
    assert said.endswith("… (HTTP 400, request id r-1)")
    assert len(said) < MESSAGE_LIMIT + 60


def test_json_nested_a_hundred_thousand_deep_is_no_object() -> None:
    assert read_object(b"[" * 100_000) is None
    assert read_object(b'{"a":' * 100_000) is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(300, 999), st.dictionaries(st.text(max_size=12), st.text(max_size=12)))
def test_whatever_the_body_an_error_is_read_from_it(body: bytes, status: int, headers: dict[str, str]) -> None:
    error = read_error(Answer(status, headers_of(headers), body))

    assert error.http_status == status
    assert "\n" not in str(error)
    assert len(str(error)) < 1000


TOKEN = "MIIabcdefghijklmnop" + "q" * 3000


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (TOKEN, f"your token {TOKEN} is no good"),
        (TOKEN, f"{'x' * 480} {TOKEN}"),
        (TOKEN, f"cut off by a gateway: {TOKEN[:700]}"),
        ("pass  word\t1", "the password pass  word\t1 is wrong"),
    ],
)
def test_a_secret_that_comes_back_is_taken_out_also_where_it_was_cut_off(secret: str, said: str) -> None:
    body = json.dumps({"error_code": secret[:400], "error_msg": said}).encode()

    error = read_error(Answer(400, headers_of({}), body), (secret,))

    assert secret[:16] not in f"{error} {error.message}"
    assert "***" in error.message
