"""`check` for one purpose: would SDRS take a stop, a resume, a failback or a failover of each target's group now?

Builds on what the doctor found, and reads the pairs. Reads alone: no action is sent here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from standdown.base.text_table import WIDTH, note, table
from standdown.core.operation import GroupRef
from standdown.core.readiness import FOR_YOU, Answer, Purpose, Readiness, readiness
from standdown.core.serialize import Record
from standdown.doctor.verdict import CheckUp, Verdict, Verdicts
from standdown.huawei.account import CALL, HuaweiAccount
from standdown.huawei.pairs import see_pairs
from standdown.sdrs.models import GroupStatus

SPARE = 2.0
"""Seconds that are kept for the answer."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TargetReadiness(Record):
    """The answer for one target; `priority_station` and the like are the doctor's to show."""

    target: str
    answer: Answer
    why: str
    next_step: str
    group_status: str | None
    server_group_id: str | None
    server_group_name: str | None


@dataclass(frozen=True, slots=True)
class ReadyFor:
    """The answers for a purpose, and what SDRS cannot tell."""

    purpose: Purpose
    checked: Verdicts
    targets: tuple[TargetReadiness, ...]

    @property
    def all_taken(self) -> bool:
        """Return whether there are targets and SDRS would take the action for each of them."""
        return bool(self.targets) and all(one.answer is Answer.TAKES for one in self.targets)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values, the table for people with it."""
        return {
            "schema_version": 1,
            "for": self.purpose.value,
            "checked_at": self.checked.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "all_taken": self.all_taken,
            "readiness": [one.to_dict() for one in self.targets],
            "for_you_to_check": list(FOR_YOU[self.purpose]),
            "table": self.table(),
        }

    def table(self, width: int = WIDTH) -> str:
        """Return a table, what stands in the way of each target, and what is for a person to check."""
        rows = [(one.target, one.answer.value, one.group_status or "-") for one in self.targets]
        notes = [
            note(f"{one.target}: {one.answer}", f"{one.why} {one.next_step}".strip(), width) for one in self.targets
        ]
        yours = note("For you to check", " ".join(FOR_YOU[self.purpose]), width)
        if not rows:
            return "No target is configured."
        return "\n\n".join((table(("TARGET", self.purpose.value.upper(), "STATUS"), rows, width), *notes, yours))


def ready_for(
    purpose: Purpose, checked: Verdicts, huawei: HuaweiAccount, remaining: Callable[[], float] = lambda: 600.0
) -> ReadyFor:
    """Return the answers for what the doctor looked at just now; raises nothing."""
    return ReadyFor(purpose, checked, tuple(_one(purpose, one, huawei, remaining) for one in checked.targets))


def _one(purpose: Purpose, one: CheckUp, huawei: HuaweiAccount, remaining: Callable[[], float]) -> TargetReadiness:
    found = _answer(purpose, one, huawei, remaining)
    return TargetReadiness(
        one.target, found.answer, found.why, found.next_step, one.group_status, one.server_group_id,
        one.server_group_name,
    )  # fmt: skip


def _answer(purpose: Purpose, one: CheckUp, huawei: HuaweiAccount, remaining: Callable[[], float]) -> Readiness:
    if one.region is None or one.group_status is None:
        return Readiness(Answer.NOT_TOLD, one.why, one.next_step)
    group = GroupRef(one.region, one.project_id, one.server_group_id, one.server_group_name, one.endpoint)
    seen = see_pairs(huawei, group, min(CALL, max(remaining() - SPARE, 0.0)))
    word = one.group_status
    found = readiness(purpose, GroupStatus.read(word), word, seen.pairs, seen.problem)
    own = purpose is Purpose.STOP and found.answer is Answer.TAKES and one.verdict is not Verdict.READY
    # SDRS would take it, and this stack would not send it: its own mode, lock or cooldown stands in the way.
    return Readiness(Answer.WAIT, one.why, one.next_step) if own else found
