"""An operation and all that is known of it: the record that everything else works on. Knows no AWS, no SDRS call."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from standdown.core.outcome import DeliveryState, Outcome, Result
from standdown.core.request import Action, StopRequest
from standdown.core.serialize import Record

SCHEMA_VERSION = 1
OPERATION_ID = re.compile(r"[0-9a-f]{32}")
"""What an operation's id looks like, wherever somebody else names one."""
_EXECUTION = re.compile(rf"(?:stop|publish)-({OPERATION_ID.pattern})")


def execution_name(operation_id: str, publication: int | None = None) -> str:
    """Return the name of the execution that follows an operation, or of one that only publishes its outcome."""
    return f"stop-{operation_id}" if publication is None else f"publish-{operation_id}-{publication}"


def from_execution_name(name: str) -> str | None:
    """Return the id of the operation that an execution is about, or None where the name is not one of ours."""
    ours = _EXECUTION.match(name)
    return ours[1] if ours else None


def execution_arn(workflow_arn: str, name: str) -> str:
    """Return the ARN of the workflow's execution of that name."""
    return f"{workflow_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"


class State(StrEnum):
    """How far an operation has come; it only ever moves down this list."""

    INTENT = "intent"  # recorded, the group is locked; the stop may or may not have been sent
    ACCEPTED = "accepted"  # SDRS took the stop (or one was under way); no workflow follows it yet
    FOLLOWING = "following"  # the workflow has it
    JOINED = "joined"  # another operation on the same group has the lock; its end ends this one
    ENDED = "ended"  # the outcome is written; not yet published on every channel
    PUBLISHED = "published"  # every channel is done with it, or given up and reported


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupRef(Record):
    """Where a protection group is: the region and, as far as known yet, its project, its id, its name.

    A target may leave the project to IAM, or give a sub-project's name, as in eu-de_name, in place of its id. It may
    name its group by name. Both are looked up when they are needed.
    """

    region: str
    project_id: str | None = None
    server_group_id: str | None = None
    server_group_name: str | None = None
    endpoint: str | None = None

    @property
    def complete(self) -> bool:
        """Return whether nothing has to be looked up to find the group."""
        return self.project is not None and self.server_group_id is not None

    @property
    def project(self) -> str | None:
        """Return the project's id; None where it has to be looked up by its name."""
        return self.project_id if self.project_id and "_" not in self.project_id else None

    @property
    def project_name(self) -> str:
        """Return the name to look the project up by: a target may name a sub-project, else it is the region's own."""
        return self.project_id if self.project_id and "_" in self.project_id else self.region

    @property
    def key(self) -> str:
        """Return the name under which the group is locked; raise ValueError where it was not located.

        Two clouds may call their regions alike, so an endpoint of its own stands in the region's place. The kind comes
        first: what 0.1.0 locked by a name can never be read as an id.
        """
        if self.project is None or self.server_group_id is None:
            raise ValueError("a group is locked by its project and its id: locate it first")
        return f"id:{self.endpoint or self.region}/{self.project}/{self.server_group_id.lower()}"

    @property
    def former_keys(self) -> tuple[str, ...]:
        """Return the names under which 0.1.0 may have locked the group: they count until 0.3."""
        by_id = [f"{self.region}/{self.server_group_id.lower()}"] if self.server_group_id else []
        name = self.server_group_name
        by_name = [f"{self.region}/{name}", f"{self.region}/{self.project_id}/{name}"] if name else []
        return tuple(by_id + by_name)

    def is_that_of(self, other: GroupRef) -> bool:
        """Return whether a target's group, which may leave some of it open, is the one that was located here."""
        if other.server_group_id:
            same = (self.server_group_id or "").lower() == other.server_group_id.lower()
        else:
            same = self.server_group_name == other.server_group_name
        known = ((self.project, other.project), (self.endpoint, other.endpoint))
        return same and self.region == other.region and all(a == b for a, b in known if a and b)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Operation(Record):
    """One admitted request and all that is known of it: the ledger's record.

    `attempts` counts who took the operation to send its stop, `unsent_attempts` up to which of them it is certain that
    nothing was sent. `problem` says why the last one was given up. `publisher` names the last execution that the
    sweeper started to have the outcome published. `sent_at` is a moment before the accepted stop was sent. `guard` is
    what the guard found (`core.pairs`), `guard_off` that the target has none. `waits_for` names the resume behind which
    a stop waits without a lock, so that nobody sends anything for it. `resume_after_minutes`, or `resume_at` (a
    wall-clock time with its zone), say when the stop is to be undone. `priority_station` is where production ran when
    the hold began that is to be resumed.
    """

    operation_id: str
    request: StopRequest
    received_at: datetime
    state: State = State.INTENT
    target: str | None = None
    group: GroupRef | None = None
    deadline_minutes: int = 60
    max_age_minutes: int = 60
    job_id: str | None = None
    accepted_at: datetime | None = None
    attempts: int = 1
    lock: str | None = None
    lease_until: datetime | None = None
    problem: str | None = None
    joined_to: str | None = None
    publisher: str | None = None
    causes: tuple[StopRequest, ...] = ()
    outcome: Outcome | None = None
    channels: dict[str, DeliveryState] = field(default_factory=dict)
    dry_run: bool = False
    unsent_attempts: int = 0
    sent_at: datetime | None = None
    guard: str | None = None
    guard_off: bool = False
    waits_for: str | None = None
    resume_after_minutes: int | None = None
    resume_at: str | None = None
    priority_station: str | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def located(self) -> GroupRef:
        """Return the operation's group; raise ValueError where it has none, as one that no target admitted."""
        if self.group is None:
            raise ValueError(f"operation {self.operation_id} has no protection group")
        return self.group

    @property
    def ended(self) -> Outcome:
        """Return the operation's outcome; raise ValueError where it has not ended yet."""
        if self.outcome is None:
            raise ValueError(f"operation {self.operation_id} has not ended yet")
        return self.outcome

    @property
    def action(self) -> Action:
        """Return what is done: a stop or a resume."""
        return self.request.action

    @property
    def execution_name(self) -> str:
        """Return the name of the workflow's execution: derived, so that a repeat finds the first one."""
        return execution_name(self.operation_id)

    @property
    def stale_at(self) -> datetime:
        """Return when the request has become too old to cause a stop (UTC)."""
        return self.request.requested_at + timedelta(minutes=self.max_age_minutes)

    @property
    def fresh_until(self) -> datetime:
        """Return until when a stop may be sent for it (UTC): as long as one of its causes is not too old."""
        return max(cause.requested_at for cause in self.all_causes) + timedelta(minutes=self.max_age_minutes)

    @property
    def deadline_at(self) -> datetime:
        """Return when the watch over the job ends (UTC)."""
        return (self.accepted_at or self.received_at) + timedelta(minutes=self.deadline_minutes)

    @property
    def all_causes(self) -> tuple[StopRequest, ...]:
        """Return this operation's own request and those that joined it, in the order in which they came."""
        return (self.request, *self.causes)

    @property
    def maybe_sent_before(self) -> bool:
        """Return whether an earlier attempt than the present one may have sent a stop."""
        return self.attempts - 1 > self.unsent_attempts

    @classmethod
    def _completed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Add `dry_run` to a record of 0.1.0: its dry runs were the intents without a lock."""
        if "dry_run" in data:
            return data
        asked, outcome = data.get("request"), data.get("outcome")
        asked_for = isinstance(asked, dict) and asked.get("dry_run") is True
        ended_so = isinstance(outcome, dict) and outcome.get("result") == Result.DRY_RUN.value
        open_so = data.get("state") == State.INTENT.value and data.get("lock") is None
        return {**data, "dry_run": asked_for or ended_so or open_so}

    def with_outcome(self, outcome: Outcome) -> Operation:
        """Return the operation as it stands once the outcome is written."""
        return replace(self, outcome=outcome, state=State.ENDED, lease_until=None)
