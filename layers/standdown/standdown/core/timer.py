"""When a stop is to be undone: some minutes after it, or at the next time of a wall clock in a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from standdown.core.operation import Operation
from standdown.core.outcome import Outcome
from standdown.core.request import StopRequest
from standdown.core.targets import Target

CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]) ([A-Za-z0-9_+/-]{1,60})")
"""A wall-clock time and its zone, such as `06:00 Europe/Berlin`."""


def timer_of(request: StopRequest, target: Target) -> tuple[int | None, str | None]:
    """Return after how many minutes, or at which wall-clock time, a stop is to be undone: the request's word first."""
    if request.resume_after_minutes is not None or request.resume_at is not None:
        return request.resume_after_minutes, request.resume_at
    return target.resume_after_minutes, target.resume_at


def due(operation: Operation, outcome: Outcome) -> datetime | None:
    """Return when a stop that ended so is to be undone (UTC); None where nothing says so."""
    since = outcome.job_ended_at or outcome.ended_at
    if operation.resume_after_minutes is not None:
        return since + timedelta(minutes=operation.resume_after_minutes)
    return next_time(operation.resume_at, since) if operation.resume_at else None


def checked_clock(clock: object) -> str:
    """Return a wall-clock time with its zone; raise ValueError where it is none, or nobody knows the zone."""
    if not isinstance(clock, str):
        raise ValueError(f"{type(clock).__name__} where a time such as 06:00 Europe/Berlin belongs")
    next_time(clock, datetime.now(UTC))
    return clock


def next_time(clock: str, after: datetime) -> datetime:
    """Return the first moment after one (UTC) at which a wall clock shows the time; raise ValueError.

    A time that does not exist on a day is the next one that does, one that exists twice is the first.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # few stops have such a time

    match = CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(f"{clock!r} is no time such as 06:00 Europe/Berlin")
    try:
        zone = ZoneInfo(match[3])
    except ZoneInfoNotFoundError:
        raise ValueError(f"the time zone {match[3]!r} is not known") from None
    day = after.astimezone(zone).date()
    while True:
        local = datetime(day.year, day.month, day.day, int(match[1]), int(match[2]), tzinfo=zone)  # fold 0: the first
        found = local.astimezone(UTC)
        if found > after:
            return found
        day += timedelta(days=1)
