"""The time as everything in a test sees it: it stands still until the test, or a pause in the code, moves it on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clock:
    """Returns the time (UTC) when called."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """Return the time."""
        return self._now

    def epoch(self) -> float:
        """Return the time as seconds since 1970, as the simulated SDRS wants it."""
        return self._now.timestamp()

    def set(self, now: datetime) -> None:
        """Stand at a time."""
        self._now = now

    def pass_(self, seconds: float) -> None:
        """Move on; a jump back is possible too."""
        self._now += timedelta(seconds=seconds)
