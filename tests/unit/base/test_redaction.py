"""Redaction: no secret leaves in a log line, wherever in it and however it came there."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

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
        f"environ({{'AWS_SECRET_ACCESS_KEY': '{CANARY}'}})",
        f"AWS_SESSION_TOKEN={CANARY}",
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
    "name",
    [
        "secret_key",
        "access_key",
        "Password",
        "token",
        "security_token",
        "X-Auth-Token",
        "Authorization",
        "sk",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ],
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


@pytest.mark.parametrize("text", [f'password="{CANARY}', f"{{'token': '{CANARY} and", f'{{\\"sk\\": \\"{CANARY}'])
def test_a_value_whose_last_quote_was_cut_off_is_not_shown(text: str) -> None:
    assert "canary" not in redacted_text(text)


def test_what_is_no_text_stays_what_it_is() -> None:
    plain = {"none": None, "yes": True, "count": 7, "seconds": 1.5, "rows": [1, None]}

    assert redacted(plain) == plain
    assert [type(value) for value in redacted(plain).values()] == [type(value) for value in plain.values()]


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_a_record_is_looked_into_for_twelve_levels_and_shown_as_text_below(kind: str) -> None:
    def nested(levels: int) -> Any:
        value: Any = 7
        for _ in range(levels):
            value = [value] if kind == "list" else {"in": value}
        return value

    assert redacted(nested(13)) == nested(13)
    assert redacted(nested(14)) != nested(14)
    assert redacted(nested(14)) == json.loads(json.dumps(nested(13)).replace("7", json.dumps(str(nested(1)))))


@pytest.mark.parametrize(
    "document",
    [
        [CANARY, "another-one"],
        {"keys": {"secrets": [CANARY, "another-one"]}},
        {"standard": ["shown-to-all"], "set-cookie": CANARY, "auth_token": ["another-one"]},
        {"Secret-Key": {"value": CANARY, "more": ["another-one"]}},
    ],
)
def test_every_text_under_a_name_that_says_so_is_secret(document: Any) -> None:
    conceal(json.dumps(document))

    assert redacted_text(f"{CANARY} another-one shown-to-all") == f"{HIDDEN} {HIDDEN} shown-to-all"


@pytest.mark.parametrize(("secret", "shown"), [("abcdef", HIDDEN), ("abcde", "abcde")])
def test_a_value_of_six_characters_is_told_apart_from_words(secret: str, shown: str) -> None:
    conceal(json.dumps({"password": secret}))

    assert redacted_text(f"said {secret}") == f"said {shown}"
