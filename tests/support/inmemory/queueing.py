"""The RequestQueue and its dead-letter queue in memory: visibility, delays, receive counts, redrive, as in SQS."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from support.inmemory.clock import Clock

REQUESTS, DEAD_LETTERS = "https://sqs/requests", "https://sqs/dead-letters"


@dataclass(slots=True)
class Message:
    """One message; `attributes` are its own, in the form in which Lambda's events show them."""

    body: str
    sent_at: float
    visible_at: float
    attributes: dict[str, Any] = field(default_factory=dict)
    receives: int = 0
    id: str = ""
    sender: str = "AROASENDER"

    def record(self) -> dict[str, Any]:
        """Return the message as a record of a Lambda event."""
        return {
            "messageId": self.id,
            "receiptHandle": f"{self.id}/{self.receives}",
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": str(self.receives),
                "SentTimestamp": str(int(self.sent_at * 1000)),
                "SenderId": f"{self.sender}:session",
            },
            "messageAttributes": self.attributes,
            "eventSource": "aws:sqs",
        }


class MemoryQueues:
    """Both queues behind one SQS client."""

    def __init__(self, clock: Clock, *, visibility: int, most_receives: int) -> None:
        self._clock, self._visibility, self._most_receives = clock, visibility, most_receives
        self._numbers = itertools.count(1)
        self.requests: list[Message] = []
        self.dead_letters: list[Message] = []

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MessageBody: str,  # noqa: N803
        DelaySeconds: int = 0,  # noqa: N803
        MessageAttributes: dict[str, Any] | None = None,  # noqa: N803
    ) -> Any:
        """Answer SendMessage."""
        told = MessageAttributes or {}
        shown = {name: {"stringValue": one["StringValue"], "dataType": one["DataType"]} for name, one in told.items()}
        now = self._clock.epoch()
        message = Message(MessageBody, now, now + DelaySeconds, shown, id=self._id())
        (self.requests if QueueUrl == REQUESTS else self.dead_letters).append(message)
        return {"MessageId": message.id}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> Any:  # noqa: N803
        """Answer ChangeMessageVisibility."""
        assert QueueUrl == REQUESTS
        for message in self.requests:
            if message.id == ReceiptHandle.partition("/")[0]:
                message.visible_at = self._clock.epoch() + VisibilityTimeout
        return {}

    def receive(self, most: int = 10) -> list[Message]:
        """Take visible messages as Lambda's poller does; those taken too often go to the dead-letter queue."""
        now = self._clock.epoch()
        taken: list[Message] = []
        for message in [one for one in self.requests if one.visible_at <= now]:
            if message.receives >= self._most_receives:
                self.requests.remove(message)
                self.dead_letters.append(message)
            elif len(taken) < most:
                message.receives += 1
                message.visible_at = now + self._visibility
                taken.append(message)
        return taken

    def delete(self, message: Message) -> None:
        """Acknowledge a message."""
        if message in self.requests:
            self.requests.remove(message)

    def redrive(self) -> None:
        """Move the dead letters back; SQS gives each a new id, a new age and no receives."""
        now = self._clock.epoch()
        self.requests += [Message(one.body, now, now, one.attributes, id=self._id()) for one in self.dead_letters]
        self.dead_letters.clear()

    def _id(self) -> str:
        return f"message-{next(self._numbers):06}"
