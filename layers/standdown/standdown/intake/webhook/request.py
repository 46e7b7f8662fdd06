"""The webhook's intake: an HTTP request in, a message for the RequestQueue out. Verifies first, parses second."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standdown.base import standard_webhooks
from standdown.base.standard_webhooks import NotGenuineError
from standdown.base.text import iso
from standdown.core.request import Source, StopRequest
from standdown.intake import cloud_eye_alarm as cloud_eye
from standdown.intake.cloud_eye_alarm import CloudEyeAlarm
from standdown.intake.command import read_command
from standdown.intake.errors import (
    IgnoredError,
    IntakeError,
    MalformedError,
    NotCloudEyeError,
    UnauthenticatedError,
    WebhookSecretError,
)
from standdown.intake.fields import json_of, object_of
from standdown.intake.webhook import github, smn
from standdown.intake.webhook.http_request import SMN_PATH, body_of, headers_of, require_json, route
from standdown.intake.webhook.smn import SmnPins

MAX_BODY = 64 * 1024  # bytes
MAX_LARGE_BODY = 1024 * 1024  # SMN's may have 256 KB, its quotes escaped twice; a group of alerts in a storm, as much
_FAMILIES = (
    "svix-",
    "x-gitlab-",
    "stripe-",
    "x-slack-",
    "x-pagerduty-",
    "x-amz-sns-",
    "x-signature",
    "x-hub-signature",
)
"""How headers of other senders begin: the operator's log names them, and never a word of an unknown sender's own."""
_SENDERS = {
    "webhook-id": "standard",
    "x-hub-signature-256": "github",
    "x-smn-message-type": "smn",
    "x-grafana-alerting-signature": "grafana",
}
_LARGE = frozenset({"smn", "bearer", "grafana"})


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """Who may come in: a kind of sender with nothing configured may not.

    `broken` says, for each kind whose configuration cannot be used, what is wrong with it; the others are let in.
    `left_out` says what is wrong with single entries of a list whose other entries are used, as in a rotation.
    """

    standard: tuple[str, ...] = field(default=(), repr=False)
    github: tuple[str, ...] = field(default=(), repr=False)
    smn: SmnPins = field(default_factory=SmnPins)
    bearer: tuple[str, ...] = field(default=(), repr=False)
    grafana: tuple[str, ...] = field(default=(), repr=False)
    broken: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def configured(self, sender: str) -> bool:
        """Tell whether anything is configured for this kind of sender."""
        return bool(self.smn.keys if sender == "smn" else getattr(self, sender))


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """A request that was let in: `message` is the body to put into the RequestQueue.

    `requests` are what the trigger will make of it, to answer with their operation ids; none for alarms and alerts,
    whose targets only the trigger knows. `alarm` is a Cloud Eye alarm. `problems` are about our own configuration,
    `left_out` about alerts that stop nothing. The same `delivery_id` with another `body_sha256` is a conflict (409);
    None where every body is a delivery of its own, or comes again with other words.
    """

    delivery_id: str
    body_sha256: str | None
    message: dict[str, Any]
    requests: tuple[StopRequest, ...] = ()
    problems: tuple[str, ...] = ()
    alarm: CloudEyeAlarm | None = None
    left_out: tuple[IntakeError, ...] = ()


def read_http(event: Any, secrets: WebhookSecrets, *, now: datetime) -> AcceptedRequest:
    """Read an event of an API Gateway HTTP API (payload format 2.0).

    Raises an IntakeError with the `status` to answer: 404, 405, 413, 415 before the signature is looked at; 401 where
    it does not hold; 400 for what a genuine sender got wrong; 200 for what is rightly ignored; 503 for a secret of
    ours that cannot be used, and for what SMN is to send again.
    """
    request = object_of(event, "the event")
    path = route(request)
    headers = headers_of(request)
    sender = "smn" if path == SMN_PATH else _sender(headers)
    body = body_of(request, MAX_LARGE_BODY if sender in _LARGE else MAX_BODY)
    if sender != "smn":  # which does not say what it sends as: its signature judges
        require_json(headers)
    if sender is None:
        raise UnauthenticatedError(_no_sender(headers))
    if sender in secrets.broken:
        raise WebhookSecretError("bad_secret", secrets.broken[sender])
    try:
        return _READERS[sender](secrets, headers, body, now)
    except UnauthenticatedError as error:
        check = error.check if secrets.configured(sender) else "no secret of this kind is configured"
        raise type(error)(f"{sender}: {check}") from None


def _sender(headers: Mapping[str, str]) -> str | None:
    """Return the one kind of sender whose header is there, or None; a token counts where nothing is signed."""
    senders = [sender for header, sender in _SENDERS.items() if header in headers]
    if not senders and headers.get("authorization", "").lower().startswith("bearer "):
        return "bearer"
    return senders[0] if len(senders) == 1 else None


def _no_sender(headers: Mapping[str, str]) -> str:
    """Return why it is not known whose signature to check."""
    senders = [sender for header, sender in _SENDERS.items() if header in headers]
    if senders:
        return f"the request has the headers of several senders: {', '.join(senders)}"
    others = [family for family in _FAMILIES if any(name.startswith(family) for name in headers)]
    return f"unsigned: no header of a known sender{f', but of {others[0]}…' if others else ''}"


def _standard(secrets: WebhookSecrets, headers: Mapping[str, str], body: bytes, now: datetime) -> AcceptedRequest:
    try:
        keys = [standard_webhooks.decode_secret(secret) for secret in secrets.standard]
    except ValueError as error:
        raise WebhookSecretError("bad_secret", f"a webhook secret {error}") from None
    try:
        delivery_id = standard_webhooks.verify(keys, headers, body, now)
    except NotGenuineError as error:
        raise UnauthenticatedError(str(error)) from None
    sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return _command(_document(body), delivery_id, body, sent_at, now)


def _github(secrets: WebhookSecrets, headers: Mapping[str, str], body: bytes, now: datetime) -> AcceptedRequest:
    """Take a command that says when it was written: this signature covers no time, so a copy of it is good for ever.

    Nor does it cover the delivery's id: what was signed is the identity, so that a copy under another id is a repeat.
    """
    github.verify(secrets.github, headers, body)
    if headers.get("x-github-event") == "ping":
        raise IgnoredError("ping", "GitHub tries whether the webhook answers: the signature is right")
    delivery_id = f"github/{_digest(body)}"
    document = _document(body)
    if "requested_at" not in document:
        raise MalformedError("no_time", "'requested_at' is missing: this kind of signature holds no time of its own")
    return _command(document, delivery_id, body, now, now)


def _smn(secrets: WebhookSecrets, headers: Mapping[str, str], body: bytes, now: datetime) -> AcceptedRequest:
    message = smn.verify(secrets.smn, headers, body, now)
    # Of the message alone: what SMN wraps around it may differ from one subscription, or one try, to the next.
    digest = _digest(message.message.encode())
    try:
        alarm = cloud_eye.read_alarm(message)
    except NotCloudEyeError:
        if secrets.smn.rules_wrong:
            raise WebhookSecretError("bad_secret", secrets.smn.rules_wrong) from None
        if not secrets.smn.rules:
            raise
        from standdown.intake import smn_alarm  # as with every sender below: whoever is another need not wait for it

        change = smn_alarm.read_by_rule(secrets.smn.rules, message)
        queued = cloud_eye.to_verified(change, smn_alarm.BY)
        return AcceptedRequest(change.delivery_id, digest, queued, (), message.problems)
    queued = cloud_eye.to_verified(alarm.change)
    return AcceptedRequest(alarm.change.delivery_id, digest, queued, (), message.problems, alarm)


def _bearer(secrets: WebhookSecrets, headers: Mapping[str, str], body: bytes, now: datetime) -> AcceptedRequest:
    from standdown.intake.webhook import bearer

    bearer.verify(secrets.bearer, headers)
    return _monitoring(body, now)


def _grafana(secrets: WebhookSecrets, headers: Mapping[str, str], body: bytes, now: datetime) -> AcceptedRequest:
    from standdown.intake.webhook import grafana

    grafana.verify(secrets.grafana, headers, body, now)
    return _monitoring(body, now)


def _monitoring(body: bytes, now: datetime) -> AcceptedRequest:
    """Accept a group of alerts, or a command with an alert's name, as one message for the trigger."""
    from standdown.intake import monitoring
    from standdown.intake.alertmanager import is_group, read_group

    document = object_of(json_of(body, "the body"), "the body")
    if not is_group(document):
        message, requests = monitoring.command_message(document, now)
        return AcceptedRequest(requests[0].delivery_id, None, message, tuple(requests))
    group = read_group(document)
    message = monitoring.alerts_message(group.firing)
    return AcceptedRequest(f"monitoring/{_digest(body)}", None, message, left_out=group.left_out)


def _document(body: bytes) -> dict[str, Any]:
    document = object_of(json_of(body, "the body"), "the body")
    for key in ("delivery_id", "source"):
        if key in document:
            raise MalformedError("bad_field", f"{key!r} is not for a webhook to say: leave it out")
    return document


def _command(
    document: dict[str, Any], delivery_id: str, body: bytes, sent_at: datetime, now: datetime
) -> AcceptedRequest:
    """Accept a command that has no flaw: its sender is on the line, and can be told at once."""
    requests = read_command(
        document, delivery_id=delivery_id, source=Source.WEBHOOK, requested_at=sent_at, requested_by="webhook", now=now
    )
    flaw = next((request.flaw for request in requests if request.flaw), None)
    if flaw:
        raise MalformedError("bad_field", flaw)
    message = {
        **document,  # `requested_by` only where the sender has it: what were filled in would count as a person's name
        "delivery_id": delivery_id,
        "source": Source.WEBHOOK.value,
        "requested_at": iso(requests[0].requested_at),
    }
    return AcceptedRequest(delivery_id, _digest(body), message, tuple(requests))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


_READERS = {"standard": _standard, "github": _github, "smn": _smn, "bearer": _bearer, "grafana": _grafana}
