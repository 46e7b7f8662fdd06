"""The guard: where the production site fails, a stop would take the failover away. Reads the pairs once; sends nothing.

It is asked between the intent and the first stop, of stops that nobody decides on at that moment, and has one second.
What cannot be read in that second forbids nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.pairs import LINK_BROKEN, PRODUCTION_FAILED, at_level, named
from standdown.core.reasons import Reason, Why
from standdown.core.request import ALARMS, Source
from standdown.huawei.account import HuaweiAccount
from standdown.huawei.pairs import see_pairs

SECONDS = 1.0
"""All that a stop waits for the guard: signing in, connecting, every page."""
GUARDED = ALARMS | {Source.SCHEDULE}


def ask_guard(
    operation: Operation, huawei: HuaweiAccount, clock: Callable[[], datetime], time: float
) -> tuple[str | None, Outcome | None]:
    """Return what the guard found, and the refusal where a pair is at fault level 2.

    The word is `passed`, `link_broken`, `production_failed`, `not_told`, `forced` or `off`; None where it is not asked.
    """
    if any(cause.force for cause in operation.all_causes):
        return "forced", None
    if not all(cause.source in GUARDED for cause in operation.all_causes):
        return None, None
    if operation.guard_off:
        return "off", None
    seen = see_pairs(huawei, operation.located, min(SECONDS, time))
    if seen.pairs is None:
        return "not_told", None
    failed = at_level(seen.pairs, PRODUCTION_FAILED)
    if failed:
        why = Why.of(Reason.PRODUCTION_FAILED, pairs=named(failed))
        return "production_failed", Outcome.of(Result.REFUSED, clock(), why, Refusal.PRODUCTION_FAILED)
    return ("link_broken" if at_level(seen.pairs, LINK_BROKEN) else "passed"), None
