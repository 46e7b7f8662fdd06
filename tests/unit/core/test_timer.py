"""When a stop is to be undone, against a clock that is walked minute by minute with the rules of another library."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz  # type: ignore[import-untyped]
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standdown.core.clock import check_clock, next_time
from standdown.core.outcome import Outcome, Result
from standdown.core.reasons import Reason, Why
from standdown.core.timer import due
from support.samples import ALARM, ended

BERLIN, SHANGHAI, HAVANA, LORD_HOWE, APIA = (
    "Europe/Berlin", "Asia/Shanghai", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia",
)  # fmt: skip
ZONES = (BERLIN, SHANGHAI, HAVANA, LORD_HOWE, APIA, "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca", "UTC")
MINUTE = timedelta(minutes=1)


def walked(hour: int, minute: int, zone: str, after: datetime) -> datetime:
    """Return the same by looking at a clock on the wall every minute from two days before on; dateutil tells its time.

    A day's moment has come when the wall has shown its time, or one that lies behind it, for the first time.
    """
    where = tz.gettz(zone)
    start = after.replace(second=0, microsecond=0) - timedelta(days=2)
    latest = datetime.max  # noqa: DTZ901 - what the wall has shown at the latest
    for count in range(60 * 24 * 5):
        moment = start + count * MINUTE
        wall = moment.astimezone(where).replace(tzinfo=None, fold=0)
        wanted = wall.replace(hour=hour, minute=minute)
        if moment > after and any(latest < one <= wall for one in (wanted, wanted - timedelta(days=1))):
            return moment
        latest = max(latest, wall) if count else wall
    raise AssertionError("the walk has no end")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "after", "found"),
    [
        (f"06:00 {BERLIN}", "2026-01-10T22:05:00+01:00", "2026-01-11T06:00:00+01:00"),
        (f"06:00 {BERLIN}", "2026-01-11T05:59:59+01:00", "2026-01-11T06:00:00+01:00"),
        (f"06:00 {BERLIN}", "2026-01-11T06:00:00+01:00", "2026-01-12T06:00:00+01:00"),
        # Clocks are put forward from 02:00 to 03:00: 02:30 is not shown that day, the next time that is, is 03:00.
        (f"02:30 {BERLIN}", "2026-03-28T22:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        (f"02:00 {BERLIN}", "2026-03-28T22:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        (f"03:00 {BERLIN}", "2026-03-28T22:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        (f"02:30 {BERLIN}", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"),
        (f"06:00 {BERLIN}", "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        # Clocks are put back from 03:00 to 02:00: 02:30 is shown twice, and the first one counts.
        (f"02:30 {BERLIN}", "2026-10-24T22:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        (f"02:30 {BERLIN}", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),
        (f"02:30 {BERLIN}", "2026-10-25T02:10:00+01:00", "2026-10-26T02:30:00+01:00"),
        (f"06:00 {BERLIN}", "2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00"),
        (f"06:00 {SHANGHAI}", "2026-03-28T22:00:00+08:00", "2026-03-29T06:00:00+08:00"),
        # At midnight, by half an hour, and a whole day that a country left out.
        (f"00:30 {HAVANA}", "2026-03-07T22:00:00-05:00", "2026-03-08T01:00:00-04:00"),
        (f"02:10 {LORD_HOWE}", "2026-10-03T22:00:00+10:30", "2026-10-04T02:30:00+11:00"),
        (f"06:00 {APIA}", "2011-12-29T22:00:00-10:00", "2011-12-31T00:00:00+14:00"),
        ("06:00 UTC", "2026-01-10T06:00:01+00:00", "2026-01-11T06:00:00+00:00"),
    ],
)
def test_the_next_time_of_a_wall_clock(clock: str, after: str, found: str) -> None:
    assert next_time(clock, at(after)) == at(found)


@pytest.mark.parametrize("zone", [HAVANA, LORD_HOWE, BERLIN, APIA])
def test_the_rules_are_the_same_where_the_machine_has_no_zones(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = [f"{hour:02}:{minute:02} {zone}" for hour in (0, 1, 2, 3, 6) for minute in (0, 15, 30)]
    days = [at(f"{day}T13:00:00Z") for day in ("2026-03-07", "2026-03-28", "2026-10-03", "2026-10-24", "2011-12-29")]
    known = {(clock, day): next_time(clock, day) for clock in clocks for day in days}
    ZoneInfo.clear_cache()
    monkeypatch.setattr("zoneinfo._tzpath.TZPATH", ())
    monkeypatch.setitem(__import__("sys").modules, "tzdata", None)

    assert {(clock, day): next_time(clock, day) for clock, day in known} == known


@settings(max_examples=40, deadline=None)
@example(zone=BERLIN, hour=2, minute=30, after=at("2026-03-28T20:00:00Z"))
@example(zone=BERLIN, hour=2, minute=30, after=at("2026-10-25T00:45:00Z"))
@example(zone=APIA, hour=6, minute=0, after=at("2011-12-30T08:00:00Z"))
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    after=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_it_is_when_somebody_who_watches_the_wall_sees_it(zone: str, hour: int, minute: int, after: datetime) -> None:
    assert next_time(f"{hour:02}:{minute:02} {zone}", after) == walked(hour, minute, zone, after)


@pytest.mark.parametrize(
    ("clock", "problem"),
    [("06:00 Mars/Base", "'Mars/Base' is no time zone"), ("06:00", "no time with its zone"), ("6 UTC", "no time")],
)
def test_a_clock_that_is_none_is_refused(clock: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_clock(clock)


STOPPED = Outcome.of(Result.SUCCEEDED, at("2026-01-10T22:09:00Z"), Why(Reason.PROTECTION_OFF))


@pytest.mark.parametrize(
    ("minutes", "clock", "job_ended", "found"),
    [
        (None, None, None, None),
        (90, None, None, "2026-01-10T23:39:00Z"),
        (90, None, "2026-01-10T22:07:00Z", "2026-01-10T23:37:00Z"),
        (None, "06:00 Asia/Shanghai", None, "2026-01-11T22:00:00Z"),
        (None, "06:08 Asia/Shanghai", "2026-01-10T22:07:00Z", "2026-01-10T22:08:00Z"),
        (None, "06:00 Gone/Away", None, None),
    ],
)
def test_a_stop_is_undone_so_long_after_its_job_or_at_that_time(
    minutes: int | None, clock: str | None, job_ended: str | None, found: str | None
) -> None:
    operation = replace(ended(Result.SUCCEEDED, "x"), resume_after_minutes=minutes, resume_at=clock)
    outcome = replace(STOPPED, job_ended_at=at(job_ended) if job_ended else None)

    assert due(operation, outcome) == (at(found) if found else None)


def test_a_stop_that_ends_after_its_own_time_is_undone_at_once_and_not_a_day_later() -> None:
    asked = ended(Result.SUCCEEDED, "x", request=replace(ALARM, requested_at=at("2026-01-10T21:50:00Z")))
    late = replace(asked, resume_at="06:00 Asia/Shanghai")

    assert due(late, STOPPED) == STOPPED.ended_at
    assert due(late, replace(STOPPED, job_ended_at=at("2026-01-10T21:59:00Z"))) == at("2026-01-10T22:00:00Z")
