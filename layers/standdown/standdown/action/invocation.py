"""What the trigger and the sweeper act with, for one invocation."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from standdown.action.attempt import Attempt
from standdown.action.patience import MARGIN
from standdown.aws.workflow import Workflow
from standdown.core.targets import Targets
from standdown.huawei.account import HuaweiAccount
from standdown.ledger.ledger import Ledger


class Invocation(NamedTuple):
    """What an action is done with, for one invocation; `remaining()` is what is left of it in seconds.

    `targets_now()` returns the targets as they are believed at that moment; it raises RetryLaterError.
    """

    targets_now: Callable[[], Targets]
    ledger: Ledger
    huawei: HuaweiAccount
    workflow: Workflow
    clock: Callable[[], datetime]
    remaining: Callable[[], float]
    pause: Callable[[float], None] = time.sleep

    @property
    def targets(self) -> Targets:
        """Return the targets as they are believed now."""
        return self.targets_now()

    @property
    def lease(self) -> timedelta:
        """Return for how long an operation must be left alone: it outlives this invocation."""
        return timedelta(seconds=max(self.remaining(), 0) + MARGIN)

    def attempt(self) -> Attempt:
        """Return this invocation's way to Huawei Cloud."""
        return Attempt(self.huawei, self.clock, self.remaining, self.pause)
