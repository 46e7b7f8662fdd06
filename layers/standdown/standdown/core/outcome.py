"""How an operation ended and where its publication stands. Plain frozen records, no secret in any of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from standdown.base.text import clip
from standdown.core.reasons import Why
from standdown.core.sentences import sentence
from standdown.core.serialize import Record

_LONGEST_DETAIL = 600


class Result(StrEnum):
    """How an operation ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ALREADY_STOPPED = "already_stopped"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"
    DRY_RUN = "dry_run"
    JOINED = "joined"
    RESUMED = "resumed"
    ALREADY_PROTECTED = "already_protected"


PROTECTED = frozenset({Result.RESUMED, Result.ALREADY_PROTECTED})
"""After which a group is protected."""


class Refusal(StrEnum):
    """Why an operation was refused."""

    NOT_ALLOWED = "not_allowed"
    STALE = "stale"
    WRONG_STATE = "wrong_state"
    NOT_FOUND = "not_found"
    OFF = "off"
    COOLDOWN = "cooldown"
    MALFORMED = "malformed"
    USED_ID = "used_id"
    PRODUCTION_FAILED = "production_failed"
    SKIPPED = "skipped"
    STOP_UNDER_WAY = "stop_under_way"
    HOLD_CHANGED = "hold_changed"


class Delivery(StrEnum):
    """Where an outcome stands on one channel."""

    PENDING = "pending"
    DONE = "done"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FailedSubJob(Record):
    """One child of a stop job that failed: which replication pair, with which code and cause."""

    job_id: str
    replication_id: str | None
    code: str | None
    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class HuaweiAnswer(Record):
    """What Huawei Cloud answered, in its own words (clipped): for the operator and for a support ticket."""

    http_status: int | None = None
    code: str | None = None
    message: str = ""
    request_id: str | None = None
    failed_sub_jobs: tuple[FailedSubJob, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pairs(Record):
    """How many pairs a group has, and how many of them are stopped, still copy, or say neither."""

    total: int
    stopped: int
    copying: int
    unknown: int

    @property
    def all_stopped(self) -> bool:
        """Return whether every pair is stopped."""
        return self.stopped == self.total


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Outcome(Record):
    """How an operation ended: written once, by the first who knows.

    `detail` is one English sentence that says what happened. `verified` is True where the group was read after the
    stop and is `available` and every one of its pairs is stopped, False where that is not so or could not be read, None
    where nothing was to be read. `pairs` is None where SDRS did not tell. What the servers had written by `copy_as_of`,
    a moment before the stop was sent, is in the copy; nothing that was written after `copy_until` is.
    For a joined operation, `joined_to` names the operation that did the work and `joined_result` how that one ended.
    `why` says what `detail` says as a code and values; None in a record of 0.1.0. `unprotected_since` is since when the
    group has had no protection. For a resume, `in_step` says whether every pair is protected and none copies any more,
    and `progress` how much of the data is synchronised, in per cent; None where SDRS did not tell.
    """

    result: Result
    ended_at: datetime
    detail: str
    refusal: Refusal | None = None
    group_status: str | None = None
    group_name: str | None = None
    verified: bool | None = None
    huawei: HuaweiAnswer | None = None
    job_ended_at: datetime | None = None
    looks: int = 0
    joined_to: str | None = None
    joined_result: Result | None = None
    why: Why | None = None
    pairs: Pairs | None = None
    copy_as_of: datetime | None = None
    copy_until: datetime | None = None
    unprotected_since: datetime | None = None
    priority_station: str | None = None
    in_step: bool | None = None
    progress: int | None = None

    @classmethod
    def of(cls, result: Result, ended_at: datetime, why: Why, refusal: Refusal | None = None, **facts: Any) -> Self:
        """Return an outcome whose `detail` is the English sentence about `why`."""
        return cls(result, ended_at, clip(sentence(why), _LONGEST_DETAIL), refusal, why=why, **facts)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DeliveryState(Record):
    """The delivery of one outcome on one channel: where it stands, how often it was tried, when it is tried next.

    `turn_at` is the moment that a channel with a limit on its rate has been given; to wait for it is no try.
    """

    status: Delivery = Delivery.PENDING
    attempts: int = 0
    at: datetime | None = None
    next_at: datetime | None = None
    problem: str | None = None
    turn_at: datetime | None = None
