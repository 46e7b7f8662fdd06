"""What the doctor found: a verdict for each target, as data for machines and as a table for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from standdown import __version__
from standdown.base.text_table import WIDTH, folded, note, table
from standdown.core.request import Mode, sources_in_words
from standdown.core.serialize import Record

PAIRS = (
    "The replication pairs cannot be read ({}): a stop is never verified then, and the guard finds nothing. "
    "Allow the credential GET /v1/{{project}}/replications."
)


class Verdict(StrEnum):
    """Whether a request that came in now would stop the target."""

    READY = "ready"
    ALREADY_OFF = "already off"
    NOT_NOW = "not now"  # the group's state, a mode, or a lock stands in the way
    BROKEN = "broken document"
    NO_ACCESS = "no access"  # the credential is missing, not valid, or not allowed to look
    NOT_FOUND = "not found"
    AMBIGUOUS = "ambiguous name"
    UNREACHABLE = "unreachable"  # Huawei Cloud could not be asked, or gave no usable answer


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CheckUp(Record):
    """What was found of one target: the verdict, why, what to do; where its group is; what its document says.

    `direct_refused` is why a direct invocation for it would be refused now, None where it would not be.
    `pairs_problem` is why the replication pairs could not be read: no stop of it would be verified then.
    """

    target: str
    verdict: Verdict
    why: str
    next_step: str = ""
    region: str | None = None
    endpoint: str | None = None
    project_id: str | None = None
    server_group_id: str | None = None
    server_group_name: str | None = None
    group_status: str | None = None
    request_id: str | None = None
    mode: Mode | None = None
    sources: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    max_age_minutes: int | None = None
    deadline_minutes: int | None = None
    cooldown_minutes: int | None = None
    direct_refused: str | None = None
    pairs_problem: str | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was found of a stack: its mode, its credential's form or what is wrong with it, its targets."""

    checked_at: datetime
    stack_mode: Mode
    credential: str
    targets: tuple[CheckUp, ...]

    @property
    def all_ready(self) -> bool:
        """Return whether there are targets and a request would stop each of them."""
        return bool(self.targets) and all(one.verdict is Verdict.READY for one in self.targets)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values, the table for people with it."""
        return {
            "schema_version": 1,
            "version": __version__,
            "checked_at": self.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "all_ready": self.all_ready,
            "stack_mode": self.stack_mode.value,
            "credential": self.credential,
            "verdicts": [one.to_dict() for one in self.targets],
            "table": self.table(),  # until 0.3: whoever prints it then renders it from the rest
        }

    def table(self, width: int = WIDTH) -> str:
        """Return a table, and below it what stands in the way of each target that is not ready."""
        head = folded(f"Stack mode: {self.stack_mode}. Credential: {self.credential}.", width)
        if not self.targets:
            return f"{head}\n\nNo target is configured: nothing can be stopped."
        rows = [_row(one) for one in self.targets]
        names = ("TARGET", "VERDICT", "STATUS", "PROTECTION GROUP", "GROUP ID", "MODE", "ASKED BY")
        notes = [
            note(f"{one.target}: {one.verdict}", f"{one.why} {one.next_step}".strip(), width)
            for one in self.targets
            if one.verdict is not Verdict.READY
        ]
        notes += [note(f"{one.target}: pairs", PAIRS.format(one.pairs_problem), width) for one in self.targets
                  if one.pairs_problem]  # fmt: skip
        return "\n\n".join((head, table(names, rows, width), *notes))


def _row(one: CheckUp) -> tuple[str, ...]:
    return (
        one.target,
        one.verdict.value,
        one.group_status or "-",
        one.server_group_name or "-",
        one.server_group_id or "-",
        one.mode.value if one.mode else "-",
        sources_in_words(one.sources) or "-",
    )
