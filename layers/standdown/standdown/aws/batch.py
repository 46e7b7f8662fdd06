"""A batch of SQS messages: each is processed alone, and SQS learns which ones to deliver again.

Powertools' own batches load asyncio and its models of every event source, 27 ms of CPU time before a cold stop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standdown.base.log import about_nothing, logger
from standdown.base.metrics import Metric
from standdown.base.metrics import record as count
from standdown.core.retry import RetryLaterError


def take_each(event: dict[str, Any], take: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Call `take` for each record, also after one that failed; return what Lambda reports to SQS."""
    failed = [record["messageId"] for record in event["Records"] if not _taken(take, record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _taken(take: Callable[[dict[str, Any]], None], record: dict[str, Any]) -> bool:
    about_nothing()
    try:
        take(record)
    except RetryLaterError:
        return False  # whoever raised it has logged why
    except Exception:  # noqa: BLE001 - a message that breaks the code harms none beside it
        logger.exception("message not taken")
        count(Metric.MESSAGES_BROKEN)
        return False
    return True
