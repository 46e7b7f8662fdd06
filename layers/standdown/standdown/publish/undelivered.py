"""An outcome or a notice that a channel did not get: said in the log, counted, and kept as a message.

An outcome can be replayed. A notice is not: whatever it says may not be true any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.text import canonical, iso
from standdown.core.operation import SCHEMA_VERSION, Operation
from standdown.core.outcome import Delivery, DeliveryState

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from standdown.core.notice import Notice

__all__ = ["Undelivered"]

Mark = Callable[[str, DeliveryState], None]
"""Writes where one channel stands, by its name."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Reports channels that were given up; `url` is the NotifyDeadLetterQueue's, empty for a report without message."""

    sqs: SQSClient | None = None
    url: str = ""

    def first(self, told: Operation | Notice, mark: Mark) -> Mark:
        """Return what reports a channel that is given up, and then marks it.

        A crash in between has it reported twice, never not at all.
        """

        def reported(name: str, channel: DeliveryState) -> None:
            if channel.status is Delivery.UNDELIVERED:
                self.report(told, name, channel)
            mark(name, channel)

        return reported

    def report(self, told: Operation | Notice, name: str, channel: DeliveryState) -> None:
        """Report one channel; never raises: the log, the metric and the ledger say it also where SQS is down."""
        report = _report(told, name, channel)
        logger.error("outcome undelivered", extra=report)
        record(Metric.UNDELIVERED, channel=name.partition(":")[0])
        if self.sqs is None or not self.url:
            return
        try:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=canonical(report))
        except (ClientError, BotoCoreError) as error:
            words = {**_about(told), "channel": name, "problem": type(error).__name__}
            logger.error("no message about what is undelivered", extra=words)


def _about(told: Operation | Notice) -> dict[str, str]:
    if isinstance(told, Operation):
        return {"operation_id": told.operation_id}
    return {"notice_id": told.notice_id}


def _report(told: Operation | Notice, name: str, channel: DeliveryState) -> dict[str, object]:
    """Return what the message says: enough to find the operation and to replay it, or to read the notice."""
    result = told.outcome.result if isinstance(told, Operation) and told.outcome else None
    return {
        "schema_version": SCHEMA_VERSION,
        **_about(told),
        "target": told.target if isinstance(told, Operation) else told.target_name,
        "outcome": result.value if result else None,
        "channel": name,
        "problem": channel.problem,
        "attempts": channel.attempts,
        "at": iso(channel.at) if channel.at else None,
    }
