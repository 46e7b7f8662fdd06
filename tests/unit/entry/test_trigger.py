"""The trigger's two doors: what is settled, what is delivered again, what is set aside, and what a caller reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from standdown.aws.request_queue import QueueError
from standdown.core.operation import State
from standdown.core.outcome import Refusal, Result
from standdown.core.retry import RetryLaterError
from standdown.entry.trigger import is_batch
from standdown.intake.errors import MalformedError
from support.inmemory.aws import silent
from support.inmemory.queueing import REQUESTS, Message
from support.inmemory.stack import ACCOUNT, AWS_REGION, Stack, Target

CRM_PROD = "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02"
BOTH = (Target(), Target("crm-prod", CRM_PROD))
BUSY = {"status": 400, "body": '{"error": {"code": "SDRS.1830", "message": "synchronizing"}}'}
ALARM_ARN = f"arn:aws:cloudwatch:{AWS_REGION}:{ACCOUNT}:alarm:erp-prod-corruption"


def alarm_message(stack: Stack, state: str = "ALARM", **changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": "erp-prod-corruption",
        "AlarmArn": ALARM_ARN,
        "AWSAccountId": ACCOUNT,
        "NewStateValue": state,
        "OldStateValue": "OK" if state == "ALARM" else "ALARM",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": stack.now_iso().replace("Z", "+0000"),
    } | changes


def alarm_action(stack: Stack, state: str = "ALARM", **changes: Any) -> dict[str, Any]:
    now = stack.now_iso().replace("Z", "+0000")
    return {
        "source": "aws.cloudwatch",
        "alarmArn": ALARM_ARN,
        "accountId": ACCOUNT,
        "time": now,
        "region": AWS_REGION,
        "alarmData": {
            "alarmName": "erp-prod-corruption",
            "state": {"value": state, "reason": "r", "timestamp": now},
            "previousState": {"value": "OK" if state == "ALARM" else "ALARM"},
        },
    } | changes


def put(stack: Stack, body: Any) -> Message:
    text = body if isinstance(body, str) else json.dumps(body)
    stack.queues.send_message(QueueUrl=REQUESTS, MessageBody=text)
    return stack.queues.requests[-1]


def problem(stack: Stack) -> str:
    [letter] = stack.queues.dead_letters
    return str(letter.attributes["standdown-problem"]["stringValue"])


def alarmed(*targets: Target) -> Stack:
    return Stack(targets or (Target(more={"alarms": ["erp-prod-*"]}),))


# --- by the queue ----------------------------------------------------------------------------------------------------


def test_a_good_message_has_its_group_stopped_and_is_acknowledged() -> None:
    stack = Stack()
    stack.send()

    assert stack.deliver() == [True]
    assert (stack.operation.state, len(stack.posts)) == (State.FOLLOWING, 1)
    assert (stack.queues.requests, stack.queues.dead_letters) == ([], [])


def test_a_recovery_is_acknowledged_and_leaves_no_trace() -> None:
    stack = alarmed()
    put(stack, alarm_message(stack, "OK"))

    assert stack.deliver() == [True]
    assert (stack.operations, stack.posts, stack.queues.dead_letters) == ([], [], [])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not_json"),
        ("not JSON", "not_json"),
        ("[]", "not_an_object"),
        ("{}", "unknown_shape"),
        ('{"target": 5}', "no_target"),
        ('{"target": "erp-prod", "target": "crm-prod"}', "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"Records": []}', "unknown_shape"),
        ('{"target": "\\ud800"}', "not_json"),
    ],
)
def test_what_can_never_become_a_request_is_dead_lettered_at_once_with_the_reason(body: str, reason: str) -> None:
    stack = Stack()
    put(stack, body)

    assert stack.deliver() == [True]
    assert problem(stack).startswith(f"{reason}: ")
    assert problem(stack).isprintable()
    assert (stack.operations, stack.posts, stack.queues.requests) == ([], [], [])


def test_a_request_that_names_its_target_and_is_malformed_is_refused_and_told() -> None:
    stack = Stack()
    stack.send(dry_run="false")

    assert stack.deliver() == [True]
    assert stack.operation.outcome is not None
    assert (stack.operation.outcome.result, stack.operation.outcome.refusal) == (Result.REFUSED, Refusal.MALFORMED)
    assert (stack.posts, stack.queues.dead_letters) == ([], [])


def test_a_message_that_must_wait_is_delivered_again_and_then_settled() -> None:
    stack = Stack()
    stack.fault(endpoint="stop", count=1, **BUSY)
    message = stack.send()

    assert stack.deliver() == [False]
    assert message.visible_at - stack.clock.epoch() == 61
    stack.clock.pass_(61)
    assert stack.deliver() == [True]
    assert (stack.operation.state, len(stack.accepted)) == (State.FOLLOWING, 1)


def test_a_message_that_must_wait_for_ever_is_given_up_when_it_is_too_old_as_the_ledger_holds_it() -> None:
    stack = Stack()
    stack.fault(endpoint="stop", **BUSY)
    stack.send()
    stack.run(90 * 60, step=10)

    assert (stack.queues.requests, stack.queues.dead_letters, stack.accepted) == ([], [], [])
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.detail.startswith("No stop could be sent within 60 minutes: waiting: ")
    assert "(SDRS.1830: synchronizing" in stack.operation.outcome.detail


def test_a_message_that_cannot_be_recorded_is_dead_lettered_when_it_is_too_old() -> None:
    stack = Stack()
    stack.outage("dynamodb")
    message = stack.send()
    stack.clock.pass_(76 * 60)
    message.receives = 7

    assert stack.deliver() == [True]

    assert problem(stack).startswith("tried 8 times: the ledger could not be reached")


def test_one_of_several_targets_that_must_wait_does_not_hold_up_the_others() -> None:
    stack = Stack(BOTH)
    stack.fault(endpoint="stop", count=1, **BUSY)
    put(stack, {"target": ["erp-prod", "crm-prod"]})

    first = stack.deliver()
    states = [operation.state for operation in stack.operations]
    stack.clock.pass_(61)
    second = stack.deliver()

    assert (first, second) == ([False], [True])
    assert states == [State.INTENT, State.FOLLOWING]
    assert [operation.state for operation in stack.operations] == [State.FOLLOWING, State.FOLLOWING]
    assert (len(stack.posts), len(stack.accepted)) == (3, 2)


def test_one_of_several_targets_that_is_refused_does_not_hold_up_the_others() -> None:
    stack = Stack((Target(more={"mode": "off"}), BOTH[1]))
    put(stack, {"target": ["erp-prod", "unheard-of", "crm-prod"]})

    assert stack.deliver() == [True]
    refusals = {operation.target: operation.outcome and operation.outcome.refusal for operation in stack.operations}
    assert refusals == {"erp-prod": Refusal.OFF, "unheard-of": Refusal.NOT_ALLOWED, "crm-prod": None}
    assert len(stack.accepted) == 1


def test_an_alarm_stops_every_target_that_names_it_once() -> None:
    both = [Target(t.name, t.group, {"alarms": ["erp-prod-*"]}) for t in BOTH]
    stack = alarmed(*both)
    put(stack, alarm_message(stack))
    put(stack, alarm_message(stack))

    assert stack.deliver() == [True, True]
    assert (len(stack.operations), len(stack.posts)) == (2, 2)


def test_a_dead_letter_queue_that_cannot_be_reached_has_the_message_delivered_again() -> None:
    stack = Stack()
    message = put(stack, "not JSON")
    [taken] = stack.queues.receive()

    def lose() -> None:
        raise silent("sqs")

    stack.boundary.cut(0, lose, name="sqs")
    with pytest.raises(QueueError):
        stack.door().take_record(taken.record())

    assert stack.queues.requests == [message]


@pytest.mark.parametrize("record", [{}, {"body": None}, {"body": 5}, {"body": {"target": "erp-prod"}}])
def test_a_record_that_is_no_message_of_sqs_stops_nothing(record: dict[str, Any]) -> None:
    stack = Stack()

    stack.door().take_record(record)

    assert (stack.operations, stack.posts) == ([], [])
    assert len(stack.queues.dead_letters) == 1


# -- continuing --------------------------------------------------------------------------------------------------------


def test_the_message_of_0_1_0_that_says_resume_continues_an_operation() -> None:
    stack = Stack()
    stack.fault(endpoint="stop", count=1, **BUSY)
    message = stack.send()
    stack.deliver()
    stack.queues.delete(message)
    put(stack, {"schema_version": 1, "resume": stack.operation.operation_id})

    assert stack.deliver() == [True]
    assert (stack.operation.state, len(stack.accepted)) == (State.FOLLOWING, 1)


def test_a_continuation_takes_up_what_was_left_open() -> None:
    stack = Stack()
    stack.fault(endpoint="stop", count=1, **BUSY)
    message = stack.send()
    stack.deliver()
    stack.queues.delete(message)
    stack.queue.continue_later(stack.operation.operation_id)

    assert stack.deliver() == [True]
    assert (stack.operation.state, len(stack.accepted)) == (State.FOLLOWING, 1)


def test_a_continuation_of_what_is_under_way_does_nothing() -> None:
    stack = Stack()
    stack.send()
    stack.deliver()
    stack.queue.continue_later(stack.operation.operation_id)

    assert stack.deliver() == [True]
    assert len(stack.posts) == 1


def test_a_continuation_of_an_operation_that_never_was_is_dead_lettered() -> None:
    stack = Stack()
    stack.queue.continue_later("f" * 32)

    assert stack.deliver() == [True]
    assert problem(stack) == f"unknown_operation: no operation {'f' * 32} is in the ledger"
    assert (stack.operations, stack.posts) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        {"continue": "f" * 32},
        {"resume": "f" * 32},
        {"schema_version": 1, "continue": "f" * 31},
        {"schema_version": 1, "continue": "f" * 32, "resume": "f" * 32},
        {"schema_version": 1, "resume": None},
        {"schema_version": 1, "resume": ["f" * 32]},
        {"schema_version": 1, "resume": "F" * 32},
        {"schema_version": 1, "resume": "f" * 31},
        {"schema_version": 1, "resume": "f" * 32 + "\n"},
        {"schema_version": 1, "resume": "group#cn-north-4/40df180b-9fe2-471a-8c64-1b758dc84189"},
        {"schema_version": 1, "resume": "f" * 1_000_000},
        {"schema_version": 1, "resume": "f" * 32, "force": True},
        ["resume"],
        '{"schema_version": 1, "resume": "a", "resume": "b"}',
        '{"resume": ' + "[" * 10_000,
        '"resume"',
    ],
    ids=lambda body: repr(body)[:60],
)
def test_what_is_not_quite_a_continuation_asks_the_ledger_nothing(body: Any) -> None:
    stack = Stack()
    put(stack, body)

    assert stack.deliver() == [True]
    assert len(stack.queues.dead_letters) == 1
    assert not [call for call in stack.boundary.crossed if call.startswith(("dynamodb", "sdrs", "states"))]


def test_a_command_that_also_says_resume_is_a_command_with_a_flaw() -> None:
    stack = Stack()
    stack.send(resume="f" * 32)

    assert stack.deliver() == [True]
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.refusal is Refusal.MALFORMED


# --- directly --------------------------------------------------------------------------------------------------------


def test_a_direct_caller_reads_what_became_of_the_request() -> None:
    stack = Stack()

    answer = stack.invoke({"target": "erp-prod", "reason": "drill"})

    operation = stack.operation
    assert json.loads(json.dumps(answer)) == {
        "operations": [
            {
                "operation_id": operation.operation_id,
                "target": "erp-prod",
                "state": "following",
                "job_id": operation.job_id,
                "joined_to": None,
                "received_at": stack.now_iso(),
                "outcome": None,
                "refusal": None,
                "detail": None,
            }
        ]
    }


def test_a_direct_caller_reads_a_refusal_and_its_reason() -> None:
    answer = Stack().invoke({"target": "unheard-of"})

    [told] = answer["operations"]
    assert (told["outcome"], told["refusal"]) == ("refused", "not_allowed")
    assert told["detail"] == "No target named 'unheard-of' is configured."


def test_a_direct_request_that_is_repeated_by_lambda_stops_nothing_twice() -> None:
    stack = Stack()

    first = stack.invoke({"target": "erp-prod"}, "request-1")
    again = stack.invoke({"target": "erp-prod"}, "request-1")
    other = stack.invoke({"target": "erp-prod"}, "request-2")

    assert first == again
    assert other["operations"][0]["joined_to"] == first["operations"][0]["operation_id"]
    assert len(stack.posts) == 1


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (None, "not_an_object"),
        (5, "not_an_object"),
        ("erp-prod", "not_an_object"),
        ([], "not_an_object"),
        ({}, "unknown_shape"),
        ({"target": None}, "no_target"),
        ({"server_group_id": []}, "no_target"),
        ({"body": '{"target": "erp-prod"}'}, "unknown_shape"),
    ],
)
def test_a_direct_caller_reads_why_the_event_is_no_request(event: Any, code: str) -> None:
    stack = Stack()

    answer = stack.invoke(event)

    assert answer["operations"] == []
    assert answer["rejected"]["message"].isprintable()
    assert answer["rejected"]["code"] == code
    assert (stack.operations, stack.posts, stack.queues.dead_letters) == ([], [], [])


def test_a_direct_request_that_must_wait_gets_its_next_try_by_the_queue() -> None:
    stack = Stack(BOTH)
    stack.fault(endpoint="stop", count=1, **BUSY)

    answer = stack.invoke({"target": ["erp-prod", "crm-prod"]})
    [continuation] = stack.queues.requests

    assert [told["state"] for told in answer["operations"]] == ["intent", "following"]
    assert json.loads(continuation.body)["continue"] == answer["operations"][0]["operation_id"]
    assert continuation.visible_at - stack.clock.epoch() == 60
    stack.clock.pass_(60)
    assert stack.deliver() == [True]
    assert [operation.state for operation in stack.operations] == [State.FOLLOWING, State.FOLLOWING]


def test_a_direct_request_that_could_be_neither_recorded_nor_queued_is_for_lambda_to_repeat() -> None:
    stack = Stack()
    stack.outage("dynamodb")
    stack.outage("sqs")

    with pytest.raises(RetryLaterError):
        stack.invoke({"target": "erp-prod"})

    assert (stack.operations, stack.posts, stack.queues.requests) == ([], [], [])


def test_a_direct_request_whose_next_try_cannot_be_arranged_does_not_hold_up_the_others() -> None:
    stack = Stack(BOTH)
    stack.fault(endpoint="stop", count=1, **BUSY)
    stack.outage("sqs")

    with pytest.raises(RetryLaterError):
        stack.invoke({"target": ["erp-prod", "crm-prod"]})

    assert [operation.state for operation in stack.operations] == [State.INTENT, State.FOLLOWING]


@pytest.mark.parametrize(
    ("event", "batch"),
    [
        ({"Records": [{"eventSource": "aws:sqs", "messageId": "m-1", "body": ""}]}, True),
        ({"Records": []}, False),
        ({"Records": None}, False),
        ({"Records": 5}, False),
        ({"Records": [5]}, False),
        ({"Records": [{"eventSource": "aws:sqs"}]}, False),
        ({"Records": [{"EventSource": "aws:sns", "Sns": {}}]}, False),
        ({"target": "erp-prod"}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_batch_is_one_of_messages_that_can_be_reported(event: Any, *, batch: bool) -> None:
    assert is_batch(event) is batch


@pytest.mark.parametrize("records", [[], None, [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]])
def test_records_of_another_service_are_for_lambda_to_see(records: Any) -> None:
    stack = Stack()

    with pytest.raises(MalformedError, match="unknown_shape"):
        stack.invoke({"Records": records})

    assert (stack.operations, stack.posts) == ([], [])


def test_an_alarms_own_action_stops_its_targets() -> None:
    stack = alarmed()

    answer = stack.invoke(alarm_action(stack))

    assert [told["target"] for told in answer["operations"]] == ["erp-prod"]
    assert len(stack.posts) == 1


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarms_own_action_that_is_no_alarm_is_ignored_without_an_error(state: str) -> None:
    stack = alarmed()

    answer = stack.invoke(alarm_action(stack, state))

    assert answer["operations"] == []
    assert answer["ignored"]["code"] == "not_an_alarm"
    assert stack.posts == []


@pytest.mark.parametrize("changes", [{"alarmData": None}, {"alarmData": {}}, {"accountId": "999999999999"}])
def test_an_alarms_own_action_that_cannot_be_read_is_for_lambda_to_see(changes: dict[str, Any]) -> None:
    stack = alarmed()

    with pytest.raises(MalformedError):
        stack.invoke(alarm_action(stack, **changes))

    assert stack.posts == []


def test_a_message_at_which_the_function_died_every_time_is_dead_lettered_unread_and_still_as_old() -> None:
    stack = Stack()
    stack.send()
    [message] = stack.queues.receive()
    record = message.record()
    record["attributes"]["ApproximateReceiveCount"] = "9"
    stack.clock.pass_(76 * 60)

    stack.door().take_record(record)

    assert problem(stack) == "too old, and the function that took it died every time, or was throttled"
    [letter] = stack.queues.dead_letters
    assert letter.attributes["standdown-delivery-id"]["stringValue"] == message.id
    assert stack.operations == []


def test_while_the_targets_cannot_be_read_every_message_comes_back_soon_and_a_caller_is_told() -> None:
    stack = Stack()
    stack.send()
    [message] = stack.queues.receive()
    stack.outage("ssm")

    with pytest.raises(RetryLaterError):
        stack.door().take_record(message.record())
    stack.clock.pass_(7)

    assert [again.id for again in stack.queues.receive()] == [message.id]
    answer = stack.door().take_direct({"target": "erp-prod"}, "request-1")
    assert answer["queued"] == {"code": "retried_later", "message": "the targets could not be read"}
    assert len(stack.queues.requests) == 2
    assert stack.operations == []
