"""What is fuzzed: each parser takes any bytes, and ends in requests or in a named error of the intake."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from standdown.base import standard_webhooks
from standdown.core.request import Source
from standdown.intake.alertmanager import is_group, read_group
from standdown.intake.cloud_eye_alarm import from_verified, read_alarm, to_verified
from standdown.intake.command import read_command
from standdown.intake.direct_invocation import read_direct
from standdown.intake.errors import IntakeError
from standdown.intake.fields import json_of, object_of
from standdown.intake.monitoring import alerts_message, command_message
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from standdown.intake.webhook import bearer, github, grafana, rsa, smn
from standdown.intake.webhook.request import WebhookSecrets, read_http
from standdown.intake.webhook.senders import read_secrets
from standdown.intake.webhook.smn import SmnMessage, SmnPins

EVENTS = Path(__file__).parents[2] / "events"
CASES = Path(__file__).parent / "cases"
NOW = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
TOPIC = "urn:smn:cn-north-4:0605767b5780d5762fc5c0118072a564:erp-alarms"
TRUST = Trust("000000000000", "us-east-1", "", webhook_sender_id="AROAWEBHOOK")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GITHUB_SECRET = "It's a Secret to Everybody"
PEM = (Path(__file__).parent / "smn-key.pem").read_text("ascii")
PINS = SmnPins((PEM,), (TOPIC,))
TOKEN = "0123456789abcdef" * 4
GRAFANA_SECRET = "of Grafana's and nobody else's"


@dataclass(frozen=True)
class Target:
    """As much of a target as an alarm needs."""

    name: str = "erp-prod"
    alarms: tuple[str, ...] = ("erp-*", "[a-c]?*")


def run(name: str, data: bytes) -> bool:
    """Feed the bytes to a parser; return whether it took them, and let everything but an error of its own through."""
    try:
        PARSERS[name](data)
    except IntakeError as error:
        if not error.message.isprintable() or len(error.message) > 300:
            raise AssertionError(f"an unsafe message: {error.message!r}") from error
        return False
    return True


def seeds() -> list[bytes]:
    """Return the real events, to start from."""
    return [path.read_bytes() for path in sorted(EVENTS.glob("*.json"))]


def _document(data: bytes) -> Any:
    return json_of(data, "the input")


def _command(data: bytes) -> None:
    read_command(_document(data), delivery_id="d", source=Source.QUEUE, requested_at=NOW)


def _queue(data: bytes) -> None:
    record = {"messageId": "m-1", "attributes": {"SentTimestamp": "1767323045678"}, "body": data.decode("latin-1")}
    read_queue_record(record, [Target()], now=NOW, trust=TRUST)


def _record(data: bytes) -> None:
    read_queue_record(_document(data), [Target()], now=NOW, trust=TRUST)


def _notification(data: bytes) -> None:
    envelope = {
        "Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "MessageId": "m-1",
        "Timestamp": "2026-01-02T03:04:05Z", "Message": data.decode("latin-1"),
    }  # fmt: skip
    _queue(json.dumps(envelope).encode())


def _direct(data: bytes) -> None:
    read_direct(_document(data), [Target()], request_id="r-1", now=NOW, trust=TRUST)


def _cloud_eye(data: bytes) -> None:
    change = read_alarm(SmnMessage(data.decode("latin-1"), "0" * 32, TOPIC, NOW)).change
    if from_verified(json.loads(json.dumps(to_verified(change))), now=change.changed_at) != change:
        raise AssertionError("an alarm changes on its way through the queue")


def _verified(data: bytes) -> None:
    from_verified({"verified": "cloud-eye", **object_of(_document(data), "the input")}, now=NOW)


def _lines(data: bytes, count: int) -> tuple[list[str], bytes]:
    """Split the input into header values, a line each, and a body."""
    lines = data.split(b"\n", count)
    texts = [line.decode("latin-1") for line in lines[:count]]
    return texts + [""] * (count - len(texts)), lines[count] if len(lines) > count else b""


def _standard_webhooks(data: bytes) -> None:
    (webhook_id, timestamp, signature), body = _lines(data, 3)
    headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    try:
        standard_webhooks.verify([standard_webhooks.decode_secret(SECRET)], headers, body, NOW)
    except standard_webhooks.NotGenuineError:
        return
    raise AssertionError("a forged signature was believed")


def _secret(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        standard_webhooks.decode_secret(data.decode("latin-1"))


def _github(data: bytes) -> None:
    (signature,), body = _lines(data, 1)
    github.verify([GITHUB_SECRET], {"x-hub-signature-256": signature}, body)
    raise AssertionError("a forged signature was believed")


def _bearer(data: bytes) -> None:
    bearer.verify([TOKEN], {"authorization": data.decode("latin-1")})
    raise AssertionError("a forged token was believed")


def _grafana(data: bytes) -> None:
    (signature, timestamp), body = _lines(data, 2)
    grafana.verify([GRAFANA_SECRET], {grafana.SIGNATURE: signature, grafana.TIMESTAMP: timestamp}, body, NOW)
    raise AssertionError("a forged signature was believed")


def _monitoring(data: bytes) -> None:
    """Fuzz both ends of the queue: what the door makes of a body, the trigger must be able to read."""
    body = object_of(_document(data), "the body")
    queued = alerts_message(read_group(body).firing) if is_group(body) else command_message(body, NOW)[0]
    sent = {"SentTimestamp": "1767323045678", "SenderId": "AROAWEBHOOK:x"}
    record = {"messageId": "m-1", "attributes": sent, "body": json.dumps(queued)}
    read_queue_record(record, [Target()], now=NOW, trust=TRUST)


def _smn(data: bytes) -> None:
    smn.verify(PINS, {}, data, NOW)
    raise AssertionError("a forged signature was believed")


def _public_key(data: bytes) -> None:
    for label in ("PUBLIC KEY", "CERTIFICATE"):
        rsa.read_public_key(f"-----BEGIN {label}-----\n{base64.b64encode(data).decode()}\n-----END {label}-----\n")


def _webhook_secrets(data: bytes) -> None:
    read_secrets(data.decode("latin-1"))


def _http_event(data: bytes) -> None:
    read_http(_document(data), WebhookSecrets((SECRET,), (GITHUB_SECRET,), PINS, (TOKEN,), (GRAFANA_SECRET,)), now=NOW)


def _http(data: bytes) -> None:
    """Fuzz what stands behind the door's own checks: each line is a header, and the rest is the body."""
    lines, body = _lines(data, 5)
    names = ("content-type", "webhook-id", "x-hub-signature-256", "x-smn-message-type", "authorization")
    headers = {"content-type": "application/json"} | {
        name: line for name, line in zip(names, lines, strict=True) if line
    }
    context = {"stage": "$default", "http": {"method": "POST"}}
    text = body.decode("latin-1")
    _http_event(json.dumps({"rawPath": "/stop", "requestContext": context, "headers": headers, "body": text}).encode())


PARSERS: dict[str, Callable[[bytes], None]] = {
    "command": _command,
    "queue": _queue,
    "record": _record,
    "notification": _notification,
    "direct": _direct,
    "cloud-eye": _cloud_eye,
    "verified": _verified,
    "standard-webhooks": _standard_webhooks,
    "secret": _secret,
    "github": _github,
    "bearer": _bearer,
    "grafana": _grafana,
    "monitoring": _monitoring,
    "smn": _smn,
    "public-key": _public_key,
    "webhook-secrets": _webhook_secrets,
    "http": _http,
    "http-event": _http_event,
}
