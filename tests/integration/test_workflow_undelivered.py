"""The workflow on moto's interpreter: a notifier that fails is told of in the queue, whatever else is wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.template import load, workflow

OPERATION_ID = "0123456789abcdef0123456789abcdef"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
NO_QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/no-such-queue"
FAILS = {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": NO_QUEUE, "MessageBody": "x"}}
"""Stands for a notifier that fails: moto has every function succeed."""
ENDED = {"schema_version": 1, "operation_id": OPERATION_ID, "finished": True, "wait_seconds": 2}
REAL: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}


def run(given: dict[str, Any], queue_url: str | None = None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run the workflow with a notifier that fails; return how it ended, and what is in the queue."""
    sqs, states = boto3.client("sqs"), boto3.client("stepfunctions")
    real_url = sqs.create_queue(QueueName="notify-dead-letters")["QueueUrl"]
    definition = workflow(
        load(), Poller=FUNCTION, Notifier=FUNCTION, NotifyDeadLetters=queue_url or real_url, Partition="aws"
    )
    definition["States"]["Notify"] |= FAILS
    for retry in definition["States"]["Undelivered"]["Retry"]:
        retry["MaxAttempts"] = 0
    machine = states.create_state_machine(
        name="standdown-stop", definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/r"
    )
    begun = states.start_execution(
        stateMachineArn=machine["stateMachineArn"], name=f"stop-{OPERATION_ID}", input=json.dumps(given)
    )
    ends = time.monotonic() + 20
    while (ended := states.describe_execution(executionArn=begun["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < ends
        time.sleep(0.05)
    letters = sqs.receive_message(QueueUrl=real_url, MaxNumberOfMessages=10).get("Messages", [])
    return dict(ended), [json.loads(letter["Body"]) for letter in letters]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws(config=REAL):
        yield


def test_the_message_names_the_operation_and_the_execution() -> None:
    ended, [letter] = run(ENDED)

    assert (ended["status"], ended["error"]) == ("FAILED", "NotPublished")
    assert letter.pop("at").startswith("20")
    assert letter == {
        "schema_version": 1,
        "operation_id": OPERATION_ID,
        "problem": "The notifier itself failed.",
        "execution": ended["executionArn"],
    }


@pytest.mark.parametrize(
    ("given", "queue_url"),
    [({"finished": True}, None), (ENDED, NO_QUEUE)],
    ids=["a state that names no operation", "a queue that is not there"],
)
def test_a_message_that_cannot_be_sent_does_not_hide_that_nothing_was_published(
    given: dict[str, Any], queue_url: str | None
) -> None:
    ended, letters = run(given, queue_url)

    assert (ended["status"], ended["error"]) == ("FAILED", "NotPublished")
    assert letters == []
