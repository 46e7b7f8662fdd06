"""The public entry point: verify a sender, queue the request, answer. Touches neither Huawei Cloud nor any workflow.

Every answer is one of a few: 202 with the operation ids, one identical 401, a named 4xx, or 503 for our own trouble.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from standdown.aws.request_queue import QueueError, RequestQueue
from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.text import canonical, clip
from standdown.core.retry import RetryLaterError
from standdown.intake.cloud_eye_alarm import CloudEyeAlarm
from standdown.intake.errors import (
    ConfirmSubscriptionError,
    IgnoredError,
    IntakeError,
    RecoveredError,
    UnauthenticatedError,
    UnverifiedError,
    WebhookSecretError,
)
from standdown.intake.webhook.request import AcceptedRequest, WebhookSecrets, read_http
from standdown.ledger.ledger import LedgerError
from standdown.ledger.receipts import Receipts

_RETRY_AFTER = "30"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return it in the payload format 2.0 of an HTTP API."""
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        if self.status == 503:
            headers["retry-after"] = _RETRY_AFTER
        if self.status == 405:
            headers["allow"] = "POST"
        return {"statusCode": self.status, "headers": headers, "body": canonical(self.body), "isBase64Encoded": False}


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Takes HTTP requests; `secrets()` raises RetryLaterError where they cannot be read now."""

    secrets: Callable[[], WebhookSecrets]
    receipts: Receipts
    queue: RequestQueue
    clock: Callable[[], datetime]

    def take(self, event: Any) -> Answer:
        """Answer one request; never raises, whatever a sender does."""
        with logger.append_context_keys(source_ip=_source_ip(event)):
            try:
                return self._take(event)
            except IntakeError as error:
                return _answer(error)
            except (LedgerError, QueueError, RetryLaterError) as error:
                logger.error("webhook cannot queue", extra={"problem": str(error)})
                return _unavailable()
            except Exception as error:  # noqa: BLE001 - a fault of ours: the sender is to send it again, not to give up
                logger.error("webhook failed", extra={"problem": type(error).__name__}, exc_info=error)
                return _unavailable()

    def _take(self, event: Any) -> Answer:
        secrets = self.secrets()
        _report(secrets.left_out)
        try:
            accepted = read_http(event, secrets, now=self.clock())
        except RecoveredError as error:
            self.receipts.alarm_ended(error.alarm, error.sent_at, self.clock())
            raise
        _report(accepted.problems)
        for left_out in accepted.left_out:
            _note(left_out)
        if accepted.alarm:
            self._ignore_repeat(accepted.alarm)
        # The receipt comes first: a message that is queued twice is one request, one id for two bodies is two of them.
        digest = accepted.body_sha256
        if digest is not None and not self.receipts.agrees(accepted.delivery_id, digest, self.clock()):
            logger.warning("webhook rejected", extra={"reason_code": "conflict", "delivery_id": accepted.delivery_id})
            record(Metric.EVENTS_REJECTED, reason="conflict")
            return _refused(409, "conflict", "this webhook-id was used before with another body: use a new one")
        self.queue.send(accepted.message)
        if accepted.alarm:  # now, not before: an alarm that could not be queued was not taken
            self.receipts.alarm_taken(accepted.alarm.alarm, accepted.alarm.sent_at, self.clock())
        return _taken(accepted)

    def _ignore_repeat(self, alarm: CloudEyeAlarm) -> None:
        """Raise IgnoredError for a message that says again what was taken; it is taken where nothing was."""
        if alarm.repeated and self.receipts.lasts(alarm.alarm, self.clock()):
            self.receipts.alarm_taken(alarm.alarm, alarm.sent_at, self.clock())
            raise IgnoredError("no_change", f"the alarm {alarm.change.name} lasts, and was taken before")


def handle(event: Any, endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Answer a sender; or the daily check, which no HTTP request can look like."""
    if event == {"check": True}:
        from standdown.entry.webhook_check import check_webhook  # a sender need not wait for it to be loaded

        return check_webhook(endpoint)
    return endpoint.take(event).to_dict()


def _report(problems: tuple[str, ...]) -> None:
    """Log and count each configured secret or key that is left out, as long as others of its kind are used."""
    for problem in problems:
        logger.error("a secret or key is left out", extra={"problem": problem})
        record(Metric.BROKEN_SECRETS)


def _taken(accepted: AcceptedRequest) -> Answer:
    operations = [
        {"operation_id": request.operation_id, "target": request.wanted, "dry_run": request.dry_run}
        for request in accepted.requests
    ]
    logger.info("webhook queued", extra={"delivery_id": accepted.delivery_id, "operations": operations})
    return Answer(202, {"delivery_id": accepted.delivery_id, "operations": operations})


def _answer(error: IntakeError) -> Answer:
    """Return what a sender reads of an error, and log and count what the operator needs to."""
    _note(error)
    if isinstance(error, UnverifiedError | WebhookSecretError):
        return _unavailable()
    if isinstance(error, IgnoredError):
        return Answer(200, {"ignored": error.code})
    return _refused(error.status, error.code, error.message)


def _note(error: IntakeError) -> None:
    """Log and count an error, in the words that the operator needs."""
    words = {"reason_code": error.code, "detail": error.message}
    record(Metric.EVENTS_IGNORED if isinstance(error, IgnoredError) else Metric.EVENTS_REJECTED, reason=error.code)
    match error:
        case UnverifiedError():
            record(Metric.SMN_UNVERIFIED)
            logger.error("smn message not verified", extra={"reason_code": error.code, "check": error.check})
        case UnauthenticatedError():
            logger.warning("webhook not authenticated", extra={**words, "check": error.check})
        case WebhookSecretError():
            logger.error("webhook secret cannot be used", extra=words)
        case ConfirmSubscriptionError():
            found = {"topic_urn": error.topic_urn, "subscribe_url": error.subscribe_url}
            logger.warning("confirm the subscription by opening its address", extra=found)
        case IgnoredError():
            logger.info("event ignored", extra=words)
        case _:
            logger.warning("webhook rejected", extra=words)


def _unavailable() -> Answer:
    return _refused(503, "unavailable", "the request could not be queued: send it again")


def _refused(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})


def _source_ip(event: Any) -> str:
    """Return the sender's address as the gateway saw it, or an empty text."""
    for key in ("requestContext", "http", "sourceIp"):
        event = event.get(key) if isinstance(event, dict) else None
    return clip(event, 50) if isinstance(event, str) else ""
