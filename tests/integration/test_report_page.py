"""The report's page in headless Chromium: its picture is that of the operations, axe finds nothing, nothing runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from browser import looked_at
from standdown_cli.reporting.page import Report, page
from standdown_cli.reporting.protection import Beside, lanes
from standdown_cli.reporting.texts import TEXTS
from support.reported import HOSTILE, SINCE, UNTIL, hold, notice, november, operation, resume

VIEWS: list[dict[str, Any]] = [
    {"width": 360},
    {"width": 360, "scheme": "dark"},
    {"width": 768},
    {"width": 1600},
    {"width": 1600, "scheme": "dark"},
    {"width": 1000, "media": "print"},
]


def written(folder: Path, operations: list[dict[str, Any]], language: str = "en", beside: Beside | None = None) -> Path:
    made = Report("stack dr", SINCE, UNTIL, UNTIL, lanes(operations, SINCE, UNTIL, beside))
    path = folder / "report.html"
    path.write_text("".join(page(made, TEXTS[language])), "utf-8")
    return path


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Give what Chromium shows of November, in every view."""
    return looked_at(written(tmp_path_factory.mktemp("report"), november()), VIEWS)


def test_axe_finds_nothing_in_any_view(seen: list[dict[str, Any]]) -> None:
    assert {json.dumps(one["view"]): one["violations"] for one in seen if one["violations"]} == {}
    assert len(seen) == len(VIEWS)


def test_nothing_is_wider_than_the_window(seen: list[dict[str, Any]]) -> None:
    assert {json.dumps(one["view"]): one["wider"] for one in seen if one["wider"] > 0} == {}


def test_nothing_is_fetched_and_no_script_is_there(seen: list[dict[str, Any]]) -> None:
    for one in seen:
        assert (one["requests"], one["scripts"], one["outside"], one["handlers"]) == (1, 0, [], 0)


def test_the_picture_shows_each_span_where_it_was(seen: list[dict[str, Any]]) -> None:
    for view in seen:
        for lane, expected in zip(view["lanes"], lanes(november(), SINCE, UNTIL), strict=True):
            assert lane["name"] == expected.target
            assert [one["state"] for one in lane["spans"]] == [one.state.value for one in expected.spans]
            for drawn, span in zip(lane["spans"], expected.spans, strict=True):
                share = (span.end - span.begin) / (UNTIL - SINCE)
                at = (span.begin - SINCE) / (UNTIL - SINCE)
                assert drawn["width"] == pytest.approx(share * lane["box"]["width"], abs=2.5)
                assert drawn["x"] - lane["box"]["x"] == pytest.approx(at * lane["box"]["width"], abs=2.5)


def test_a_mark_leads_to_the_operation_and_says_what_it_was(seen: list[dict[str, Any]]) -> None:
    erp = seen[0]["lanes"][1]

    assert [one["kind"] for one in erp["marks"]] == ["rehearsal", "stopped", "refused", "rehearsal", "trouble"]
    refused = erp["marks"][2]
    assert refused["said"].startswith("refused: stale, 2026-11-07 00:00:00, Ada Lovelace")
    assert refused["to"] == f"#op-{6000:032x}"


def test_the_table_has_each_operation_of_the_period_newest_first(seen: list[dict[str, Any]]) -> None:
    ids = [row[-1] for row in seen[0]["rows"]]

    assert ids == [one["operation_id"] for one in november() if one["received_at"] >= "2026-11-01"]


def test_the_page_is_used_by_keyboard(seen: list[dict[str, Any]]) -> None:
    for one in seen:
        if one["view"].get("media") != "print":
            assert one["first"] == "#operations"
            assert one["stops"] >= len(one["lanes"][1]["marks"]) + 2


def test_the_dark_page_is_dark(seen: list[dict[str, Any]]) -> None:
    by_scheme = {one["view"].get("scheme", "light"): one["background"] for one in seen}

    assert by_scheme["dark"] != by_scheme["light"]


def test_resumes_notices_and_times_without_protection_are_shown_in_every_view(tmp_path: Path) -> None:
    told = Beside(UNTIL, (hold(25, "hr", state="open"),), (notice(11, target="crm"), notice(27, "in_step")))
    back = [resume(26, in_step=False), resume(18, "crm"), *november()]

    views = looked_at(written(tmp_path, back, beside=told), VIEWS)

    for view in views:
        assert (view["violations"], view["wider"] <= 0, view["outside"]) == ([], True, [])
        crm, erp, hr = view["lanes"]
        assert [one["kind"] for one in crm["marks"]] == ["resumed", "notice"]
        assert [one["state"] for one in erp["spans"]][-2:] == ["copying", "on"]
        assert [one["state"] for one in hr["spans"]] == ["unclear", "off"]


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_what_is_hostile_runs_nowhere(tmp_path: Path, language: str) -> None:
    text = {
        "who": HOSTILE,
        "reason": HOSTILE,
        "outcome": HOSTILE,
        "huawei_request_id": HOSTILE,
        "execution_name": HOSTILE,
    }
    hostile = [operation(3, HOSTILE, **text), operation(4, HOSTILE, "refused", refusal=HOSTILE, who=HOSTILE)]

    (one,) = looked_at(written(tmp_path, hostile, language), [{"width": 360}])

    assert (one["pwned"], one["scripts"], one["handlers"], one["outside"], one["requests"]) == (False, 0, 0, [], 1)
    assert one["violations"] == []
    assert one["wider"] <= 0
