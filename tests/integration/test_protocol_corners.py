"""The protocol's rarer turns: locks that change hands, brakes pulled half way, a sweeper that is out of time."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

import pytest

from simulator.scenarios import Plan
from standdown.action.protocol import continue_operation
from standdown.core.operation import Operation, State
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.retry import RetryLaterError
from standdown.ledger.answers import Answer, Busy
from standdown.ledger.ledger import Ledger, LedgerError
from standdown.sweep.open_operations import sweep
from support.inmemory import Stack, Target
from support.inmemory.aws import refused, silent

CRM_PROD = "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02"


@pytest.fixture
def stack() -> Stack:
    return Stack()


def _raise(error: BaseException) -> NoReturn:
    raise error


def broken_off(stack: Stack, call: str = "sdrs.stop", *, after: bool = False, delivery_id: str | None = None) -> None:
    """Have a request break off at a call, and its message be gone."""
    stack.send(delivery_id=delivery_id)
    stack.boundary.cut(0, name=call, after=after)
    stack.deliver()
    stack.queues.requests.clear()


def result(stack: Stack) -> tuple[Result, Refusal | None]:
    outcome = stack.operation.outcome
    assert outcome is not None
    return outcome.result, outcome.refusal


# --- The door ------------------------------------------------------------------------------------------------------


def test_a_group_is_not_stopped_again_within_its_cooldown() -> None:
    stack = Stack([Target(more={"cooldown_minutes": 30})])
    stack.send(delivery_id="first")
    stack.run(60)

    stack.send(delivery_id="second")
    stack.run(60)

    first, second = stack.operations
    assert len(stack.posts) == 1
    assert second.outcome is not None
    assert second.outcome.refusal is Refusal.COOLDOWN
    assert second.lock is None
    assert [detail["outcome"] for detail in stack.bus.details] == ["succeeded", "refused"]
    assert first.outcome is not None


class Restless(Ledger):
    """A ledger whose group is always another's, which has always just ended."""

    def begin(self, _operation: Operation, _cooldown: timedelta) -> Answer:
        """Find the group taken."""
        return Busy("0" * 32, "group#here")


def test_a_lock_that_changes_hands_all_the_time_is_tried_again_later() -> None:
    stack = Stack(ledger=Restless)
    stack.send()

    assert stack.deliver() == [False]
    assert stack.operations == []


def test_who_finds_the_group_free_after_all_begins(stack: Stack) -> None:
    """The holder ends between the moment at which the group is found taken and the joining."""
    broken_off(stack, delivery_id="first")
    first = stack.operation

    def end_first() -> None:
        stack.ledger.end(first, first.outcome or _outcome(stack))

    stack.send(delivery_id="second")
    stack.boundary.cut(1, end_first, name="dynamodb.transact_write_items")
    stack.deliver()

    assert [one.state for one in stack.operations] == [State.ENDED, State.FOLLOWING]
    assert len(stack.posts) == 1


def test_who_joined_and_was_ended_meanwhile_is_published_by_its_redelivery(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=500)
    stack.send(delivery_id="first")
    stack.send(delivery_id="second")
    stack.deliver()
    joined = stack.operations[1]
    stack.ledger.end(joined, _outcome(stack))
    again = stack.send(delivery_id="second")

    assert stack.take(again)

    assert joined.execution_name in stack.executions.by_name


def test_a_second_delivery_while_the_first_is_at_work_waits_for_its_lease(stack: Stack) -> None:
    message = stack.send()

    def deliver_again() -> None:
        with pytest.raises(RetryLaterError, match="at work") as raised:
            stack.door().take_record(message.record())
        assert 60 < raised.value.delay < 70

    stack.boundary.cut(0, deliver_again, name="sdrs.stop")

    assert stack.deliver() == [True]
    assert len(stack.posts) == 1


def test_a_lease_that_cannot_be_given_back_runs_out_by_itself(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=429, headers={"Retry-After": "300"}, count=1)
    stack.send()
    stack.boundary.cut(0, lambda: _raise(silent("dynamodb")), name="dynamodb.update_item")

    stack.run(900)

    assert result(stack) == (Result.SUCCEEDED, None)
    assert len(stack.accepted) == 1


def test_an_operation_that_cannot_be_read_now_is_resumed_later(stack: Stack) -> None:
    broken_off(stack)
    stack.boundary.cut(0, lambda: _raise(silent("dynamodb")), name="dynamodb.get_item")

    with pytest.raises(RetryLaterError, match="could not be reached"):
        continue_operation(stack.operation.operation_id, stack.invocation())


def test_a_message_of_our_own_for_nothing_is_set_aside(stack: Stack) -> None:
    stack.queue.continue_later("0" * 32)

    stack.deliver()

    [buried] = stack.queues.dead_letters
    assert buried.attributes["standdown-problem"]["stringValue"].startswith("unknown_operation")


