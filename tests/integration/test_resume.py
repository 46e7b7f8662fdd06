"""Protection is enabled again at most once, of the hold that was shown, and by whoever may: on the whole stack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator.defaults import ERP_PROD
from simulator.scenarios import Plan
from standdown.core.hold import HoldState
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Refusal, Result
from standdown.core.request import Action, Source
from support.inmemory import Stack, Target

ANYBODY = {"resume_sources": ["direct", "queue", "schedule", "webhook"]}
GROUP = GroupRef("cn-north-4", "0605767b9e80d5762f8cc0073ae3bd15", ERP_PROD)


def stack_of(**more: Any) -> Stack:
    return Stack([Target(more=ANYBODY | more)])


def resume(stack: Stack, hold: str, delivery_id: str = "resume", **more: Any) -> None:
    stack.send(delivery_id=delivery_id, action="resume", hold=hold, **more)


def resumes(stack: Stack) -> list[Operation]:
    return [one for one in stack.operations if one.action is Action.RESUME]


def ended(operation: Operation) -> tuple[Result, Refusal | None]:
    return operation.ended.result, operation.ended.refusal


def test_a_stop_that_ended_opens_the_hold_of_its_group_in_the_same_write() -> None:
    stack = stack_of()

    hold = stack.stopped(requested_by="ops@example.com")

    [stop] = stack.operations
    assert hold.hold_id == stop.operation_id
    assert (hold.since, hold.status, hold.askers) == (stop.ended.job_ended_at, "available", 1)
    assert (hold.asked[0].source, hold.asked[0].requested_by) == (Source.QUEUE, "ops@example.com")
    assert (hold.alarmed, hold.outside, hold.priority_station) == (False, False, "source")
    assert stop.ended.unprotected_since == hold.since


def test_a_resume_enables_protection_once_and_ends_the_hold() -> None:
    stack = stack_of()
    hold = stack.stopped()

    resume(stack, hold.hold_id)
    stack.run(120)

    [operation] = resumes(stack)
    assert ended(operation) == (Result.RESUMED, None)
    assert (operation.ended.verified, operation.ended.group_status) == (True, "protected")
    assert operation.ended.unprotected_since == hold.since
    assert len(stack.starts) == 1
    assert stack.group_status() == "protected"
    assert operation.state is State.PUBLISHED
    assert not stack.locks()
    assert stack.held().state in (HoldState.COPYING, HoldState.OVER)


def test_a_repeated_resume_is_one() -> None:
    stack = stack_of()
    hold = stack.stopped()

    for _ in range(3):
        resume(stack, hold.hold_id)
    stack.run(120)

    assert len(resumes(stack)) == len(stack.starts) == 1


def test_a_resume_names_the_hold_that_is_to_be_undone() -> None:
    stack = stack_of()
    stack.stopped()

    stack.send(delivery_id="r", action="resume")
    stack.run(30)

    [operation] = resumes(stack)
    assert ended(operation) == (Result.REFUSED, Refusal.MALFORMED)
    assert "'hold' is missing" in operation.ended.detail
    assert not stack.starts


def test_a_hold_that_somebody_else_asked_for_in_the_meantime_is_not_resumed_by_who_did_not_know() -> None:
    stack = stack_of()
    hold = stack.stopped()
    stack.send(delivery_id="again")
    stack.run(60)

    resume(stack, hold.hold_id)
    stack.run(60)

    [operation] = resumes(stack)
    assert ended(operation) == (Result.REFUSED, Refusal.HOLD_CHANGED)
    assert stack.held().hold_id in operation.ended.detail
    assert not stack.starts


def test_who_joins_a_stop_asked_for_its_hold_too() -> None:
    stack = stack_of()
    stack.send(delivery_id="first")
    stack.deliver()
    stack.send(delivery_id="second", requested_by="another")
    stack.run(90)

    hold = stack.held()

    assert [one.requested_by for one in hold.asked] == ["", "another"]
    assert hold.hold_id == hold.asked[-1].operation_id


def test_a_stop_that_the_cooldown_refuses_asked_for_the_hold_too() -> None:
    stack = stack_of(cooldown_minutes=60)
    hold = stack.stopped()

    stack.send(delivery_id="second")
    stack.run(30)

    assert stack.held().askers == 2
    assert stack.held().hold_id != hold.hold_id


@pytest.mark.parametrize("status", ["failed-over", "error-reprotecting", "reprotecting", "failing-over", "creating"])
def test_in_no_other_status_is_the_call_of_a_resume_sent(status: str) -> None:
    stack = stack_of()
    hold = stack.stopped()
    stack.set_group(status)

    resume(stack, hold.hold_id)
    stack.run(60)

    [operation] = resumes(stack)
    assert ended(operation) == (Result.REFUSED, Refusal.WRONG_STATE)
    assert ("other direction" in operation.ended.detail) is (status in ("failed-over", "error-reprotecting"))
    assert not stack.starts
    assert stack.held().state is HoldState.OPEN


def test_a_group_that_is_protected_already_is_told_as_such() -> None:
    stack = stack_of()
    hold = stack.stopped()
    stack.set_group("protected")

    resume(stack, hold.hold_id)
    stack.run(60)

    assert ended(resumes(stack)[0]) == (Result.ALREADY_PROTECTED, None)
    assert not stack.starts


def test_production_that_moved_since_the_hold_began_is_not_resumed() -> None:
    stack = stack_of()
    hold = stack.stopped()
    stack.set_group("available", priority_station="target")

    resume(stack, hold.hold_id)
    stack.run(60)

    assert ended(resumes(stack)[0]) == (Result.REFUSED, Refusal.HOLD_CHANGED)
    assert not stack.starts


def test_a_lost_answer_is_looked_at_and_not_sent_again() -> None:
    stack = stack_of()
    hold = stack.stopped()
    stack.boundary.cut(0, name="sdrs.start", after=True)

    resume(stack, hold.hold_id)
    stack.run(900)

    assert ended(resumes(stack)[0])[0] is Result.RESUMED
    assert len(stack.starts) == 1


def test_a_resume_that_fails_leaves_the_hold_open() -> None:
    stack = stack_of()
    hold = stack.stopped()
    stack.sdrs.world.plan = Plan(job_seconds=5, ending="fail")

    resume(stack, hold.hold_id)
    stack.run(300)

    assert ended(resumes(stack)[0])[0] is Result.FAILED
    assert stack.held().hold_id == hold.hold_id
    assert stack.held().state is HoldState.OPEN
    assert not stack.locks()


def test_who_may_stop_may_not_resume_unless_the_target_says_so() -> None:
    stack = Stack()
    hold = stack.stopped()

    resume(stack, hold.hold_id)
    stack.run(30)

    [operation] = resumes(stack)
    assert ended(operation) == (Result.REFUSED, Refusal.NOT_ALLOWED)
    assert "resume_sources" in operation.ended.detail
    answer = stack.invoke({"target": "erp-prod", "action": "resume", "hold": hold.hold_id})
    assert answer["operations"][0]["state"] == "following"


def test_a_time_to_resume_is_set_by_who_may_resume_alone() -> None:
    stack = Stack()

    stack.send(delivery_id="timed", resume_after_minutes=30)
    stack.run(30)

    assert ended(stack.operation) == (Result.REFUSED, Refusal.NOT_ALLOWED)
    assert not stack.posts


def test_a_stop_behind_a_resume_waits_without_a_lock_and_is_sent_when_protection_is_back() -> None:
    stack = stack_of()
    hold = stack.stopped()
    resume(stack, hold.hold_id)
    stack.deliver()

    stack.send(delivery_id="alarm-came")
    stack.deliver()

    waiting = next(one for one in stack.operations if one.request.delivery_id == "alarm-came")
    assert (waiting.state, waiting.lock, waiting.waits_for) == (State.INTENT, None, resumes(stack)[0].operation_id)
    assert str(waiting.problem).startswith("waiting: ")
    stack.run(400)
    waited = next(one for one in stack.operations if one.request.delivery_id == "alarm-came")
    assert ended(waited)[0] is Result.SUCCEEDED
    assert len(stack.posts) == 2
    assert stack.held().hold_id == waited.operation_id


def test_a_resume_meets_a_stop_and_is_refused() -> None:
    stack = stack_of()
    hold = stack.stopped()
    stack.set_group("protected")
    stack.send(delivery_id="second stop")
    stack.deliver()

    resume(stack, hold.hold_id)
    stack.deliver()

    assert ended(resumes(stack)[0])[0] is Result.REFUSED
    assert not stack.starts


def test_a_resume_ends_the_cooldown() -> None:
    stack = stack_of(cooldown_minutes=600)
    hold = stack.stopped()
    resume(stack, hold.hold_id)
    stack.run(120)

    stack.send(delivery_id="an hour later")
    stack.run(120)

    assert len(stack.posts) == 2


def test_a_stop_that_waited_too_long_is_told_and_never_sent() -> None:
    stack = stack_of(max_age_minutes=1)
    hold = stack.stopped()
    stack.sdrs.world.plan = Plan(job_seconds=3600)
    resume(stack, hold.hold_id)
    stack.deliver()
    stack.send(delivery_id="late")
    stack.deliver()
    stack.clock.pass_(120)
    stack.deliver()

    late = next(one for one in stack.operations if one.request.delivery_id == "late")
    assert ended(late)[0] is Result.FAILED
    assert len(stack.posts) == 1


@pytest.mark.parametrize(("more", "refusal"), [({}, Refusal.NOT_ALLOWED), ({"requested_by": "Ada"}, None)])
def test_a_hold_that_an_alarm_asked_for_is_resumed_by_a_named_person_alone(
    more: dict[str, Any], refusal: Refusal | None
) -> None:
    stack = stack_of()
    hold = stack.stopped()
    found = stack.held()

    assert stack.ledger.holds.save(replace(found, alarmed=True)) is not None

    resume(stack, hold.hold_id, **more)
    stack.run(120)

    assert ended(resumes(stack)[0])[1] is refusal
    assert len(stack.starts) == (0 if refusal else 1)


def test_a_stop_of_a_group_that_was_protected_again_unseen_begins_a_hold_of_its_own() -> None:
    stack = stack_of()
    first = stack.stopped()
    stack.set_group("protected")  # in the console, between two runs of the sweeper
    stack.clock.pass_(60)

    stack.send(delivery_id="again")
    stack.run(90)

    second = stack.held()
    assert second.since > first.since
    assert (second.askers, second.hold_id) == (1, stack.operations[-1].operation_id)
