"""When people are reminded that a group is still without protection. Pure.

The first time some minutes after protection went, then ever more rarely: at most six times in a day. Where somebody
else switched it off, no outcome has said so: the first time is at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from standdown.core.hold import Hold, HoldState

__all__ = ["due_at", "is_due"]

_GAPS = (4, 8, 12, 24)
"""Hours from one reminder to the next; the last one holds for all that follow."""


def due_at(hold: Hold, remind_after_minutes: int) -> datetime:
    """Return when the next reminder of a hold is due (UTC), were nobody to want quiet."""
    untold = hold.outside and not hold.asked and not hold.notices
    first = hold.since if untold else hold.since + timedelta(minutes=remind_after_minutes)
    if hold.last_notice_at is None:
        return first
    gap = _GAPS[min(max(hold.notices - 1, 0), len(_GAPS) - 1)]
    return max(first, hold.last_notice_at + timedelta(hours=gap))


def is_due(hold: Hold, remind_after_minutes: int, now: datetime) -> bool:
    """Return whether people are to be reminded of a hold now."""
    quiet = hold.acknowledged_until is not None and now < hold.acknowledged_until
    return hold.state is HoldState.OPEN and not quiet and now >= due_at(hold, remind_after_minutes)
