"""What one invocation knows of an action that may have been sent, and how an operation ends by that. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from standdown.core.actions import COURSES, reason_of
from standdown.core.outcome import HuaweiAnswer, Outcome, Refusal, Result
from standdown.core.pairs import PairsSeen, after_stop, in_step
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action
from standdown.sdrs.models import GroupStatus, ProtectionGroup

TURNED = frozenset({GroupStatus.FAILED_OVER, GroupStatus.ERROR_REPROTECTING})
"""In which the call of a resume protects the group in the other direction, and overwrites the former production."""


@dataclass(slots=True, eq=False, repr=False)
class Evidence:
    """The answers so far.

    `maybe_sent` says that a stop, or a resume, may still be on its way, and decides what comes next. `maybe_taken` says
    that SDRS may have taken one at any time: nothing takes that back, and no outcome says `refused` then.
    """

    clock: Callable[[], datetime]
    maybe_sent: bool = False
    maybe_taken: bool = False
    answer: HuaweiAnswer | None = None
    seen: ProtectionGroup | None = None
    action: Action = Action.STOP

    def done(self, found: ProtectionGroup, seen: PairsSeen) -> Outcome:
        """End with a group that is as it is wanted, by what its pairs say."""
        course = COURSES[self.action]
        result = course.done if self.maybe_taken else course.already
        why = self.why(Reason.PROTECTION_OFF_UNCLEAR if self.maybe_taken else Reason.ALREADY_OFF)
        if self.action is Action.RESUME:
            told = self.outcome(result, why, None, found)
            return replace(told, in_step=in_step(seen, found.replication_num), progress=found.progress)
        pairs, why = after_stop(seen, found.replication_num, why)
        whole = pairs is not None and pairs.all_stopped
        return replace(self.outcome(result, why, None, found), pairs=pairs, verified=whole)

    def why(self, reason: Reason, /, *because: Why, **values: object) -> Why:
        """Return a reason in the words of this action."""
        return Why.of(reason_of(self.action, reason), *because, **values)

    def refused(self, why: Why, refusal: Refusal, found: ProtectionGroup | None = None) -> Outcome:
        """End by what SDRS says of the group; where a stop may have been taken, that does not tell how it went."""
        if not self.maybe_taken:
            return self.outcome(Result.REFUSED, why, refusal, found)
        unseen = self.why(Reason.END_UNSEEN, status=found.raw_status) if found else self.why(Reason.GROUP_LOST)
        return self.outcome(Result.UNKNOWN, unseen, None, found)

    def forbidden(self, forbidden: Outcome) -> Outcome:
        """End with another stop forbidden; where one may have been taken, the group was read as still protected."""
        if not self.maybe_taken:
            return forbidden
        result = Result.FAILED if forbidden.result is Result.FAILED else Result.UNKNOWN
        why = forbidden.why or Why.of(Reason.OTHER, problem=forbidden.detail)
        return self.outcome(result, self.why(Reason.NO_OTHER_STOP, why), None, self.seen)

    def hopeless(self, why: Why) -> Outcome:
        """End with a call that cannot be sent, whatever is tried."""
        if self.maybe_sent:
            return self.outcome(Result.UNKNOWN, self.why(Reason.STOP_UNSEEN, why))
        if self.maybe_taken:
            return self.outcome(Result.FAILED, self.why(Reason.STOP_WITHOUT_EFFECT, why), None, self.seen)
        return self.outcome(Result.FAILED, self.why(Reason.NO_STOP_SENT, why))

    def wrong_state(self, found: ProtectionGroup) -> Outcome:
        """End with a group whose status takes no such action."""
        status = found.status
        if self.action is Action.RESUME and status is GroupStatus.STOPPING:
            return self.refused(Why(Reason.STOP_SEEN_UNDER_WAY), Refusal.STOP_UNDER_WAY, found)
        turned = self.action is Action.RESUME and status in TURNED
        reason = Reason.OTHER_DIRECTION if turned else reason_of(self.action, Reason.WRONG_STATE)
        return self.refused(Why.of(reason, status=found.raw_status), Refusal.WRONG_STATE, found)

    def at_other_site(self, then: str, found: ProtectionGroup) -> Outcome:
        """End a resume of a group whose production has moved since its hold began."""
        moved = Why.of(Reason.HOLD_AT_OTHER_SITE, then=then, now=found.priority_station)
        return self.refused(moved, Refusal.HOLD_CHANGED, found)

    def outcome(
        self, result: Result, why: Why, refusal: Refusal | None = None, found: ProtectionGroup | None = None
    ) -> Outcome:
        """Return the outcome with all that was answered."""
        return Outcome.of(
            result,
            self.clock(),
            why,
            refusal,
            group_status=found.raw_status if found else None,
            group_name=found.name if found else None,
            verified=found.status is COURSES[self.action].wanted if found else None,
            priority_station=found.priority_station if found else None,
            huawei=self.answer,
        )
