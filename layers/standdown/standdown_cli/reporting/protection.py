"""Each target's protection over time, as operations, notices and the sweeper saw it. Pure: what was seen in, spans out.

Nobody records the very moment at which somebody switches protection in the SDRS console. So the time between two
sightings of different states is unclear, and is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from standdown_cli.reporting.sightings import Beside, Protection, Seen, sightings, time_of
from standdown_cli.words import is_resume

__all__ = ["Beside", "Lane", "Protection", "Span", "Sums", "Unprotected", "lanes", "time_of"]

_REMINDER, _ACKNOWLEDGED = "reminder", "acknowledged"


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of time with one state; `operation` is the one that saw it begin, None where none did."""

    begin: datetime
    end: datetime
    state: Protection
    operation: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What a target's operations in the period come to; times in seconds, None where there was no stop."""

    stops: int
    resumes: int
    rehearsals: int
    refused: int
    trouble: int
    reminders: int
    unprotected: float
    unclear: float
    median_to_stop: float | None
    longest_to_stop: float | None


@dataclass(frozen=True, slots=True)
class Unprotected:
    """A part of the period in which a group was without protection: by whom, and how that ended.

    `ended_by` is the resume that ended it, None where none of ours did; `still` where it goes on at the period's end.
    """

    begin: datetime
    end: datetime
    who: str
    ended_by: dict[str, Any] | None
    still: bool
    reminders: int
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One target in the period: its spans in order, its operations and notices oldest first, the sums."""

    target: str
    spans: tuple[Span, ...]
    operations: tuple[dict[str, Any], ...]
    sums: Sums
    notices: tuple[dict[str, Any], ...] = ()
    unprotected: tuple[Unprotected, ...] = ()


def lanes(
    operations: Iterable[dict[str, Any]], since: datetime, until: datetime, beside: Beside | None = None
) -> list[Lane]:
    """Return a lane for each target of the operations, which come newest first and may begin before the period."""
    nothing = Beside(beside.now if beside else until)
    known = beside.by_target() if beside else {}
    by_target: dict[str, list[dict[str, Any]]] = {name: [] for name in known}
    for one in operations:
        by_target.setdefault(one["target"], []).append(one)
    return [_lane(one, by_target[one][::-1], since, until, known.get(one, nothing)) for one in sorted(by_target)]


def _lane(target: str, operations: list[dict[str, Any]], since: datetime, until: datetime, beside: Beside) -> Lane:
    seen = [one for one in sightings(operations, beside) if one.when <= until]
    spans = tuple(_cut(_spans(seen, until), since, until))
    within = tuple(one for one in operations if since <= time_of(one["received_at"]) < until)
    published = (one for one in beside.notices if not one.get("dropped") and since <= time_of(one["at"]) < until)
    notices = tuple(sorted(published, key=lambda one: str(one["at"])))
    unprotected = tuple(_unprotected(spans, notices))
    return Lane(target, spans, within, _sums(within, spans, notices), notices, unprotected)


def _spans(seen: Iterable[Seen], until: datetime) -> Iterator[Span]:
    """Yield the spans from the first thing that was seen; each lasts until something else was."""
    begin, state, by = datetime.min.replace(tzinfo=until.tzinfo), Protection.UNCLEAR, None
    last_seen = begin
    for now in seen:
        if now.state is state:
            last_seen = now.when
            continue
        if _jumped(state, now):  # it changed in between, and nobody saw when
            yield Span(begin, last_seen, state, by)
            yield Span(last_seen, now.when, Protection.UNCLEAR, None)
        else:
            yield Span(begin, now.when, state, by)
        begin, last_seen, state, by = now.when, now.when, now.state, now.by
    yield Span(begin, until, state, by)


def _jumped(before: Protection, now: Seen) -> bool:
    """Return whether a state can only have come after another one that nobody saw."""
    if now.begun:
        return False
    if before is Protection.OFF:
        return True
    if before is Protection.COPYING:
        return now.state is Protection.OFF
    return before is Protection.ON and now.state is not Protection.STOPPING


def _unprotected(spans: tuple[Span, ...], notices: tuple[dict[str, Any], ...]) -> Iterator[Unprotected]:
    for number, span in enumerate(spans):
        if span.state is not Protection.OFF:
            continue
        after = spans[number + 1] if number + 1 < len(spans) else None
        back = after.operation if after and after.operation and is_resume(after.operation) else None
        during = [one for one in notices if span.begin <= time_of(one["at"]) <= span.end]
        quiet = [one["hold"]["acknowledged_by"] for one in during if one["kind"] == _ACKNOWLEDGED]
        yield Unprotected(
            span.begin,
            span.end,
            span.operation["who"] if span.operation else "",
            back if after and after.state in (Protection.ON, Protection.COPYING) else None,
            after is None,
            sum(one["kind"] == _REMINDER for one in during),
            quiet[-1] or "" if quiet else "",
        )


def _cut(spans: Iterator[Span], since: datetime, until: datetime) -> Iterator[Span]:
    for span in spans:
        begin, end = max(span.begin, since), min(span.end, until)
        if begin < end:
            yield Span(begin, end, span.state, span.operation)


def _sums(operations: tuple[dict[str, Any], ...], spans: tuple[Span, ...], notices: tuple[dict[str, Any], ...]) -> Sums:
    results = [one["outcome"] for one in operations]
    took = [
        (time_of(one["accepted_at"]) - time_of(one["requested_at"])).total_seconds()
        for one in operations
        if one["accepted_at"] and not one["dry_run"] and not is_resume(one)
    ]
    return Sums(
        stops=results.count("succeeded"),
        resumes=results.count("resumed"),
        rehearsals=sum(one["outcome"] == "dry_run" and not is_resume(one) for one in operations),
        refused=results.count("refused"),
        trouble=sum(one in ("failed", "timed_out", "unknown") for one in results),
        reminders=sum(one["kind"] == _REMINDER for one in notices),
        unprotected=_total(spans, Protection.OFF),
        unclear=_total(spans, Protection.UNCLEAR),
        median_to_stop=median(took) if took else None,
        longest_to_stop=max(took, default=None),
    )


def _total(spans: tuple[Span, ...], state: Protection) -> float:
    return sum((one.end - one.begin for one in spans if one.state is state), timedelta()).total_seconds()
