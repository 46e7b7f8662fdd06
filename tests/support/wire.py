"""Events as they arrive: read from `events/`, altered by path, and packed the way each sender packs them."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from standdown.intake.trust import Trust

EVENTS = Path(__file__).parents[2] / "events"
NOW = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
ACCOUNT = "000000000000"
TOPIC_ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:erp-alarms"
TRUST = Trust(ACCOUNT, "us-east-1", "", schedule_sender_id="AROASCHEDULE", webhook_sender_id="AROAWEBHOOK")
GONE = object()


@dataclass(frozen=True)
class Target:
    """As much of a target as an alarm needs."""

    name: str
    alarms: tuple[str, ...] = ()


TARGETS = (Target("erp-prod", ("erp-prod-corruption-*",)), Target("crm-prod", ("crm-*",)), Target("quiet"))


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return loaded


def altered(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with the value at a dotted path replaced, or taken out where it is GONE."""
    found = changed = copy.deepcopy(document)
    *steps, last = path.split(".")
    for step in steps:
        found = found[step]
    if value is GONE:
        del found[last]
    else:
        found[last] = value
    return changed


def record(body: Any, *, sender: str = "AIDASENDER", **changes: Any) -> dict[str, Any]:
    """Return an SQS record as Lambda hands it over."""
    return {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1767323045678",  # 2026-01-02T03:04:05.678Z
            "SenderId": sender,
            "ApproximateFirstReceiveTimestamp": "1767323045700",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:{ACCOUNT}:requests",
        "awsRegion": "us-east-1",
        **changes,
    }


def attribute(name: str, value: str) -> dict[str, Any]:
    return {name: {"stringValue": value, "stringListValues": [], "binaryListValues": [], "dataType": "String"}}


def sns(message: Any, **changes: Any) -> dict[str, Any]:
    """Return an SNS envelope as SQS gets it."""
    return {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": TOPIC_ARN,
        "Subject": "ALARM",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-01-02T03:04:06.000Z",
        "SignatureVersion": "1",
        "Signature": "FAKE",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
        **changes,
    }
