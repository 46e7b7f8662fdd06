"""Whether SDRS would take an action on a group now, by its documented conditions: status, pairs, fault levels. Pure.

SDRS says nothing of servers and addresses: what it cannot tell is for a person to check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from standdown.core.actions import COURSES
from standdown.core.pairs import LINK_BROKEN, PRODUCTION_FAILED, at_level, named
from standdown.core.request import Action
from standdown.sdrs.models import GroupStatus
from standdown.sdrs.pairs import ReplicationPair


class Purpose(StrEnum):
    """What somebody means to do with a group."""

    STOP = "stop"
    RESUME = "resume"  # enable protection again
    FAILBACK = "failback"  # a planned failover
    FAILOVER = "failover"


class Answer(StrEnum):
    """What SDRS would do."""

    TAKES = "SDRS would take it"
    DONE = "already so"
    WAIT = "not yet"
    REFUSES = "SDRS would refuse it"
    NOT_TOLD = "cannot be told"


@dataclass(frozen=True, slots=True)
class Readiness:
    """The answer, what stands in the way and whose move it is."""

    answer: Answer
    why: str
    next_step: str = ""


S = GroupStatus
_TAKEN: Mapping[Purpose, frozenset[GroupStatus]] = {
    Purpose.STOP: COURSES[Action.STOP].taken,
    Purpose.RESUME: COURSES[Action.RESUME].taken,
    Purpose.FAILBACK: frozenset({S.PROTECTED, S.ERROR_REVERSING}),
    Purpose.FAILOVER: frozenset({S.PROTECTED, S.ERROR_FAILING_OVER, S.ERROR_REVERSING}),
}
_DONE = {
    Purpose.STOP: COURSES[Action.STOP].wanted,
    Purpose.RESUME: COURSES[Action.RESUME].wanted,
    Purpose.FAILOVER: S.FAILED_OVER,
}
_PASSING = {
    Purpose.STOP: frozenset({S.STOPPING, S.STARTING, S.REPROTECTING, S.REVERSING}),
    Purpose.RESUME: frozenset({S.STARTING, S.STOPPING, S.REPROTECTING, S.REVERSING}),
    Purpose.FAILBACK: frozenset({S.REVERSING, S.STARTING, S.REPROTECTING}),
    Purpose.FAILOVER: frozenset({S.FAILING_OVER, S.STARTING, S.REPROTECTING, S.REVERSING}),
}
_BEHIND = ("copying", "inactive")
"""A pair's `replication_status` while its two disks differ."""
_ENABLE_FIRST = "Enable protection first, and wait until every pair is in step: save the frozen copy before that."
_REPROTECT = "Re-protect the group in the SDRS console: the servers of the present DR site must be shut off for that."
_CONSOLE = "Put the group right in the SDRS console, or call Huawei Cloud support."
_CALL = "Call Huawei Cloud support."
_STEPS = {
    (Purpose.RESUME, S.FAILED_OVER): _REPROTECT,
    (Purpose.RESUME, S.ERROR_REPROTECTING): _REPROTECT,
    (Purpose.FAILBACK, S.FAILED_OVER): _REPROTECT,
    (Purpose.FAILBACK, S.ERROR_REPROTECTING): _REPROTECT,
    (Purpose.FAILBACK, S.AVAILABLE): _ENABLE_FIRST,
    (Purpose.FAILOVER, S.AVAILABLE): _ENABLE_FIRST,
}
FOR_YOU: Mapping[Purpose, tuple[str, ...]] = {
    Purpose.STOP: ("Is no failover needed? After a stop SDRS takes none until protection is enabled again.",),
    Purpose.RESUME: ("Is the frozen copy saved? Expect it to be overwritten.",),
    Purpose.FAILBACK: (
        "Are all servers of the present production site shut off, and will they stay off?",
        "Do addresses and names lead to the other site afterwards?",
    ),
    Purpose.FAILOVER: (
        "Was Huawei Cloud support called? Its guide asks for that first.",
        "Will nobody touch the servers meanwhile?",
        "Do addresses and names lead to the DR site afterwards?",
    ),
}
"""What SDRS cannot tell."""


def readiness(
    purpose: Purpose, status: GroupStatus, word: str, pairs: Sequence[ReplicationPair] | None, problem: str = ""
) -> Readiness:
    """Return what SDRS would do; `pairs` is None where they could not be read, and `problem` says why."""
    by_status = _by_status(purpose, status, word)
    if by_status.answer is not Answer.TAKES:
        return by_status
    if pairs is None:
        why = f"The group is {word}, as it must be; its replication pairs could not be read: {problem}."
        return Readiness(Answer.NOT_TOLD, why, "Look at the pairs in the SDRS console.")
    return _by_pairs(purpose, pairs) or by_status


def _by_status(purpose: Purpose, status: GroupStatus, word: str) -> Readiness:
    if status in _TAKEN[purpose]:
        return Readiness(Answer.TAKES, f"The group is {word}: its status allows it.")
    if status is _DONE.get(purpose):
        return Readiness(Answer.DONE, f"The group is {word}.")
    if status in _PASSING[purpose]:
        return Readiness(Answer.WAIT, f"The group is {word}, which passes.", "Wait, and ask again.")
    step = _STEPS.get((purpose, status), _CONSOLE)
    return Readiness(Answer.REFUSES, f"SDRS takes no such action while the group is {word or 'in no status'}.", step)


def _by_pairs(purpose: Purpose, pairs: Sequence[ReplicationPair]) -> Readiness | None:
    if not pairs:
        return Readiness(Answer.REFUSES, "The group has no replication pairs.", "Create them in the SDRS console.")
    broken, failed = at_level(pairs, LINK_BROKEN), at_level(pairs, PRODUCTION_FAILED)
    if broken and purpose in (Purpose.FAILOVER, Purpose.FAILBACK):
        return Readiness(Answer.REFUSES, f"The link is broken (fault level 5): {named(broken)}.", _CALL)
    if failed and purpose is Purpose.STOP:
        why = f"The production site fails (fault level 2): {named(failed)}. No alarm's stop would be sent."
        return Readiness(Answer.REFUSES, why, "Fail over instead of stopping.")
    if failed and purpose is Purpose.FAILBACK:
        why = f"The production site fails (fault level 2): {named(failed)}."
        return Readiness(Answer.REFUSES, why, "Fail over: a planned failover needs both sites.")
    behind = [pair for pair in pairs if pair.replication_status in _BEHIND or pair.status in ("starting", "fault")]
    if behind and purpose is not Purpose.RESUME:
        why = f"{len(behind)} of {len(pairs)} replication pairs are not in step: {named(behind)}."
        return Readiness(Answer.WAIT, why, "Wait until every pair has synchronised.")
    return None
