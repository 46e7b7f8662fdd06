"""The way to one accepted stop, or resume, at SDRS for an operation that has the group's lock: send, read, send again.

What may have arrived is never sent again before the group has been read. Writes nothing to the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from standdown.action.evidence import Evidence
from standdown.action.guard import ask_guard
from standdown.action.patience import Patience
from standdown.core.actions import COURSES
from standdown.core.decisions import PASSING, Step, after_look, after_look_failed, after_post, may_have_arrived
from standdown.core.huawei_answer import answer_of_error, answer_of_failures, why_of_error
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action
from standdown.core.retry import RetryLaterError, waiting_for
from standdown.huawei.account import GroupNameError, HuaweiAccount
from standdown.huawei.pairs import see_pairs
from standdown.sdrs.errors import HuaweiError, SdrsError
from standdown.sdrs.models import ProtectionGroup

CLOCKS = timedelta(minutes=2)
"""How far Huawei Cloud's clock may be behind ours, generously: to take another's failure for ours sends no stop."""
MOST_POSTS = 2
"""How many POSTs that may have an effect one delivery makes; the second only after a GET that shows `protected`."""

_WAIT_AT_HUAWEI, _WAIT_FOR_GROUP = 60.0, 15.0
_SYNCHRONISING = "SDRS.1830"

T = TypeVar("T")
Forbid = Callable[[], Outcome | None]
"""Returns the outcome to give in place of sending a stop now, or None where it may be sent."""


class Accepted(NamedTuple):
    """The action is under way: with its job's id, or without where it is known by the group's status alone.

    `sent_at` is a moment before the call was sent that SDRS accepted.
    """

    job_id: str | None
    group: GroupRef
    sent_at: datetime | None = None


@dataclass(slots=True, eq=False, repr=False)
class Attempt:
    """One invocation's attempt; `remaining()` is what is left of it in seconds."""

    huawei: HuaweiAccount
    clock: Callable[[], datetime]
    remaining: Callable[[], float]
    pause: Callable[[float], None] = time.sleep
    _posts: int = field(default=0, init=False)
    guard: str | None = field(default=None, init=False)
    _known: Evidence = field(init=False)
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self._known = Evidence(self.clock)
        self._patience = Patience(self.remaining, self.pause)

    @property
    def nothing_sent(self) -> bool:
        """Return whether it is certain that no call of this operation has reached SDRS."""
        return not self._known.maybe_taken

    def locate(self, group: GroupRef) -> GroupRef | Outcome:
        """Return the group with its project and its id, or the outcome where nobody can say which group it is.

        Raises RetryLaterError as `run` does.
        """
        while True:
            # What is recorded now is stopped whatever comes: a name that was looked up a while ago may have moved.
            found = self._calling(
                Step.LOOK, lambda: self.huawei.locate(group, 0 if group.complete else self._patience.time(), anew=True)
            )
            if not isinstance(found, Step):
                return found

    def takes_a_stop(self, group: GroupRef) -> bool:
        """Return whether the group is protected, in part at least, or soon; raise RetryLaterError as `run` does."""
        while True:
            found = self._calling(Step.LOOK, lambda: self.huawei.group(group, self._patience.time()))
            if not isinstance(found, Step):
                return isinstance(found, ProtectionGroup) and (found.status.stoppable or found.status in PASSING)

    def waiting(self, group: GroupRef, why: str) -> str:
        """Return what a stop waits for, with how much is synchronised where SDRS tells."""
        try:
            return waiting_for(self.huawei.group(group, self._patience.time()).progress, why)
        except HuaweiError:
            return waiting_for(None, why)

    def run(
        self, operation: Operation, *, maybe_sent: bool = False, admitted: bool = False, forbid: Forbid = lambda: None
    ) -> Accepted | Outcome:
        """Return how the action stands; `forbid` is asked before each call but the one that was `admitted` just now.

        Raises RetryLaterError when the time or the patience of this invocation does not suffice.
        """
        if operation.dry_run:
            from standdown.action.dry_run import rehearse  # most starts are for a stop that is sent

            return (None if admitted else forbid()) or rehearse(operation, self.huawei, self.clock, self._patience.time)
        known = self._known
        known.action, known.maybe_sent, known.maybe_taken = operation.action, maybe_sent, maybe_sent
        if not maybe_sent and (stands_in_the_way := (None if admitted else forbid()) or self._guarded(operation)):
            return stands_in_the_way
        # A resume is never sent blindly: in some statuses the same call turns the direction of the protection.
        step = Step.LOOK if maybe_sent or operation.action is Action.RESUME else Step.POST
        # Nor without asking once more: who came while the group was read waits behind it, and wants it to stay stopped.
        admitted = not maybe_sent and operation.action is Action.STOP
        while True:
            if step is Step.POST and not admitted and (forbidden := forbid()):
                return known.forbidden(forbidden)
            answer = self._take(step, operation)
            if not isinstance(answer, Step):
                return answer
            admitted = admitted and step is not Step.POST
            step = answer
            if step is Step.LATER:
                return self._passing(forbid())

    def _guarded(self, operation: Operation) -> Outcome | None:
        """Ask the guard once, before the first stop: when one may have arrived it is too late for that."""
        if operation.action is not Action.STOP:
            return None
        self.guard, refused = ask_guard(operation, self.huawei, self.clock, self._patience.time())
        return refused

    def _take(self, step: Step, operation: Operation) -> Step | Accepted | Outcome:
        def take() -> Step | Accepted | Outcome:
            # A record of 0.1.0 may know its group by name alone; every other one was located before its intent.
            group = self.huawei.locate(operation.located, self._patience.time())
            return self._post(group) if step is Step.POST else self._look(group, operation)

        return self._calling(step, take)

    def _calling(self, step: Step, call: Callable[[], T]) -> T | Step | Outcome:
        """Make the call; where it cannot be made, return what comes next: the same step again, or the end."""
        try:
            return call()
        except SdrsError as error:
            # Which group it is could not be found out, so neither call was made.
            self._known.answer = self._known.answer or answer_of_error(error)
            return self._settle(after_look_failed(error), error, step)
        except GroupNameError as error:
            return self._known.refused(self._known.why(Reason.NOTHING_STOPPED, why_of_error(error)), Refusal.NOT_FOUND)
        except HuaweiError as error:
            if error.retryable:
                raise RetryLaterError(str(error)) from error
            return self._known.hopeless(why_of_error(error))

    def _post(self, group: GroupRef) -> Step | Accepted | Outcome:
        if self._posts == MOST_POSTS:
            return self._given_up()
        self._posts += 1
        before = self.clock()
        try:
            send = self.huawei.stop if self._known.action is Action.STOP else self.huawei.start
            return Accepted(send(group, self._patience.time()), group, before)
        except SdrsError as error:
            self._known.answer = answer_of_error(error)
            if may_have_arrived(error):
                self._known.maybe_sent = self._known.maybe_taken = True
            step = after_post(error)
            if step is Step.AGAIN:
                self._posts -= 1  # it certainly had no effect
            if error.code == _SYNCHRONISING:
                raise RetryLaterError(self.waiting(group, str(error)), error.retry_after or _WAIT_AT_HUAWEI) from error
            return self._settle(step, error, Step.POST)

    def _look(self, group: GroupRef, operation: Operation) -> Step | Accepted | Outcome:
        try:
            found = self.huawei.group(group, self._patience.time())
        except SdrsError as error:
            self._known.answer = self._known.answer or answer_of_error(error)
            return self._settle(after_look_failed(error), error, Step.LOOK)
        self._known.seen = found
        known, course = self._known, COURSES[operation.action]
        step = after_look(found.status, maybe_sent=known.maybe_sent, action=operation.action)
        if step is Step.FOLLOW:
            return Accepted(None, group)
        if step is Step.DONE:
            return known.done(found, see_pairs(self.huawei, group, self._patience.time()))
        if step in (Step.WRONG_STATE, Step.UNKNOWN):
            return known.wrong_state(found)
        if step is Step.LATER:
            return step
        if operation.priority_station not in (None, found.priority_station):
            return known.at_other_site(str(operation.priority_station), found)
        if known.maybe_sent and found.status is course.failed:
            failed = self._failed_since(operation.received_at, group, found)
            if failed is not None:
                return failed
        # A call of an earlier delivery is long answered; one of this invocation may still be on its way.
        known.maybe_sent = known.maybe_sent and self._posts > 0
        return step

    def _passing(self, forbidden: Outcome | None) -> Outcome:
        """Wait until the group's status has passed, for as long as a stop is not forbidden."""
        seen = self._known.seen
        word = seen.raw_status if seen else ""
        if forbidden is None:
            why = f"the group is {word!r}: SDRS takes a stop when that is over"
            raise RetryLaterError(waiting_for(seen.progress if seen else None, why), _WAIT_FOR_GROUP)
        if not self._known.maybe_taken:
            return forbidden
        return self._known.refused(Why.of(Reason.WRONG_STATE, status=word), Refusal.WRONG_STATE, self._known.seen)

    def _failed_since(self, since: datetime, group: GroupRef, found: ProtectionGroup) -> Step | Outcome | None:
        """Return the end of a stop that SDRS took and could not carry out while its answer was lost.

        None where the task centre lists no stop that failed since the request came in: the group was so before.
        """
        try:
            rows = self.huawei.failure_jobs(group, self._patience.time(), COURSES[self._known.action].failures)
        except SdrsError as error:
            step = after_look_failed(error)
            return self._settle(step, error, Step.LOOK) if step in (Step.AGAIN, Step.LATER) else None
        ours = tuple(row for row in rows if row.begin_time is None or row.begin_time >= since - CLOCKS)
        if not ours:
            return None
        self._known.answer = answer_of_failures(ours, None) or self._known.answer
        return self._known.outcome(Result.FAILED, self._known.why(Reason.STOP_FAILED_UNANSWERED), None, found)

    def _settle(self, step: Step, error: SdrsError, same: Step) -> Step | Outcome:
        if step in (Step.AGAIN, Step.LOOK):
            self._patience.breathe(error)
            return same if step is Step.AGAIN else step
        if step is Step.LATER:
            raise RetryLaterError(str(error), error.retry_after or _WAIT_AT_HUAWEI)
        if step is Step.NOT_FOUND:
            return self._known.refused(Why(Reason.NO_SUCH_GROUP), Refusal.NOT_FOUND)
        return self._known.hopeless(why_of_error(error))

    def _given_up(self) -> Outcome:
        """End after the second stop had no effect: a plain refusal is final, anything unclear is tried later."""
        if self._known.maybe_sent:
            still = "still protected" if self._known.action is Action.STOP else "as it was"
            raise RetryLaterError(f"two {self._known.action.value}s were sent and the group is {still}")
        return self._known.outcome(Result.FAILED, self._known.why(Reason.REFUSED_TWICE))
