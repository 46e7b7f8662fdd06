"""Nothing that reads other people's words takes more than linear time in them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from standdown.base.redaction import redacted, redacted_text
from standdown.base.text import NotJsonError, one_line, strict_json
from standdown.core.targets import TargetDefaults, TargetError, read_target
from standdown.intake import fields
from standdown.intake.cloudwatch_alarm import AlarmChange, from_sns_message, requests_for
from standdown.intake.errors import IntakeError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from standdown.intake.webhook import rsa, smn
from standdown.intake.webhook.request import WebhookSecrets, read_http
from standdown.intake.webhook.senders import read_secrets
from standdown.publish.channels.endpoints import DocumentError, read_document
from standdown.sdrs.fail_reason import read_reason

NOW = datetime(2026, 3, 17, 21, 42, 10, tzinfo=UTC)
TRUST = Trust("123456789012", "us-east-1", "")
SMALL, LARGE = 12, 3_000
"""Characters: time that doubles with each one is seen at 12, time that grows with their square at 3,000."""
HOSTILE = (
    'name="token="' + "\\a",
    'password="' + "\\\\",
    "password='\\",
    'token=\\"\\',
    "\"'",
    "\\",
    '\\\\"',
    "[",
    "{",
    '{"a":',
    "{'message':",
    "message\": '",
    "[[]",
    "<aws.",
    "<title",
    "secret_key=",
    "token =",
    "token ",
    "cookie:\n",
    "Bearer ",
    "-----BEGIN ",
    "-----BEGIN CERTIFICATE-----",
    "MII/",
    "whsec_",
    "Task-fail",
    "Aa.1234567",
    "a-",
    "a.",
    "1-",
    "\n",
    "é",
    "SDK-HMAC-SHA256 ",
    "&signature=",
    "*a",
    "?*",
    "[!]]*",
)
OPENINGS = (
    "",
    'password="',
    "token='",
    'secret: \\"',
    '{"message": "',
    "-----BEGIN PRIVATE KEY-----",
    "arn:aws",
    "urn:smn:",
)


def record(text: str) -> object:
    return read_queue_record(
        {"messageId": "1", "body": text, "attributes": {"SentTimestamp": "1773783730000", "SenderId": "AROA"}},
        (),
        now=NOW,
        trust=TRUST,
    )


def http(text: str, **headers: str) -> object:
    event = {
        "rawPath": "/stop",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"stage": "$default", "http": {"method": "POST"}},
        "body": text[:60_000],
    }
    return read_http(event, WebhookSecrets(github=("a" * 20,)), now=NOW)


class Anything:
    """A target that every alarm with some letters stops."""

    name = "erp-prod"
    alarms = ("*a*a*a*a*a*a*a*a*b",)


READERS: dict[str, Callable[[str], object]] = {
    "a log line": redacted_text,
    "a record of the log": lambda text: redacted({text: [text, {"message": text}]}),
    "one line": one_line,
    "strict JSON": strict_json,
    "a fail_reason": read_reason,
    "a queue message": record,
    "a command's words": lambda text: record(
        json.dumps({"target": text, text: text, "reason": text, "delivery_id": text})
    ),
    "an alarm's message": lambda text: from_sns_message(
        {"AlarmName": text, "AWSAccountId": TRUST.account, "AlarmArn": f"arn:aws{text}", "StateChangeTime": text},
        now=NOW,
        trust=TRUST,
    ),
    "an alarm's name and the globs": lambda text: requests_for(AlarmChange(text, "ALARM", NOW, "1"), [Anything()]),
    "a placeholder": fields.has_placeholder,
    "a request of GitHub": lambda text: http(text, **{"x-hub-signature-256": text}),
    "a request of Standard Webhooks": lambda text: http(
        text, **{"webhook-id": text, "webhook-timestamp": text, "webhook-signature": text}
    ),
    "a message of SMN": lambda text: smn.verify(
        smn.SmnPins(), {}, json.dumps(dict.fromkeys(("message", *smn._FORMS), text)).encode(), NOW
    ),
    "a pinned key": rsa.read_public_key,
    "the webhooks' secret": lambda text: read_secrets(
        json.dumps({"standard": [text], "smn": {"keys": [text], "hosts": [text]}})
    ),
    "the outgoing endpoints": lambda text: read_document(
        json.dumps({"endpoints": [{"name": text, "url": f"https://{text}", "secrets": [text]}]})
    ),
    "a target's document": lambda text: read_target(
        "erp",
        json.dumps({"server_group_name": text, "alarms": [text], "region": text, "endpoint": text}),
        TargetDefaults("cn-north-4"),
    ),
}


def seconds(read: Callable[[str], object], text: str) -> float:
    """Return how long the reading takes at best, whatever comes of it."""
    spent = []
    for _ in range(3):
        begun = time.perf_counter()
        with suppress(IntakeError, NotJsonError, TargetError, DocumentError):
            read(text)
        spent.append(time.perf_counter() - begun)
        if spent[-1] > 1:
            break
    return min(spent)


def grows_too_fast(read: Callable[[str], object], once: str, fourfold: str) -> bool:
    """Return whether four times the text takes more than eight times as long; a square would be sixteen times."""
    least = max(seconds(read, once), 0.01)  # what a busy machine adds to anything
    return seconds(read, fourfold) > 8 * least


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("reader", READERS)
def test_a01_four_times_the_text_takes_about_four_times_as_long(reader: str, size: int) -> None:
    read = READERS[reader]
    for opening in OPENINGS:
        for part in HOSTILE:
            once, fourfold = (opening + part * (length // len(part)) for length in (size, 4 * size))

            slow = grows_too_fast(read, once, fourfold) and grows_too_fast(read, once, fourfold)
            assert not slow, f"{opening!r}, then {part!r} again and again"
