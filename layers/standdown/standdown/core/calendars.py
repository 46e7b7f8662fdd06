"""On which days no schedule stops a target: one document per calendar. Pure.

A calendar skips stops, never resumes. One that is missing or broken skips nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from standdown.base.documents import DOCUMENT_NAME, Reader
from standdown.base.text import NotJsonError, one_line, strict_json
from standdown.base.zones import local, zone

_TEXT = re.compile(r"[^\x00-\x1f]{1,200}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(rf"{_DATE.pattern}T[0-9]{{2}}:[0-9]{{2}}")
_MOST = 400
_FORM = "a date such as 2026-12-24, or a time such as 2026-12-24T22:00"
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
Raising = Callable[[str, str], Exception]


class CalendarError(Exception):
    """Raised when a calendar's document is not valid; names the calendar and the key and says what to do."""

    def __init__(self, calendar: str, key: str, problem: str) -> None:
        self.calendar, self.key, self.problem = calendar, key, problem
        super().__init__(f"calendar {calendar!r}, key {key!r}: {problem}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is skipped: from `begin` to before `end`, as the clocks of the calendar's zone show it."""

    begin: datetime
    end: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one calendar in its zone."""

    name: str
    zone: str
    entries: tuple[Entry, ...] = ()

    def day_of(self, moment: datetime) -> str:
        """Return the date that a moment (UTC) has in the calendar's zone."""
        return f"{local(moment, zone(self.zone)):%Y-%m-%d}"

    def entry_at(self, moment: datetime) -> Entry | None:
        """Return the entry that a moment (UTC) falls into; None where there is none."""
        shown = local(moment, zone(self.zone))
        return next((entry for entry in self.entries if entry.begin <= shown < entry.end), None)


def read_calendars(
    documents: Mapping[str, str], named: Iterable[tuple[str, tuple[str, ...]]]
) -> tuple[dict[str, Calendar], dict[str, CalendarError]]:
    """Return the valid calendars and the broken ones; one that a target names and that is missing is broken."""
    valid: dict[str, Calendar] = {}
    broken: dict[str, CalendarError] = {}
    for name, text in sorted(documents.items()):
        try:
            valid[name] = read_calendar(name, text)
        except CalendarError as error:
            broken[name] = error
    for target, skip_on in named:
        for name in skip_on:
            if name not in valid and name not in broken:
                broken[name] = CalendarError(name, "(document)", f"is missing: target {target!r} skips on it")
    return valid, broken


def read_calendar(name: str, text: str) -> Calendar:
    """Read one calendar's JSON document; raise CalendarError naming the key."""
    if not DOCUMENT_NAME.fullmatch(name):
        raise CalendarError(one_line(name, 80), "name", "use 1 to 63 lower-case letters, digits and hyphens")
    try:
        document = strict_json(text)
    except NotJsonError as error:
        raise CalendarError(name, "(document)", str(error)) from error
    raising = partial(CalendarError, name)
    reader = Reader(_object(document, "(document)", raising), raising)
    reader.nothing_else(("zone", "reason", "dates"), "a calendar")
    where = reader.checked("zone", _known, "a time zone such as Europe/Berlin")
    reason = _reason(reader)
    listed = reader.value("dates", list, f"a list of at most {_MOST} dates", lambda found: len(found) <= _MOST)
    return Calendar(name, where, tuple(_entries(listed, reason, raising)))


def _entries(listed: list[Any], reason: str, raising: Raising) -> Iterator[Entry]:
    for number, one in enumerate(listed):
        key = f"dates[{number}]"
        if isinstance(one, str):
            begin, end = _span(one, key, raising)
            yield Entry(begin, end, reason)
            continue
        reader = Reader(_object(one, key, raising), partial(_inside, raising, key))
        reader.nothing_else(("on", "from", "until", "reason"), "a date of a calendar")
        yield _entry(reader, reason)


def _inside(raising: Raising, key: str, inner: str, problem: str) -> Exception:
    return raising(f"{key}.{inner}", problem)


def _entry(reader: Reader, reason: str) -> Entry:
    given = reader.document.keys() & {"on", "from", "until"}
    if given not in ({"on"}, {"from", "until"}):
        raise reader.raising("on", "give on, or from and until")
    first, last = ("on", "on") if "on" in given else ("from", "until")
    begin, _ = reader.checked(first, _parsed, _FORM)
    until, end = reader.checked(last, _parsed, _FORM)
    # The last date is skipped as a whole; a time is the first one that is not skipped any more.
    end = until if last == "until" and _TIME.fullmatch(reader.document["until"]) else end
    if end <= begin:
        raise reader.raising("until", "lies before from")
    return Entry(begin, end, _reason(reader) or reason)


def _object(value: Any, key: str, raising: Raising) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise raising(key, "must be a JSON object" if key == "(document)" else f"must be {_FORM}, or an object")
    return value


def _reason(reader: Reader) -> str:
    what = "a text of 1 to 200 characters"
    return reader.text("reason", _TEXT, what) if "reason" in reader.document else ""


def _known(name: str) -> str:
    try:
        zone(name)
    except ValueError as error:
        raise ValueError(f"{one_line(name, 60)!r} {error}") from None
    return name


def _span(text: str, key: str, raising: Raising) -> tuple[datetime, datetime]:
    try:
        return _parsed(text)
    except ValueError as error:
        raise raising(key, str(error)) from None


def _parsed(text: str) -> tuple[datetime, datetime]:
    """Return the day of a date, or the minute of a time: its begin, and the end that is not a part of it."""
    try:
        if _DATE.fullmatch(text):
            begin = datetime.combine(date.fromisoformat(text), datetime.min.time())
            return begin, begin + _DAY
        if _TIME.fullmatch(text):
            begin = datetime.fromisoformat(f"{text}Z").astimezone(UTC).replace(tzinfo=None)
            return begin, begin + _MINUTE
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{one_line(text, 40)!r} is not {_FORM}")
