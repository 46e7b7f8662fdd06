"""The RequestQueue and its dead-letter queue as the trigger and the sweeper use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from standdown.base.log import logger
from standdown.base.text import canonical, clip, iso
from standdown.core.retry import RetryLaterError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_DELAY = 900
"""Seconds: the longest that SQS delays a new message."""
SLOWEST = 60
"""Seconds between two tries where nobody asks for more: the stop must be out soon after Huawei Cloud is back."""


class QueueError(Exception):
    """Raised when SQS did not take a message, or an order about one."""


@dataclass(frozen=True, slots=True)
class RequestQueue:
    """The queue of requests; a message that was received `most_receives` times goes to the dead-letter queue.

    Every method raises QueueError where SQS cannot be used and something would be lost by that.
    """

    sqs: SQSClient
    url: str
    dead_letter_url: str = ""
    most_receives: int = 8

    def send(self, message: dict[str, Any]) -> None:
        """Queue a request."""
        self._order(self.sqs.send_message, QueueUrl=self.url, MessageBody=canonical(message))

    def continue_later(self, operation_id: str, delay: float = 0) -> None:
        """Have the trigger continue an operation in `delay` seconds."""
        body = canonical({"schema_version": 1, "continue": operation_id})
        wait = min(int(delay), LONGEST_DELAY)
        self._order(self.sqs.send_message, QueueUrl=self.url, MessageBody=body, DelaySeconds=wait)

    def retry_later(self, record: dict[str, Any], error: RetryLaterError, *, recorded: bool = False) -> None:
        """Have a message delivered again when it is due and raise the error, or dead-letter it after enough deliveries.

        `recorded` says that the ledger holds the operation: the message is then given up, not dead-lettered.
        """
        receives = _receives(record)
        logger.warning("request given back", extra={"problem": error.why, "receives": receives})
        if receives >= self.most_receives and recorded:
            return
        if receives >= self.most_receives:
            self.dead_letter(record, f"tried {receives} times: {error.why}")
            return
        delay = min(int(max(error.delay, min(2**receives, SLOWEST))) + 1, LONGEST_DELAY)
        order = self.sqs.change_message_visibility
        try:
            self._order(order, QueueUrl=self.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=delay)
        except QueueError as trouble:  # it comes back all the same, when the queue's own time is over
            logger.warning("the message comes back later than it should", extra={"problem": str(trouble)})
        raise error

    def receives_exceeded(self, record: dict[str, Any]) -> bool:
        """Return whether a message was received more often than anyone meant to try: what took it died each time.

        SQS itself would dead-letter it two deliveries later, and lose its identity and its age with that.
        """
        return _receives(record) > self.most_receives

    def dead_letter(self, record: dict[str, Any], why: str) -> None:
        """Move a message to the dead-letter queue, its identity, its age and the problem beside it.

        SQS gives a message that is moved back from there a new id and a new age; with these it is still known, and
        still as old as it is.
        """
        sent = int(record.get("attributes", {}).get("SentTimestamp", "0")) / 1000
        kept = {
            name: attribute["stringValue"]
            for name, attribute in record.get("messageAttributes", {}).items()
            if attribute.get("dataType") == "String" and attribute.get("stringValue")
        }
        own = {
            "standdown-delivery-id": record.get("messageId", ""),
            "standdown-requested-at": iso(datetime.fromtimestamp(sent, UTC)) if sent else "",
        }
        # SQS takes ten attributes: ours stand first, so that those left out are the sender's.
        told = own | {"standdown-problem": ""} | kept | {"standdown-problem": clip(why, 500)}
        self._order(
            self.sqs.send_message,
            QueueUrl=self.dead_letter_url,
            MessageBody=record.get("body") or "(empty)",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in list(told.items())[:10] if value
            },
        )

    @staticmethod
    def _order(order: Callable[..., object], **words: Any) -> None:
        try:
            order(**words)
        except ClientError as error:
            raise QueueError(f"SQS refused {error.operation_name}: {error.response['Error']['Code']}") from error
        except BotoCoreError as error:
            raise QueueError(f"SQS could not be reached ({type(error).__name__})") from error


def _receives(record: dict[str, Any]) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
