"""The page: one HTML file without scripts and without anything from outside, for screens, paper, screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from standdown_cli.reporting.escaping import escaped
from standdown_cli.reporting.picture import DEFINITIONS, axis, legend, notice_anchor, picture
from standdown_cli.reporting.protection import Lane, Unprotected
from standdown_cli.words import asked_by, is_resume, moment, result

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
COLUMNS = (
    "requested", "target", "kind", "who", "reason", "sent", "ended", "outcome", "verified", "copy", "huawei",
    "execution", "operation",
)  # fmt: skip
_SUMS = (
    "target", "stops", "resumes", "rehearsals", "refused", "trouble", "reminders", "at_least", "at_most", "median",
    "longest",
)  # fmt: skip
_HOLDS = ("target", "from", "until", "hours", "who", "ended_by", "reminders", "acknowledged_by")
_NOTICES = ("at", "target", "notice", "since", "who", "hold")


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is about: the stack, the period, the moment at which it was made, its targets' lanes."""

    place: str
    since: datetime
    until: datetime
    now: datetime
    lanes: Sequence[Lane]


def page(report: Report, words: Mapping[str, str]) -> Iterator[str]:
    """Yield the page piece by piece."""
    period = words["period"].format(since=_time(report.since), until=_time(report.until))
    made = words["made"].format(now=_time(report.now), place=report.place)
    yield (
        f'<!DOCTYPE html>\n<html lang="{words["lang"]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escaped(words['title'])}: {escaped(period)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#operations">{escaped(words["skip"])}</a>\n{DEFINITIONS}\n'
        f"<header><h1>{escaped(words['title'])}</h1>\n<p>{escaped(period)}</p>\n<p>{escaped(made)}</p></header>\n<main>\n"
    )
    if report.lanes:
        yield from _picture(report, words)
        yield from _section("sums", words, _table("sums", _SUMS, _sums(report.lanes), words))
        if held := list(_holds(report.lanes, words)):
            yield from _section("holds", words, _table("holds", _HOLDS, held, words))
        yield from _section("operations", words, _table("operations", COLUMNS, _operations(report.lanes, words), words))
        if notices := list(_notices(report.lanes, words)):
            yield from _section("notices", words, _table("notices", _NOTICES, notices, words))
    else:
        yield f'<p id="operations">{escaped(words["none"])}</p>\n'
    yield "</main>\n</body>\n</html>\n"


def values(one: dict[str, Any], words: Mapping[str, str]) -> tuple[object, ...]:
    """Return an operation's cells, in the order of COLUMNS."""
    verified = {True: words["yes"], False: words["no"], None: words["not_read"]}[one["verified"]]
    kind = words["resume" if is_resume(one) else "stop"]
    return (
        moment(one["requested_at"]), one["target"], kind, one["who"], one["reason"], moment(one["accepted_at"]),
        moment(one["ended_at"]), result(one) if one["outcome"] else words["not_yet"], verified,
        moment(one.get("copy_as_of")), one["huawei_request_id"] or "", one["execution_name"], one["operation_id"],
    )  # fmt: skip


def _picture(report: Report, words: Mapping[str, str]) -> Iterator[str]:
    yield f'<section aria-labelledby="picture"><h2 id="picture">{escaped(words["picture"])}</h2>\n{legend(words)}\n'
    for lane in report.lanes:
        yield f"<h3>{escaped(lane.target)}</h3>\n{picture(lane, report.since, report.until, words)}\n"
    yield f"{axis(report.since, report.until)}\n<p>{escaped(words['honest'])}</p>\n</section>\n"


def _section(name: str, words: Mapping[str, str], inner: Iterable[str]) -> Iterator[str]:
    yield f'<section><h2 id="{name}">{escaped(words[name])}</h2>\n'
    yield f'<div class="scrolls" role="region" tabindex="0" aria-label="{escaped(words[name])}">\n'
    yield from inner
    yield "</div>\n</section>\n"


def _table(
    name: str, columns: Sequence[str], rows: Iterable[tuple[str, Sequence[object]]], words: Mapping[str, str]
) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{escaped(words[column])}</th>' for column in columns)
    yield f'<table class="{name}"><thead><tr>{heads}</tr></thead>\n<tbody>\n'
    for anchor, cells in rows:
        inner = "".join(f"<td>{escaped(cell)}</td>" for cell in cells)
        yield f"<tr{anchor}>{inner}</tr>\n"
    yield "</tbody></table>\n"


def _operations(lanes: Sequence[Lane], words: Mapping[str, str]) -> Iterator[tuple[str, Sequence[object]]]:
    every = (one for lane in lanes for one in lane.operations)
    for one in sorted(every, key=lambda one: str(one["received_at"]), reverse=True):
        yield f' id="op-{escaped(one["operation_id"])}"', values(one, words)


def _holds(lanes: Sequence[Lane], words: Mapping[str, str]) -> Iterator[tuple[str, Sequence[object]]]:
    for lane in lanes:
        for one in lane.unprotected:
            yield "", (lane.target, _time(one.begin), *held(one, words))


def held(one: Unprotected, words: Mapping[str, str]) -> tuple[object, ...]:
    """Return the cells of a time without protection, from its end on."""
    end = words["still"] if one.still else _time(one.end)
    by = one.ended_by["who"] if one.ended_by else "" if one.still else words["not_by_us"]
    hours = f"{(one.end - one.begin).total_seconds() / 3600:.1f}"
    return end, hours, one.who, by, one.reminders, one.acknowledged_by


def _notices(lanes: Sequence[Lane], words: Mapping[str, str]) -> Iterator[tuple[str, Sequence[object]]]:
    every = [(lane.target, one) for lane in lanes for one in lane.notices]
    for target, one in sorted(every, key=lambda pair: str(pair[1]["at"]), reverse=True):
        yield f' id="{escaped(notice_anchor(one))}"', (moment(one["at"]), target, *noted(one, words))


def noted(one: Mapping[str, Any], words: Mapping[str, str]) -> tuple[object, ...]:
    """Return the cells of a notice, from its kind on."""
    hold = one.get("hold") or {}
    kind = words.get(f"notice_{one['kind']}", one["kind"])
    return kind, moment(hold.get("since")), asked_by(hold) if hold else "", hold.get("hold_id") or ""


def _sums(lanes: Sequence[Lane]) -> Iterator[tuple[str, Sequence[object]]]:
    for lane in lanes:
        sums = lane.sums
        counts = (sums.stops, sums.resumes, sums.rehearsals, sums.refused, sums.trouble, sums.reminders)
        hours = (f"{seconds / 3600:.1f}" for seconds in (sums.unprotected, sums.unprotected + sums.unclear))
        yield "", (lane.target, *counts, *hours, _seconds(sums.median_to_stop), _seconds(sums.longest_to_stop))


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _time(when: datetime) -> str:
    return moment(when.isoformat())


def _style() -> str:
    return resources.files("standdown_cli.reporting").joinpath("page.css").read_text("utf-8")
