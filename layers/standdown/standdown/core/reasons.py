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

    # The end of a resume
    PROTECTION_ON = "protection_on"
    PROTECTION_ON_UNCLEAR = "protection_on_unclear"
    ALREADY_ON = "already_on"
    RESUME_JOB_DONE_GROUP_DIFFERS = "resume_job_done_group_differs"
    RESUME_JOB_DONE_GROUP_UNREAD = "resume_job_done_group_unread"
    RESUME_JOB_FAILED = "resume_job_failed"
    RESUME_JOB_FAILED_PAIRS = "resume_job_failed_pairs"
    RESUME_FAILED = "resume_failed"
    RESUME_FAILED_UNANSWERED = "resume_failed_unanswered"
    RESUME_REFUSED_TWICE = "resume_refused_twice"
    RESUME_STILL_RUNNING = "resume_still_running"
    RESUME_UNSEEN_AT_DEADLINE = "resume_unseen_at_deadline"
    RESUME_END_UNSEEN = "resume_end_unseen"
    RESUME_GROUP_LOST = "resume_group_lost"
    RESUME_GROUP_DELETED = "resume_group_deleted"
    RESUME_GROUP_UNREAD = "resume_group_unread"
    RESUME_WORKFLOW_BROKE = "resume_workflow_broke"
    RESUME_WORKFLOW_BROKE_UNSEEN = "resume_workflow_broke_unseen"
    RESUME_JOINED = "resume_joined"

    # A resume that was not sent, or may not have been
    NO_RESUME_SENT = "no_resume_sent"
    RESUME_UNSEEN = "resume_unseen"
    RESUME_WITHOUT_EFFECT = "resume_without_effect"
    NO_OTHER_RESUME = "no_other_resume"
    RESUME_TOO_LATE = "resume_too_late"
    RESUME_TOO_LATE_SINCE = "resume_too_late_since"

    # A dry run of a resume
    WOULD_RESUME = "would_resume"
    WOULD_FIND_ON = "would_find_on"
    RESUME_WOULD_FOLLOW = "resume_would_follow"
    RESUME_WOULD_WAIT = "resume_would_wait"
    RESUME_WOULD_REFUSE = "resume_would_refuse"
    RESUME_DRY_RUN_FAILED = "resume_dry_run_failed"

    # A refusal of a resume
    NOTHING_RESUMED = "nothing_resumed"
    RESUME_WRONG_STATE = "resume_wrong_state"
    OTHER_DIRECTION = "other_direction"
    STOP_UNDER_WAY = "stop_under_way"
    STOP_SEEN_UNDER_WAY = "stop_seen_under_way"
    HOLD_OVER = "hold_over"
    HOLD_CHANGED = "hold_changed"
    HOLD_AT_OTHER_SITE = "hold_at_other_site"
    TIMER_NOT_ALONE = "timer_not_alone"
    NO_PERSON = "no_person"
    RESUME_SOURCE_NOT_ALLOWED = "resume_source_not_allowed"
    TIMER_NOT_ALLOWED = "timer_not_allowed"

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
    SKIPPED = "skipped"
    SKIPPED_FOR = "skipped_for"
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
    HOLD_MISSING = "hold_missing"
    WRONG_HOLD = "wrong_hold"
    WRONG_ACTION = "wrong_action"
    ONLY_FOR_STOP = "only_for_stop"
    ONLY_FOR_RESUME = "only_for_resume"
    BAD_RESUME_TIME = "bad_resume_time"
    TWO_RESUME_TIMES = "two_resume_times"
    UNKNOWN_KEY = "unknown_key"
    MISSPELT_KEY = "misspelt_key"
    BAD_ID_ATTRIBUTE = "bad_id_attribute"
    BAD_TIME_ATTRIBUTE = "bad_time_attribute"
    FUTURE_TIME_ATTRIBUTE = "future_time_attribute"
    FUTURE_STATE_TIME = "future_state_time"
    FUTURE_ALARM_TIME = "future_alarm_time"

    OTHER = "other"  # the words of an older record, or a code of a newer version of Standdown


@dataclass(frozen=True, slots=True, eq=False, repr=False)
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
