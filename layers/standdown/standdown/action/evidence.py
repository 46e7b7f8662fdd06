"""What one invocation knows of a stop that may have been sent, and how an operation ends by that. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from standdown.core.outcome import HuaweiAnswer, Outcome, Refusal, Result
from standdown.core.pairs import PairsSeen, after_stop
from standdown.core.reasons import Reason, Why
from standdown.sdrs.models import ProtectionGroup


@dataclass(slots=True)
class Evidence:
    """The answers so far.

    `maybe_sent` says that a stop may still be on its way, and decides what comes next. `maybe_taken` says that SDRS may
    have taken one at any time: nothing takes that back, and no outcome says `refused` then.
    """

    clock: Callable[[], datetime]
    maybe_sent: bool = False
    maybe_taken: bool = False
    answer: HuaweiAnswer | None = None
    seen: ProtectionGroup | None = None

    def stopped(self, found: ProtectionGroup, seen: PairsSeen) -> Outcome:
        """End with a group whose protection is off, by what its pairs say."""
        result = Result.SUCCEEDED if self.maybe_taken else Result.ALREADY_STOPPED
        off = Why(Reason.PROTECTION_OFF_UNCLEAR if self.maybe_taken else Reason.ALREADY_OFF)
        pairs, why = after_stop(seen, found.replication_num, off)
        whole = pairs is not None and pairs.all_stopped
        return replace(self.outcome(result, why, None, found), pairs=pairs, verified=whole)

    def refused(self, why: Why, refusal: Refusal, found: ProtectionGroup | None = None) -> Outcome:
        """End by what SDRS says of the group; where a stop may have been taken, that does not tell how it went."""
        if not self.maybe_taken:
            return self.outcome(Result.REFUSED, why, refusal, found)
        unseen = Why.of(Reason.END_UNSEEN, status=found.raw_status) if found else Why(Reason.GROUP_LOST)
        return self.outcome(Result.UNKNOWN, unseen, None, found)

    def forbidden(self, forbidden: Outcome) -> Outcome:
        """End with another stop forbidden; where one may have been taken, the group was read as still protected."""
        if not self.maybe_taken:
            return forbidden
        result = Result.FAILED if forbidden.result is Result.FAILED else Result.UNKNOWN
        why = forbidden.why or Why.of(Reason.OTHER, problem=forbidden.detail)
        return self.outcome(result, Why.of(Reason.NO_OTHER_STOP, why), None, self.seen)

    def hopeless(self, why: Why) -> Outcome:
        """End with a stop that cannot be sent, whatever is tried."""
        if self.maybe_sent:
            return self.outcome(Result.UNKNOWN, Why.of(Reason.STOP_UNSEEN, why))
        if self.maybe_taken:
            return self.outcome(Result.FAILED, Why.of(Reason.STOP_WITHOUT_EFFECT, why), None, self.seen)
        return self.outcome(Result.FAILED, Why.of(Reason.NO_STOP_SENT, why))

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
            verified=found.status.stopped if found else None,
            huawei=self.answer,
        )
