"""Who asked for a hold is never lost, whatever comes in between: what an alarm asked for, no timer undoes."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from standdown.action.protocol import continue_operation, stop
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.request import Action, Source, StopRequest
from standdown.core.retry import RetryLaterError
from standdown.ledger.table import type_to_wire
from support.inmemory import Stack, Target
from support.inmemory.clock import START

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
ALL = {"sources": ["alarm", "queue", "schedule", "direct"], "alarms": ["erp-*"], "resume_sources": ["direct", "queue"]}


def stack_of(**more: Any) -> Stack:
    return Stack([Target(more=ALL | more)])


def alarm(stack: Stack, name: str = "erp-1") -> StopRequest:
    return StopRequest(name, Source.ALARM, stack.clock(), target="erp-prod", alarm=name)


def rings(stack: Stack, name: str = "erp-1") -> Operation | None:
    """Have an alarm ask for the stop; return its operation, None where it has to wait."""
    try:
        return stop(alarm(stack, name), stack.invocation())
    except RetryLaterError as error:
        return error.operation


def resumes(stack: Stack) -> list[tuple[Result, Refusal | None]]:
    ended = [one.ended for one in stack.operations if one.action is Action.RESUME and one.outcome is not None]
    return [(one.result, one.refusal) for one in ended]


@pytest.mark.parametrize("call", ["sdrs.list-pairs", "sdrs.get-group"])
def test_an_alarm_that_joins_while_the_end_is_read_has_asked_for_the_hold(call: str) -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.send(delivery_id="stop")
    joined: list[Operation | None] = []

    stack.boundary.cut(0, lambda: joined.append(rings(stack)), name=call)
    stack.run(100)

    assert [one and one.state for one in joined] == [State.JOINED]
    assert (stack.held().alarmed, stack.held().askers) == (True, 2)
    stack.run(3600, step=20)
    assert stack.starts == []
    assert resumes(stack) == [(Result.REFUSED, Refusal.HOLD_CHANGED)]


def waiting_stop(stack: Stack) -> Operation:
    """Have a stop wait behind a resume that SDRS took."""
    stack.send(delivery_id="stop")
    stack.run(90)
    stack.send(delivery_id="resume", action="resume", hold=stack.held().hold_id)
    stack.deliver()
    waiting = rings(stack)
    assert waiting is not None
    assert waiting.waits_for is not None
    return waiting


def test_a_stop_that_waited_and_was_sent_is_not_ended_as_refused_by_another_delivery() -> None:
    stack = stack_of()
    waiting = waiting_stop(stack)
    stack.run(120)
    before, stack.parameters["mode"] = stack.parameters.get("mode"), "off"

    def another() -> None:
        """Be a delivery that came a moment earlier, with the targets as they were then."""
        stack.parameters.pop("mode") if before is None else None
        continue_operation(waiting.operation_id, stack.invocation())

    stack.boundary.cut(0, another, name="dynamodb.transact_write_items")
    with suppress(RetryLaterError):
        continue_operation(waiting.operation_id, stack.invocation())
    stack.run(600)

    found = stack.ledger.get(waiting.operation_id)
    assert found is not None
    assert (found.ended.result, len(stack.posts)) == (Result.SUCCEEDED, 2)
    assert stack.locks() == {}


def by_hand_then_timer(stack: Stack, status: str) -> None:
    """Have a stop with a timer end, then somebody bring the group into a status, an alarm ring, and the group back."""
    stack.send(delivery_id="stop")
    stack.run(90)
    stack.set_group(status)
    rings(stack)
    stack.set_group("available")
    stack.run(3600, step=20)


@pytest.mark.parametrize("status", ["error-starting", "failed-over", "error-reprotecting"])
def test_an_alarm_that_was_refused_for_the_groups_status_has_asked_for_the_open_hold(status: str) -> None:
    stack = stack_of(resume_after_minutes=30)

    by_hand_then_timer(stack, status)

    [refused] = [one for one in stack.operations if one.request.source is Source.ALARM]
    assert (refused.ended.result, refused.ended.refusal) == (Result.REFUSED, Refusal.WRONG_STATE)
    assert (stack.held().alarmed, stack.held().hold_id) == (True, refused.operation_id)
    assert (stack.starts, resumes(stack)) == ([], [(Result.REFUSED, Refusal.HOLD_CHANGED)])


def test_an_alarm_whose_stop_could_not_be_sent_in_time_has_asked_for_the_open_hold() -> None:
    stack = stack_of(resume_after_minutes=120)
    stack.send(delivery_id="stop")
    stack.run(90)
    stack.outage("huawei")
    rings(stack)
    stack.run(5400, step=60)
    stack.outage("huawei", over=True)
    stack.run(7200, step=60)

    [late] = [one for one in stack.operations if one.request.source is Source.ALARM]
    assert late.ended.result is Result.FAILED
    assert (stack.held().alarmed, stack.starts) == (True, [])


def test_an_alarm_that_the_guard_refused_has_asked_for_the_open_hold() -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.send(delivery_id="stop")
    stack.run(90)
    stack.set_group("available", planted_pairs={"1": {"fault_level": "2"}})
    rings(stack)
    stack.run(3600, step=20)

    [refused] = [one for one in stack.operations if one.request.source is Source.ALARM]
    assert refused.ended.refusal is Refusal.PRODUCTION_FAILED
    assert (stack.held().alarmed, stack.starts) == (True, [])


@pytest.mark.parametrize("status", ["stopping", "available", "error-stopping", "protected", None])
def test_a_stop_whose_job_failed_on_the_way_opens_the_hold_as_whoever_asked(status: str | None) -> None:
    stack = stack_of()
    request = alarm(stack)
    sent = Operation(request.operation_id, request, START, target="erp-prod", group=GROUP, lock=GROUP.key)
    stack.ledger.begin(sent, timedelta())
    stack.ledger.end(
        stack.ledger.accept(sent, "job-1", START), Outcome(Result.FAILED, START, "It failed.", group_status=status)
    )

    hold = stack.hold()
    assert (hold is not None and hold.alarmed) is (status != "protected")


@pytest.mark.parametrize("more", [{}, {"resume_after_minutes": 30}])
def test_a_resume_that_was_not_sent_yet_is_refused_once_an_alarm_waits_behind_it(more: dict[str, Any]) -> None:
    stack = stack_of(**more)
    stack.send(delivery_id="stop")
    stack.run(90)
    stack.outage("huawei")
    if more:
        stack.run(2100, step=20)
    else:
        stack.send(delivery_id="resume", action="resume", hold=stack.held().hold_id)
        stack.deliver()
    assert len(stack.locks()) == 1
    waiting = rings(stack)
    stack.outage("huawei", over=True)
    stack.run(1800, step=10)

    assert waiting is not None
    found = stack.ledger.get(waiting.operation_id)
    assert found is not None
    assert (stack.starts, resumes(stack)) == ([], [(Result.REFUSED, Refusal.HOLD_CHANGED)])
    assert found.ended.result is Result.ALREADY_STOPPED
    assert (stack.held().alarmed, stack.held().hold_id) == (True, waiting.operation_id)


def by_itself(stack: Stack) -> list[str]:
    """Return what people were told of a time at which protection comes back by itself."""
    lines = [line for text in stack.topic.texts for line in text.splitlines()]
    return [line for line in lines if "by itself" in line or "will be enabled again at" in line]


def test_nobody_is_told_that_what_an_alarm_stopped_comes_back_by_itself() -> None:
    stack = stack_of(resume_after_minutes=300)
    rings(stack)
    stack.watching = True
    stack.run(15600, step=30)
    stack.run(7200, step=30)

    assert len(stack.topic.texts) == 2, "an outcome and a reminder"
    assert by_itself(stack) == []
    assert [detail.get("resumes_at") for detail in stack.topic.details if "resumes_at" in detail] == [None]
    assert (stack.held().resume_at, resumes(stack), stack.starts) == (None, [], [])


def test_what_an_alarm_stopped_comes_back_by_itself_where_its_target_says_so() -> None:
    stack = stack_of(resume_after_minutes=30, resume_after_alarm=True)
    rings(stack)
    stack.run(3600, step=20)

    assert len(by_itself(stack)) == 1
    assert resumes(stack) == [(Result.RESUMED, None)]


def test_nobody_is_told_that_a_group_comes_back_by_itself_that_others_want_to_stay_stopped() -> None:
    stack = stack_of(resume_after_minutes=600)
    stack.send(delivery_id="stop")
    stack.run(90)
    told = len(stack.topic.texts)
    rings(stack)
    stack.watching = True
    stack.run(15600, step=30)

    assert len(stack.topic.texts) == told + 2, "an outcome and a reminder"
    assert by_itself(stack) == by_itself(stack)[:1]
    reminder = stack.topic.details[-1]
    assert reminder["hold"]["resumes_at"] is None


def test_a_stop_that_knew_its_group_by_name_alone_opens_the_hold_as_whoever_asked() -> None:
    stack = stack_of()
    request = alarm(stack)
    by_name = GroupRef(REGION, PROJECT_ID, server_group_name="erp-prod")
    old = Operation(
        request.operation_id, request, START, State.INTENT, "erp-prod", by_name, lock=f"{REGION}/{PROJECT_ID}/erp-prod"
    )
    stack.ledger.begin(replace(old, group=GROUP), timedelta())
    stack.dynamodb.items[request.operation_id]["group"] = type_to_wire(by_name.to_dict())
    job = stack.huawei.stop(GROUP, 8.0)
    stack.ledger.accept(old, job, START)
    stack.workflow.start(old)
    stack.run(120)
    stack.watch()

    hold = stack.held()
    assert stack.operation.ended.result is Result.SUCCEEDED
    assert (hold.alarmed, hold.outside, hold.hold_id) == (True, False, request.operation_id)


@pytest.mark.parametrize("by_name", [False, True])
def test_what_was_stopped_before_there_were_holds_needs_a_person(by_name: bool) -> None:
    stack = stack_of()
    if by_name:
        named = {"server_group_name": "erp-prod", "sources": ["queue"]}
        stack.parameters["targets/erp-prod"] = json.dumps(named)
    former = f"{REGION}/erp-prod" if by_name else f"{REGION}/{ERP_PROD}"
    lock = {"pk": f"group#{former}", "stopped_at": stack.now_iso()}
    stack.dynamodb.items[lock["pk"]] = {key: type_to_wire(value) for key, value in lock.items()}
    stack.set_group("available")
    stack.watch()

    assert (stack.held().outside, stack.held().alarmed) == (True, True)
    stack.run(10)
    [told] = stack.topic.texts
    assert "not by this stack" not in told
    assert "by somebody else, or by a stop of this stack before version 0.2.0" in " ".join(told.split())


@pytest.mark.parametrize("then", ["resumed", "failed", "outside"])
def test_a_stop_that_was_undone_or_failed_is_not_taken_for_the_one_of_now(then: str) -> None:
    stack = stack_of()
    if then == "failed":
        stack.set_group("error")
    rings(stack)
    stack.run(120)
    if then == "resumed":
        stack.send(delivery_id="resume", action="resume", hold=stack.held().hold_id, requested_by="ada")
        stack.run(120)
    for pk in [pk for pk in stack.dynamodb.items if pk.startswith("hold#")]:
        del stack.dynamodb.items[pk]
    stack.set_group("available")
    if then == "outside":
        stack.dynamodb.items.clear()
    stack.watch()

    assert (stack.held().outside, stack.held().alarmed) == (True, False)


@pytest.mark.parametrize("status", ["starting", "reprotecting", "reversing"])
def test_a_stop_within_the_cooldown_waits_while_protection_is_on_its_way_back(status: str) -> None:
    stack = stack_of(cooldown_minutes=240)
    stack.send(delivery_id="stop")
    stack.run(90)
    stack.set_group(status)
    stack.send(delivery_id="another", requested_by="ada")
    stack.run(60)
    stack.set_group("protected")
    stack.run(300)

    another = [one for one in stack.operations if one.request.delivery_id == "another"]
    assert [(one.ended.result, one.ended.refusal) for one in another] == [(Result.SUCCEEDED, None)]
