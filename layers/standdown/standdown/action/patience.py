"""How long one invocation waits for Huawei Cloud, and how often it tries."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from standdown.core.retry import SOON, RetryLaterError
from standdown.huawei.account import CALL
from standdown.sdrs.errors import SdrsError

MARGIN = 5.0
"""Seconds of an invocation that are kept for the ledger and the workflow after the last call to Huawei Cloud."""
SHORTEST = 1.0
"""A call that could not be given this many seconds is not begun."""
MOST_TRIES = 6
"""How many calls of one delivery may fail. So it sends no more POSTs than that, and those beyond `MOST_POSTS` had no
effect for certain: refused connections and throttling."""


@dataclass(slots=True, eq=False, repr=False)
class Patience:
    """One invocation's; `remaining()` is what is left of it in seconds."""

    remaining: Callable[[], float]
    pause: Callable[[float], None]
    _tries: int = field(default=0, init=False)

    def breathe(self, error: SdrsError) -> None:
        """Wait before the next call: what the service asks for, else longer each time, never in step with others.

        Raises RetryLaterError where the time or the tries do not suffice.
        """
        self._tries += 1
        wait = error.retry_after or 0.2 * 2**self._tries * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        if self._tries >= MOST_TRIES or self.remaining() - wait < MARGIN + SHORTEST:
            raise RetryLaterError(str(error), max(wait, SOON))
        self.pause(wait)

    def time(self) -> float:
        """Return the seconds that the next call may take; raise RetryLaterError where there are too few."""
        left = self.remaining() - MARGIN
        if left < SHORTEST:
            raise RetryLaterError("no time is left in this invocation")
        return min(CALL, left)
