"""The sample events as the demo sends them: as if they had happened just now, by the way in that is theirs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from local.cloud import LocalCloud

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>\.\d+)?(?P<zone>Z|\+0000|\+00:00)")
_INVOKED = ("direct",)
"""Events with one of these words at the end of their name are a function's payload, all others a message."""


def sendable(folder: Path) -> list[Path]:
    """Return the event files that the demo can send: those of the webhook need its door."""
    return [path for path in sorted(folder.glob("*.json")) if not path.name.startswith(("webhook-", "smn-"))]


def send(cloud: LocalCloud, path: Path, now: datetime | None = None) -> str:
    """Send one event file into the stack and return how it went in."""
    text = freshened(path.read_text(encoding="utf-8"), now or datetime.now(UTC))
    if path.stem.rsplit("-", 1)[-1] in _INVOKED:
        cloud.invoke("trigger", json.loads(text))
        return "as the trigger's own event"
    cloud.request(text)
    return "into the RequestQueue"


def freshened(text: str, now: datetime) -> str:
    """Return the text with every time in it replaced by `now`, in the form that stood there."""

    def fresh(match: re.Match[str]) -> str:
        fraction = f".{now.microsecond // 1000:03d}" if match["fraction"] else ""
        return f"{now:%Y-%m-%dT%H:%M:%S}{fraction}{match['zone']}"

    return _TIME.sub(fresh, text.replace("<aws.scheduler.scheduled-time>", f"{now:%Y-%m-%dT%H:%M:%SZ}"))
