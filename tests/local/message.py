"""SQS messages as Lambda hands them to the trigger: no queue can be asked to deliver the same one again."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any


def record(body: str | dict[str, Any], message_id: str | None = None, **attributes: str) -> dict[str, Any]:
    """Return one record of an event; `attributes` are the message's own, `standdown_delivery_id=` for instance."""
    return {
        "messageId": message_id or str(uuid.uuid4()),
        "receiptHandle": "of-no-queue",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(int(time.time() * 1000)),
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": str(int(time.time() * 1000)),
        },
        "messageAttributes": {
            name.replace("_", "-"): {"stringValue": value, "dataType": "String"} for name, value in attributes.items()
        },
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:requests",
        "awsRegion": "us-east-1",
    }


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    """Return the event of one batch."""
    return {"Records": list(records)}
