"""A batch of SQS messages: each taken alone, and SQS told which ones to deliver again.

Powertools' processor does the same; its import alone, with every event class there is, takes longer than a stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from standdown.later import TryLaterError
from standdown.log import about_nothing, logger


def take_each(records: Iterable[dict[str, Any]], take: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Have each record taken, whatever becomes of its neighbours; return what Lambda reports to SQS."""
    failed = [record["messageId"] for record in records if not _taken(record, take)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _taken(record: dict[str, Any], take: Callable[[dict[str, Any]], None]) -> bool:
    about_nothing()
    try:
        take(record)
    except TryLaterError:
        return False  # who raised it has said why
    except Exception as error:  # noqa: BLE001 - one message that breaks the code must not have the others repeated
        logger.error("message not taken", extra={"problem": type(error).__name__})
        return False
    return True
