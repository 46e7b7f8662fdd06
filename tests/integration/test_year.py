"""A year of nights on two clocks: every planned stop and resume happens when the wall clock says, or is told why not.

A schedule fires by the rules that AWS documents for EventBridge Scheduler: a time that does not exist on a day is
skipped, one that exists twice fires once. dateutil tells the time here, another library than the one that is tested.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dateutil import tz  # type: ignore[import-untyped]

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from standdown.action.protocol import stop
from standdown.core.due import resume_of
from standdown.core.hold import Hold, HoldState, outside
from standdown.core.operation import GroupRef, Operation
from standdown.core.request import Action, Source, StopRequest
from support.inmemory import Stack, Target
from support.inmemory.clock import Clock

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
YEAR = 2026
FORWARD, BACK = date(YEAR, 3, 29), date(YEAR, 10, 25)  # when the clocks of Berlin change
HOLIDAYS = [date(YEAR, *day) for day in (
    (1, 1), (1, 6), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (6, 4), (10, 3), (11, 1), (12, 25), (12, 26),
)]  # fmt: skip
OVERRIDE = date(YEAR, 9, 9)  # somebody skips tonight
RESUMED_BY_A_PERSON = date(YEAR, 7, 7)
STOPPED_OUTSIDE = date(YEAR, 8, 18)
RUN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Night:
    """What is planned for one night: the schedule's time, and when protection is to be enabled again (UTC)."""

    day: date
    fires: datetime | None
    resumes: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """A nightly window on the clocks of one zone, and when somebody who is up at night looks in."""

    zone: str
    stops: str
    resumes: str
    looks_in: str

    def nights(self, days: int = 365) -> Iterator[Night]:
        """Yield the nights of the year."""
        for day in (date(YEAR, 1, 1) + timedelta(days=count) for count in range(days)):
            fires = self.at(day, self.stops) if tz.datetime_exists(_wall(day, self.stops), self.tz) else None
            yield Night(day, fires, fires and self.after(fires, self.resumes))

    def after(self, moment: datetime, clock: str) -> datetime:
        """Return when the clocks of the zone show a time next; one that does not exist is the next one that does."""
        day = moment.astimezone(self.tz).date()
        return next(found for n in (0, 1, 2) if (found := self.at(day + timedelta(days=n), clock)) > moment)

    def at(self, day: date, clock: str) -> datetime:
        """Return when the clocks of the zone show a time on a day, for the first time."""
        wall = _wall(day, clock)
        while not tz.datetime_exists(wall, self.tz):
            wall += timedelta(minutes=1)
        return wall.replace(tzinfo=self.tz, fold=0).astimezone(UTC)

    @property
    def tz(self) -> Any:
        """Return the zone."""
        return tz.gettz(self.zone)


def _wall(day: date, clock: str) -> datetime:
    return datetime.combine(day, datetime.strptime(clock, "%H:%M").time())  # noqa: DTZ007 - a time of a wall clock


WINDOWS = [
    Window(BERLIN, "22:00", "06:00", "02:00"),
    Window(BERLIN, "22:00", "02:30", "02:00"),  # the clocks pass over the end once, and show it twice once
    Window(BERLIN, "02:30", "06:00", "04:00"),  # the same of the begin
    Window(SHANGHAI, "22:00", "06:00", "02:00"),
]


