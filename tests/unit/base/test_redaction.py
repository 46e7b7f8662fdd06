"""Redaction: no secret leaves in a log line, wherever in it and however it came there."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest

from standdown.base import redaction as redact
from standdown.base.log import logger
from standdown.base.redaction import HIDDEN, conceal, redacted, redacted_text

CANARY = "canary+7f3e/9a1c=="
TOKEN = "MII" + "Qz7" * 40


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    redact._known.clear()
    yield
    redact._known.clear()


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: SDK-HMAC-SHA256 Access=HPUA, SignedHeaders=host;x-sdk-date, Signature={CANARY}",
        f"{{'Authorization': 'SDK-HMAC-SHA256 Access={CANARY}, SignedHeaders=host, Signature=abcd'}}",
        f"SDK-HMAC-SHA256 Access=HPUA, SignedHeaders=host, Signature={CANARY}",
        f"X-Auth-Token: {CANARY}",
        f"{{'X-Auth-Token': '{CANARY}', 'Host': 'x'}}",
        f"x-subject-token={CANARY}",
        f"X-Security-Token: {CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"authorization: Basic {CANARY}",
        f'{{"secret_key": "{CANARY}", "access_key": "HPUA"}}',
        f'{{\\"secret_key\\": \\"{CANARY}\\"}}',
        f"{{'password': '{CANARY}'}}",
        f'{{"password": "a \\"{CANARY}"}}',
        f"Credentials(secret_key={CANARY!r}, security_token={CANARY!r})",
        f"SK={CANARY}",
        f"password = {CANARY}",
        f"Cookie: session={CANARY}; other={CANARY}",
        f"webhook-signature: v1,{CANARY}",
        f"whsec_{CANARY}",
        f"https://bucket/key?X-Amz-Security-Token={CANARY}&X-Amz-Signature={CANARY}",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}",
        "token of IAM " + TOKEN.replace("Qz7Qz7", CANARY.replace("+", "") + "canary", 1),
    ],
)
def test_a_secret_in_a_text_is_not_shown(text: str) -> None:
    assert "canary" in text

    assert "canary" not in redacted_text(text)
    assert HIDDEN in redacted_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "the secret 'standdown/huawei' with the credential could not be read",
        "the credential is not valid: a password or a token is needed",
        "operation 0123456789abcdef0123456789abcdef ended",
        "https://smn.example.com/smn/subscription/confirm?topic_urn=urn:smn:x&token=2051000001",
        "SDRS.1013: The protection group does not exist.",
        "https://console.huaweicloud.com/sdrs/?region=cn-north-4",
    ],
)
def test_what_an_operator_needs_is_left_as_it_is(text: str) -> None:
    assert redacted_text(text) == text


@pytest.mark.parametrize(
    "name", ["secret_key", "access_key", "Password", "token", "security_token", "X-Auth-Token", "Authorization", "sk"]
)
def test_a_value_whose_name_says_that_it_is_secret_is_not_shown_at_any_depth(name: str) -> None:
    shown = redacted({"detail": [{"request": {name: [CANARY], "host": "sdrs"}}]})

    assert shown == {"detail": [{"request": {name: HIDDEN, "host": "sdrs"}}]}


def test_a_value_that_is_known_to_be_secret_is_shown_nowhere_and_in_no_form() -> None:
    secret = 'pa"ss\\wörd'
    conceal(json.dumps({"user": "operator", "domain": "acme", "password": secret}))

    shown = redacted({"message": f"as {secret!r} or {json.dumps(secret)} or {secret}", "user": "operator"})

    assert shown["message"].count(HIDDEN) == 3
    assert "ss" not in shown["message"]
    assert shown["user"] == "operator"


@pytest.mark.parametrize("secret", [CANARY, "1234567890", "null-and-void"])
def test_a_document_that_is_a_single_value_is_secret_as_a_whole(secret: str) -> None:
    conceal(secret)

    assert redacted_text(f"said: {secret}") == f"said: {HIDDEN}"


def test_a_short_value_hides_no_ordinary_words() -> None:
    conceal(json.dumps({"password": "a"}))

    assert redacted_text("a banana") == "a banana"


def test_an_exception_and_its_traceback_show_no_secret(lines: io.StringIO) -> None:
    def fail(error: Exception, cause: Exception | None = None) -> None:
        raise error from cause

    try:
        cause = ValueError(f"Authorization: SDK-HMAC-SHA256 Access=HPUA, Signature={CANARY}")
        fail(RuntimeError(f"{{'secret_key': '{CANARY}'}} and whsec_{CANARY}"), cause)
    except RuntimeError:
        logger.exception("failed with X-Auth-Token: %s", CANARY, extra={"headers": {"X-Auth-Token": CANARY}})

    record = json.loads(lines.getvalue())
    assert "canary" not in lines.getvalue()
    assert {"exception", "exception_name", "stack_trace"} <= record.keys()
    assert record["exception_name"] == "RuntimeError"
    assert HIDDEN in record["exception"]
    assert HIDDEN in json.dumps(record["stack_trace"])


def test_a_key_that_was_appended_and_an_object_are_looked_through_as_well(lines: io.StringIO) -> None:
    class Response:
        def __repr__(self) -> str:
            return f"<Response X-Subject-Token: {CANARY}>"

    logger.append_keys(password=CANARY)
    logger.info("looked", extra={"response": Response()})

    assert "canary" not in lines.getvalue()
    assert json.loads(lines.getvalue())["response"] == f"<Response X-Subject-Token: {HIDDEN}"


def test_a_record_that_cannot_be_looked_through_is_not_shown(lines: io.StringIO) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ValueError(CANARY)

    logger.info("looked", extra={"response": Broken(), "detail": CANARY})

    assert "canary" not in lines.getvalue()
    assert json.loads(lines.getvalue())["problem"] == "line not redacted: ValueError"


@pytest.mark.parametrize("quote", ['"', "'", '\\"'])
def test_a_quoted_secret_that_was_cut_off_is_not_shown(quote: str) -> None:
    assert redacted_text(f"refused: password={quote}{CANARY}") == f"refused: password={HIDDEN}"


def test_a_text_is_cut_before_it_is_read_and_a_secret_across_the_cut_is_not_shown() -> None:
    secret = "canary" * 200
    conceal(json.dumps({"password": secret}))

    for start in (16_000, 16_384, 20_000):
        shown = redacted_text("." * start + secret + "." * 1_000_000)

        assert "canary" not in shown
        assert len(shown) < 20_000
