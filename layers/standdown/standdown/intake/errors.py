"""Why an event became no request: one base, one class for each of the three answers a sender can get."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from standdown.base.text import one_line


class IntakeError(Exception):
    """Base of all: `code` is a short reason for logs and metrics, `message` one safe line saying what to do.

    `status` is the HTTP status with which the webhook answers it.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str) -> None:
        """Keep the code, and the message on one line with nothing in it that could break a log."""
        self.code = code
        self.message = one_line(message, 300)
        super().__init__(code, self.message)

    def __str__(self) -> str:
        """Return the code and the message."""
        return f"{self.code}: {self.message}"


class MalformedError(IntakeError):
    """Raised when no request can be made of an event; it belongs in the dead-letter queue, or is answered with 400."""


class NotFoundError(MalformedError):
    """Raised when an HTTP request goes to another path than the webhook's."""

    status = 404


class MethodError(MalformedError):
    """Raised when an HTTP request is not a POST."""

    status = 405


class TooLargeError(MalformedError):
    """Raised when an HTTP request's body is larger than the webhook takes."""

    status = 413


class MediaTypeError(MalformedError):
    """Raised when an HTTP request's body is not said to be plain JSON."""

    status = 415


class IgnoredError(IntakeError):
    """Raised when an event was understood and rightly stops nothing, such as a recovery."""

    status = 200


class NotCloudEyeError(IgnoredError):
    """Raised when a genuine SMN message is not Cloud Eye's: a rule may know it."""

    def __init__(self) -> None:
        """Say what an operator does where it was meant to be one."""
        super().__init__(
            "not_cloud_eye",
            "the SMN message is no alarm in Cloud Eye's default template: use that one in the alarm rule",
        )


class RecoveredError(IgnoredError):
    """Raised when a Cloud Eye alarm says that it is no alarm now: what repeats `alarm` afterwards is a new one."""

    def __init__(self, message: str, alarm: str, sent_at: datetime) -> None:
        """Keep the alarm's identity, and when the message was sent: SMN keeps no order."""
        self.alarm, self.sent_at = alarm, sent_at
        super().__init__("not_an_alarm", message)


class ConfirmSubscriptionError(IgnoredError):
    """Raised when SMN asks, verifiably, to confirm a subscription: the operator opens `subscribe_url`, we never do."""

    def __init__(self, topic_urn: str, subscribe_url: str) -> None:
        """Keep the address apart from the message: it holds a token, and belongs in the operator's log line alone."""
        self.topic_urn = topic_urn
        self.subscribe_url = subscribe_url
        super().__init__("confirm_subscription", f"open the logged address within 48 hours to confirm {topic_urn}")


class UnauthenticatedError(IntakeError):
    """Raised when a sender did not prove who it is; always the same words, whatever was wrong.

    `check` says which check failed, in words of ours alone. It is for the operator's log: a sender does not read it.
    """

    status = 401

    def __init__(self, check: str = "") -> None:
        """Keep the check apart from the message: a sender learns nothing of what was wrong."""
        self.check = check
        super().__init__("unauthenticated", "the signature does not hold, is too old, or is missing")


class UnverifiedError(UnauthenticatedError):
    """Raised when a message says that it is of a pinned SMN topic and cannot be verified: SMN is to send it again."""

    status = 503


class WebhookSecretError(IntakeError):
    """Raised when a configured webhook secret or key cannot be used; the message never contains it."""

    status = 503
