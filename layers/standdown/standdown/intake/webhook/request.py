"""The webhook's intake: an HTTP request in, a message for the RequestQueue out. Verifies first, parses second."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standdown.base import standard_webhooks
from standdown.base.standard_webhooks import NotGenuineError
from standdown.base.text import from_base64, iso
from standdown.core.request import Source, StopRequest
from standdown.intake import cloud_eye_alarm as cloud_eye
from standdown.intake.cloud_eye_alarm import CloudEyeAlarm
from standdown.intake.command import read_command
from standdown.intake.errors import (
    IgnoredError,
    MalformedError,
    MediaTypeError,
    MethodError,
    NotFoundError,
    TooLargeError,
    UnauthenticatedError,
    WebhookSecretError,
)
from standdown.intake.fields import child, json_of, object_of
from standdown.intake.webhook import github, smn
from standdown.intake.webhook.smn import SmnPins

MAX_BODY = 64 * 1024  # bytes
MAX_SMN_BODY = 1024 * 1024  # a message may have 256 KB, and its quotes are escaped twice
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
_SMN_PATH = "/smn"
_PATHS = ("/stop", _SMN_PATH)  # what points to /stop since before there was another path goes on working
_SENDERS = {"webhook-id": "standard", "x-hub-signature-256": "github", "x-smn-message-type": "smn"}


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """Who may come in: a kind of sender with nothing configured may not.

    `broken` says, for each kind whose configuration cannot be used, what is wrong with it; the others are let in.
    `left_out` says what is wrong with single entries of a list whose other entries are used, as in a rotation.
    """

    standard: tuple[str, ...] = field(default=(), repr=False)
    github: tuple[str, ...] = field(default=(), repr=False)
    smn: SmnPins = field(default_factory=SmnPins)
    broken: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def configured(self, sender: str) -> bool:
        """Tell whether anything is configured for this kind of sender."""
        return bool(self.smn.keys if sender == "smn" else getattr(self, sender))


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """A request that was let in: `message` is the body to put into the RequestQueue.

    `requests` are what the trigger will make of it, to answer with their operation ids; none for a Cloud Eye alarm,
    whose targets only the trigger knows: that has `alarm` in their place. `problems` are about our own configuration.
    The same `delivery_id` with another `body_sha256` is a conflict (409).
    """

    delivery_id: str
    body_sha256: str
    message: dict[str, Any]
    requests: tuple[StopRequest, ...] = ()
    problems: tuple[str, ...] = ()
    alarm: CloudEyeAlarm | None = None


def read_http(event: Any, secrets: WebhookSecrets, *, now: datetime) -> AcceptedRequest:
    """Read an event of an API Gateway HTTP API (payload format 2.0).

    Raises an IntakeError with the `status` to answer: 404, 405, 413, 415 before the signature is looked at; 401 where
    it does not hold; 400 for what a genuine sender got wrong; 200 for what is rightly ignored; 503 for a secret of
    ours that cannot be used, and for what SMN is to send again.
    """
    request = object_of(event, "the event")
    path = _route(request)
    headers = _headers(request)
    sender = "smn" if path == _SMN_PATH else _sender(headers)
    body = _body(request, MAX_SMN_BODY if sender == "smn" else MAX_BODY)
    if sender != "smn":  # which does not say what it sends as: its signature judges
        _media_type(headers)
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
    """Return the one kind of sender whose header is there, or None."""
    senders = [sender for header, sender in _SENDERS.items() if header in headers]
    return senders[0] if len(senders) == 1 else None


def _no_sender(headers: Mapping[str, str]) -> str:
    """Return why it is not known whose signature to check."""
    senders = [sender for header, sender in _SENDERS.items() if header in headers]
    if senders:
        return f"the request has the headers of several senders: {', '.join(senders)}"
    others = [family for family in _FAMILIES if any(name.startswith(family) for name in headers)]
    return f"unsigned: no header of a known sender{f', but of {others[0]}…' if others else ''}"


def _route(request: dict[str, Any]) -> str:
    """Return the path that the request goes to."""
    context = child(request, "requestContext", "the event")
    stage, given = f"/{context.get('stage')}", request.get("rawPath")
    path = next((path for path in _PATHS if given in (path, stage + path)), None)
    if path is None:
        raise NotFoundError("not_found", f"only {' and '.join(_PATHS)} are answered here")
    if child(context, "http", "the event").get("method") != "POST":
        raise MethodError("method", "only POST is answered here")
    return path


def _body(request: dict[str, Any], most: int) -> bytes:
    """Return the body's bytes as they were sent."""
    text = request.get("body") or ""
    if not isinstance(text, str):
        raise MalformedError("bad_body", "the event's body is not text")
    too_large = TooLargeError("too_large", f"the body is larger than {most // 1024} KiB")
    if len(text) > most * 2:
        raise too_large
    try:
        body = from_base64(text) if request.get("isBase64Encoded") else text.encode()
    except ValueError as error:
        raise MalformedError("bad_body", "the body's encoding is broken") from error
    if len(body) > most:
        raise too_large
    return body


def _headers(request: dict[str, Any]) -> dict[str, str]:
    """Return the headers by lower-case name; one sent twice is joined by a comma, as the gateway does it."""
    found: dict[str, str] = {}
    for name, value in child(request, "headers", "the event").items():
        if isinstance(value, str):
            key = name.lower()
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _media_type(headers: Mapping[str, str]) -> None:
    """Demand plain JSON in UTF-8."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().replace('"', "")
    if kind.strip() != "application/json" or charset not in {"", "charset=utf-8", "charset=utf8"}:
        raise MediaTypeError("media_type", "send the body as application/json in UTF-8")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeError("media_type", "send the body without compression")


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
    alarm = cloud_eye.read_alarm(message)
    # Of the message alone: what SMN wraps around it may differ from one subscription, or one try, to the next.
    digest, queued = _digest(message.message.encode()), cloud_eye.to_verified(alarm.change)
    return AcceptedRequest(alarm.change.delivery_id, digest, queued, (), message.problems, alarm)


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
        **document,
        "delivery_id": delivery_id,
        "source": Source.WEBHOOK.value,
        "requested_at": iso(requests[0].requested_at),
        "requested_by": requests[0].requested_by,
    }
    return AcceptedRequest(delivery_id, _digest(body), message, tuple(requests))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


_READERS = {"standard": _standard, "github": _github, "smn": _smn}
