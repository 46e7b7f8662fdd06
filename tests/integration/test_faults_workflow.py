"""The faults of the workflow, of publishing and of the webhook: F22 to F27, F34, F35 of docs/evidence/faults.md.

F28 to F30 are in publish/test_webhook.py and publish/test_channels.py.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from standardwebhooks import Webhook

from simulator.scenarios import Plan
from standdown.aws.request_queue import RequestQueue
from standdown.core.operation import State
from standdown.core.outcome import Delivery
from standdown.entry.webhook import WebhookEndpoint
from standdown.intake.webhook.request import WebhookSecrets
from standdown.ledger.receipts import Receipts
from standdown.ledger.table import Table
from support.inmemory import Stack
from support.inmemory.aws import crossing, refused, silent
from support.inmemory.boundary import crash
from support.inmemory.queueing import DEAD_LETTERS, REQUESTS
from support.inmemory.stack import WEBHOOK_ROLE
from support.inmemory.template import properties, workflow

ENDED_BADLY = (
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def stack() -> Stack:
    return Stack(plan=Plan(job_seconds=100))


def followed(stack: Stack) -> str:
    """Have a stop followed and return the name of its execution."""
    stack.send()
    stack.deliver()
    return stack.operation.execution_name


def told(stack: Stack) -> list[tuple[str, str]]:
    return [(detail["event_id"], detail["outcome"]) for detail in stack.bus.details]


def _raise(error: BaseException) -> NoReturn:
    raise error


# --- The poller and the machine ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENDED_BADLY)
def test_f22_every_way_in_which_lambda_fails_is_retried_and_then_caught(name: str) -> None:
    states = workflow()["States"]
    tasks = [states["Look"], states["Notify"]]

    assert all(name in task["Retry"][0]["ErrorEquals"] for task in tasks)
    assert all(task["Catch"][0]["ErrorEquals"] == ["States.ALL"] for task in tasks)


@pytest.mark.parametrize("crashes", [1, 3, 12])
def test_f22_a_poller_that_dies_again_and_again_does_not_end_the_watch(stack: Stack, crashes: int) -> None:
    followed(stack)
    for number in range(crashes):
        stack.boundary.cut(number, name="sdrs.get-")

    stack.run(1200)

    assert told(stack) == [(stack.operation.operation_id, "succeeded")]
    assert len(stack.posts) == 1


@pytest.mark.parametrize(
    "given",
    [
        "{}",
        '{"operation_id": 7}',
        '{"operation_id": "", "finished": false, "wait_seconds": 2}',
        '{"wait_seconds": "two"}',
    ],
)
def test_f23_an_execution_that_somebody_starts_with_nonsense_ends_and_touches_nothing(stack: Stack, given: str) -> None:
    stack.executions.start_execution(stateMachineArn=":stateMachine:", name="by-hand", input=given)

    stack.run(600)

    assert stack.executions.by_name["by-hand"].status == "FAILED"
    assert stack.sdrs.calls == []
    assert stack.operations == []


def test_f23_a_workflow_that_broke_at_its_first_state_is_noticed_and_the_outcome_told(stack: Stack) -> None:
    stack.executions.by_name[followed(stack)].status = "FAILED"
    stack.clock.pass_(200)

    stack.sweep()
    stack.run(60)

    assert told(stack) == [(stack.operation.operation_id, "succeeded")]


@pytest.mark.parametrize(("status", "word"), [("ABORTED", "aborted"), ("TIMED_OUT", "timed out"), ("FAILED", "failed")])
def test_f24_a_workflow_that_was_ended_from_outside_is_told_by_that_word(stack: Stack, status: str, word: str) -> None:
    stack.executions.by_name[followed(stack)].status = status
    stack.clock.pass_(61)

    stack.sweep()
    stack.run(60, sweeps=False)

    assert told(stack) == [(stack.operation.operation_id, "unknown")]
    assert f"is {word}" in stack.bus.details[0]["detail"]
    assert "last seen 'stopping'" in stack.bus.details[0]["detail"]
    assert not stack.locks()


def test_f24_the_machine_gives_up_by_itself_only_long_after_every_deadline() -> None:
    assert workflow()["TimeoutSeconds"] > (1440 + 15) * 60


def test_f25_without_any_signal_the_sweeper_finds_it_within_its_period(stack: Stack) -> None:
    stack.executions.abort(followed(stack))

    stack.run(700)

    assert told(stack) == [(stack.operation.operation_id, "succeeded")]
    assert properties("SweeperFunction")["Events"]["EveryFiveMinutes"]["Properties"]["Schedule"] == "rate(5 minutes)"


def test_f25_the_sweeper_leaves_alone_what_is_in_good_hands(stack: Stack) -> None:
    followed(stack)
    stack.clock.pass_(90)

    assert stack.sweep().moved == ()


def test_f25_the_sweeper_leaves_a_fresh_hand_over_alone(stack: Stack) -> None:
    """Step Functions may not show an execution yet that was started a moment ago."""
    stack.sdrs.world.plan = Plan(refuse_code="SDRS.1830", refuse_seconds=100)
    stack.send()
    stack.deliver()
    while stack.operation.state is State.INTENT:
        stack.clock.pass_(5)
        stack.deliver()
    stack.executions.by_name.clear()

    assert stack.sweep().moved == ()
    assert stack.operation.outcome is None


def test_f25_two_sweepers_at_once_tell_it_once(stack: Stack) -> None:
    stack.executions.abort(followed(stack))
    stack.clock.pass_(200)

    def another() -> None:
        stack.sweep()

    stack.boundary.cut(3, another)

    stack.sweep()
    stack.run(60)

    assert told(stack) == [(stack.operation.operation_id, "succeeded")]


# --- Publishing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("down", "up"), [("sns", "events"), ("events", "sns")])
def test_f26_a_channel_that_is_down_is_tried_again_and_the_other_is_not_repeated(
    stack: Stack, down: str, up: str
) -> None:
    followed(stack)
    for number in range(2):
        stack.boundary.cut(number, lambda: _raise(refused("Call", "InternalError")), name=down)

    stack.run(900)

    assert stack.boundary.crossed.count(f"{up}.{'publish' if up == 'sns' else 'put_events'}") == 1
    assert len(stack.topic.details) == len(stack.bus.details) == 1
    assert stack.operation.state is State.PUBLISHED


def test_f26_a_channel_that_stays_down_is_given_up_and_said_to_be_undelivered(stack: Stack) -> None:
    followed(stack)
    for number in range(20):
        stack.boundary.cut(number, lambda: _raise(refused("Publish", "InternalError")), name="sns")

    stack.run(2 * 3600, step=30)

    channels = stack.operation.channels
    assert channels["sns"].status is Delivery.UNDELIVERED
    assert channels["eventbridge"].status is Delivery.DONE
    assert stack.operation.state is State.PUBLISHED
    assert len(stack.bus.details) == 1


@pytest.mark.parametrize("name", ["sns", "events"])
def test_f27_a_notifier_that_dies_once_it_has_told_tells_it_again_under_the_same_id(stack: Stack, name: str) -> None:
    followed(stack)
    stack.boundary.cut(0, after=True, name=name)

    stack.run(900)

    channel = stack.topic if name == "sns" else stack.bus
    assert [detail["event_id"] for detail in channel.details] == [stack.operation.operation_id] * 2
    assert len({json.dumps(detail, sort_keys=True) for detail in channel.details}) == 1


def test_f27_a_notifier_that_always_dies_ends_in_a_queue_of_its_own_and_the_sweeper_tells_it(stack: Stack) -> None:
    name = followed(stack)
    for number in range(7):
        stack.boundary.cut(number, crash, name="sns")

    stack.run(1800)

    assert stack.executions.by_name[name].error == "NotPublished"
    assert len(stack.notify_dead_letters) == 1
    assert told(stack) == [(stack.operation.operation_id, "succeeded")]
    assert stack.operation.state is State.PUBLISHED


def test_f27_who_joined_is_told_too_also_where_the_notifier_dies_between(stack: Stack) -> None:
    stack.send(delivery_id="first")
    stack.send(delivery_id="second")
    stack.deliver()
    stack.boundary.cut(0, after=True, name="events")

    stack.run(900)

    assert sorted({result for _, result in told(stack)}) == ["joined", "succeeded"]
    assert {operation.state for operation in stack.operations} == {State.PUBLISHED}


# --- The webhook's door --------------------------------------------------------------------------------------------


def door(stack: Stack) -> WebhookEndpoint:
    table = Table(crossing(stack.dynamodb, "dynamodb", stack.boundary), "ledger", stack.clock.pass_)
    queue = RequestQueue(crossing(stack.queues, "sqs", stack.boundary), REQUESTS, DEAD_LETTERS)
    receipts = Receipts(table, timedelta(days=90))
    return WebhookEndpoint(lambda: WebhookSecrets(standard=(SECRET,)), receipts, queue, stack.clock)


def signed(stack: Stack, seconds: float = 0.0) -> dict[str, Any]:
    """Return an HTTP request whose sender's clock is off by so many seconds."""
    body = json.dumps({"target": "erp-prod"})
    moment = stack.clock() + timedelta(seconds=seconds)
    headers = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", moment, body),
    }
    http = {"method": "POST", "sourceIp": "192.0.2.1"}
    context = {"http": http, "stage": "$default"}
    return {"version": "2.0", "rawPath": "/stop", "headers": headers, "requestContext": context, "body": body}


