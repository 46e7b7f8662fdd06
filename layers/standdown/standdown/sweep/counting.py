"""What each run says of a group without protection: its minutes as a metric, one log line where it was seen."""

from __future__ import annotations

from datetime import datetime

from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.text import iso
from standdown.core.hold import Hold, HoldState

__all__ = ["count", "report"]


def count(hold: Hold, target: str | None, now: datetime) -> None:
    """Count the minutes of a hold that is open, also where its group could not be seen or has an unclear status."""
    if hold.state is HoldState.OPEN:
        record(Metric.UNPROTECTED_MINUTES, _minutes(hold, now), target=_named(hold, target))


def report(hold: Hold, target: str | None, now: datetime) -> None:
    """Count the minutes of a hold whose group was just seen without protection, and write the dashboard's line."""
    count(hold, target, now)
    until = hold.acknowledged_until
    said = {
        "target": _named(hold, target),
        "group": hold.group.server_group_id,
        "group_name": hold.name,
        "since": iso(hold.since),
        "minutes": _minutes(hold, now),
        "status": hold.status,
        "asked_by": hold.asked[-1].source.value if hold.asked else "outside",
        "acknowledged_until": iso(until) if until and until > now else None,
        "hold": hold.hold_id,
    }
    logger.info("group unprotected", extra=said)


def _named(hold: Hold, target: str | None) -> str:
    return hold.target_name or target or "none"


def _minutes(hold: Hold, now: datetime) -> int:
    return max(int((now - hold.since).total_seconds() // 60), 0)
