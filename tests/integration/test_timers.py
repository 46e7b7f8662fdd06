"""A stop carries its own end: the resume that is due is asked for once, and only for who set it alone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Refusal, Result
from standdown.core.request import Action, Source
from support.inmemory import Stack, Target
from support.inmemory.queueing import REQUESTS

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
ID = "0" * 31 + "a"


def stack_of(**more: Any) -> Stack:
    return Stack([Target(more=more)])


def asked_for(stack: Stack, hold_id: str) -> None:
    """Put the sweeper's own message into the queue, as anybody may who may send to it."""
    body = json.dumps({"schema_version": 1, "resume_hold": hold_id})
    stack.queues.send_message(QueueUrl=REQUESTS, MessageBody=body)


def resumes(stack: Stack) -> list[Operation]:
    return [one for one in stack.operations if one.action is Action.RESUME]


def told(stack: Stack) -> list[tuple[Result, Refusal | None]]:
    """Return how each resume ended: each of these ends is published."""
    return [(one.ended.result, one.ended.refusal) for one in resumes(stack) if one.outcome is not None]


def hours(stack: Stack, count: float) -> None:
    stack.run(count * 3600, step=20)


@pytest.mark.parametrize(
    ("more", "request_"),
    [
        ({"resume_after_minutes": 30}, {}),
        ({"resume_at": "03:40 UTC"}, {}),
        ({"resume_sources": ["queue"]}, {"resume_after_minutes": 30}),
        ({"resume_sources": ["queue"], "resume_after_minutes": 600}, {"resume_at": "03:40 UTC"}),
    ],
)
def test_a_stop_is_undone_at_its_time_once(more: dict[str, Any], request_: dict[str, Any]) -> None:
    stack = stack_of(**more)
    hold = stack.stopped(requested_by="ops@example.com", **request_)
    assert hold.resume_at is not None

    stack.run((hold.resume_at - stack.clock()).total_seconds() - 10)
    before = list(stack.starts)
    hours(stack, 1)

    [operation] = resumes(stack)
    assert before == []
    assert told(stack) == [(Result.RESUMED, None)]
    assert len(stack.starts) == 1
    assert timedelta() <= operation.received_at - hold.resume_at <= timedelta(minutes=6)
    assert stack.group_status() == "protected"
    assert (operation.request.source, operation.request.hold) == (Source.TIMER, hold.hold_id)
    assert operation.request.reason.endswith(f"as the stop {hold.hold_id} was to end, by ops@example.com")


def test_a_message_about_a_hold_that_is_not_due_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stack = stack_of(resume_after_minutes=30)
    hold = stack.stopped()

    asked_for(stack, hold.hold_id)
    stack.run(60)

    assert (resumes(stack), stack.starts) == ([], [])
    assert not stack.queues.requests
    assert '"reason":"not_due"' in capsys.readouterr().out


@pytest.mark.parametrize("hold_id", [ID, "the stop's own"])
def test_a_message_about_no_hold_with_a_timer_does_nothing(hold_id: str) -> None:
    stack = stack_of()
    hold = stack.stopped()

    asked_for(stack, hold.hold_id if hold_id != ID else ID)
    stack.run(60)

    assert (resumes(stack), stack.starts) == ([], [])
    assert not stack.queues.requests


def test_messages_about_a_hold_that_is_due_are_one_resume_whoever_sends_them() -> None:
    stack = stack_of(resume_after_minutes=30)
    hold = stack.stopped()
    stack.clock.pass_(1800)

    for _ in range(4):
        asked_for(stack, hold.hold_id)
        stack.sweep()
    stack.run(600)
    asked_for(stack, hold.hold_id)
    stack.run(60)

    assert len(resumes(stack)) == len(stack.starts) == 1


def test_a_stop_that_an_alarm_joined_is_not_undone_by_the_timer_and_that_is_told_once() -> None:
    stack = stack_of(resume_after_minutes=30)
    hold = stack.stopped()
    stack.send(delivery_id="another")
    stack.run(60)
    assert stack.held().hold_id != hold.hold_id

    hours(stack, 3)

    assert told(stack) == [(Result.REFUSED, Refusal.HOLD_CHANGED)]
    assert stack.starts == []


def test_whoever_asks_after_a_refused_timer_does_not_have_it_told_again() -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.stopped()
    stack.send(delivery_id="another")
    hours(stack, 1)
    stack.send(delivery_id="a third")
    hours(stack, 1)

    assert told(stack) == [(Result.REFUSED, Refusal.HOLD_CHANGED)]
    assert stack.starts == []


def test_a_group_that_a_person_resumed_is_left_alone_by_the_timer() -> None:
    stack = stack_of(resume_after_minutes=30, resume_sources=["queue"])
    hold = stack.stopped()
    stack.send(delivery_id="mine", action="resume", hold=hold.hold_id, requested_by="ada@example.com")
    hours(stack, 2)

    assert told(stack) == [(Result.RESUMED, None)]
    assert len(stack.starts) == 1


def test_a_timer_of_the_next_stop_is_another_one() -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.stopped()
    hours(stack, 1)
    stack.send(delivery_id="the next night")
    hours(stack, 1)

    assert told(stack) == [(Result.RESUMED, None)] * 2
    assert len(stack.starts) == 2


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "ssm"])
def test_an_outage_at_the_time_makes_the_resume_later_and_not_lost(service: str) -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.stopped()

    stack.run(1500)
    stack.outage(service)
    hours(stack, 1)
    stack.outage(service, over=True)
    hours(stack, 1)

    assert told(stack) == [(Result.RESUMED, None)]
    assert len(stack.starts) == 1


def test_a_target_that_is_off_at_the_time_is_not_resumed_and_that_is_told_once() -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.stopped()
    stack.parameters["mode"] = "off"

    hours(stack, 2)

    assert told(stack) == [(Result.REFUSED, Refusal.OFF)]
    assert stack.starts == []


@pytest.mark.parametrize("status", ["failed-over", "error-reprotecting"])
def test_no_timer_protects_in_the_other_direction(status: str) -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.stopped()
    stack.set_group(status)

    hours(stack, 2)

    assert stack.starts == []
    assert [result for result, _ in told(stack)] == [Result.REFUSED]


def test_a_calendar_skips_the_stop_and_never_the_resume() -> None:
    stack = stack_of(resume_after_minutes=30)
    stack.stopped()
    days = [f"{stack.clock():%Y-%m-%d}"]
    stack.parameters["calendars/erp-prod"] = json.dumps({"zone": "UTC", "dates": days})

    hours(stack, 1)

    assert told(stack) == [(Result.RESUMED, None)]
