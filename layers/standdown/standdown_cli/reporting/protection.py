"""Each target's protection over time, as the operations of the ledger saw it. Pure: operations in, spans out.

The ledger knows what an operation saw, and when. Nobody records when somebody enables protection in the SDRS console.
So the time between two operations that saw different states is unclear, and is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

_SAW_IT_OFF = frozenset({"succeeded", "already_stopped"})


class Protection(StrEnum):
    """What is known of a group's protection in a span of time."""

    ON = "on"
    STOPPING = "stopping"
    OFF = "off"
    UNCLEAR = "unclear"


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
    rehearsals: int
    refused: int
    trouble: int
    unprotected: float
    unclear: float
    median_to_stop: float | None
    longest_to_stop: float | None


@dataclass(frozen=True, slots=True)
class Lane:
    """One target in the period: its spans in order, its operations oldest first, and the sums."""

    target: str
    spans: tuple[Span, ...]
    operations: tuple[dict[str, Any], ...]
    sums: Sums


def lanes(operations: Iterable[dict[str, Any]], since: datetime, until: datetime) -> list[Lane]:
    """Return a lane for each target of the operations, which come newest first and may begin before the period."""
    by_target: dict[str, list[dict[str, Any]]] = {}
    for one in operations:
        by_target.setdefault(one["target"], []).append(one)
    return [_lane(name, by_target[name][::-1], since, until) for name in sorted(by_target)]


def time_of(text: str) -> datetime:
    """Return a time of the stack's answers."""
    return datetime.fromisoformat(text)


def _lane(target: str, operations: list[dict[str, Any]], since: datetime, until: datetime) -> Lane:
    spans = tuple(_cut(_spans(operations, until), since, until))
    within = tuple(one for one in operations if since <= time_of(one["received_at"]) < until)
    return Lane(target, spans, within, _sums(within, spans))


Seen = tuple[datetime, Protection, dict[str, Any]]


def _seen(operations: list[dict[str, Any]]) -> Iterator[Seen]:
    """Yield what each operation saw, and when."""
    for one in operations:
        if one["accepted_at"] and not one["dry_run"]:
            yield time_of(one["accepted_at"]), Protection.STOPPING, one
        if one["ended_at"]:
            state = _state_at_end(one)
            if state is not None or one["accepted_at"]:
                yield time_of(one["ended_at"]), state or Protection.UNCLEAR, one


def _state_at_end(one: dict[str, Any]) -> Protection | None:
    status = one["group_status"]
    if status == "available" or (status is None and one["outcome"] in _SAW_IT_OFF):
        return Protection.OFF
    return Protection.ON if status == "protected" else None


def _spans(operations: list[dict[str, Any]], until: datetime) -> Iterator[Span]:
    """Yield the spans from the first thing that was seen; each lasts until something else was."""
    begin, state, by = datetime.min.replace(tzinfo=until.tzinfo), Protection.UNCLEAR, None
    last_seen = begin
    for when, now, one in sorted(_seen(operations), key=lambda seen: seen[0]):
        if now is state:
            last_seen = when
            continue
        if _jumped(state, now):  # it changed in between, and nobody saw when
            yield Span(begin, last_seen, state, by)
            yield Span(last_seen, when, Protection.UNCLEAR, None)
        else:
            yield Span(begin, when, state, by)
        begin, last_seen, state, by = when, when, now, one
    yield Span(begin, until, state, by)


def _jumped(before: Protection, now: Protection) -> bool:
    """Return whether a state can only have come after another one that nobody saw."""
    if before is Protection.OFF:
        return True
    return before is Protection.ON and now is not Protection.STOPPING


def _cut(spans: Iterator[Span], since: datetime, until: datetime) -> Iterator[Span]:
    for span in spans:
        begin, end = max(span.begin, since), min(span.end, until)
        if begin < end:
            yield Span(begin, end, span.state, span.operation)


def _sums(operations: tuple[dict[str, Any], ...], spans: tuple[Span, ...]) -> Sums:
    results = [one["outcome"] for one in operations]
    took = [
        (time_of(one["accepted_at"]) - time_of(one["requested_at"])).total_seconds()
        for one in operations
        if one["accepted_at"] and not one["dry_run"]
    ]
    return Sums(
        stops=results.count("succeeded"),
        rehearsals=results.count("dry_run"),
        refused=results.count("refused"),
        trouble=sum(one in ("failed", "timed_out", "unknown") for one in results),
        unprotected=_total(spans, Protection.OFF),
        unclear=_total(spans, Protection.UNCLEAR),
        median_to_stop=median(took) if took else None,
        longest_to_stop=max(took, default=None),
    )


def _total(spans: tuple[Span, ...], state: Protection) -> float:
    return sum((one.end - one.begin for one in spans if one.state is state), timedelta()).total_seconds()
