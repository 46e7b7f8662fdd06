"""A batch of SQS messages: each is processed alone, and SQS learns which ones to deliver again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from standdown.base.log import about_nothing, logger
from standdown.base.metrics import Metric
from standdown.base.metrics import record as count
from standdown.core.retry import RetryLaterError

_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def take_each(event: dict[str, Any], take: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Call `take` for each record, also after one that failed; return what Lambda reports to SQS."""
    return dict(process_partial_response(event=event, record_handler=partial(_take, take), processor=_processor))


def _take(take: Callable[[dict[str, Any]], None], record: SQSRecord) -> None:
    about_nothing()
    try:
        take(record.raw_event)
    except RetryLaterError:
        raise  # whoever raised it has logged why
    except Exception:
        logger.exception("message not taken")
        count(Metric.MESSAGES_BROKEN)
        raise