@pytest.mark.parametrize("service", ["sqs", "dynamodb"])
@pytest.mark.parametrize("error", [refused("Call", "ServiceUnavailable"), silent("aws")])
def test_f34_a_request_that_cannot_be_queued_is_answered_503_and_never_200(
    stack: Stack, service: str, error: Exception
) -> None:
    stack.boundary.cut(0, lambda: _raise(error), name=service)

    answer = door(stack).take(signed(stack))

    assert answer.status == 503
    assert stack.queues.requests == []
    assert "retry-after" in answer.to_dict()["headers"]


def test_f34_sent_again_after_503_it_is_queued_and_stops_once(stack: Stack) -> None:
    stack.boundary.cut(0, lambda: _raise(silent("sqs")), after=True, name="sqs")

    answers = [door(stack).take(signed(stack)).status for _ in range(3)]
    for message in stack.queues.requests:
        message.sender = WEBHOOK_ROLE
    stack.run(300)

    assert answers == [503, 202, 202]
    assert len(stack.posts) == 1
    assert told(stack) == [(stack.operation.operation_id, "succeeded")]


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 202), (299, 202), (301, 401)])
def test_f35_a_senders_clock_may_be_off_by_five_minutes_either_way(stack: Stack, seconds: int, status: int) -> None:
    answer = door(stack).take(signed(stack, seconds))

    assert answer.status == status
    assert len(stack.queues.requests) == (1 if status == 202 else 0)
