"""An outage that is shorter than a request's age ends in the stop, or in an outcome that everyone is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from standdown.core.outcome import Refusal, Result
from standdown.core.request import Source
from standdown.core.retry import RetryLaterError
from support.inmemory import Stack, quiet
from support.inmemory.stack import TRIGGER_ROLE

SERVICES = ("dynamodb", "ssm", "secrets", "huawei")
ENTRY_POINTS: dict[str, Callable[[Stack], object]] = {
    "queue": lambda stack: stack.send(delivery_id="incident-1"),
    "direct": lambda stack: stack.invoke({"target": "erp-prod"}, "invocation-1"),
}


@pytest.mark.parametrize("minutes", [4, 20, 50])
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_a05_an_outage_shorter_than_the_request_s_age_ends_in_the_stop(
    entry_point: str, service: str, minutes: int
) -> None:
    stack = Stack()
    with quiet():
        stack.outage(service)
        ENTRY_POINTS[entry_point](stack)
        stack.run(minutes * 60, step=10)
        stack.outage(service, over=True)
        stack.run(10 * 60)

    assert len(stack.accepted) == 1
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.SUCCEEDED
    assert stack.operation.request.source is (Source.QUEUE if entry_point == "queue" else Source.DIRECT)
    assert stack.queues.dead_letters == []
    assert [detail["outcome"] for detail in stack.topic.details] == ["succeeded"]


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_a05_what_became_too_old_by_the_last_try_is_told_as_stale(entry_point: str) -> None:
    stack = Stack()
    with quiet():
        stack.outage("ssm")
        ENTRY_POINTS[entry_point](stack)
        stack.run(58 * 60, step=10)
        stack.clock.pass_(4 * 60)
        stack.outage("ssm", over=True)
        stack.run(15 * 60)

    assert stack.posts == []
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.refusal is Refusal.STALE
    assert stack.queues.dead_letters == []


def test_a05_a_message_that_outlives_its_age_is_dead_lettered_with_its_identity() -> None:
    stack = Stack()
    with quiet():
        stack.outage("ssm")
        stack.send()
        stack.run(2 * 3600, step=10)

    [letter] = stack.queues.dead_letters
    assert letter.attributes["standdown-delivery-id"]["stringValue"] == "message-000001"
    assert "the targets could not be read" in letter.attributes["standdown-problem"]["stringValue"]


def test_a05_a_direct_request_that_cannot_be_recorded_keeps_its_time_and_its_identity() -> None:
    stack = Stack()
    stack.outage("dynamodb")
    asked_at = stack.clock()

    answer = stack.invoke({"target": "erp-prod", "delivery_id": "CHG-1"}, "invocation-1")
    stack.outage("dynamodb", over=True)
    stack.run(120)

    assert answer == {
        "operations": [],
        "queued": {"code": "retried_later", "message": "the ledger could not be reached (EndpointConnectionError)"},
    }
    request = stack.operation.request
    assert (request.source, request.delivery_id, request.requested_at) == (Source.DIRECT, "CHG-1", asked_at)


def test_a05_only_where_the_queue_is_down_as_well_the_caller_gets_the_error() -> None:
    stack = Stack()
    for service in ("ssm", "sqs"):
        stack.outage(service)

    with pytest.raises(RetryLaterError, match="targets could not be read"):
        stack.invoke({"target": "erp-prod"})

    assert stack.queues.requests == []


@pytest.mark.parametrize("sender", ["AROASENDER", "", TRIGGER_ROLE + "X"])
def test_a05_an_event_that_somebody_else_queued_as_the_trigger_s_own_is_not_believed(sender: str) -> None:
    stack = Stack()
    stack.outage("ssm")
    stack.invoke({"target": "erp-prod"})
    stack.outage("ssm", over=True)
    stack.queues.requests[0].sender = sender

    stack.run(60)

    assert stack.operations == []
    [letter] = stack.queues.dead_letters
    assert letter.attributes["standdown-problem"]["stringValue"].startswith("not_verified: ")


@pytest.mark.parametrize("invoked", [{}, {"event": {}, "request_id": "r"}, {"event": {}, "request_id": "r", "at": "x"}])
def test_an_envelope_that_is_not_whole_is_no_request(invoked: Any) -> None:
    stack = Stack()
    stack.queue.send({"schema_version": 1, "invocation": invoked})
    stack.queues.requests[0].sender = TRIGGER_ROLE

    stack.run(60)

    assert stack.operations == []
    assert len(stack.queues.dead_letters) == 1


def test_a11_a_fresh_message_that_was_throttled_eight_times_is_read() -> None:
    stack = Stack()
    message = stack.send()
    message.receives = 8  # each taken by the poller of Lambda, and given back as no function was free

    stack.run(60)

    assert len(stack.accepted) == 1
    assert stack.queues.dead_letters == []


def test_a11_an_old_message_that_was_received_too_often_is_not_read_any_more() -> None:
    stack = Stack()
    message = stack.send()
    stack.clock.pass_(76 * 60)
    message.receives = 8

    stack.run(60)

    assert stack.sdrs.calls == []
    assert len(stack.queues.dead_letters) == 1
