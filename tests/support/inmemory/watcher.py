"""What must hold of a stack at every moment, and what once it has come to rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simulator.defaults import PROJECT_ID, REGION
from simulator.pairs import pairs_of
from standdown.action.guard import GUARDED
from standdown.core.hold import HoldState
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import PROTECTED, Outcome, Result
from standdown.core.request import ALARMS, Action
from support.inmemory.stack import Stack

INVOCATION = timedelta(seconds=60)
WORDS = {Action.STOP: "stop", Action.RESUME: "start"}


class Watcher:
    """Looks at every stop as it arrives at SDRS, and at the ledger whenever asked."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._outcomes: dict[str, Outcome] = {}
        self._broken: list[str] = []
        self._posted: set[str] = set()
        self._sent: list[tuple[str, str, set[str]]] = []
        self._accepted: dict[str, set[str]] = {}
        self._taken: dict[str, set[str]] = {}
        stack.adapter.at_action.append(self._at_action)

    @property
    def memory(self) -> Any:
        """What it has seen so far, to be put back."""
        names = ("_outcomes", "_broken", "_posted", "_sent", "_accepted", "_taken")
        return {name: getattr(self, name) for name in names}

    @memory.setter
    def memory(self, seen: Any) -> None:
        for name, value in seen.items():
            setattr(self, name, value)

    def changed_by_others(self, group: str) -> None:
        """Note that somebody changes the group: it is another incident's from here."""
        self._attribute()
        self._accepted.pop(group, None)

    def check(self) -> None:
        """Raise AssertionError unless everything holds that must hold at every moment."""
        self._attribute()
        assert not self._broken, self._broken
        operations = {operation.operation_id: operation for operation in self._stack.operations}
        open_locks = [one.lock for one in operations.values() if one.lock and one.outcome is None]
        assert len(set(open_locks)) == len(open_locks), f"two operations are open under one lock: {open_locks}"
        for lock, holder in self._stack.locks().items():
            assert operations[holder].outcome is None, f"{lock} is held by {holder}, which has ended"
        for operation in operations.values():
            self._check_told(operation)
            if operation.outcome is not None:
                self._check_verified(operation.outcome)
                first = self._outcomes.setdefault(operation.operation_id, operation.outcome)
                assert operation.outcome == first, f"{operation.operation_id} has a second outcome"
        written = [pk for pk, update in self._stack.dynamodb.updates if "outcome =" in update]
        assert len(set(written)) == len(written), "an outcome was written twice"

    def check_at_rest(self, wanted: dict[str, str]) -> None:
        """Raise AssertionError unless every request has one outcome, which was published under one id.

        `wanted` are the requests that were queued: operation id to message body.
        """
        self.check()
        stack = self._stack
        operations = {operation.operation_id: operation for operation in stack.operations}
        assert not stack.locks(), "a lock is left behind"
        for operation in operations.values():
            assert operation.state is State.PUBLISHED, f"{operation.operation_id} is left {operation.state}"
            self._check_published(operation)
        buried = {message.body for message in stack.queues.dead_letters}
        lost = [body for operation_id, body in wanted.items() if operation_id not in operations and body not in buried]
        assert not lost, f"lost: {lost}"
        assert not stack.queues.requests, "messages are left in the queue"

    def _check_told(self, operation: Operation) -> None:
        """One request acts on one group at most, and whose call SDRS took is not told that nothing was done."""
        groups = self._taken.get(operation.operation_id, set())
        assert len(groups) < 2, f"{operation.operation_id} acted on {groups}"
        refused = operation.outcome is not None and operation.outcome.result is Result.REFUSED
        assert not (refused and groups), f"{operation.operation_id} is told as refused, and SDRS took its call"

    def _check_verified(self, outcome: Outcome) -> None:
        """What is verified was read: the group is off, and so is each of its pairs."""
        whole = outcome.pairs is not None and outcome.pairs.all_stopped and outcome.group_status == "available"
        whole = whole or (
            outcome.group_status == "protected" and (outcome.joined_result or outcome.result) in PROTECTED
        )
        assert whole or not outcome.verified, f"{outcome} is verified"

    def _guarded(self, operation: Operation, group: str) -> bool:
        """Return whether the guard was asked for certain before this stop, and had to refuse it."""
        causes = operation.all_causes
        guarded = (
            operation.action is Action.STOP
            and all(cause.source in GUARDED for cause in causes)
            and not any(cause.force for cause in causes)
        )
        first = operation.attempts == 1 and operation.operation_id not in self._posted
        failed = any(row["fault_level"] == "2" for row in pairs_of(self._stack.sdrs.world.groups[group]))
        return guarded and first and failed and not self._stack.sdrs.faults.switches

    def _check_published(self, operation: Operation) -> None:
        assert operation.outcome is not None
        for channel in (self._stack.topic, self._stack.bus):
            told = {
                (detail["event_id"], detail["outcome"])
                for detail in channel.details
                if detail["operation_id"] == operation.operation_id
            }
            assert told == {(operation.operation_id, operation.outcome.result.value)}, f"published: {told}"

    def _at_action(self, word: str, group: str) -> None:
        """Judge a stop, or a start, before SDRS sees it."""
        self._attribute()
        stack, now = self._stack, self._stack.clock()
        holder = stack.locks().get(f"group#{GroupRef(REGION, PROJECT_ID, group).key}")
        operations = stack.operations
        operation = next((one for one in operations if one.operation_id == holder), None)
        if operation is None:
            self._broken.append(f"a {word} of {group} was sent by nobody who holds its lock")
            return
        if WORDS[operation.action] != word:
            self._broken.append(f"{holder} sent a {word}, and is to {operation.action}")
        beside = [one for one in operations if one.outcome is None and one is not operation]
        for other in (one.operation_id for one in beside if group in self._taken.get(one.operation_id, ())):
            self._broken.append(f"{holder} sent a {word} while {other} is under way on the group")
        if word == "start":
            self._at_start(operation, group)
        if operation.state is not State.INTENT:
            self._broken.append(f"{holder} sent a stop while it was {operation.state}")
        if now > operation.fresh_until + INVOCATION:
            self._broken.append(f"{holder} sent a stop that is stale")
        if stack.parameters.get("mode", "live") != "live":
            self._broken.append(f"{holder} sent a stop though the stack is switched off")
        if operation.operation_id in self._accepted.get(group, set()):
            self._broken.append(f"{holder} sent another stop after one that was accepted")
        if self._guarded(operation, group):
            self._broken.append(f"{holder} sent a stop although the production site fails")
        self._posted.add(operation.operation_id)
        self._sent.append((operation.operation_id, group, set(stack.sdrs.world.jobs)))

    def _at_start(self, operation: Operation, group: str) -> None:
        """Judge a start: never where it turns the direction, and only of the hold that was shown.

        A stop that began to wait behind it since it last read the hold comes a moment too late: it is sent afterwards.
        """
        stack = self._stack
        hold, status = stack.hold(group), stack.sdrs.world.groups[group].status
        if status in ("failed-over", "error-reprotecting"):
            self._broken.append(f"{operation.operation_id} sent a start while the group is {status}")
        behind = {one.operation_id for one in stack.operations if one.waits_for == operation.operation_id}
        asked = [one for one in hold.asked if one.operation_id not in behind] if hold else []
        late = hold is not None and len(asked) < len(hold.asked)
        first = asked[-1].operation_id if asked else operation.request.hold  # of one outside, nobody knows the id
        shown = first if late else hold and hold.hold_id
        if hold is None or hold.state is not HoldState.OPEN or shown != operation.request.hold:
            self._broken.append(f"{operation.operation_id} sent a start of another hold than {hold}")
        elif hold.alarmed and not operation.request.person and (not late or any(one.source in ALARMS for one in asked)):
            self._broken.append(f"{operation.operation_id} resumes an alarm's hold, and nobody says who asks")

    def _attribute(self) -> None:
        """Find out which of the stops that were sent were accepted."""
        for operation_id, group, before in self._sent:
            jobs = self._stack.sdrs.world.jobs
            if any(job.group_id == group and job_id not in before for job_id, job in jobs.items()):
                self._accepted.setdefault(group, set()).add(operation_id)
                self._taken.setdefault(operation_id, set()).add(group)
        self._sent.clear()
