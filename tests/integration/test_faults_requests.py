"""The faults on the way from a request to its workflow: F1 to F10, F31 to F37 of docs/evidence/faults.md."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import boto3
import pytest
from moto import mock_aws

from standdown.action.patience import MARGIN, SHORTEST
from standdown.aws.request_queue import RequestQueue
from standdown.aws.workflow import WorkflowError
from standdown.core.operation import GroupRef, State
from standdown.core.outcome import Refusal, Result
from standdown.core.retry import RetryLaterError
from standdown.huawei.account import CALL, SecretError
from standdown.ledger.table import Table
from support.inmemory import Stack, Target
from support.inmemory.aws import refused, silent
from support.inmemory.clock import START
from support.inmemory.stack import ACCOUNT, AWS_REGION, WEBHOOK_ROLE
from support.inmemory.template import properties, table_keys, template, workflow

EVENTS = Path(__file__).parents[2] / "events"
HOURS_15_DAYS = 15 * 24


class OneAtATime:
    """A client whose calls are each one step, as AWS's are."""

    def __init__(self, client: Any) -> None:
        self._client, self._turn = client, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            with self._turn:
                return getattr(self._client, name)(**arguments)

        return call


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(TableName="ledger", **table_keys())
        yield OneAtATime(client)


@pytest.fixture
def stack() -> Stack:
    return Stack()


def at_once(count: int, stack: Stack, request_id: str) -> list[dict[str, Any]]:
    """Invoke the trigger so many times at once; `{}` in the id is the number of the invocation."""
    start = threading.Barrier(count)

    def invoke(number: int) -> dict[str, Any]:
        start.wait()
        return stack.invoke({"target": "erp-prod"}, request_id.format(number))

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(invoke, range(count)))


def outcome(stack: Stack) -> tuple[Result | None, Refusal | None]:
    ended = stack.operation.outcome
    return (ended.result, ended.refusal) if ended else (None, None)


def published(stack: Stack) -> list[tuple[str, str]]:
    """Return id and outcome of everything that people and machines were told; both were told the same."""
    told = [(detail["event_id"], detail["outcome"]) for detail in stack.topic.details]
    assert told == [(detail["event_id"], detail["outcome"]) for detail in stack.bus.details]
    return told


# --- The same thing more than once ---------------------------------------------------------------------------------


def test_f01_sixteen_deliveries_of_one_event_at_once_send_one_stop(dynamodb: Any) -> None:
    stack = Stack(dynamodb=dynamodb)

    answers = at_once(16, stack, "one-and-the-same")

    named = {answer["operations"][0]["operation_id"] for answer in answers}
    assert len(stack.posts) == len(stack.accepted) == 1
    assert len(named) == 1
    assert [f"stop-{operation_id}" for operation_id in named] == list(stack.executions.by_name)


def test_f01_sixteen_events_for_one_group_at_once_send_one_stop_and_join(dynamodb: Any) -> None:
    stack = Stack(dynamodb=dynamodb)

    answers = at_once(16, stack, "event-{}")

    states = sorted(answer["operations"][0]["state"] for answer in answers)
    assert len(stack.posts) == 1
    assert states == sorted(["following", *["joined"] * 15])
    assert len(stack.executions.by_name) == 1


def test_f01_the_same_message_again_and_again_is_one_operation(stack: Stack) -> None:
    message = stack.send()

    for _ in range(4):
        stack.take(message)

    stack.run(60)
    assert len(stack.posts) == 1
    assert published(stack) == [(stack.operation.operation_id, "succeeded")]


def test_f02_an_alarm_and_a_webhook_for_one_group_are_one_stop_with_both_causes() -> None:
    stack = Stack([Target(more={"alarms": ["erp-prod-corruption-*"]})])
    alarm = json.loads((EVENTS / "alarm-eventbridge.json").read_text())
    alarm |= {"account": ACCOUNT, "region": AWS_REGION}
    arn = f"arn:aws:cloudwatch:{AWS_REGION}:{ACCOUNT}:alarm:erp-prod-corruption-checksums"
    alarm["resources"] = [arn]
    stack.queues.send_message(QueueUrl=stack.queue.url, MessageBody=json.dumps(alarm))
    stack.send(source="webhook", delivery_id="webhook-1", reason="ticket 4711").sender = WEBHOOK_ROLE

    stack.run(60)

    worker, joined = stack.operations
    assert len(stack.posts) == 1
    assert [cause.source.value for cause in worker.all_causes] == ["alarm", "webhook"]
    assert joined.outcome is not None
    assert joined.outcome.result is Result.JOINED
    assert [result for _, result in published(stack)] == ["succeeded", "joined"]


