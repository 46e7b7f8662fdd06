"""What people are told beside outcomes: that a group is still unprotected, in step again, or to be stopped by hand.

The sweeper writes a notice when it is due, the workflow has it published like an outcome.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from standdown.core.hold import Hold
from standdown.core.operation import GroupRef
from standdown.core.outcome import DeliveryState, Pairs
from standdown.core.serialize import Record

NOTICE_ID = re.compile(r"notice#([0-9a-f]{32})#([0-9]{1,6})")
"""The id of a notice: of what it is about, a hold or an operation, and which one it is."""


class NoticeKind(StrEnum):
    """What a notice says."""

    REMINDER = "reminder"  # the group is still unprotected
    IN_STEP = "in_step"  # protection was enabled again, and now every pair is in step
    ACKNOWLEDGED = "acknowledged"  # somebody wants no reminders for a while
    STOP_BY_HAND = "stop_by_hand"  # a stop cannot be sent: somebody must do it by hand
    UNWATCHED = "unwatched"  # groups without protection that are no target, once a day


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unwatched(Record):
    """A group without protection that is no target of this stack."""

    server_group_id: str
    name: str
    status: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Notice(Record):
    """One notice as it was due `at` (UTC): the hold as it was then, or the operation whose stop cannot be sent.

    `problem` is why that is so. `pairs` and `progress` say how far the copy is. `published` is set once every channel
    is done with it, or given up and reported; `dropped` where it was not true any more when its turn came.
    `confirmed_at` is when a later run of the sweeper saw that a reminder is still true.
    """

    notice_id: str
    kind: NoticeKind
    at: datetime
    hold: Hold | None = None
    operation_id: str | None = None
    target_name: str | None = None
    group: GroupRef | None = None
    group_name: str | None = None
    problem: str = ""
    requested_at: datetime | None = None
    unwatched: tuple[Unwatched, ...] = ()
    pairs: Pairs | None = None
    progress: int | None = None
    publisher: str | None = None
    channels: dict[str, DeliveryState] = field(default_factory=dict)
    published: bool = False
    dropped: str | None = None
    confirmed_at: datetime | None = None


def notice_id(about: str, number: int) -> str:
    """Return the id of the notice of that number about a hold or an operation."""
    return f"notice#{about}#{number}"


def next_notice(hold: Hold, kind: NoticeKind, at: datetime) -> Notice:
    """Return the next notice about a hold, which does not count it yet."""
    return Notice(
        notice_id(hold.hold_id, hold.notices + 1),
        kind,
        at,
        hold=hold,
        target_name=hold.target_name,
        group=hold.group,
        group_name=hold.name,
    )


def notice_execution(identity: str, publication: int | None = None) -> str:
    """Return the name of the execution that publishes a notice, or of a later one that tries it again."""
    name = identity.replace("#", "-")
    return name if publication is None else f"{name}-{publication}"
