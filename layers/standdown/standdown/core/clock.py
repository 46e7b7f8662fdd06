"""The time of a wall clock in a zone, as a target or a request gives it, and when clocks show it next."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from standdown.base.zones import local, zone

__all__ = ["check_clock", "first_moment", "next_time"]

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]) ([A-Za-z0-9_+/-]{1,60})")
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def check_clock(clock: str) -> str:
    """Return a wall-clock time with its zone as given; raise ValueError where it is none, or nobody knows the zone."""
    _read(clock)
    return clock


def next_time(clock: str, after: datetime) -> datetime:
    """Return the first moment after one (UTC) at which a wall clock shows the time; raise ValueError.

    A time that does not exist on a day is the next one that does, one that exists twice is the first.
    """
    hour, minute, where = _read(clock)
    # An hour that exists twice may have passed its first time yesterday only: the day before is looked at, too.
    day = datetime.combine(after.astimezone(where).date(), datetime.min.time()) - _DAY
    while True:
        found = first_moment(day.replace(hour=hour, minute=minute), where)
        if found > after:
            return found
        day += _DAY


def first_moment(wall: datetime, where: tzinfo) -> datetime:
    """Return the first moment (UTC) at which a zone's clocks show this time, given without a zone, or a later one."""
    found = wall.replace(tzinfo=where).astimezone(UTC)  # fold 0: the first of two
    if local(found, where) == wall:
        return found
    # Clocks are put forward over it. They are at the latest when they show it as before, at the earliest as after.
    before, after = (_offset(wall + side, where) for side in (-_DAY, _DAY))
    low, high = (wall.replace(tzinfo=UTC) - offset for offset in (max(before, after), min(before, after)))
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        low, high = (low, middle) if local(middle, where) >= wall else (middle, high)
    return high.replace(microsecond=0)


def _read(clock: str) -> tuple[int, int, tzinfo]:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(f"{clock!r} is no time with its zone, such as 06:00 Europe/Berlin")
    try:
        return int(match[1]), int(match[2]), zone(match[3])
    except ValueError as error:
        raise ValueError(f"{match[3]!r} {error}") from None


def _offset(wall: datetime, where: tzinfo) -> timedelta:
    return wall.replace(tzinfo=where).utcoffset() or timedelta()
