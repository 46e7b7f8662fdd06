"""What can go wrong in a call, by what is then known: was the request sent, did it take effect, what was answered."""

from __future__ import annotations

from typing import ClassVar, Literal

Sent = Literal["no", "maybe", "yes"]
Service = Literal["SDRS", "IAM"]


class SdrsError(Exception):
    """Base of all errors of this package.

    `sent` says whether the request reached the service: "no" (certainly not), "maybe", or "yes" (it answered).
    `service` is the one that was asked.
    `retry_after` is in seconds. `str()` is one short line, fit for a log and free of secrets.
    """

    sent: ClassVar[Sent] = "maybe"
    service: Service = "SDRS"

    def __init__(
        self,
        message: str,
        *,
        http_status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Return code, message, HTTP status and request id on one line."""
        facts = []
        if self.http_status is not None:
            facts.append(f"HTTP {self.http_status}")
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        head = f"{self.code}: {self.message}" if self.code else self.message
        return f"{head} ({', '.join(facts)})" if facts else head


class NotSentError(SdrsError):
    """Raised when the request certainly did not reach the service: refused, no such name, TLS, no time."""

    sent: ClassVar[Sent] = "no"


class InvalidIdError(SdrsError):
    """Raised when an id cannot be one of SDRS's, so that no request was made of it."""

    sent: ClassVar[Sent] = "no"


class SignInError(SdrsError):
    """Raised when IAM gave no token, so that nothing was sent to SDRS; status and code are those of IAM's answer."""

    sent: ClassVar[Sent] = "no"
    service: Service = "IAM"


class ProjectError(SdrsError):
    """Raised when IAM names no project for a region, or several; nothing was sent to SDRS."""

    sent: ClassVar[Sent] = "no"
    service: Service = "IAM"


class UnclearError(SdrsError):
    """Raised when the request may have taken effect but no usable answer came.

    A read timeout, a reset, a body that is broken, too large or too slow, a 2xx without what was asked for.
    """


class ApiError(SdrsError):
    """Raised when the service, or a gateway before it, answered with an error."""

    sent: ClassVar[Sent] = "yes"
