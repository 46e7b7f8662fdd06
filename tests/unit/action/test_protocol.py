"""One request on its way: what is written, what is counted, who comes back when; the stack in memory around it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from simulator.defaults import ERP_PROD
from simulator.scenarios import Plan
from standdown.action.protocol import continue_operation, stop
from standdown.base.log import logger
from standdown.core.operation import Operation, State
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.request import Source, StopRequest
from standdown.core.retry import RetryLaterError
from standdown.ledger.answers import Answer, Busy, Cooling
from standdown.ledger.ledger import Ledger
from support.inmemory import Crash, Stack, Target
from support.inmemory.aws import refused


def request(stack: Stack, delivery_id: str = "d-1", **more: Any) -> StopRequest:
    return StopRequest(delivery_id, Source.QUEUE, stack.clock(), "erp-prod", **more)


@pytest.fixture
def stack() -> Stack:
    return Stack()


# --- Dry runs --------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_a_stop_would_have_met_and_sends_none(stack: Stack) -> None:
    operation = stop(request(stack, dry_run=True), stack.invocation())

    assert operation.outcome is not None
    assert operation.outcome.result is Result.DRY_RUN
    assert (
        operation.outcome.detail
        == "Dry run: nothing was sent. The group is 'protected': SDRS would have taken the stop."
    )
    assert stack.posts == []
    assert stack.locks() == {}


def test_a_dry_run_that_broke_off_is_left_alone_for_its_lease_and_then_rehearsed(stack: Stack) -> None:
    again = request(stack, dry_run=True)
    stack.boundary.cut(0, name="sdrs.get-group")
    with pytest.raises(Crash):
        stop(again, stack.invocation(30))

    with pytest.raises(RetryLaterError, match="at work") as early:
        stop(again, stack.invocation())
    stack.clock.pass_(36)
    late = stop(again, stack.invocation())

    assert early.value.delay == pytest.approx(36, abs=0.01)
    assert str(early.value) == "another delivery of this request is at work"
    assert early.value.operation is not None
    assert early.value.operation.operation_id == again.operation_id
    assert late.outcome is not None
    assert late.outcome.result is Result.DRY_RUN


def test_a_dry_run_that_is_repeated_is_the_first_one(stack: Stack) -> None:
    first = stop(request(stack, dry_run=True), stack.invocation())
    calls = len(stack.sdrs.calls)

    again = stop(request(stack, dry_run=True), stack.invocation())

    assert again == first
    assert len(stack.sdrs.calls) == calls


# --- Stops -----------------------------------------------------------------------------------------------------------


def test_a_stop_that_is_taken_is_followed_and_leaves_its_lock_with_the_operation(stack: Stack) -> None:
    operation = stop(request(stack), stack.invocation())

    assert operation == stack.operation
    assert (operation.state, operation.accepted_at) == (State.FOLLOWING, stack.clock())
    assert operation.lease_until is None
    assert stack.locks() == {f"group#{operation.lock}": operation.operation_id}


def test_a_group_that_was_known_by_name_is_recorded_with_its_id(stack: Stack) -> None:
    stack.parameters["targets/erp-prod"] = json.dumps({"server_group_name": "erp-prod"})

    operation = stop(request(stack), stack.invocation())

    assert operation.group is not None
    assert (operation.group.server_group_name, operation.group.server_group_id) == ("erp-prod", ERP_PROD)
    assert stack.operation.group == operation.group


def test_a_request_that_names_the_group_is_recorded_with_its_target_and_what_the_target_allows(stack: Stack) -> None:
    stack.parameters["targets/erp-prod"] = Target(more={"max_age_minutes": 17, "deadline_minutes": 19}).document()

    operation = stop(replace(request(stack), target=None, server_group_id=ERP_PROD), stack.invocation())

    assert (operation.target, operation.request.wanted) == ("erp-prod", ERP_PROD)
    assert (operation.max_age_minutes, operation.deadline_minutes) == (17, 19)
    assert stack.operation.target == "erp-prod"


def test_a_request_for_what_is_no_target_is_refused_under_the_name_that_it_gave(
    stack: Stack, lines: io.StringIO
) -> None:
    operation = stop(replace(request(stack), target="unknown"), stack.invocation())

    assert operation.target == "unknown"
    assert {json.loads(line)["target"] for line in lines.getvalue().splitlines()} == {"unknown"}


def test_a_ledger_that_cannot_be_written_has_the_request_come_back_with_no_operation(stack: Stack) -> None:
    def refuse() -> None:
        raise refused("TransactWriteItems", "InternalServerError")

    wanted = request(stack)
    stack.boundary.cut(0, refuse, name="dynamodb.transact_write_items")
    with pytest.raises(RetryLaterError, match="the ledger refused") as raised:
        stop(wanted, stack.invocation())

    assert raised.value.operation is None  # nobody knows whether the ledger holds one
    assert stack.posts == []


def test_who_joined_and_comes_again_starts_no_workflow(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=500)
    first = stop(request(stack), stack.invocation())
    second = stop(request(stack, "d-2"), stack.invocation())

    again = stop(request(stack, "d-2"), stack.invocation())

    assert (second.state, second.joined_to) == (State.JOINED, first.operation_id)
    assert again == second
    assert list(stack.executions.by_name) == [first.execution_name]


def test_what_is_published_needs_no_workflow_when_it_comes_again(stack: Stack) -> None:
    stack.parameters["mode"] = "off"
    refused = stop(request(stack), stack.invocation())
    stack.run(60)
    stack.executions.by_name.clear()

    again = stop(request(stack), stack.invocation())

    assert refused.outcome is not None
    assert refused.outcome.refusal is Refusal.OFF
    assert again.state is State.PUBLISHED
    assert stack.executions.by_name == {}


def test_who_comes_within_the_cooldown_reads_since_when_and_for_how_long(stack: Stack) -> None:
    stack.parameters["targets/erp-prod"] = Target(more={"cooldown_minutes": 30}).document()
    stop(request(stack), stack.invocation())
    stack.run(60)

    late = stop(request(stack, "d-2"), stack.invocation())

    assert late.outcome is not None
    assert (late.outcome.result, late.outcome.refusal) == (Result.REFUSED, Refusal.COOLDOWN)
    assert late.outcome.detail == (
        "The group was stopped at 2026-01-02T03:04:05.000Z, less than its cooldown of 30 minutes ago."
    )
    assert late.outcome.ended_at == stack.clock()


class Overtaken(Ledger):
    """A ledger in which the group is stopped once more while this request reads it."""

    cooldowns: ClassVar[list[timedelta]] = []

    def begin(self, operation: Operation, cooldown: timedelta) -> Answer:
        """Find the group stopped an hour ago, then a minute ago, then free."""
        self.cooldowns.append(cooldown)
        if len(self.cooldowns) == 3:
            return super().begin(operation, cooldown)
        return Cooling(operation.received_at - timedelta(minutes=60 if len(self.cooldowns) == 1 else 1))


def test_a_stop_that_was_sent_while_the_group_was_read_counts_for_the_cooldown() -> None:
    stack = Stack([Target(more={"cooldown_minutes": 600})], ledger=Overtaken)
    Overtaken.cooldowns.clear()

    operation = stop(request(stack), stack.invocation())

    assert operation.state is State.FOLLOWING
    assert Overtaken.cooldowns == [timedelta(minutes=600), timedelta(minutes=60), timedelta(minutes=1)]


class Restless(Ledger):
    """A ledger whose group is another's, which has just ended, as often as it is asked."""

    asked = 0

    def begin(self, _operation: Operation, _cooldown: timedelta) -> Answer:
        """Find the group taken."""
        self.asked += 1
        return Busy("0" * 32, "group#here")


