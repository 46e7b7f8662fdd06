"""When people are reminded of a group without protection: first after some minutes, then ever more rarely."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from standdown.core.hold import Asker, Hold, HoldState, after
from standdown.core.operation import GroupRef
from standdown.core.reminders import due_at, is_due
from standdown.core.request import Source
from support.inmemory.clock import START

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
HOLD = Hold("0" * 32, GROUP, START)
HOUR, MOMENT = timedelta(hours=1), timedelta(milliseconds=1)


def reminded(hold: Hold, hours: float) -> Hold:
    return replace(hold, notices=hold.notices + 1, last_notice_at=START + hours * HOUR)


@pytest.mark.parametrize(("minutes", "hours"), [(240, 4), (1, 1 / 60), (10080, 168)])
def test_the_first_reminder_is_due_so_many_minutes_after_protection_went(minutes: int, hours: float) -> None:
    assert due_at(HOLD, minutes) == START + hours * HOUR
    assert not is_due(HOLD, minutes, START + hours * HOUR - MOMENT)
    assert is_due(HOLD, minutes, START + hours * HOUR)


def test_a_group_that_somebody_else_stopped_is_told_at_once_and_again_four_hours_later() -> None:
    outside = replace(HOLD, outside=True)

    assert due_at(outside, 240) == due_at(outside, 1) == START
    assert due_at(reminded(outside, 0), 240) == START + 4 * HOUR
    assert due_at(reminded(outside, 0), 1) == START + 4 * HOUR


def test_a_group_that_somebody_else_stopped_is_told_at_once_also_where_an_earlier_hold_had_reminders() -> None:
    earlier = reminded(replace(HOLD, since=START - 48 * HOUR), -24)
    again = after(earlier, replace(HOLD, outside=True))

    assert due_at(again, 240) == due_at(again, 1) == START


def test_a_group_that_a_request_found_stopped_by_somebody_else_was_told_by_its_outcome() -> None:
    asked = replace(HOLD, outside=True).asked_by(Asker("1" * 32, Source.QUEUE, START))

    assert due_at(asked, 240) == START + 4 * HOUR


def test_reminders_come_ever_more_rarely_and_in_the_end_once_a_day() -> None:
    hold, found = HOLD, []
    for _ in range(7):
        at = due_at(hold, 240)
        found.append((at - START) / HOUR)
        hold = replace(hold, notices=hold.notices + 1, last_notice_at=at)

    assert found == [4, 8, 16, 28, 52, 76, 100]


def test_nobody_is_reminded_as_long_as_they_want_quiet() -> None:
    quiet = replace(HOLD, acknowledged_until=START + 10 * HOUR)

    assert not is_due(quiet, 240, START + 10 * HOUR - MOMENT)
    assert is_due(quiet, 240, START + 10 * HOUR)


def test_an_alarm_that_asks_later_ends_the_quiet_and_another_sender_does_not() -> None:
    quiet = replace(HOLD, acknowledged_until=START + 10 * HOUR)
    alarm, queue = (Asker(str(n) * 32, source, START) for n, source in ((1, Source.ALARM), (2, Source.QUEUE)))

    assert quiet.asked_by(queue).acknowledged_until == START + 10 * HOUR
    assert quiet.asked_by(queue, alarm).acknowledged_until is None


@pytest.mark.parametrize("state", [HoldState.COPYING, HoldState.OVER])
def test_a_group_that_is_protected_again_is_no_reason_for_a_reminder(state: HoldState) -> None:
    assert not is_due(replace(HOLD, state=state), 240, START + 100 * HOUR)


def test_a_hold_that_follows_another_keeps_the_distance_from_its_last_reminder() -> None:
    new = replace(HOLD, since=START + 5 * HOUR, last_notice_at=START + 4 * HOUR)

    assert due_at(new, 30) == START + 8 * HOUR


@given(st.integers(1, 10080), st.lists(st.integers(1, 600), min_size=20, max_size=60))
def test_no_group_has_more_than_six_reminders_in_any_day(minutes: int, runs: list[int]) -> None:
    hold, now, told = HOLD, START, []
    for wait in runs:
        now += timedelta(minutes=wait)
        if is_due(hold, minutes, now):
            told.append(now)
            hold = replace(hold, notices=hold.notices + 1, last_notice_at=now)

    assert all(sum(at <= one < at + timedelta(days=1) for one in told) <= 6 for at in told)