@pytest.mark.parametrize("hours", [1.1, 24, HOURS_15_DAYS, 24 * 24])
def test_f03_a_redelivery_after_protection_was_switched_on_again_stops_nothing(stack: Stack, hours: float) -> None:
    message = stack.send()
    stack.run(60)
    stack.set_group("protected")
    stack.clock.pass_(hours * 3600)

    assert stack.take(message)

    assert len(stack.posts) == 1
    assert published(stack) == [(stack.operation.operation_id, "succeeded")]


@pytest.mark.parametrize("hours", [1.1, 24, HOURS_15_DAYS, 24 * 24])
def test_f03_a_message_that_is_first_delivered_too_late_is_refused_as_stale(stack: Stack, hours: float) -> None:
    stack.send()
    stack.clock.pass_(hours * 3600)

    stack.run(60)

    assert stack.posts == []
    assert outcome(stack) == (Result.REFUSED, Refusal.STALE)
    assert published(stack) == [(stack.operation.operation_id, "refused")]


def test_f03_a_redrive_of_what_was_buried_is_as_old_as_it_was(stack: Stack) -> None:
    stack.send()
    for _ in range(5):
        stack.boundary.cut(0, lambda: _raise(refused("TransactWriteItems", "ThrottlingException")))
        stack.deliver()
        stack.clock.pass_(60)
    stack.clock.pass_(HOURS_15_DAYS * 3600)

    stack.queues.redrive()
    stack.run(60)

    assert stack.posts == []
    assert outcome(stack) == (Result.REFUSED, Refusal.STALE)


# --- Broken off ----------------------------------------------------------------------------------------------------


def test_f04_broken_off_before_anything_is_written_the_next_delivery_does_everything(stack: Stack) -> None:
    stack.send()
    stack.boundary.cut(0, name="dynamodb.transact_write_items")
    stack.deliver()
    written, sent = stack.operations, list(stack.posts)

    stack.run(600)

    assert (written, sent) == ([], [])
    assert len(stack.posts) == 1
    assert outcome(stack) == (Result.SUCCEEDED, None)


def test_f05_broken_off_before_the_stop_is_sent_the_group_is_read_and_one_is_sent(stack: Stack) -> None:
    stack.send()
    stack.boundary.cut(0, name="sdrs.stop")
    stack.deliver()
    assert stack.posts == []

    stack.run(600)

    asked = [call.endpoint for call in stack.sdrs.calls]
    assert asked[:2] == ["get-group", "stop"]
    assert len(stack.posts) == 1
    assert outcome(stack) == (Result.SUCCEEDED, None)


def test_f06_broken_off_once_the_stop_was_taken_the_group_is_followed_without_a_job() -> None:
    stack = Stack()
    stack.sdrs.world.plan = stack.sdrs.world.plan.changed(job_seconds=500.0)
    stack.send()
    stack.boundary.cut(0, after=True, name="sdrs.stop")
    stack.deliver()
    assert len(stack.accepted) == 1

    stack.run(900)

    assert len(stack.posts) == 1
    assert outcome(stack) == (Result.SUCCEEDED, None)
    assert stack.operation.job_id is None
    assert [detail["job_id"] for detail in stack.topic.details] == [None]


def test_f07_a_workflow_that_was_never_started_is_started_by_the_redelivery(stack: Stack) -> None:
    stack.send()
    stack.boundary.cut(0, name="states.start_execution")
    stack.deliver()
    assert stack.operation.state is State.ACCEPTED

    stack.run(600, sweeps=False)

    assert list(stack.executions.by_name) == [stack.operation.execution_name]
    assert len(stack.posts) == 1
    assert outcome(stack) == (Result.SUCCEEDED, None)


def test_f07_a_workflow_that_was_never_started_is_started_by_the_sweeper(stack: Stack) -> None:
    stack.send()
    stack.boundary.cut(0, name="states.start_execution")
    stack.deliver()
    stack.queues.requests.clear()
    stack.clock.pass_(61)

    swept = stack.sweep()

    assert swept.moved == (stack.operation.operation_id,)
    assert list(stack.executions.by_name) == [stack.operation.execution_name]
    stack.run(60)
    assert published(stack) == [(stack.operation.operation_id, "succeeded")]


@pytest.mark.parametrize("seconds", [0, 60])
def test_f08_a_lost_answer_of_start_execution_is_found_to_be_a_start(stack: Stack, seconds: float) -> None:
    """Also where the execution has ended meanwhile, and its name is taken."""
    stack.send()
    stack.boundary.cut(0, lambda: _raise(silent("states")), after=True, name="states.start_execution")
    stack.deliver()
    stack.clock.pass_(20)
    stack.executions.advance()
    stack.clock.pass_(seconds)

    stack.run(60)

    assert len(stack.executions.by_name) == 1
    assert published(stack) == [(stack.operation.operation_id, "succeeded")]


