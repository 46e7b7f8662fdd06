"""A queue of the tests' own: the subscriber of a topic, the target of a rule."""

from __future__ import annotations

import json
from typing import Any

_SENDERS = {
    "Effect": "Allow",
    "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]},
    "Action": "sqs:SendMessage",
}


class Inbox:
    """A queue of the tests' own, on which something arrives."""

    def __init__(self, sqs: Any, name: str) -> None:
        self._sqs, self.name = sqs, name
        self._url = sqs.create_queue(QueueName=name)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.arn: str = found["Attributes"]["QueueArn"]
        policy = {"Version": "2012-10-17", "Statement": [_SENDERS | {"Resource": self.arn}]}
        sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": json.dumps(policy)})
        self.seen: list[dict[str, Any]] = []

    def fetch(self, wait_seconds: int = 0) -> list[dict[str, Any]]:
        """Return what has arrived since the last time, waiting a while for the first of it."""
        wanted = {"QueueUrl": self._url, "WaitTimeSeconds": wait_seconds, "MaxNumberOfMessages": 10}
        messages = self._sqs.receive_message(**wanted).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        arrived = [json.loads(message["Body"]) for message in messages]
        self.seen += arrived
        return arrived

    def outcomes(self, wait_seconds: int = 1) -> list[dict[str, Any]]:
        """Return every outcome that the topic has told so far, after waiting a while for another."""
        self.fetch(wait_seconds)
        return [json.loads(one["Message"]) for one in self.seen]
