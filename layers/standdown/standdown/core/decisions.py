"""What comes next on the way to one stop or resume: pure decisions over what SDRS answered. Sends nothing."""

from __future__ import annotations

from enum import StrEnum

from standdown.core.actions import COURSES
from standdown.core.request import Action
from standdown.sdrs.classify import ErrorClass, classify, is_not_found
from standdown.sdrs.errors import SdrsError
from standdown.sdrs.models import GroupStatus

PASSING = frozenset({GroupStatus.STARTING, GroupStatus.REPROTECTING, GroupStatus.REVERSING})
"""What a group leaves by itself, for `protected` where it goes well: a stop waits for that. As SDRS.1830 says it."""


class Step(StrEnum):
    """The next thing to do for an operation whose stop is not settled yet."""

    POST = "post"  # send the stop: nothing that may have taken effect is open
    LOOK = "look"  # read the group: the stop may have been sent
    AGAIN = "again"  # the same call once more, after a pause
    LATER = "later"  # give the request back, to be delivered again
    FOLLOW = "follow"  # the stop is under way
    DONE = "done"  # the group is as it is wanted
    NOT_FOUND = "not_found"
    WRONG_STATE = "wrong_state"
    UNKNOWN = "unknown"  # the group's state takes no stop, and one of ours may have been taken before
    FAILED = "failed"


def after_post(error: SdrsError) -> Step:
    """Decide after a stop that was not plainly accepted; what may have arrived is looked at before anything else."""
    if is_not_found(error):
        return Step.NOT_FOUND
    match classify(error):
        case ErrorClass.RETRY_SOON:
            return Step.AGAIN if error.sent == "no" or error.http_status == 429 else Step.LOOK
        case ErrorClass.WAIT:
            return Step.LATER
        case ErrorClass.READ_GROUP:
            return Step.LOOK
        case _:
            return Step.FAILED


def may_have_arrived(error: SdrsError) -> bool:
    """Return whether a stop that ended so may still take effect, or have taken it: a gateway may have let it pass."""
    return error.sent == "maybe" or error.http_status == 408 or (error.http_status or 0) >= 500


def after_look_failed(error: SdrsError) -> Step:
    """Decide after the group could not be read."""
    if is_not_found(error):
        return Step.NOT_FOUND
    match classify(error):
        case ErrorClass.RETRY_SOON | ErrorClass.READ_GROUP:
            return Step.AGAIN
        case ErrorClass.WAIT:
            return Step.LATER
        case _:
            return Step.FAILED


def after_look(status: GroupStatus, *, maybe_sent: bool, action: Action = Action.STOP) -> Step:
    """Decide by the group's status; `maybe_sent` says that a call of ours may be under way.

    A status that SDRS does not document is never an end: what may have been sent is followed.
    """
    course = COURSES[action]
    if status is course.under_way:
        return Step.FOLLOW
    if status is course.wanted:
        return Step.DONE
    if status in course.taken:
        return Step.POST
    if action is Action.STOP and status in PASSING:
        return Step.LATER
    if not maybe_sent:
        return Step.WRONG_STATE
    return Step.FOLLOW if status is GroupStatus.UNKNOWN else Step.UNKNOWN
