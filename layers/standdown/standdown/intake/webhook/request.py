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
from standdown.core.operation import Source, StopRequest
from standdown.intake import cloud_eye_alarm as cloud_eye
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
    whose targets only the trigger knows. `problems` are about our own configuration. The same `delivery_id` with
    another `body_sha256` is a conflict (409).
    """

    delivery_id: str
    body_sha256: str
    message: dict[str, Any]
    requests: tuple[StopRequest, ...] = ()
    problems: tuple[str, ...] = ()


def read_http(event: Any, secrets: WebhookSecrets, *, now: datetime, path: str = "/stop") -> AcceptedRequest:
    """Read an event of an API Gateway HTTP API (payload format 2.0).

    Raises an IntakeError with the `status` to answer: 404, 405, 413, 415 before the signature is looked at; 401 where
    it does not hold; 400 for what a genuine sender got wrong; 200 for what is rightly ignored; 503 for a secret of
    ours that cannot be used.
    """
    request = object_of(event, "the event")
    _route(request, path)
    body = _body(request)
    headers = _headers(request)
    _media_type(headers)
    senders = [sender for header, sender in _SENDERS.items() if header in headers]
    if len(senders) != 1:
        raise UnauthenticatedError(_no_sender(senders, headers))
    sender = senders[0]
    if sender in secrets.broken:
        raise WebhookSecretError("bad_secret", secrets.broken[sender])
    try:
        return _READERS[sender](secrets, headers, body, now)
    except UnauthenticatedError as error:
        check = error.check if secrets.configured(sender) else "no secret of this kind is configured"
        raise UnauthenticatedError(f"{sender}: {check}") from None


def _no_sender(senders: list[str], headers: Mapping[str, str]) -> str:
    """Return why it is not known whose signature to check."""
    if senders:
        return f"the request has the headers of several senders: {', '.join(senders)}"
    others = [family for family in _FAMILIES if any(name.startswith(family) for name in headers)]
    return f"unsigned: no header of a known sender{f', but of {others[0]}…' if others else ''}"


def _route(request: dict[str, Any], path: str) -> None:
    context = child(request, "requestContext", "the event")
    stage = f"/{context.get('stage')}"
    if request.get("rawPath") not in {path, stage + path}:
        raise NotFoundError("not_found", f"only {path} is answered here")
    if child(context, "http", "the event").get("method") != "POST":
        raise MethodError("method", "only POST is answered here")


def _body(request: dict[str, Any]) -> bytes:
    """Return the body's bytes as they were sent."""
    text = request.get("body") or ""
    if not isinstance(text, str):
        raise MalformedError("bad_body", "the event's body is not text")
    if len(text) > MAX_BODY * 2:
        raise TooLargeError("too_large", "the body is larger than 64 KiB")
    try:
        body = from_base64(text) if request.get("isBase64Encoded") else text.encode()
    except ValueError as error:
        raise MalformedError("bad_body", "the body's encoding is broken") from error
    if len(body) > MAX_BODY:
        raise TooLargeError("too_large", "the body is larger than 64 KiB")
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
    """Demand plain JSON in UTF-8; SMN does not say what it sends as, and is believed by its signature alone."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    allowed = {"application/json"} | ({"", "text/plain"} if "x-smn-message-type" in headers else set())
    charset = parameters.strip().replace('"', "")
    if kind.strip() not in allowed or charset not in {"", "charset=utf-8", "charset=utf8"}:
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
    change = cloud_eye.read_alarm(message)
    # Of the message alone: what SMN wraps around it may differ from one subscription, or one try, to the next.
    return AcceptedRequest(
        change.delivery_id, _digest(message.message.encode()), cloud_eye.to_verified(change), (), message.problems
    )


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
