"""The one signal that a request must be delivered again."""

from __future__ import annotations

from standdown.core.operation import Operation

SOON = 5.0
"""Seconds after which a request is tried again where nothing says otherwise."""


def waiting_for(progress: int | None, why: str) -> str:
    """Return what a stop waits for while pairs synchronise, with how much of it is done, in per cent."""
    return f"waiting: {why}" if progress is None else f"waiting: {progress} % synchronised ({why})"


class RetryLaterError(Exception):
    """Raised when the request is neither settled nor lost: deliver it again in `delay` seconds."""

    def __init__(self, why: str, delay: float = SOON, operation: Operation | None = None) -> None:
        super().__init__(why)
        self.why, self.delay, self.operation = why, delay, operation