def test_a_lock_that_changes_hands_all_the_time_is_left_after_three_tries() -> None:
    stack = Stack(ledger=Restless)
    wanted = request(stack)

    with pytest.raises(RetryLaterError, match="the group's lock changed hands all the time") as raised:
        stop(wanted, stack.invocation())

    assert isinstance(stack.ledger, Restless)
    assert stack.ledger.asked == 3
    assert str(raised.value) == "the group's lock changed hands all the time"
    assert raised.value.operation is None


def test_who_finds_an_intent_free_and_is_overtaken_comes_back_in_a_second(stack: Stack) -> None:
    """Another delivery claims the intent between the reading and the claiming."""
    stack.boundary.cut(0, name="sdrs.stop")
    with pytest.raises(Crash):
        stop(request(stack), stack.invocation())
    stack.ledger.release(stack.operation, "made up")
    operation_id = stack.operation.operation_id

    def overtake() -> None:
        stack.ledger.claim(operation_id, stack.clock(), timedelta(minutes=1))

    stack.boundary.cut(0, overtake, name="dynamodb.update_item")
    with pytest.raises(RetryLaterError, match="at work") as raised:
        continue_operation(operation_id, stack.invocation())

    assert raised.value.delay == 1


def test_who_joins_while_another_delivery_has_it_joined_and_ended_has_it_published(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=500)
    first = stop(request(stack), stack.invocation())

    def overtake() -> None:
        joined = stop(request(stack, "d-2"), stack.invocation())
        stack.ledger.end(joined, Outcome(Result.UNKNOWN, stack.clock(), "made up"))

    stack.boundary.cut(1, overtake, name="dynamodb.transact_write_items")
    late = stop(request(stack, "d-2"), stack.invocation())

    assert late.outcome is not None
    assert list(stack.executions.by_name) == [first.execution_name, late.execution_name]


