"""What was asked: one request to stop or to resume the protection of one group, as its sender wrote it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from standdown.base.text import one_line
from standdown.core.reasons import Reason, Why
from standdown.core.sentences import sentence
from standdown.core.serialize import Record


class Action(StrEnum):
    """What is done to a group's protection: it is stopped, or enabled again."""

    STOP = "stop"
    RESUME = "resume"


class Source(StrEnum):
    """The entry point by which a request came; a timer is what a stop said of its own end."""

    ALARM = "alarm"
    QUEUE = "queue"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    DIRECT = "direct"
    TIMER = "timer"
    MONITORING = "monitoring"


FIRST_SOURCES = frozenset({Source.ALARM, Source.QUEUE, Source.SCHEDULE, Source.WEBHOOK, Source.DIRECT})
"""What a target that names no sources takes: those that there were when it could be written without them."""
SENDERS = tuple(source for source in Source if source is not Source.TIMER)
"""The sources that a target may let ask for a stop: nobody sends what a timer asks for."""
ALARMS = frozenset({Source.ALARM, Source.MONITORING})
"""The sources that ask since something looks wrong. A target names what it listens to, in `alarms`."""
RESUMERS = tuple(source for source in SENDERS if source not in ALARMS)
"""The sources that a target may let ask for a resume: an alarm is never a reason for one."""


def sources_in_words(sources: Collection[str]) -> str:
    """Return a target's sources as a table shows them; an empty text where there are none."""
    if len(sources) == len(SENDERS):
        return "any source"
    return "any but monitoring" if set(sources) == FIRST_SOURCES else ", ".join(sources)


class Mode(StrEnum):
    """What a target, or the whole stack, is allowed to do."""

    LIVE = "live"
    DRY_RUN = "dry-run"
    OFF = "off"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StopRequest(Record):
    """One request to stop one protection group or to resume its protection, as it came in.

    Exactly one of `target` (a configured target's name) and `server_group_id` says what is meant. `flaw` is set where
    the request names its target but is otherwise malformed: it is then refused, and that is published. `flaws` has the
    same as codes and values. `own_id` says that a command chose its `delivery_id` itself, so that it can mean something
    else by one that was used. `force` passes the guard and nothing else. `hold` is what a resume undoes, as it was
    shown. `person` is who asks by their own word, `sender` who SQS says has sent it. `resume_after_minutes` or
    `resume_at` (a wall-clock time with its zone, as in "06:00 Europe/Berlin") say when a stop is to be undone.
    """

    delivery_id: str
    source: Source
    requested_at: datetime
    target: str | None = None
    server_group_id: str | None = None
    reason: str = ""
    requested_by: str = ""
    dry_run: bool = False
    alarm: str | None = None
    flaw: str | None = None
    own_id: bool = False
    flaws: tuple[Why, ...] = ()
    force: bool = False
    action: Action = Action.STOP
    hold: str | None = None
    person: str = ""
    sender: str = ""
    resume_after_minutes: int | None = None
    resume_at: str | None = None

    def flawed(self, *flaws: Why | None) -> StopRequest:
        """Return the request with those flaws that there are."""
        found = tuple(flaw for flaw in flaws if flaw)
        return replace(self, flaw=one_line("; ".join(map(sentence, found)), 500), flaws=found) if found else self

    @property
    def malformed(self) -> Why | None:
        """Return why the request is refused whatever its target allows; None where nothing is wrong with it."""
        said = self.flaws or (Why.of(Reason.OTHER, problem=self.flaw),)
        return Why.of(Reason.MALFORMED, *said) if self.flaw else None

    @property
    def wanted(self) -> str:
        """Return what the sender named: the target's name, or else the group's id."""
        return self.target or self.server_group_id or ""

    @property
    def operation_id(self) -> str:
        """Return the 32 hex characters under which this request is recorded, the same for every redelivery.

        Derived from the sender's words alone, so that a target edited between two deliveries of one request does not
        make them two incidents, and the webhook can answer with it without reading any target. The entry point is
        a part of it: nobody can use up the id of a request that comes by another one. So is the word of a resume.
        """
        identity = f"{self.source.value}\n{self.delivery_id}\n{'target' if self.target else 'group'}\n{self.wanted}"
        if self.action is Action.RESUME:
            identity += f"\n{self.action.value}"
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
