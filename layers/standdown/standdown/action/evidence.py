"""What one invocation knows of a stop that may have been sent, and how an operation ends by that. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from standdown.base.text import clip
from standdown.core.operation import HuaweiAnswer, Outcome, Refusal, Result
from standdown.core.reasons import Why
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

    def stopped(self, found: ProtectionGroup) -> Outcome:
        """End with a group whose protection is off."""
        if self.maybe_taken:
            detail = "Protection is off; whether by our stop is not known, as its answer was lost."
            return self.outcome(Result.SUCCEEDED, detail, None, found)
        detail = "Protection was off already; nothing had to be stopped."
        return self.outcome(Result.ALREADY_STOPPED, detail, None, found)

    def refused(self, detail: str, refusal: Refusal, found: ProtectionGroup | None = None) -> Outcome:
        """End by what SDRS says of the group; where a stop may have been taken, that does not tell how it went."""
        if not self.maybe_taken:
            return self.outcome(Result.REFUSED, detail, refusal, found)
        now = f"the group is now {found.raw_status!r}" if found else "the group is not to be found any more"
        unseen = f"A stop may have been taken, and its end was not seen: {now}."
        return self.outcome(Result.UNKNOWN, unseen, None, found)

    def forbidden(self, forbidden: Outcome) -> Outcome:
        """End with another stop forbidden; where one may have been taken, the group was read as still protected."""
        if not self.maybe_taken:
            return forbidden
        result = Result.FAILED if forbidden.result is Result.FAILED else Result.UNKNOWN
        detail = f"A stop may have been sent, and its effect is not to be seen; no other is sent: {forbidden.detail}"
        return self.outcome(result, detail, None, self.seen)

    def hopeless(self, why: str, code: Why | None = None) -> Outcome:
        """End with a stop that cannot be sent, whatever is tried."""
        if self.maybe_sent:
            return self.outcome(Result.UNKNOWN, f"A stop may have been sent, and how it went cannot be seen: {why}.")
        if self.maybe_taken:
            detail = f"An earlier stop has no effect that can be seen, and no other could be sent: {why}."
            return self.outcome(Result.FAILED, detail, None, self.seen)
        return replace(self.outcome(Result.FAILED, f"No stop was sent: {why}."), why=code)

    def outcome(
        self, result: Result, detail: str, refusal: Refusal | None = None, found: ProtectionGroup | None = None
    ) -> Outcome:
        """Return the outcome with all that was answered."""
        return Outcome(
            result=result,
            ended_at=self.clock(),
            detail=clip(detail, 600),
            refusal=refusal,
            group_status=found.raw_status if found else None,
            group_name=found.name if found else None,
            verified=found.status.stopped if found else None,
            huawei=self.answer,
        )
