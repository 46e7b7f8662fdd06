"""When an exchange must end, whatever it does: resolving, connecting, TLS, sending, and every single read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Deadline(NamedTuple):
    """The time at which an exchange must have ended, in seconds of `clock`."""

    ends: float
    clock: Callable[[], float] = time.monotonic

    def left(self) -> float:
        """Return the seconds left; raise TimeoutError where there are none."""
        left = self.ends - self.clock()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left