class Year:
    """The stack while the year passes; nothing happens between the moments that matter."""

    def __init__(self, window: Window) -> None:
        self.window = window
        at = f"{window.resumes} {window.zone}"
        more = {"resume_at": at, "skip_on": ["holidays"], "resume_sources": ["direct"], "cooldown_minutes": 120}
        self.stack = Stack([Target(more=more)], clock=Clock(datetime(YEAR - 1, 12, 31, 12, tzinfo=UTC)))
        days = {"zone": window.zone, "dates": [f"{day}" for day in HOLIDAYS]}
        self.stack.parameters["calendars/holidays"] = json.dumps(days)

    def night(self, night: Night) -> tuple[str, str]:
        """Play one night and return how its stop and its resume ended, `-` where there was none."""
        self.forget()
        if night.day == OVERRIDE:  # as `standdown skip` does it
            tonight = {"zone": self.window.zone, "dates": [f"{OVERRIDE}"]}
            self.stack.parameters["calendars/erp-prod"] = json.dumps(tonight)
        if night.day == STOPPED_OUTSIDE:
            self.outside(night)
        if night.fires is None or night.resumes is None:
            return "-", "-"
        self.until(night.fires)
        stopped = self.ask(StopRequest(f"nightly/{night.day}", Source.SCHEDULE, night.fires, "erp-prod"))
        if night.day == RESUMED_BY_A_PERSON:
            self.until(self.window.after(night.fires, self.window.looks_in))
            assert self.by_a_person() == "resumed"
        resumed = self.morning(night.resumes)
        if night.day == STOPPED_OUTSIDE:
            assert self.by_a_person() == "resumed"
        return _end(stopped), resumed

    def forget(self) -> None:
        """Drop the operations of nights that are over, as the table does after its months: it gets slow with them."""
        items = self.stack.dynamodb.items
        for key in [key for key in items if "#" not in key]:
            del items[key]
        self.stack.executions.by_name.clear()

    def morning(self, due: datetime) -> str:
        """Run the sweeper before a time and after it; return how the resume ended."""
        first = datetime.fromtimestamp(-(-due.timestamp() // 300) * 300, UTC)  # the first run that finds it due
        hold = self.hold()
        known = resume_of(hold, due).operation_id if hold else ""
        self.until(first - RUN)
        self.settle(known)
        early = self.stack.ledger.get(known) if known else None
        if early is not None and early.received_at <= first - RUN:
            return "too early"
        self.until(first)
        self.settle(known)
        found = self.stack.ledger.get(known) if known else None
        fresh = found is not None and found.received_at >= first
        return _end(found) if found is not None and fresh else "-"

    def outside(self, night: Night) -> None:
        """Have somebody switch protection off in the console, hours before the night, and the sweeper see it."""
        at = (night.fires or self.stack.clock()) - timedelta(hours=8)
        self.until(at)
        self.stack.set_group("available")
        known = self.hold()
        if known is None or known.state is not HoldState.OPEN:
            fresh = outside(GROUP, at, "available", "source", "erp-prod")
            item = fresh if known is None else _replacing(known, fresh)
            assert self.stack.ledger.holds.save(item)

    def by_a_person(self) -> str:
        hold = self.hold()
        assert hold is not None
        now = self.stack.clock()
        return _end(self.ask(StopRequest(
            f"ada/{now}", Source.DIRECT, now, "erp-prod", action=Action.RESUME, hold=hold.hold_id,
            requested_by="ada@example.com", person="ada@example.com",
        )))  # fmt: skip

    def ask(self, request: StopRequest) -> Operation | None:
        stop(request, self.stack.invocation())
        self.settle(request.operation_id, sweeps=False)
        return self.stack.ledger.get(request.operation_id)

    def settle(self, operation_id: str, *, sweeps: bool = True) -> None:
        """Let the stack work for as long as the operation is open; a run of the sweeper comes first."""
        if sweeps:
            self.stack.sweep()
        for _ in range(60):
            self.stack.deliver()
            self.stack.executions.advance()
            found = self.stack.ledger.get(operation_id) if operation_id else None
            if found is None or found.outcome is not None:
                return
            self.stack.clock.pass_(3)

    def until(self, moment: datetime) -> None:
        left = (moment - self.stack.clock()).total_seconds()
        assert left >= 0, f"{moment} is over"
        self.stack.clock.pass_(left)

    def hold(self) -> Hold | None:
        return self.stack.ledger.holds.get(GROUP)


def _replacing(known: Hold, fresh: Hold) -> Hold:
    return replace(fresh, revision=known.revision)


def _end(operation: Operation | None) -> str:
    if operation is None or operation.outcome is None:
        return "open"
    ended = operation.outcome
    return f"{ended.result}: {ended.refusal}" if ended.refusal else ended.result.value


def planned(window: Window) -> dict[date, tuple[str, str]]:
    """Return how each night of the year has to end."""
    ends: dict[date, tuple[str, str]] = {}
    for night in window.nights():
        ends[night.day] = ("succeeded", "resumed")
        if night.fires is None:
            ends[night.day] = ("-", "-")
        elif night.day in (*HOLIDAYS, OVERRIDE):
            ends[night.day] = ("refused: skipped", "-")
    ends[RESUMED_BY_A_PERSON] = ("succeeded", "-")
    ends[STOPPED_OUTSIDE] = ("already_stopped", "refused: hold_changed")
    return ends


@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: f"{one.zone} {one.stops}-{one.resumes}")
def test_each_planned_action_of_a_year_has_its_one_outcome(window: Window) -> None:
    year = Year(window)

    ends = {night.day: year.night(night) for night in window.nights()}

    wanted = planned(window)
    assert {day: end for day, end in ends.items() if end != wanted[day]} == {}
    sent = Counter(call.endpoint for call in year.stack.sdrs.calls)
    nights = Counter(wanted.values())
    quiet = 1 if window.stops == "02:30" else 0
    assert nights[("succeeded", "resumed")] == 365 - 12 - 1 - 1 - 1 - quiet
    assert sent["start"] == nights[("succeeded", "resumed")] + 2  # and the two by a person
    assert len(year.stack.accepted) == nights[("succeeded", "resumed")] + 1
    assert year.stack.group_status() == "protected"


def test_the_clocks_of_berlin_change_on_two_of_the_days_and_those_of_shanghai_never() -> None:
    lengths = {
        window.zone: {
            night.day: (night.resumes - night.fires) for night in window.nights() if night.fires and night.resumes
        }
        for window in (WINDOWS[0], WINDOWS[3])
    }
    odd = {zone: {d: n for d, n in nights.items() if n != timedelta(hours=8)} for zone, nights in lengths.items()}

    eve = timedelta(days=1)
    assert odd == {BERLIN: {FORWARD - eve: timedelta(hours=7), BACK - eve: timedelta(hours=9)}, SHANGHAI: {}}
    assert [night.day for night in WINDOWS[2].nights() if night.fires is None] == [FORWARD]


@pytest.mark.parametrize("day", [FORWARD, BACK])
def test_an_error_of_an_hour_on_the_day_of_a_clock_change_is_found(day: date) -> None:
    """Who adds eight hours to the stop's time is an hour wrong on these two mornings alone."""
    window = WINDOWS[0]
    year, found = Year(window), {}

    for night in window.nights():
        if day - timedelta(days=3) <= night.day < day and night.fires is not None:
            found[night.day] = year.night(Night(night.day, night.fires, night.fires + timedelta(hours=8)))

    wrong = {one for one, (_, resumed) in found.items() if resumed != "resumed"}
    assert wrong == {day - timedelta(days=1)}
