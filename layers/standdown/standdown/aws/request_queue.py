"""The RequestQueue and its dead-letter queue as the trigger and the sweeper use them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from standdown.base.log import logger
from standdown.base.metrics import Metric
from standdown.base.metrics import record as count
from standdown.base.text import canonical, clip, from_iso, iso
from standdown.core.operation import Operation, State
from standdown.core.retry import RetryLaterError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

RESUME_HOLD = "resume_hold"
"""The key of a message that names a hold whose time has come."""
LONGEST_DELAY = 900
"""Seconds: the longest that SQS delays a new message."""
SLOWEST, LONGEST_PAUSE = 60, 300
"""Seconds between two tries in the first minutes, and later: the stop must be out soon after an outage is over."""
SLACK = timedelta(minutes=15)
"""How much older than its age allows a message becomes: a last try records it as stale, and everyone is notified."""
HELD_UP = timedelta(minutes=1)
"""After so long without its stop sent, each try of a request is counted, so that operators stop by hand in time."""
LAST_RECEIVE = 490
"""SQS itself dead-letters a message at its 500th receive (template.yaml), and its identity and age are lost then."""


class QueueError(Exception):
    """Raised when SQS did not take a message, or an order about one."""


class RequestQueue(NamedTuple):
    """The queue of requests. A message is retried until it is older than `max_age`, at least `most_receives` times.

    Every method raises QueueError where SQS cannot be used and something would be lost by that.
    """

    sqs: SQSClient
    url: str
    dead_letter_url: str = ""
    most_receives: int = 8
    max_age: timedelta = timedelta(minutes=60)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send(self, message: dict[str, Any]) -> None:
        """Queue a request."""
        self._order(self.sqs.send_message, QueueUrl=self.url, MessageBody=canonical(message))

    def continue_later(self, operation_id: str, delay: float = 0) -> None:
        """Have the trigger continue an operation in `delay` seconds."""
        body = canonical({"schema_version": 1, "continue": operation_id})
        wait = min(int(delay), LONGEST_DELAY)
        self._order(self.sqs.send_message, QueueUrl=self.url, MessageBody=body, DelaySeconds=wait)

    def resume_due(self, hold_id: str) -> None:
        """Have the trigger look whether a hold is due to be undone: the message says no more than which one it is."""
        self.send({"schema_version": 1, RESUME_HOLD: hold_id})

    def retry_later(self, record: dict[str, Any], error: RetryLaterError, *, recorded: bool = False) -> None:
        """Have a message delivered again when it is due and raise the error, or dead-letter it when it is too old.

        `recorded` says that the ledger holds the operation: the message is then given up, not dead-lettered.
        """
        receives, age = _receives(record), self._age(record)
        logger.warning("request given back", extra={"problem": error.why, "receives": receives})
        count_if_held_up(error.operation, self.clock(), age)
        if receives >= self.most_receives and self._too_old(record):
            if not recorded:
                self.dead_letter(record, f"tried {receives} times: {error.why}")
            return
        # Every try costs a delivery, of which SQS allows 500: an outage that lasts is asked about less and less often.
        pause = min(2 ** min(receives, 10), max(SLOWEST, min(age.total_seconds() / 10, LONGEST_PAUSE)))
        delay = min(int(max(error.delay, pause)) + 1, LONGEST_DELAY)
        order = self.sqs.change_message_visibility
        try:
            self._order(order, QueueUrl=self.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=delay)
        except QueueError as trouble:  # it comes back all the same, when the queue's own time is over
            logger.warning("the message comes back later than it should", extra={"problem": str(trouble)})
        raise error

    def receives_exceeded(self, record: dict[str, Any]) -> bool:
        """Return whether a message is not to be read any more: too old, and what took it may have died each time.

        A fresh message is read however often it was received: throttling counts as a receive, too.
        """
        return _receives(record) > self.most_receives and self._too_old(record)

    def _too_old(self, record: dict[str, Any]) -> bool:
        return self._age(record) > self.max_age + SLACK or _receives(record) >= LAST_RECEIVE

    def _age(self, record: dict[str, Any]) -> timedelta:
        """Return how long ago a message was sent; one that was moved back from the dead-letter queue says when."""
        now, sent = self.clock(), int(record.get("attributes", {}).get("SentTimestamp", "0")) / 1000
        began = datetime.fromtimestamp(sent, UTC) if sent else now
        stated = record.get("messageAttributes", {}).get("standdown-requested-at", {}).get("stringValue")
        with suppress(ValueError):
            # Whatever a sender claims, a message is never younger than SQS knows it to be.
            began = min(began, from_iso(stated)) if isinstance(stated, str) else began
        return now - began

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
        attributes = own | {"standdown-problem": ""} | kept | {"standdown-problem": clip(why, 500)}
        self._order(
            self.sqs.send_message,
            QueueUrl=self.dead_letter_url,
            MessageBody=record.get("body") or "(empty)",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in list(attributes.items())[:10]
                if value
            },
        )
        count(Metric.DEAD_LETTERED)

    @staticmethod
    def _order(order: Callable[..., object], **words: Any) -> None:
        try:
            order(**words)
        except ClientError as error:
            raise QueueError(f"SQS refused {error.operation_name}: {error.response['Error']['Code']}") from error
        except BotoCoreError as error:
            raise QueueError(f"SQS could not be reached ({type(error).__name__})") from error


def count_if_held_up(operation: Operation | None, now: datetime, age: timedelta = timedelta()) -> None:
    """Count a request whose stop should have been sent long ago; `age` is what is known where nothing is recorded."""
    if operation is not None and (operation.dry_run or operation.state is not State.INTENT):
        return
    if max(age, now - operation.request.requested_at if operation else age) > HELD_UP:
        count(Metric.STOPS_HELD_UP)


def _receives(record: dict[str, Any]) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
