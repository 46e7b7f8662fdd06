"""Calendars: what a document may say, which moments it skips, and that a broken one skips nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standdown.core.admission import Admitted, Refused, admit
from standdown.core.calendars import Calendar, CalendarError, read_calendar
from standdown.core.outcome import Refusal
from standdown.core.request import Action, Mode, Source, StopRequest
from standdown.core.targets import TargetDefaults, Targets, read_targets
from unit.base.test_text import JSON_VALUES

GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
HOLIDAYS = {"zone": "Europe/Berlin", "reason": "public holiday", "dates": ["2026-12-25", "2026-12-26"]}
SOURCES = ["alarm", "queue", "schedule", "webhook", "direct"]


def read(document: Any) -> Calendar:
    return read_calendar("holidays", document if isinstance(document, str) else json.dumps(document))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def targets(calendars: dict[str, Any], **more: Any) -> Targets:
    target = {"server_group_id": GROUP, "sources": SOURCES, "alarms": ["erp-*"], **more}
    documents = {f"calendars/{name}": json.dumps(document) for name, document in calendars.items()}
    return read_targets({"targets/erp": json.dumps(target), **documents}, TargetDefaults("cn-north-4"))


def fired(when: str, source: Source = Source.SCHEDULE) -> StopRequest:
    return StopRequest("nightly", source, at(when), "erp", alarm="erp-1" if source is Source.ALARM else None)


def answer(request: StopRequest, found: Targets) -> Admitted | Refused:
    return admit(request, found, request.requested_at)


@pytest.mark.parametrize(
    ("date", "moment", "skipped"),
    [
        ("2026-12-25", "2026-12-25T00:00:00+01:00", True),
        ("2026-12-25", "2026-12-25T23:59:59+01:00", True),
        ("2026-12-25", "2026-12-24T23:59:59+01:00", False),
        ("2026-12-25", "2026-12-26T00:00:00+01:00", False),
        # The date is that of the calendar's zone, in summer as in winter, and on the days of its clock changes.
        ("2026-07-01", "2026-06-30T22:00:00+00:00", True),
        ("2026-07-01", "2026-07-01T22:00:00+00:00", False),
        ("2026-03-29", "2026-03-28T23:00:00+00:00", True),
        ("2026-03-29", "2026-03-29T21:59:00+00:00", True),
        ("2026-03-29", "2026-03-29T22:00:00+00:00", False),
        ("2026-10-25", "2026-10-24T22:00:00+00:00", True),
        ("2026-10-25", "2026-10-25T22:59:00+00:00", True),
        ("2026-10-25", "2026-10-25T23:00:00+00:00", False),
        ("2026-12-25T22:00", "2026-12-25T22:00:59+01:00", True),
        ("2026-12-25T22:00", "2026-12-25T22:01:00+01:00", False),
        ("2026-12-25T22:00", "2026-12-25T21:59:59+01:00", False),
        ({"on": "2026-12-25"}, "2026-12-25T12:00:00+01:00", True),
        ({"from": "2026-12-24", "until": "2026-12-26"}, "2026-12-24T00:00:00+01:00", True),
        ({"from": "2026-12-24", "until": "2026-12-26"}, "2026-12-26T23:59:59+01:00", True),
        ({"from": "2026-12-24", "until": "2026-12-26"}, "2026-12-27T00:00:00+01:00", False),
        ({"from": "2026-12-24T18:00", "until": "2026-12-25T06:00"}, "2026-12-24T17:59:00+01:00", False),
        ({"from": "2026-12-24T18:00", "until": "2026-12-25T06:00"}, "2026-12-25T05:59:00+01:00", True),
        ({"from": "2026-12-24T18:00", "until": "2026-12-25T06:00"}, "2026-12-25T06:00:00+01:00", False),
    ],
)
def test_a_date_is_that_of_the_calendars_zone(date: Any, moment: str, skipped: bool) -> None:
    calendar = read({"zone": "Europe/Berlin", "dates": [date]})

    assert (calendar.entry_at(at(moment)) is not None) is skipped


def test_an_entry_has_the_reason_of_the_calendar_or_its_own() -> None:
    dates = ["2026-12-25", {"on": "2026-12-26"}, {"on": "2026-12-31", "reason": "year-end freeze"}]

    calendar = read(HOLIDAYS | {"dates": dates})

    assert [entry.reason for entry in calendar.entries] == ["public holiday", "public holiday", "year-end freeze"]


@pytest.mark.parametrize(
    ("document", "key", "problem"),
    [
        ("{", "(document)", "JSON"),
        ([], "(document)", "must be a JSON object"),
        ({}, "zone", "a time zone"),
        ({"zone": "Mars/Base", "dates": []}, "zone", "'Mars/Base' is no time zone"),
        ({"zone": "Europe/Berlin"}, "dates", "a list of at most 400"),
        ({"zone": "Europe/Berlin", "dates": ["2026-01-01"] * 401}, "dates", "a list of at most 400"),
        (HOLIDAYS | {"days": []}, "days", "is not a key of a calendar"),
        (HOLIDAYS | {"reason": ""}, "reason", "1 to 200"),
        (HOLIDAYS | {"dates": ["2026-12-32"]}, "dates[0]", "'2026-12-32' is not a date"),
        (HOLIDAYS | {"dates": ["2026-12-25", "20261226"]}, "dates[1]", "is not a date"),
        (HOLIDAYS | {"dates": ["9999-12-31"]}, "dates[0]", "is not a date"),
        (HOLIDAYS | {"dates": ["2026-12-25T22:00:00Z"]}, "dates[0]", "is not a date"),
        (HOLIDAYS | {"dates": ["2026-12-25T24:30"]}, "dates[0]", "is not a date"),
        (HOLIDAYS | {"dates": [20261225]}, "dates[0]", "or an object"),
        (HOLIDAYS | {"dates": [{"date": "2026-12-25"}]}, "dates[0].date", "is not a key"),
        (HOLIDAYS | {"dates": [{"reason": "x"}]}, "dates[0].on", "give on, or from and until"),
        (HOLIDAYS | {"dates": [{"from": "2026-12-25"}]}, "dates[0].on", "give on, or from and until"),
        (HOLIDAYS | {"dates": [{"on": "2026-12-25", "until": "2026-12-26"}]}, "dates[0].on", "give on, or"),
        (HOLIDAYS | {"dates": [{"from": "2026-12-26", "until": "2026-12-25"}]}, "dates[0].until", "before from"),
        (HOLIDAYS | {"dates": [{"on": 5}]}, "dates[0].on", "a date such as"),
        (HOLIDAYS | {"dates": [{"on": "2026-12-25", "reason": 5}]}, "dates[0].reason", "1 to 200"),
    ],
)
def test_a_bad_document_is_refused_with_calendar_key_and_problem(document: Any, key: str, problem: str) -> None:
    with pytest.raises(CalendarError, match=problem) as caught:
        read(document)

    assert (caught.value.calendar, caught.value.key) == ("holidays", key)
    assert str(caught.value).startswith(f"calendar 'holidays', key {key!r}: ")


@settings(max_examples=100)
@example('{"zone": "Europe/Berlin", "dates": [{"from": "0001-01-01", "until": "9999-12-30"}]}')
@example('{"zone": "\\ud800", "dates": []}')
@given(st.one_of(st.text(max_size=60), JSON_VALUES.map(json.dumps)))
def test_any_text_at_all_is_a_calendar_or_a_calendar_error(text: str) -> None:
    try:
        calendar = read(text)
    except CalendarError:
        return
    assert calendar.entry_at(at("2026-12-25T12:00:00Z")) in (None, *calendar.entries)


def test_a_scheduled_stop_on_a_day_of_a_calendar_is_skipped_and_the_reason_is_said() -> None:
    refused = answer(fired("2026-12-25T22:00:00+01:00"), targets({"holidays": HOLIDAYS}, skip_on=["holidays"]))

    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.SKIPPED
    assert refused.detail == (
        "The scheduled stop of 'erp' is skipped: the calendar 'holidays' has 2026-12-25 (Europe/Berlin): "
        "public holiday."
    )


def test_an_entry_without_a_reason_is_told_without_one() -> None:
    plain = {"zone": "UTC", "dates": ["2026-12-25"]}

    refused = answer(fired("2026-12-25T22:00:00Z"), targets({"holidays": plain}, skip_on=["holidays"]))

    assert isinstance(refused, Refused)
    assert refused.detail.endswith("has 2026-12-25 (UTC).")


@pytest.mark.parametrize("source", [Source.ALARM, Source.QUEUE, Source.WEBHOOK, Source.DIRECT])
def test_nothing_but_a_scheduled_stop_is_skipped(source: Source) -> None:
    found = targets({"holidays": HOLIDAYS}, skip_on=["holidays"])

    assert isinstance(answer(fired("2026-12-25T22:00:00+01:00", source), found), Admitted)


def test_a_resume_is_never_skipped() -> None:
    found = targets({"holidays": HOLIDAYS}, skip_on=["holidays"], resume_sources=["schedule"])
    resume = replace(fired("2026-12-25T06:00:00+01:00"), action=Action.RESUME, hold="0" * 32)

    assert isinstance(answer(resume, found), Admitted)


def test_a_calendar_that_the_target_does_not_name_skips_nothing() -> None:
    assert isinstance(answer(fired("2026-12-25T22:00:00+01:00"), targets({"holidays": HOLIDAYS})), Admitted)


def test_a_calendar_of_the_targets_own_name_needs_no_mention_so_that_to_skip_tonight_is_one_command() -> None:
    refused = answer(fired("2026-12-25T22:00:00+01:00"), targets({"erp": HOLIDAYS}))

    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.SKIPPED


def test_a_skipped_stop_is_not_told_as_a_stale_one() -> None:
    request = fired("2026-12-25T22:00:00+01:00")

    refused = admit(request, targets({"erp": HOLIDAYS}), at("2026-12-26T09:00:00+01:00"))

    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.SKIPPED


@pytest.mark.parametrize("calendars", [{}, {"holidays": {"zone": "Mars/Base", "dates": ["2026-12-25"]}}])
def test_a_calendar_that_is_missing_or_broken_skips_nothing_and_counts_as_a_broken_document(
    calendars: dict[str, Any],
) -> None:
    found = targets(calendars, skip_on=["holidays"])

    assert isinstance(answer(fired("2026-12-25T22:00:00+01:00"), found), Admitted)
    assert list(found.broken_calendars) == ["holidays"]
    assert found.broken_documents == 1


def test_a_missing_calendar_says_which_target_skips_on_it() -> None:
    problem = str(targets({}, skip_on=["holidays"]).broken_calendars["holidays"])

    assert problem == "calendar 'holidays', key '(document)': is missing: target 'erp' skips on it"


@pytest.mark.parametrize("name", ["Holidays", "holidays.json", "de/holidays", ""])
def test_a_calendar_whose_name_no_target_could_give_is_broken(name: str) -> None:
    found = read_targets({f"calendars/{name}": json.dumps(HOLIDAYS)}, TargetDefaults("cn-north-4"))

    assert [error.key for error in found.broken_calendars.values()] == ["name"]


def test_a_broken_calendar_leaves_the_targets_the_mode_and_the_other_calendars_alone() -> None:
    found = targets({"broken": {}, "holidays": HOLIDAYS}, skip_on=["holidays"])

    assert (set(found.valid), set(found.calendars), found.mode) == ({"erp"}, {"holidays"}, Mode.LIVE)
    assert not found.broken
