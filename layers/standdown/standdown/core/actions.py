"""What a stop and a resume are at SDRS: the statuses that are wanted, under way and failed, and the words for them.

To resume means to enable protection from `available` or `error-starting`. From other statuses the same call re-protects
in the other direction: it is never sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from standdown.core.outcome import Result
from standdown.core.reasons import Reason
from standdown.core.request import Action
from standdown.sdrs.models import GroupStatus


class Course(NamedTuple):
    """How one action goes: the statuses it is taken from, the one it leads to, through which, and after a failure.

    `failures` is the word by which the task centre lists what failed.
    """

    taken: frozenset[GroupStatus]
    wanted: GroupStatus
    under_way: GroupStatus
    failed: GroupStatus
    failures: str
    done: Result
    already: Result


COURSES: Mapping[Action, Course] = {
    Action.STOP: Course(
        frozenset({GroupStatus.PROTECTED, GroupStatus.ERROR_STOPPING}),
        GroupStatus.AVAILABLE, GroupStatus.STOPPING, GroupStatus.ERROR_STOPPING, "stopFail",
        Result.SUCCEEDED, Result.ALREADY_STOPPED,
    ),
    Action.RESUME: Course(
        frozenset({GroupStatus.AVAILABLE, GroupStatus.ERROR_STARTING}),
        GroupStatus.PROTECTED, GroupStatus.STARTING, GroupStatus.ERROR_STARTING, "startFail",
        Result.RESUMED, Result.ALREADY_PROTECTED,
    ),
}  # fmt: skip

_OF_RESUME = {
    Reason.PROTECTION_OFF: Reason.PROTECTION_ON,
    Reason.PROTECTION_OFF_UNCLEAR: Reason.PROTECTION_ON_UNCLEAR,
    Reason.ALREADY_OFF: Reason.ALREADY_ON,
    Reason.NO_STOP_SENT: Reason.NO_RESUME_SENT,
    Reason.NO_OTHER_STOP: Reason.NO_OTHER_RESUME,
    Reason.WOULD_FIND_OFF: Reason.WOULD_FIND_ON,
    Reason.NOTHING_STOPPED: Reason.NOTHING_RESUMED,
    Reason.STOP_FAILED: Reason.RESUME_FAILED,
    Reason.STOP_FAILED_UNANSWERED: Reason.RESUME_FAILED_UNANSWERED,
    Reason.STOP_UNSEEN: Reason.RESUME_UNSEEN,
    Reason.STOP_WITHOUT_EFFECT: Reason.RESUME_WITHOUT_EFFECT,
    Reason.WOULD_STOP: Reason.WOULD_RESUME,
} | {
    Reason(word): Reason(f"resume_{word}")
    for word in (
        "job_done_group_differs", "job_done_group_unread", "job_failed", "job_failed_pairs", "refused_twice",
        "still_running", "unseen_at_deadline", "end_unseen", "group_lost", "group_deleted", "group_unread",
        "workflow_broke", "workflow_broke_unseen", "joined", "too_late", "too_late_since", "would_follow", "would_wait",
        "would_refuse", "dry_run_failed", "wrong_state",
    )
}  # fmt: skip


def reason_of(action: Action, reason: Reason) -> Reason:
    """Return the code by which one says of an action what the given one says of a stop."""
    return _OF_RESUME.get(reason, reason) if action is Action.RESUME else reason