# --- Brakes that are pulled half way -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "value", "why"),
    [
        ("mode", "dry-run", "Dry run: the mode was changed before the stop was sent."),
        ("targets/erp-prod", Target(group=CRM_PROD).document(), "names another protection group by now."),
        ("targets/erp-prod", "{", "The target's document is broken"),
        ("targets/erp-prod", Target(more={"sources": []}).document(), "takes requests from no source"),
    ],
    ids=["dry run", "another group", "broken", "no source"],
)
def test_an_intent_is_resumed_under_the_brakes_as_they_are_now(
    stack: Stack, parameter: str, value: str, why: str
) -> None:
    """Nothing more is sent; as one may have been sent by whoever broke off, it is not told as refused."""
    broken_off(stack)
    stack.parameters[parameter] = value

    stack.run(900)

    assert stack.posts == []
    assert result(stack) == (Result.UNKNOWN, None)
    assert stack.bus.details[0]["outcome"] == "unknown"
    assert why in stack.bus.details[0]["detail"]


def test_who_joins_late_is_not_to_share_the_end_of_who_came_first(stack: Stack) -> None:
    stack.fault(endpoint="*", status=503)
    stack.send(delivery_id="first")
    stack.run(55 * 60, step=30)
    stack.send(delivery_id="second")
    stack.run(10 * 60, step=30)
    assert stack.accepted == []
    stack.sdrs.faults.clear()

    stack.run(20 * 60)

    assert len(stack.accepted) == 1
    assert [detail["outcome"] for detail in stack.bus.details] == ["succeeded", "joined"]


def test_a_redelivery_of_the_first_request_does_not_end_what_a_later_one_keeps_fresh(stack: Stack) -> None:
    broken_off(stack, delivery_id="first")
    again = stack.send(delivery_id="first", requested_at=stack.now_iso())
    stack.queues.requests.clear()
    stack.clock.pass_(55 * 60)
    stack.send(delivery_id="second")
    stack.deliver()
    stack.clock.pass_(10 * 60)

    assert stack.take(again)

    assert len(stack.posts) == 1


@pytest.mark.parametrize("status", ["protected", "error-stopping"])
def test_the_same_name_in_another_project_is_another_group(status: str) -> None:
    other = "0" * 31 + "1"
    document = '{"server_group_name": "erp-prod", "project_id": "%s"}'
    stack = Stack([])
    stack.parameters |= {"targets/here": document % stack.sdrs.identity.project_id, "targets/there": document % other}
    stack.set_group(status)
    stack.send("here")
    stack.send("there")

    stack.deliver()

    here, there = stack.operations
    assert here.lock != there.lock
    assert there.joined_to is None


# --- The sweeper ---------------------------------------------------------------------------------------------------


def test_the_sweeper_leaves_what_has_a_lease_and_what_is_young(stack: Stack) -> None:
    broken_off(stack)

    young = stack.sweep()
    stack.clock.pass_(61)
    leased = stack.sweep()
    stack.clock.pass_(10)

    assert young.moved == leased.moved == ()
    assert stack.sweep().moved == (stack.operation.operation_id,)
    assert [message.body for message in stack.queues.requests] == [
        f'{{"continue":"{stack.operation.operation_id}","schema_version":1}}'
    ]


@pytest.mark.parametrize(
    ("after", "wanted"), [(False, (Result.FAILED, None)), (True, (Result.SUCCEEDED, None))], ids=["unsent", "sent"]
)
def test_an_intent_that_is_too_old_is_ended_by_what_the_group_shows(
    stack: Stack, after: bool, wanted: tuple[Result, Refusal | None]
) -> None:
    broken_off(stack, after=after)
    stack.clock.pass_(61 * 60)

    stack.sweep()
    stack.run(60)

    assert len(stack.posts) == (1 if after else 0)
    assert result(stack) == wanted
    assert [detail["outcome"] for detail in stack.bus.details] == [wanted[0].value]


def test_an_intent_that_is_too_old_while_its_group_is_stopping_is_followed(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=2 * 3600)
    broken_off(stack, after=True)
    stack.clock.pass_(61 * 60)

    stack.sweep()

    assert stack.operation.state is State.FOLLOWING


def test_an_intent_whose_group_cannot_be_read_is_unknown_in_the_end(stack: Stack) -> None:
    broken_off(stack)
    stack.fault(endpoint="*", status=503)
    stack.clock.pass_(61 * 60)
    patient = stack.sweep()
    stack.clock.pass_(15 * 60)

    stack.sweep()
    stack.run(60)

    assert patient.moved == ()
    assert result(stack) == (Result.UNKNOWN, None)
    assert not stack.locks()


def test_a_stop_that_was_found_to_run_is_not_unknown_because_its_workflow_cannot_be_started(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=3 * 3600)
    broken_off(stack, after=True)
    stack.clock.pass_(80 * 60)
    stack.boundary.cut(0, lambda: _raise(refused("StartExecution", "ThrottlingException")), name="states.start")

    assert stack.sweep().moved == ()

    accepted = stack.operation.state
    stack.clock.pass_(61)
    stack.sweep()
    assert (accepted, stack.operation.state) == (State.ACCEPTED, State.FOLLOWING)


