"""Publishing one ended operation and those that joined it; when the workflow is to come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from inmemory.aws import refused, silent
from inmemory.stack import Stack
from standdown.ledger import LedgerError
from standdown.notify import joined_outcome, notify
from standdown.operation import Channel, Delivery, HuaweiSaid, Operation, Outcome, Result, State


def ended(result: Result = Result.SUCCEEDED, joined: int = 0) -> tuple[Stack, Operation]:
    """Return a stack with one operation that has ended and is not published yet; others may have joined it."""
    stack = Stack()
    stack.send()
    stack.deliver()
    for _ in range(joined):
        stack.send()
        stack.deliver()
    first = stack.operations[0]
    outcome = Outcome(result, stack.clock(), "as it went", group_status="available", verified=True)
    return stack, stack.ledger.end(first, outcome)


def published(stack: Stack, operation_id: str) -> dict[str, Any]:
    return notify(operation_id, stack.ledger, stack.publication, stack.clock).to_dict()


def fails(stack: Stack, service: str, times: int = 1, code: str = "InternalError") -> None:
    def fail() -> None:
        raise refused(service, code)

    for _ in range(times):
        stack.boundary.cut(0, fail, name=service)


def test_an_outcome_is_published_on_every_channel_and_the_operation_is_settled() -> None:
    stack, operation = ended()

    state = published(stack, operation.operation_id)

    assert state == {
        "schema_version": 1,
        "operation_id": operation.operation_id,
        "outcome": "succeeded",
        "published": True,
        "wait_seconds": 0,
    }
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert stack.operation.state is State.PUBLISHED
    assert {channel.status for channel in stack.operation.channels.values()} == {Delivery.DONE}


@pytest.mark.parametrize("result", list(Result))
def test_the_workflow_reads_how_it_ended(result: Result) -> None:
    stack, operation = ended(result)

    assert published(stack, operation.operation_id)["outcome"] == result.value


def test_what_is_published_is_not_published_again() -> None:
    stack, operation = ended()
    published(stack, operation.operation_id)

    again = published(stack, operation.operation_id)

    assert (again["published"], again["wait_seconds"]) == (True, 0)
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)


def test_a_channel_that_failed_is_tried_again_alone_when_it_is_due() -> None:
    stack, operation = ended()
    fails(stack, "sns")

    first = published(stack, operation.operation_id)
    early = published(stack, operation.operation_id)
    stack.clock.pass_(first["wait_seconds"])
    last = published(stack, operation.operation_id)

    assert (first["published"], early["published"], last["published"]) == (False, False, True)
    assert 1 <= first["wait_seconds"] <= 3600
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert stack.operation.channels["sns"].attempts == 2


def test_a_channel_that_refuses_for_good_is_settled_as_undelivered() -> None:
    stack, operation = ended()
    fails(stack, "sns", code="InvalidParameter")

    state = published(stack, operation.operation_id)

    assert state["published"]
    assert stack.operation.channels["sns"].status is Delivery.UNDELIVERED
    assert stack.operation.channels["sns"].problem
    assert stack.operation.state is State.PUBLISHED


def test_the_workflow_comes_back_within_the_hour_however_long_a_channel_waits() -> None:
    stack, operation = ended()
    late = Channel(Delivery.PENDING, 3, stack.clock(), stack.clock() + timedelta(hours=5), "busy")
    for name in ("sns", "eventbridge"):
        stack.ledger.mark(operation.operation_id, name, late)

    state = published(stack, operation.operation_id)

    assert (state["published"], state["wait_seconds"]) == (False, 3600)


def test_those_that_joined_are_ended_and_published_with_it() -> None:
    stack, operation = ended(Result.FAILED, joined=2)

    state = published(stack, operation.operation_id)

    first, *joined = stack.operations
    assert state["published"]
    assert [each.outcome and each.outcome.result for each in joined] == [Result.JOINED, Result.JOINED]
    assert {each.outcome and each.outcome.joined_result for each in joined} == {Result.FAILED}
    assert {each.outcome and each.outcome.joined_to for each in joined} == {first.operation_id}
    assert {each.state for each in stack.operations} == {State.PUBLISHED}
    assert len(stack.topic.details) == 3


def test_it_is_not_settled_before_those_that_joined_are() -> None:
    stack, operation = ended(joined=1)

    def fail() -> None:
        raise refused("sns", "InternalError")

    stack.boundary.cut(1, fail, name="sns")
    first = published(stack, operation.operation_id)
    stack.clock.pass_(first["wait_seconds"])
    last = published(stack, operation.operation_id)

    assert (first["published"], last["published"]) == (False, True)
    assert len(stack.topic.details) == 2


def test_a_watch_that_broke_off_leaves_the_outcome_unknown_and_told() -> None:
    stack = Stack()
    stack.send()
    stack.deliver()

    state = published(stack, stack.operation.operation_id)

    assert (state["outcome"], state["published"]) == ("unknown", True)
    assert stack.operation.outcome is not None
    assert "broke off" in stack.operation.outcome.detail
    assert stack.locks() == {}


def test_an_outcome_that_is_written_meanwhile_is_the_one_that_is_published() -> None:
    stack = Stack()
    stack.send()
    stack.deliver()
    operation = stack.operation
    won = Outcome(Result.SUCCEEDED, stack.clock(), "Protection is off.")

    # The poller writes its outcome between the notifier's reading and its writing.
    stack.boundary.cut(1, lambda: _end(stack, operation, won), name="dynamodb")
    state = published(stack, operation.operation_id)

    assert state["outcome"] == "succeeded"
    assert stack.operation.outcome == won


def _end(stack: Stack, operation: Operation, outcome: Outcome) -> None:
    stack.ledger.end(operation, outcome)


@pytest.mark.parametrize("operation_id", ["", "f" * 32, "x"])
def test_an_operation_that_is_not_recorded_has_nothing_to_publish(operation_id: str) -> None:
    stack = Stack()

    state = published(stack, operation_id)

    assert (state["outcome"], state["published"], state["wait_seconds"]) == ("unknown", True, 0)
    assert stack.topic.details == []


def test_a_ledger_that_cannot_be_used_is_for_the_workflow_to_repeat() -> None:
    stack, operation = ended()

    def lose() -> None:
        raise silent("dynamodb")

    stack.boundary.cut(0, lose, name="dynamodb")
    with pytest.raises(LedgerError):
        published(stack, operation.operation_id)

    assert stack.topic.details == []


def test_an_outcome_of_one_that_joined_says_what_the_other_one_saw() -> None:
    stack, operation = ended(Result.FAILED)
    said = HuaweiSaid(400, "SDRS.0406", "a child failed")
    assert operation.outcome is not None
    worker = replace(operation, outcome=replace(operation.outcome, huawei=said, job_ended_at=stack.clock()))

    outcome = joined_outcome(worker, stack.clock() + timedelta(seconds=3))

    assert outcome.result is Result.JOINED
    assert (outcome.joined_to, outcome.joined_result) == (operation.operation_id, Result.FAILED)
    assert (outcome.group_status, outcome.verified, outcome.huawei) == ("available", True, said)
    assert outcome.job_ended_at == stack.clock()
    assert outcome.ended_at == stack.clock() + timedelta(seconds=3)
