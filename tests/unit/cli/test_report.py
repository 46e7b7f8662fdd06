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
from standdown_cli.reporting.protection import Lane, Protection, lanes
from standdown_cli.reporting.texts import CHINESE, ENGLISH, TEXTS
from support.reported import HOSTILE, SINCE, UNTIL, november, operation


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
    assert [one["outcome"] for one in found] == ["dry_run", "succeeded"]
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
