"""SNS and EventBridge in memory: what was published stays, to be looked at."""

from __future__ import annotations

import json
from typing import Any


class MemoryTopic:
    """An SNS client that keeps what it is given: `details` is the JSON of each message, `texts` is what people read."""

    def __init__(self) -> None:
        self.details: list[dict[str, Any]] = []
        self.texts: list[str] = []

    def publish(self, **message: Any) -> Any:
        """Answer Publish."""
        assert len(message["Subject"]) < 100
        by_protocol = json.loads(message["Message"])
        self.details.append(json.loads(by_protocol["sqs"]))
        self.texts.append(f"{message['Subject']}\n\n{by_protocol['default']}")
        return {"MessageId": str(len(self.details))}


class MemoryBus:
    """An EventBridge client that keeps what it is given."""

    def __init__(self) -> None:
        self.details: list[dict[str, Any]] = []

    def put_events(self, *, Entries: list[Any]) -> Any:  # noqa: N803
        """Answer PutEvents."""
        self.details += [json.loads(entry["Detail"]) for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}
