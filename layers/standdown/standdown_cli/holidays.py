"""The days of a calendar file (.ics), as the documents below `calendars/` have them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

from standdown.base.text import one_line

_LONGEST_REASON = 60


class HolidaysError(Exception):
    """Raised when a file cannot be read as a calendar; the message names the file."""


def read_holidays(file: Path, where: tzinfo, begin: date, end: date) -> list[dict[str, str]]:
    """Return the events of a file from one day to before another, repeated ones each time; raise HolidaysError.

    An event of whole days has dates; any other has the times that the clocks of the zone show.
    """
    import recurring_ical_events  # nothing else of the command needs it
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(file.read_bytes())
        first, last = (datetime.combine(day, time(), where) for day in (begin, end))
        events = recurring_ical_events.of(calendar).between(first, last)
        found = [_entry(one.start, one.end, str(one.get("SUMMARY", "")), where) for one in events]
    except OSError as error:
        raise HolidaysError(f"{file}: {error.strerror}") from error
    except Exception as error:  # the libraries raise whatever a file makes them stumble over
        raise HolidaysError(f"{file} cannot be read as a calendar: {one_line(str(error), 120)}") from error
    return sorted(found, key=lambda one: one.get("on") or one["from"])


def _entry(start: date, end: date, summary: str, where: tzinfo) -> dict[str, str]:
    reason = {"reason": one_line(summary, _LONGEST_REASON)} if summary.strip() else {}
    if isinstance(start, datetime) and isinstance(end, datetime):
        return {"from": _shown(start, where), "until": _shown(max(end, start + timedelta(minutes=1)), where)} | reason
    last = end - timedelta(days=1)  # the end of whole days is the first day that is not a part of them
    return ({"on": f"{start}"} if last <= start else {"from": f"{start}", "until": f"{last}"}) | reason


def _shown(moment: datetime, where: tzinfo) -> str:
    """Return what the clocks of the zone show; a time without a zone is meant to be theirs."""
    own = moment if moment.tzinfo is None else moment.astimezone(UTC).astimezone(where)
    return f"{own:%Y-%m-%dT%H:%M}"
