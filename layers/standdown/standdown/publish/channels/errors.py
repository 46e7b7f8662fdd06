"""Why an outcome did not get through on one channel, as a sentence that may be recorded and shown."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from standdown.base.text import one_line

__all__ = ["PublishError", "from_aws"]

_HOPELESS = frozenset(
    {"InvalidParameter", "InvalidParameterValue", "ValidationError", "ValidationException", "MalformedDetail"}
)


class PublishError(Exception):
    """Raised when a channel did not take the outcome.

    `retryable` says whether the same message may get through later; `retry_after` is what the receiver asks
    for, in seconds.
    `problem` is one clipped line without any secret.
    """

    def __init__(self, problem: str, *, retryable: bool = True, retry_after: float | None = None) -> None:
        self.problem = one_line(problem, 300)
        self.retryable = retryable
        self.retry_after = retry_after
        super().__init__(self.problem)


def from_aws(service: str, error: BotoCoreError | ClientError) -> PublishError:
    """Return what an AWS client raised as a PublishError that names the service and its code."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        code = said.get("Code", "no code")
        return PublishError(
            f"{service} refused it: {code}: {said.get('Message', 'no message')}", retryable=code not in _HOPELESS
        )
    return PublishError(f"{service} could not be used: {error}", retryable=not isinstance(error, ParamValidationError))
