"""A clock for tests: time passes only when a test says so."""

from __future__ import annotations


class Clock:
    """Epoch seconds, beginning at 2026-01-02T03:04:05Z."""

    def __init__(self, now: float = 1_767_323_045.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
