"""When a channel that failed is tried again. Pure: attempts and what a receiver asks for in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["AWS", "WEBHOOK", "Schedule"]

_STANDARD_WEBHOOKS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The waits between tries, in seconds; after the last one the channel is given up.

    `longest_asked` caps what a receiver may ask for with `Retry-After`.
    """

    waits: tuple[float, ...]
    longest_asked: float = 3_600

    def wait(self, attempts: int, asked: float | None = None) -> float | None:
        """Return the seconds until the next try after so many failed ones, or None where it is given up."""
        if attempts > len(self.waits):
            return None
        return max(self.waits[max(0, attempts - 1)], min(asked or 0.0, self.longest_asked))

    def within(self, bound: timedelta) -> Schedule:
        """Return the schedule cut so that its waits add up to at most the bound."""
        kept, total = [], 0.0
        for wait in self.waits:
            total += wait
            if total > bound.total_seconds():
                break
            kept.append(wait)
        return Schedule(tuple(kept), self.longest_asked)


AWS = Schedule((5, 15, 60, 300, 900, 900, 900, 900))
"""For SNS and EventBridge: quick at first, then every quarter of an hour for an hour."""

WEBHOOK = Schedule(_STANDARD_WEBHOOKS).within(timedelta(hours=24))
"""The schedule that Standard Webhooks recommends, for a day."""