def test_f08_an_execution_of_that_name_with_another_input_is_not_taken_for_ours(stack: Stack) -> None:
    message = stack.send()
    stack.boundary.cut(0, name="states.start_execution")
    stack.deliver()
    name = stack.operation.execution_name
    stack.executions.start_execution(stateMachineArn=":stateMachine:", name=name, input='{"finished": true}')

    with pytest.raises(WorkflowError, match="with another input"):
        stack.workflow.start(stack.operation)

    assert not stack.take(message)
    assert stack.operation.state is State.ACCEPTED


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "ExecutionLimitExceeded", "KmsThrottlingException", "KmsInvalidStateException", "500"],
)
def test_f09_a_workflow_that_cannot_be_started_now_is_left_to_the_sweeper(stack: Stack, code: str) -> None:
    stack.send()
    stack.boundary.cut(0, lambda: _raise(refused("StartExecution", code)), name="states.start_execution")

    acknowledged = stack.deliver()

    assert acknowledged == [False]
    assert stack.operation.state is State.ACCEPTED
    stack.clock.pass_(61)
    stack.queues.requests.clear()
    stack.sweep()
    stack.run(60)
    assert published(stack) == [(stack.operation.operation_id, "succeeded")]


def test_f10_the_time_for_one_call_and_what_comes_after_fits_into_the_function_and_that_into_the_queue() -> None:
    timeout = template()["Globals"]["Function"]["Timeout"]
    queue = properties("RequestQueue")

    assert MARGIN + SHORTEST < 2 * CALL < timeout - MARGIN
    assert 6 * timeout <= queue["VisibilityTimeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= RequestQueue._field_defaults["most_receives"]


def test_f10_a_function_with_no_time_left_sends_nothing(stack: Stack) -> None:
    """The stop, and what has to be written after it, must both fit into what is left."""
    message = stack.send()
    door = stack.door()
    stack.clock.pass_(60 - MARGIN)

    with pytest.raises(RetryLaterError, match="no time is left"):
        door.take_record(message.record())

    assert stack.posts == []
    assert stack.operation.lease_until is None


def test_f10_killed_by_its_timeout_while_sdrs_keeps_silent_it_goes_on_by_the_groups_status(stack: Stack) -> None:
    stack.send()
    stack.fault(endpoint="*", kind="hang", seconds=30, when="after", count=8)
    stack.sdrs.world.plan = stack.sdrs.world.plan.changed(job_seconds=600.0)

    stack.run(1200)

    assert len(stack.accepted) == 1
    assert outcome(stack) == (Result.SUCCEEDED, None)


# --- What the trigger needs is down --------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [refused("TransactWriteItems", "ThrottlingException"), silent("dynamodb")])
def test_f31_without_the_ledger_nothing_is_sent_and_the_message_comes_back_and_is_then_set_aside(
    stack: Stack, error: Exception
) -> None:
    stack.send()

    acknowledged = []
    while not stack.queues.dead_letters:
        stack.boundary.cut(0, lambda: _raise(error), name="dynamodb")
        acknowledged += stack.deliver()
        stack.clock.pass_(10)

    [letter] = stack.queues.dead_letters
    assert acknowledged[-1] is True
    assert not any(acknowledged[:-1])
    assert stack.clock.epoch() - letter.sent_at < 30
    assert 75 * 60 < letter.sent_at - START.timestamp() < 81 * 60
    assert stack.posts == []
    assert "standdown-problem" in letter.attributes


def test_f31_a_direct_caller_is_told_that_nothing_could_be_recorded_or_queued(stack: Stack) -> None:
    stack.outage("dynamodb")
    stack.outage("sqs")

    with pytest.raises(RetryLaterError, match="could not be reached"):
        stack.invoke({"target": "erp-prod"})

    assert stack.posts == []
    assert stack.queues.requests == []


def test_f31_a_direct_request_that_is_recorded_goes_on_by_the_queue(stack: Stack) -> None:
    stack.boundary.cut(0, lambda: _raise(refused("StartExecution", "ThrottlingException")), name="states")

    answer = stack.invoke({"target": "erp-prod"})

    assert answer["operations"][0]["state"] == "accepted"
    stack.run(120, sweeps=False)
    assert published(stack) == [(answer["operations"][0]["operation_id"], "succeeded")]


def test_f32_without_the_credential_nothing_is_sent_until_it_can_be_read(stack: Stack) -> None:
    stack.send()
    readable, stack.secret = stack.secret, lambda: _raise(SecretError("the secret could not be read"))

    acknowledged = stack.deliver()

    assert acknowledged == [False]
    assert stack.posts == []
    stack.secret = readable
    stack.run(60)
    assert published(stack) == [(stack.operation.operation_id, "succeeded")]


def test_f32_a_credential_that_was_read_is_used_while_its_service_is_down(stack: Stack) -> None:
    stack.huawei.group(_group(stack), 5)
    stack.secret = lambda: _raise(SecretError("the secret could not be read"))
    stack.send()

    stack.run(60)

    assert outcome(stack) == (Result.SUCCEEDED, None)


def test_f33_a_message_that_is_no_request_goes_aside_at_once_and_its_neighbours_are_served() -> None:
    stack = Stack([Target(), Target("crm-prod", "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02")])
    stack.send("erp-prod")
    stack.queues.send_message(QueueUrl=stack.queue.url, MessageBody="{ not JSON")
    stack.send("crm-prod")

    acknowledged = stack.deliver()

    assert acknowledged == [True, True, True]
    assert len(stack.posts) == 2
    [buried] = stack.queues.dead_letters
    assert buried.body == "{ not JSON"
    assert buried.attributes["standdown-problem"]["stringValue"].startswith("not_json")


def test_f36_what_an_older_or_newer_version_wrote_is_read_and_followed(stack: Stack) -> None:
    stack.send()
    stack.deliver()
    item = stack.dynamodb.items[stack.operation.operation_id]
    for name in ("attempts", "schema_version", "channels", "max_age_minutes"):
        item.pop(name, None)
    item["channels"] = {"M": {}}
    item["of_a_later_version"] = {"S": "something"}

    stack.run(60)

    assert published(stack) == [(stack.operation.operation_id, "succeeded")]


def test_f36_one_that_cannot_be_read_at_all_does_not_hold_up_the_sweeper(stack: Stack) -> None:
    stack.send(delivery_id="first")
    stack.boundary.cut(0, name="states.start_execution")
    stack.deliver()
    stack.queues.requests.clear()
    broken = {"pk": "0" * 32, "unfinished": "yes", "received_at": "2020-01-01T00:00:00.000Z", "state": "a new one"}
    Table(stack.dynamodb, "ledger").together(Table(stack.dynamodb, "ledger").put_new(broken))
    stack.clock.pass_(61)

    swept = stack.sweep()

    del stack.dynamodb.items["0" * 32]
    assert swept.moved == (stack.operation.operation_id,)


def test_f36_a_workflow_that_is_run_again_can_send_no_stop() -> None:
    called = {state["Resource"] for state in workflow()["States"].values() if state["Type"] == "Task"}

    assert called == {"${Poller}", "${Notifier}", "arn:${Partition}:states:::sqs:sendMessage"}
    assert "NotifyDeadLetters" in workflow()["States"]["Undelivered"]["Parameters"]["QueueUrl"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("mode", "off"), ("mode", "of"), ("targets/erp-prod", Target(more={"mode": "off"}).document())],
)
def test_f37_a_switched_off_stack_or_target_refuses_and_says_so(stack: Stack, parameter: str, value: str) -> None:
    stack.parameters[parameter] = value
    stack.send()

    stack.run(60)

    assert stack.sdrs.calls == []
    assert outcome(stack) == (Result.REFUSED, Refusal.OFF)
    assert published(stack) == [(stack.operation.operation_id, "refused")]


def test_f37_switched_off_between_two_deliveries_nothing_more_is_sent(stack: Stack) -> None:
    stack.send()
    stack.boundary.cut(0, name="sdrs.stop")
    stack.deliver()
    stack.parameters["mode"] = "off"

    stack.run(900)

    assert stack.posts == []
    assert outcome(stack) == (Result.UNKNOWN, None)
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.group_status == "protected"


def test_f37_switched_off_after_the_stop_was_taken_it_is_still_followed(stack: Stack) -> None:
    stack.sdrs.world.plan = stack.sdrs.world.plan.changed(job_seconds=600.0)
    stack.send()
    stack.boundary.cut(0, after=True, name="sdrs.stop")
    stack.deliver()
    stack.parameters["mode"] = "off"

    stack.run(1200)

    assert len(stack.posts) == 1
    assert outcome(stack) == (Result.SUCCEEDED, None)


def _group(stack: Stack) -> Any:
    target = stack.targets().valid["erp-prod"]
    return GroupRef(target.region, target.project_id, target.server_group_id)


def _raise(error: BaseException) -> NoReturn:
    raise error