def test_somebody_is_at_an_old_intent_when_the_sweeper_comes(stack: Stack) -> None:
    broken_off(stack)
    stack.clock.pass_(61 * 60)

    def claim() -> None:
        stack.ledger.claim(stack.operation.operation_id, stack.clock(), timedelta(minutes=1))

    stack.boundary.cut(0, claim, name="dynamodb.update_item")

    assert stack.sweep().moved == ()
    assert stack.operation.outcome is None


def test_who_joined_one_that_is_gone_is_told_so(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=500)
    stack.send(delivery_id="first")
    stack.send(delivery_id="second")
    stack.deliver()
    first, second = stack.operations
    del stack.dynamodb.items[first.operation_id]
    stack.executions.by_name.clear()
    stack.clock.pass_(61)

    stack.sweep()
    stack.executions.advance()

    assert [(detail["event_id"], detail["outcome"]) for detail in stack.bus.details] == [
        (second.operation_id, "unknown")
    ]


def test_who_joined_is_left_alone_until_the_one_that_works_has_ended(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=500)
    stack.send(delivery_id="first")
    stack.send(delivery_id="second")
    stack.deliver()
    stack.clock.pass_(61)

    assert stack.sweep().moved == ()

    stack.ledger.end(stack.operations[0], _outcome(stack))
    assert stack.operations[1].operation_id in stack.sweep().moved


def test_the_sweeper_stops_in_time_and_leaves_the_rest_to_the_next_run(stack: Stack) -> None:
    for number in range(3):
        broken_off(stack, "states.start_execution", delivery_id=f"d{number}")
        stack.set_group("available")
    stack.clock.pass_(100)

    swept = sweep(stack.invocation(9.0), stack.queue)

    assert (swept.seen, swept.moved) == (0, ())


def test_one_operation_in_trouble_leaves_the_sweeper_time_for_the_others(stack: Stack) -> None:
    other = Stack([Target(), Target("crm-prod", CRM_PROD)])
    other.send("erp-prod")
    other.send("crm-prod")
    other.boundary.cut(0, name="sdrs.stop")
    other.boundary.cut(1, name="sdrs.stop")
    other.deliver()
    other.queues.requests.clear()
    other.clock.pass_(61 * 60)
    other.fault(endpoint="get-group", kind="hang")
    begun = other.clock.epoch()

    swept = other.sweep()

    assert swept.seen == 2
    assert other.clock.epoch() - begun < 80
    assert stack.operations == []


@pytest.mark.parametrize("call", ["dynamodb.get_item", "sqs.send_message"])
def test_trouble_with_one_operation_does_not_hold_up_the_others(call: str) -> None:
    stack = Stack([Target(), Target("crm-prod", CRM_PROD)])
    for name in ("erp-prod", "crm-prod"):
        stack.send(name)
        stack.boundary.cut(0, name="sdrs.stop")
        stack.take(stack.queues.requests[-1])
    stack.queues.requests.clear()
    stack.clock.pass_(100)
    stack.boundary.cut(0, lambda: _raise(silent("aws")), name=call)

    swept = stack.sweep()

    assert (swept.seen, len(swept.moved)) == (2, 1)


def test_what_was_published_and_is_still_listed_is_settled_again(stack: Stack) -> None:
    stack.send()
    stack.run(60)
    operation = stack.operation
    stack.dynamodb.items[operation.operation_id]["unfinished"] = {"S": "yes"}
    stack.clock.pass_(61)

    assert stack.sweep().moved == ()
    assert list(stack.ledger.unfinished()) == []


def test_an_operation_that_vanishes_from_the_ledger_is_an_error_and_no_outcome(stack: Stack) -> None:
    broken_off(stack)
    operation = stack.operation
    stack.dynamodb.items.clear()

    with pytest.raises(LedgerError, match="is not in the ledger"):
        stack.ledger.end(operation, _outcome(stack))


def test_a_list_of_failed_tasks_that_cannot_be_read_now_is_waited_for(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(ending="fail")
    stack.fault(endpoint="failure-jobs", status=503, count=1)
    broken_off(stack, after=True)
    stack.clock.pass_(400)
    stack.queue.continue_later(stack.operation.operation_id)

    stack.run(120)

    assert len(stack.posts) == 1
    assert result(stack) == (Result.FAILED, None)


def test_a_list_of_failed_tasks_that_may_not_be_read_leaves_it_to_the_groups_status(stack: Stack) -> None:
    stack.set_group("error-stopping")
    stack.fault(endpoint="failure-jobs", status=403)
    broken_off(stack)
    stack.clock.pass_(400)
    stack.queue.continue_later(stack.operation.operation_id)

    stack.run(120)

    assert len(stack.posts) == 1
    assert result(stack) == (Result.SUCCEEDED, None)


def _outcome(stack: Stack) -> Outcome:
    return Outcome(Result.UNKNOWN, stack.clock(), "made up")
