"""When a group's protection was seen, and how: by operations, by notices, and by the sweeper. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from standdown.core.hold import UNPROTECTED
from standdown_cli.words import COPYING, asked_by, is_resume

_SAW_IT_OFF = frozenset({"succeeded", "already_stopped"})
_SAW_IT_ON = frozenset({"resumed", "already_protected"})
IN_STEP = "in_step"
_OFF_STILL = frozenset({"reminder", "acknowledged"})
"""The notices that are written while a group is without protection."""


class Protection(StrEnum):
    """What is known of a group's protection in a span of time."""

    ON = "on"
    COPYING = "copying"  # protection is on again, not every pair is in step yet
    STOPPING = "stopping"
    OFF = "off"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Seen:
    """One moment at which a state was seen; `by` is the operation, or who asked for the hold.

    `begun` says that the state began just then, so that nothing is unclear before it.
    """

    when: datetime
    state: Protection
    by: dict[str, Any]
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What a stack knows beside its operations, as of `now`: the holds that are not over, and the notices."""

    now: datetime
    holds: tuple[dict[str, Any], ...] = ()
    notices: tuple[dict[str, Any], ...] = ()

    def by_target(self) -> dict[str, Beside]:
        """Return what is known of each target; nothing of groups that are none."""
        holds, notices = _sorted_by(self.holds, "target_name"), _sorted_by(self.notices, "target")
        names = (holds.keys() | notices.keys()) - {None}
        return {name: Beside(self.now, tuple(holds.get(name, ())), tuple(notices.get(name, ()))) for name in names}


def _sorted_by(every: Iterable[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in every:
        found.setdefault(one[key], []).append(one)
    return found


def time_of(text: str) -> datetime:
    """Return a time of the stack's answers."""
    return datetime.fromisoformat(text)


def sightings(operations: list[dict[str, Any]], beside: Beside) -> list[Seen]:
    """Return what was seen of one target, oldest first."""
    found = [*_by_operations(operations), *_by_notices(operations, beside.notices), *_by_holds(operations, beside)]
    return sorted(found, key=lambda seen: seen.when)


def _by_operations(operations: Iterable[dict[str, Any]]) -> Iterator[Seen]:
    for one in operations:
        back = is_resume(one)
        if one["accepted_at"] and not one["dry_run"]:
            yield Seen(time_of(one["accepted_at"]), Protection.OFF if back else Protection.STOPPING, one)
        if one["ended_at"]:
            state = _at_end(one)
            if state is not None or one["accepted_at"]:
                sent = bool(back and one["accepted_at"])
                yield Seen(time_of(one["ended_at"]), state or Protection.UNCLEAR, one, begun=sent)


def _at_end(one: dict[str, Any]) -> Protection | None:
    status, outcome = one["group_status"], one["outcome"]
    if status in UNPROTECTED or (status is None and outcome in _SAW_IT_OFF):
        return Protection.OFF
    if status == "protected" or (status is None and outcome in _SAW_IT_ON):
        return Protection.COPYING if outcome == "resumed" and one.get("in_step") is False else Protection.ON
    return None


def _by_notices(operations: list[dict[str, Any]], notices: Iterable[dict[str, Any]]) -> Iterator[Seen]:
    for one in notices:
        hold, at = one.get("hold"), time_of(one["at"])
        if not hold or one.get("dropped"):
            continue
        who = {"who": asked_by(hold)}
        if one["kind"] == IN_STEP:
            yield Seen(at, Protection.ON, who)
        elif one["kind"] in _OFF_STILL:
            yield from _since(hold, operations)
            yield Seen(at, Protection.OFF, who)


def _by_holds(operations: list[dict[str, Any]], beside: Beside) -> Iterator[Seen]:
    for one in beside.holds:
        if one["state"] == COPYING:
            yield Seen(beside.now, Protection.COPYING, {"who": asked_by(one)})
        else:
            yield from _since(one, operations)
            yield Seen(beside.now, Protection.OFF, {"who": asked_by(one)})


def _since(hold: dict[str, Any], operations: list[dict[str, Any]]) -> Iterator[Seen]:
    """Yield the begin of a hold; where one of the operations asked for it, that one's end says it already."""
    asked = {one["operation_id"] for one in hold.get("asked") or ()}
    if not any(one["operation_id"] in asked for one in operations):
        yield Seen(time_of(hold["since"]), Protection.OFF, {"who": asked_by(hold)}, begun=True)
