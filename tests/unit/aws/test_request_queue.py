"""The RequestQueue: what is sent, given back, buried, and that what was buried is still known when it comes back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber
from moto import mock_aws

from standdown.aws.request_queue import QueueError, RequestQueue
from standdown.core.retry import RetryLaterError
from standdown.core.targets import Target
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from support.inmemory.clock import Clock
from support.inmemory.queueing import DEAD_LETTERS, REQUESTS, MemoryQueues

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SENT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
TRUST = Trust("123456789012", "eu-central-1", "")
ALARMS = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:erp-prod-corruption"
TARGETS = [Target("erp-prod", "cn-north-4", alarms=("erp-*",))]


@cache
def _client(endpoint: str | None) -> SQSClient:
    session = boto3.Session("made-up", "made-up", region_name="eu-central-1")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    return session.client("sqs", config=config, endpoint_url=endpoint)


class Sqs:
    """SQS with its answers prepared."""

    def __init__(self, endpoint: str | None = None) -> None:
        self.client = _client(endpoint)
        self.stubber = Stubber(self.client)
        self.queue = RequestQueue(self.client, REQUESTS, DEAD_LETTERS)

    def sends(self, **words: Any) -> None:
        """Expect a message."""
        self.stubber.add_response("send_message", {"MessageId": "m", "MD5OfMessageBody": "x"}, words)

    def shows_again(self, seconds: int) -> None:
        """Expect a message to be delivered again in so many seconds."""
        asked = {"QueueUrl": REQUESTS, "ReceiptHandle": "r-1", "VisibilityTimeout": seconds}
        self.stubber.add_response("change_message_visibility", {}, asked)


@pytest.fixture
def sqs() -> Iterator[Sqs]:
    sqs = Sqs()
    with sqs.stubber:
        yield sqs
        sqs.stubber.assert_no_pending_responses()


def record(receives: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": '{"target":"erp-prod"}',
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": str(int(SENT.timestamp() * 1000)),
            "SenderId": "AROASENDER:someone",
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    } | changes


def own(**values: str) -> dict[str, Any]:
    return {name.replace("_", "-"): {"DataType": "String", "StringValue": value} for name, value in values.items()}


def test_a_request_is_sent_as_canonical_json(sqs: Sqs) -> None:
    sqs.sends(QueueUrl=REQUESTS, MessageBody='{"dry_run":true,"target":"erp-prod"}')

    sqs.queue.send({"target": "erp-prod", "dry_run": True})


@pytest.mark.parametrize(("delay", "seconds"), [(0, 0), (4.9, 4), (65.0, 65), (900, 900), (86_400.0, 900)])
def test_a_resumption_is_delayed_as_far_as_sqs_can(sqs: Sqs, delay: float, seconds: int) -> None:
    sqs.sends(QueueUrl=REQUESTS, MessageBody='{"continue":"00ff","schema_version":1}', DelaySeconds=seconds)

    sqs.queue.continue_later("00ff", delay)


@pytest.mark.parametrize(
    ("receives", "delay", "seconds"),
    [
        (1, 5.0, 6),
        (1, 0.5, 3),
        (2, 0.5, 5),
        (3, 0.5, 9),
        (4, 0.5, 17),
        (4, 60.0, 61),
        (1, 899.5, 900),
        (1, 86_400, 900),
    ],
)
def test_a_message_given_back_is_seen_again_when_due_and_later_each_time(
    sqs: Sqs, receives: int, delay: float, seconds: int
) -> None:
    sqs.shows_again(seconds)
    error = RetryLaterError("the secret could not be read", delay)

    with pytest.raises(RetryLaterError) as caught:
        sqs.queue.retry_later(record(receives), error)

    assert caught.value is error


@pytest.mark.parametrize("receives", [8, 9, 100])
def test_a_message_is_buried_with_the_problem_at_its_last_receive(sqs: Sqs, receives: int) -> None:
    told = own(
        standdown_delivery_id="m-1",
        standdown_requested_at="2026-01-02T03:04:05.678Z",
        standdown_problem=f"tried {receives} times: SDRS is down",
    )
    sqs.sends(QueueUrl=DEAD_LETTERS, MessageBody='{"target":"erp-prod"}', MessageAttributes=told)

    sqs.queue.retry_later(record(receives), RetryLaterError("SDRS is down"))


def test_what_a_sender_said_of_identity_and_age_outlives_the_burial(sqs: Sqs) -> None:
    attributes = {
        "standdown-delivery-id": {"dataType": "String", "stringValue": "CHG0042"},
        "standdown-requested-at": {"dataType": "String", "stringValue": "2026-01-01T00:00:00.000Z"},
        "standdown-problem": {"dataType": "String", "stringValue": "that of an earlier burial"},
        "trace": {"dataType": "String", "stringValue": "t-1"},
        "empty": {"dataType": "String", "stringValue": ""},
        "number": {"dataType": "Number", "stringValue": "1"},
        "binary": {"dataType": "Binary", "binaryValue": "AA=="},
    }
    told = own(
        standdown_delivery_id="CHG0042",
        standdown_requested_at="2026-01-01T00:00:00.000Z",
        standdown_problem="malformed",
        trace="t-1",
    )
    sqs.sends(QueueUrl=DEAD_LETTERS, MessageBody=ANY, MessageAttributes=told)

    sqs.queue.dead_letter(record(messageAttributes=attributes), "malformed")


def test_the_problem_is_told_however_many_attributes_a_sender_gave(sqs: Sqs) -> None:
    attributes = {f"own-{n}": {"dataType": "String", "stringValue": "v"} for n in range(10)}
    first = {f"own_{n}": "v" for n in range(7)}
    told = own(
        standdown_delivery_id="m-1",
        standdown_requested_at="2026-01-02T03:04:05.678Z",
        standdown_problem="malformed",
        **first,
    )
    sqs.sends(QueueUrl=DEAD_LETTERS, MessageBody=ANY, MessageAttributes=told)

    sqs.queue.dead_letter(record(messageAttributes=attributes), "malformed")


@pytest.mark.parametrize("body", ["", None])
def test_an_empty_body_is_buried_too(sqs: Sqs, body: str | None) -> None:
    sqs.sends(QueueUrl=DEAD_LETTERS, MessageBody="(empty)", MessageAttributes=ANY)

    sqs.queue.dead_letter(record(body=body), "not_sqs: the SQS record has no body")


def test_what_is_buried_is_something_that_sqs_takes() -> None:
    with mock_aws():
        client = boto3.Session("made-up", "made-up", region_name="eu-central-1").client("sqs")
        url = client.create_queue(QueueName="dead-letters")["QueueUrl"]

        RequestQueue(client, "unused", url).dead_letter(record(body="不是 JSON"), "x" * 10_000)

        [message] = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]

    assert message["Body"] == "不是 JSON"
    assert len(message["MessageAttributes"]["standdown-problem"]["StringValue"]) == 500


BODIES = {
    "a plain command": {"target": "erp-prod"},
    "a command with its own identity": {"target": "erp-prod", "delivery_id": "CHG0042"},
    "a command by SNS": {
        "Type": "Notification",
        "MessageId": "sns-1",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:alarms",
        "Message": '{"target": "erp-prod"}',
        "Timestamp": "2026-01-02T03:04:05.000Z",
    },
    "an alarm": {
        "AlarmName": "erp-prod-corruption",
        "AlarmArn": ALARMS,
        "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2026-01-02T03:04:05.678+0000",
    },
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_comes_back_from_the_dead_letter_queue_is_the_same_operation_and_just_as_old(body: Any) -> None:
    clock = Clock(SENT)
    queues: Any = MemoryQueues(clock, visibility=360, most_receives=5)
    queue = RequestQueue(queues, REQUESTS, DEAD_LETTERS)
    queue.send(body)
    [message] = queues.receive()
    first = read_queue_record(message.record(), TARGETS, now=clock(), trust=TRUST)

    queue.dead_letter(message.record(), "tried 5 times: SDRS is down")
    queues.delete(message)
    clock.pass_(timedelta(days=13).total_seconds())
    queues.redrive()
    [again] = queues.receive()
    second = read_queue_record(again.record(), TARGETS, now=clock(), trust=TRUST)

    assert again.id != message.id
    assert [request.operation_id for request in second] == [request.operation_id for request in first]
    assert [request.requested_at for request in second] == [request.requested_at for request in first]
    assert all(abs(request.requested_at - SENT) < timedelta(seconds=1) for request in second)


def test_what_is_buried_twice_still_has_its_first_identity_and_age() -> None:
    clock = Clock(SENT)
    queues: Any = MemoryQueues(clock, visibility=360, most_receives=5)
    queue = RequestQueue(queues, REQUESTS, DEAD_LETTERS)
    queue.send({"target": "erp-prod"})
    ids = set()
    for _ in range(3):
        [message] = queues.receive()
        [request] = read_queue_record(message.record(), TARGETS, now=clock(), trust=TRUST)
        ids.add((request.operation_id, request.requested_at))
        queue.dead_letter(message.record(), "again")
        queues.delete(message)
        clock.pass_(3600)
        queues.redrive()

    assert len(ids) == 1


def test_what_sqs_refuses_is_a_queue_error(sqs: Sqs) -> None:
    sqs.stubber.add_client_error("send_message", "OverLimit")

    with pytest.raises(QueueError, match="SQS refused SendMessage: OverLimit"):
        sqs.queue.continue_later("00ff")


def test_a_message_that_cannot_be_given_back_sooner_comes_back_later_and_for_the_same_reason(
    sqs: Sqs, lines: io.StringIO
) -> None:
    sqs.stubber.add_client_error("change_message_visibility", "ReceiptHandleIsInvalid")

    with pytest.raises(RetryLaterError, match="why"):
        sqs.queue.retry_later(record(), RetryLaterError("why"))

    assert "SQS refused ChangeMessageVisibility: ReceiptHandleIsInvalid" in lines.getvalue()


def test_a_queue_that_cannot_be_reached_is_a_queue_error() -> None:
    queue = Sqs("http://127.0.0.1:9").queue

    with pytest.raises(QueueError, match="could not be reached"):
        queue.dead_letter(record(), "malformed")
