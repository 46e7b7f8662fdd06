"""The report's content: spans, sums, rows, texts. How it looks in a browser is in tests/integration."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest

from standdown_cli.report import rows
from standdown_cli.reporting.escaping import cell
from standdown_cli.reporting.page import COLUMNS, Report, page
from standdown_cli.reporting.protection import Beside, Lane, Protection, lanes
from standdown_cli.reporting.texts import CHINESE, ENGLISH, TEXTS
from support.reported import HOSTILE, SINCE, UNTIL, hold, notice, november, operation, resume


def report(operations: list[dict[str, object]]) -> Report:
    return Report("stack dr", SINCE, UNTIL, UNTIL, lanes(operations, SINCE, UNTIL))


def spans(lane: Lane) -> list[tuple[str, float, float]]:
    """Return state, first and last day of each span."""

    def day(when: datetime) -> float:
        return round((when - SINCE) / timedelta(days=1), 1)

    return [(one.state.value, day(one.begin), day(one.end)) for one in lane.spans]


def test_a_month_is_what_its_operations_saw() -> None:
    crm, erp = lanes(november(), SINCE, UNTIL)

    assert spans(crm) == [("unclear", 0, 10), ("off", 10, 30)]
    assert spans(erp) == [
        ("unclear", 0, 2),
        ("on", 2, 5),
        ("stopping", 5, 5),
        ("unclear", 5, 20),
        ("on", 20, 25),
        ("stopping", 25, 25),
        ("on", 25, 30),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("dry_run", "dry_run", ["unclear", "on"]),
        ("succeeded", "succeeded", ["unclear", "stopping", "unclear", "stopping", "off"]),
        ("succeeded", "already_stopped", ["unclear", "stopping", "off"]),
        ("dry_run", "already_stopped", ["unclear", "unclear", "off"]),
        ("dry_run", "timed_out", ["unclear", "on", "stopping", "unclear"]),
        ("dry_run", None, ["unclear", "on"]),
    ],
)
def test_what_nobody_saw_is_unclear(before: str, after: str | None, expected: list[str]) -> None:
    (lane,) = lanes([operation(10, outcome=after), operation(5, outcome=before)], SINCE, UNTIL)

    assert [one.state.value for one in lane.spans] == expected


def test_a_stop_before_the_period_is_how_the_period_begins() -> None:
    (lane,) = lanes([operation(-3)], SINCE, UNTIL)

    assert spans(lane) == [("off", 0, 30)]
    assert (lane.operations, lane.sums.unprotected) == ((), 30 * 24 * 3600)


def test_spans_follow_one_another_without_a_gap() -> None:
    for lane in lanes(november(), SINCE, UNTIL):
        assert (lane.spans[0].begin, lane.spans[-1].end) == (SINCE, UNTIL)
        assert [one.end for one in lane.spans[:-1]] == [one.begin for one in lane.spans[1:]]


def test_the_sums_count_what_was_stopped_rehearsed_and_refused() -> None:
    _, erp = lanes(november(), SINCE, UNTIL)

    sums = erp.sums
    assert (sums.stops, sums.rehearsals, sums.refused, sums.trouble) == (1, 2, 1, 1)
    assert (sums.median_to_stop, sums.longest_to_stop) == (2.0, 2.0)


# --- resumes, holds and notices --------------------------------------------------------------------------------------


def beside(**known: tuple[dict[str, object], ...]) -> Beside:
    return Beside(UNTIL, known.get("holds", ()), known.get("notices", ()))


def test_a_resume_ends_the_time_without_protection_and_nothing_is_unclear() -> None:
    (lane,) = lanes([resume(12), operation(10)], SINCE, UNTIL)

    assert [one.state.value for one in lane.spans] == ["unclear", "stopping", "off", "on"]
    assert lane.sums.unprotected == 2 * 24 * 3600
    assert lane.sums.unclear == 10 * 24 * 3600 + 2  # before the first stop
    assert (lane.sums.stops, lane.sums.resumes, lane.sums.rehearsals) == (1, 1, 0)


def test_the_seconds_to_a_stop_are_those_of_stops_alone() -> None:
    late = resume(12, accepted_at="2026-11-13T01:00:00Z")

    (lane,) = lanes([late, operation(10)], SINCE, UNTIL)

    assert (lane.sums.median_to_stop, lane.sums.longest_to_stop) == (2.0, 2.0)


@pytest.mark.parametrize(
    ("one", "states"),
    [
        (resume(12, in_step=False), ["off", "copying"]),
        (resume(12, outcome="failed", group_status="error-starting"), ["off"]),
        (resume(12, outcome="failed", group_status=None), ["off", "unclear"]),
        (resume(12, outcome="refused"), ["off"]),
        (resume(12, outcome="already_protected"), ["unclear", "on"]),
        (resume(12, outcome="dry_run", dry_run=True), ["off"]),
    ],
)
def test_a_resume_is_what_it_saw(one: dict[str, object], states: list[str]) -> None:
    (lane,) = lanes([one, operation(10)], SINCE, UNTIL)

    assert [one.state.value for one in lane.spans][2:] == states
    assert lane.sums.rehearsals == 0


def test_a_group_that_copies_is_protected_once_a_notice_says_that_it_is_in_step() -> None:
    told = beside(notices=(notice(14, "in_step"),))

    (lane,) = lanes([resume(12, in_step=False), operation(10)], SINCE, UNTIL, told)

    assert [one for one in spans(lane) if one[0] in ("copying", "on")] == [("copying", 12, 14), ("on", 14, 30)]


def test_a_hold_from_outside_is_a_time_without_protection_of_somebody_else() -> None:
    (lane,) = lanes([], SINCE, UNTIL, beside(holds=(hold(20),), notices=(notice(21), notice(22))))

    assert spans(lane) == [("unclear", 0, 20), ("off", 20, 30)]
    (off,) = lane.unprotected
    assert (off.who, off.still, off.ended_by, off.reminders) == ("somebody outside of this stack", True, None, 2)
    assert (lane.sums.reminders, lane.sums.unprotected) == (2, 10 * 24 * 3600)


def test_a_hold_that_copies_is_no_time_without_protection_at_its_end() -> None:
    (lane,) = lanes([operation(10)], SINCE, UNTIL, beside(holds=(hold(10, state="copying"),)))

    assert [one.state.value for one in lane.spans] == ["unclear", "stopping", "unclear"]


def test_who_had_protection_off_for_how_long_and_who_ended_it_is_a_row() -> None:
    quiet = notice(
        11, "acknowledged", hold=hold(10, acknowledged_by="Ada", asked=[{"operation_id": "0" * 32, "source": "direct"}])
    )

    (lane,) = lanes([resume(12), operation(10)], SINCE, UNTIL, beside(notices=(quiet,)))

    (off,) = lane.unprotected
    assert (off.who, off.still, off.acknowledged_by) == ("Ada Lovelace (by a direct call)", False, "Ada")
    assert off.ended_by is not None
    assert off.ended_by["who"] == "Grace Hopper (by a direct call)"


def test_a_notice_that_was_not_published_says_nothing() -> None:
    (lane,) = lanes([operation(10)], SINCE, UNTIL, beside(notices=(notice(11, dropped="protected again"),)))

    assert (lane.notices, lane.sums.reminders) == ((), 0)


def test_the_page_and_the_rows_show_resumes_notices_and_times_without_protection() -> None:
    told = beside(holds=(hold(25, "crm"),), notices=(notice(11, hold=hold(10, asked=[])), notice(26, target="crm")))
    made = Report("stack dr", SINCE, UNTIL, UNTIL, lanes([resume(12), operation(10)], SINCE, UNTIL, told))

    text = "".join(page(made, ENGLISH))
    found = list(csv.DictReader(io.StringIO("".join(rows(made, ENGLISH)).lstrip("\ufeff"))))

    for said in ("Without protection", "Grace Hopper (by a direct call)", 'data-mark="notice"', 'data-mark="resumed"'):
        assert said in text
    assert 'href="#notice-' in text
    assert [(one["target"], one["kind"], one["outcome"]) for one in found] == [
        ("erp-prod", "stop", "succeeded"),
        ("erp-prod", "without protection", "Protected again by: Grace Hopper (by a direct call)"),
        ("erp-prod", "Notice", "reminder"),
        ("erp-prod", "resume", "resumed"),
        ("crm", "without protection", ""),
        ("crm", "Notice", "reminder"),
    ]


@pytest.mark.parametrize("key", ["target_name", "hold_id"])
def test_what_others_wrote_of_a_hold_is_text_and_never_mark_up(key: str) -> None:
    asked = [{"operation_id": "1" * 32, "requested_by": HOSTILE, "source": HOSTILE}]
    told = beside(holds=(hold(5, **{key: HOSTILE}, asked=asked),), notices=(notice(6, HOSTILE, hold=hold(5)),))

    text = "".join(page(Report("stack dr", SINCE, UNTIL, UNTIL, lanes([], SINCE, UNTIL, told)), ENGLISH))

    assert "<script" not in text
    assert "<img" not in text


def test_the_page_has_no_reference_to_anything_outside() -> None:
    text = "".join(page(report(november()), ENGLISH))

    assert not re.search(r"https?://|<script|@import|\ssrc=|<link", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    "key", ["target", "who", "reason", "huawei_request_id", "execution_name", "refusal", "outcome"]
)
def test_what_others_wrote_is_text_and_never_mark_up(key: str) -> None:
    text = "".join(page(report([operation(3, **{key: HOSTILE})]), ENGLISH))

    assert "<script" not in text
    assert "<img" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r="])
def test_a_cell_is_never_a_formula(begin: str) -> None:
    assert not cell(f"{begin}cmd|' /C calc'!A0").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_rows_are_every_operation_oldest_first() -> None:
    text = "".join(rows(report([operation(5, reason='=1+1,"x"'), operation(2, outcome="dry_run")]), ENGLISH))

    assert text.startswith("\ufeff")
    found = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert tuple(found[0]) == COLUMNS
    assert [(one["kind"], one["outcome"]) for one in found] == [
        ("stop", "dry_run"), ("stop", "succeeded"), ("without protection", ""),
    ]  # fmt: skip
    assert (found[2]["ended"], found[2]["reason"]) == ("still", "Hours in the period: 599.9")
    assert found[1]["reason"] == '\'=1+1,"x"'


def test_every_language_has_every_word_with_the_same_places_for_values() -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    for words in TEXTS.values():
        assert words.keys() == ENGLISH.keys()
        assert {key: places(text) for key, text in words.items()} == {key: places(ENGLISH[key]) for key in ENGLISH}
    assert {f"state_{one.value}" for one in Protection} <= CHINESE.keys()


def test_a_period_without_operations_says_so() -> None:
    assert ENGLISH["none"] in "".join(page(report([]), ENGLISH))
