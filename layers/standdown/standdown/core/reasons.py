"""Why an operation ended as it did, as a code and values: from these a sentence can be made in any language."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from standdown.base.text import clip
from standdown.core.serialize import Record

_LONGEST = 500


class Reason(StrEnum):
    """The codes of `Why`. `core.sentences` has the English sentence of each, which names the values."""

    # The end of a stop
    PROTECTION_OFF = "protection_off"
    PROTECTION_OFF_UNCLEAR = "protection_off_unclear"
    ALREADY_OFF = "already_off"
    PAIRS_NOT_TOLD = "pairs_not_told"
    PAIRS_NOT_STOPPED = "pairs_not_stopped"
    JOB_DONE_GROUP_DIFFERS = "job_done_group_differs"
    JOB_DONE_GROUP_UNREAD = "job_done_group_unread"
    JOB_FAILED = "job_failed"
    JOB_FAILED_PAIRS = "job_failed_pairs"
    STOP_FAILED = "stop_failed"
    STOP_FAILED_UNANSWERED = "stop_failed_unanswered"
    REFUSED_TWICE = "refused_twice"
    STILL_RUNNING = "still_running"
    UNSEEN_AT_DEADLINE = "unseen_at_deadline"
    END_UNSEEN = "end_unseen"
    GROUP_LOST = "group_lost"
    GROUP_DELETED = "group_deleted"
    GROUP_UNREAD = "group_unread"
    WORKFLOW_BROKE = "workflow_broke"
    WORKFLOW_BROKE_UNSEEN = "workflow_broke_unseen"
    JOINED = "joined"
    JOINED_LOST = "joined_lost"

    # A stop that was not sent, or may not have been; `because` says why
    NO_STOP_SENT = "no_stop_sent"
    STOP_UNSEEN = "stop_unseen"
    STOP_WITHOUT_EFFECT = "stop_without_effect"
    NO_OTHER_STOP = "no_other_stop"
    TOO_LATE = "too_late"
    TOO_LATE_SINCE = "too_late_since"

    # A dry run
    WOULD_STOP = "would_stop"
    WOULD_FIND_OFF = "would_find_off"
    WOULD_FOLLOW = "would_follow"
    WOULD_WAIT = "would_wait"
    WOULD_REFUSE = "would_refuse"
    MODE_CHANGED = "mode_changed"
    DRY_RUN_FAILED = "dry_run_failed"
    DRY_RUN_TOO_LATE = "dry_run_too_late"
    DRY_RUN_TOO_LATE_SINCE = "dry_run_too_late_since"

    # A refusal
    MALFORMED = "malformed"
    STACK_OFF = "stack_off"
    BAD_MODE = "bad_mode"
    TARGET_OFF = "target_off"
    SOURCE_NOT_ALLOWED = "source_not_allowed"
    NO_SOURCE_ALLOWED = "no_source_allowed"
    ALARM_NOT_ALLOWED = "alarm_not_allowed"
    STALE = "stale"
    COOLDOWN = "cooldown"
    UNKNOWN_TARGET = "unknown_target"
    MISPLACED_TARGET = "misplaced_target"
    BAD_TARGET = "bad_target"
    TARGET_MOVED = "target_moved"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_GROUP_OR_NAMED = "unknown_group_or_named"
    NO_SUCH_GROUP = "no_such_group"
    NOTHING_STOPPED = "nothing_stopped"
    WRONG_STATE = "wrong_state"
    PRODUCTION_FAILED = "production_failed"
    USED_ID_CHANGED = "used_id_changed"
    USED_ID_ENDED = "used_id_ended"

    # What Huawei Cloud did not do: a clause behind one of the sentences above
    BAD_CREDENTIAL = "bad_credential"
    BAD_ENDPOINT = "bad_endpoint"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a code
    NO_SUCH_NAME = "no_such_name"
    SEVERAL_NAMED = "several_named"
    REQUEST_NOT_SENT = "request_not_sent"
    REQUEST_REFUSED = "request_refused"
    NO_ANSWER = "no_answer"
    INVALID_ID = "invalid_id"
    SIGN_IN = "sign_in"
    PROJECT = "project"

    # What is wrong with a request: clauses behind `malformed`
    NULL_KEY = "null_key"
    TARGET_AND_GROUP = "target_and_group"
    TOO_MANY = "too_many"
    NAMED_TWICE = "named_twice"
    WRONG_TARGET = "wrong_target"
    WRONG_GROUP_ID = "wrong_group_id"
    NO_TARGET_NAMED = "no_target_named"
    NO_GROUP_NAMED = "no_group_named"
    SOURCE_CLAIMED = "source_claimed"
    UNFILLED_VALUE = "unfilled_value"
    UNFILLED_TIME = "unfilled_time"
    UNFILLED_TEXT = "unfilled_text"
    BAD_DELIVERY_ID = "bad_delivery_id"
    BAD_TIME = "bad_time"
    FUTURE_TIME = "future_time"
    NOT_TEXT = "not_text"
    NOT_TRUE_OR_FALSE = "not_true_or_false"
    WRONG_VERSION = "wrong_version"
    FORCE_NOT_ALLOWED = "force_not_allowed"
    UNKNOWN_KEY = "unknown_key"
    MISSPELT_KEY = "misspelt_key"
    BAD_ID_ATTRIBUTE = "bad_id_attribute"
    BAD_TIME_ATTRIBUTE = "bad_time_attribute"
    FUTURE_TIME_ATTRIBUTE = "future_time_attribute"
    FUTURE_STATE_TIME = "future_state_time"
    FUTURE_ALARM_TIME = "future_alarm_time"

    OTHER = "other"  # the words of an older record, or a code of a newer version of Standdown


@dataclass(frozen=True, slots=True)
class Why(Record):
    """A reason: its code, the values that a sentence about it names, and the reasons behind it."""

    code: Reason
    values: dict[str, str] = field(default_factory=dict)
    because: tuple[Why, ...] = ()

    @classmethod
    def of(cls, code: Reason, /, *because: Why, **values: object) -> Why:
        """Return a reason with its values as text, each clipped."""
        return cls(code, {name: clip(str(value), _LONGEST) for name, value in values.items()}, because)

    @property
    def all(self) -> tuple[Why, ...]:
        """Return this reason and every one behind it."""
        return (self, *(inner for one in self.because for inner in one.all))

    @classmethod
    def _completed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Take a code that this version does not know for `other`."""
        return data if data.get("code") in _CODES else {**data, "code": Reason.OTHER.value}


_CODES = frozenset(code.value for code in Reason)
