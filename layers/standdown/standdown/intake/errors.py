"""Why an event became no request: one base, one class for each of the three answers a sender can get."""

from __future__ import annotations

from standdown.wire import one_line


class IntakeError(Exception):
    """Base of all: `code` is a short reason for logs and metrics, `message` one safe line saying what to do."""

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


class IgnoredError(IntakeError):
    """Raised when an event was understood and rightly stops nothing, such as a recovery."""


class UnauthenticatedError(IntakeError):
    """Raised when a sender did not prove who it is; always the same words, whatever was wrong."""

    def __init__(self) -> None:
        """Take no words: a sender learns nothing of what was wrong."""
        super().__init__("unauthenticated", "the signature does not hold, is too old, or is missing")


class WebhookSecretError(IntakeError):
    """Raised when a configured webhook secret or key cannot be used; the message never contains it."""