def test_a_workflow_that_cannot_be_started_has_the_request_come_back_with_what_was_taken(stack: Stack) -> None:
    def refuse() -> None:
        raise refused("StartExecution", "ThrottlingException")

    stack.boundary.cut(0, refuse, name="states.start")
    with pytest.raises(RetryLaterError, match="the workflow could not be started") as raised:
        stop(request(stack), stack.invocation())

    assert raised.value.delay == 5
    assert raised.value.operation is not None
    assert raised.value.operation.state is stack.operation.state is State.ACCEPTED


def test_why_a_stop_must_wait_is_recorded_and_comes_with_the_operation_and_the_delay(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=429, headers={"Retry-After": "300"}, count=1)

    with pytest.raises(RetryLaterError) as raised:
        stop(request(stack), stack.invocation())

    assert raised.value.delay == 300
    assert raised.value.operation is not None
    held = replace(stack.operation, problem=None, lease_until=raised.value.operation.lease_until, unsent_attempts=0)
    assert held == raised.value.operation
    assert stack.operation.unsent_attempts == 1
    assert stack.operation.problem == raised.value.why
    assert stack.operation.lease_until is None


# --- What is counted and said ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "seconds"), [(-90, 90.0), (0, 0.0), (5, 0.0)], ids=["waited", "at once", "ahead"])
def test_the_time_to_the_stop_is_never_less_than_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str], sent: int, seconds: float
) -> None:
    stop(replace(request(stack), requested_at=stack.clock() + timedelta(seconds=sent)), stack.invocation())

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "SecondsFromRequestToStop" in line]
    assert [line["SecondsFromRequestToStop"] for line in told] == [[seconds]]


def test_a_request_that_comes_again_is_counted_as_repeated(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        stop(request(stack), stack.invocation())

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"Requests"' in line]
    assert [line["decision"] for line in told] == ["admitted", "repeated"]


def test_a_stop_that_was_found_under_way_is_not_counted_as_issued(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.boundary.cut(0, after=True, name="sdrs.stop")
    with pytest.raises(Crash):
        stop(request(stack), stack.invocation())
    stack.clock.pass_(66)

    continue_operation(stack.operation.operation_id, stack.invocation())

    assert stack.operation.job_id is None
    assert "StopsIssued" not in capsys.readouterr().out


def test_what_is_resumed_says_on_every_line_what_it_is_about(stack: Stack, lines: io.StringIO) -> None:
    stack.boundary.cut(0, name="sdrs.stop")
    with pytest.raises(Crash):
        stop(request(stack), stack.invocation())
    stack.clock.pass_(66)
    logger.clear_state()
    lines.truncate(0)
    lines.seek(0)

    continue_operation(stack.operation.operation_id, stack.invocation())

    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["message"] for line in said][:1] == ["operation continued"]
    assert {(line["operation_id"], line["delivery_id"], line["target"]) for line in said} == {
        (stack.operation.operation_id, "d-1", "erp-prod")
    }
