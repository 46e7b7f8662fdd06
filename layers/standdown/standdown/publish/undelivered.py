"""An outcome that a channel did not get: said in the log, counted, and kept as a message that can be replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.text import canonical, iso
from standdown.core.operation import SCHEMA_VERSION, Operation
from standdown.core.outcome import DeliveryState

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

__all__ = ["Undelivered"]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Reports channels that were given up; `url` is the NotifyDeadLetterQueue's, empty for a report without message."""

    sqs: SQSClient | None = None
    url: str = ""

    def report(self, operation: Operation, name: str, channel: DeliveryState) -> None:
        """Report one channel; never raises: the log, the metric and the ledger say it also where SQS is down."""
        report = _report(operation, name, channel)
        logger.error("outcome undelivered", extra=report)
        record(Metric.UNDELIVERED, channel=name.partition(":")[0])
        if self.sqs is None or not self.url:
            return
        try:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=canonical(report))
        except (ClientError, BotoCoreError) as error:
            words = {"operation_id": operation.operation_id, "channel": name, "problem": type(error).__name__}
            logger.error("no message about what is undelivered", extra=words)


def _report(operation: Operation, name: str, channel: DeliveryState) -> dict[str, object]:
    """Return what the message says: enough to find the operation and to replay it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "operation_id": operation.operation_id,
        "target": operation.target,
        "outcome": operation.outcome.result.value if operation.outcome else None,
        "channel": name,
        "problem": channel.problem,
        "attempts": channel.attempts,
        "at": iso(channel.at) if channel.at else None,
    }
