"""What can go wrong in a call, by what is then known: was the request sent, did it take effect, what was answered."""

from __future__ import annotations

from typing import ClassVar, Literal

Sent = Literal["no", "maybe", "yes"]
Service = Literal["SDRS", "IAM"]


class HuaweiError(Exception):
    """Base of all that the way to Huawei Cloud raises: what this package does, and the stack's credential and names.

    `sent` says whether a request reached the service: "no" (certainly not), "maybe", or "yes" (it answered).
    `retryable` says whether the same may go well soon without anybody's doing, `retry_after` when at the earliest, in
    seconds. `reason` is a word for machines, `values` what a sentence about it names.
    """

    sent: ClassVar[Sent] = "no"
    reason: str
    retry_after: float | None = None

    @property
    def retryable(self) -> bool:
        """Return whether the same call may go well later although nobody corrects anything."""
        return False

    @property
    def values(self) -> dict[str, str]:
        """Return what a sentence about the error can name, such as the secret that is to be corrected."""
        return {}


class SdrsError(HuaweiError):
    """Base of all errors of a call.

    `service` is the one that was asked. `str()` is one short line, fit for a log and free of secrets.
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

    @property
    def retryable(self) -> bool:
        """Return whether the error's class is one that passes, or that a look at the group may settle."""
        from standdown.sdrs.classify import ErrorClass, classify  # classify needs these errors

        return classify(self) in (ErrorClass.RETRY_SOON, ErrorClass.WAIT, ErrorClass.READ_GROUP)

    @property
    def values(self) -> dict[str, str]:
        """Return code, HTTP status and request id, as far as there are any."""
        facts = {"code": self.code, "http_status": self.http_status, "request_id": self.request_id}
        return {name: str(value) for name, value in facts.items() if value is not None}

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
    reason = "request_not_sent"


class InvalidIdError(SdrsError):
    """Raised when an id cannot be one of SDRS's, so that no request was made of it."""

    sent: ClassVar[Sent] = "no"
    reason = "invalid_id"


class SignInError(SdrsError):
    """Raised when IAM gave no token, so that nothing was sent to SDRS; status and code are those of IAM's answer."""

    sent: ClassVar[Sent] = "no"
    reason = "sign_in"
    service: Service = "IAM"


class ProjectError(SdrsError):
    """Raised when IAM names no project for a region, or several; nothing was sent to SDRS."""

    sent: ClassVar[Sent] = "no"
    reason = "project"
    service: Service = "IAM"


class UnclearError(SdrsError):
    """Raised when the request may have taken effect but no usable answer came.

    A read timeout, a reset, a body that is broken, too large or too slow, a 2xx without what was asked for.
    """

    reason = "no_answer"


class ApiError(SdrsError):
    """Raised when the service, or a gateway before it, answered with an error."""

    sent: ClassVar[Sent] = "yes"
    reason = "request_refused"
