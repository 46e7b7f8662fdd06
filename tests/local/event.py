"""The sample events as the demo sends them: as if they had happened just now, by the way in that is theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.cloud import LocalCloud
from local.doors import Answer, Doors

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>\.\d+)?(?P<zone>Z|\+0000|\+00:00)")
_MILLISECONDS = re.compile(r'(?<="time": )\d{13}')  # of the alarm itself; other times in it are only shown


@dataclass(frozen=True, slots=True)
class Sent:
    """Which door an event took, and whether it is one that stops something."""

    door: str
    stops: bool = True


def sendable(folder: Path) -> list[Path]:
    """Return the event files that the demo can send."""
    return sorted(folder.glob("*.json"))


def send(cloud: LocalCloud, doors: Doors, path: Path, now: datetime | None = None) -> Sent:
    """Send one event file into the stack by its own door."""
    text = freshened(path.read_text(encoding="utf-8"), now or datetime.now(UTC))
    for beginning, way in _WAYS.items():
        if path.stem.startswith(beginning):
            return way(_Way(cloud, doors), text)
    return _Way(cloud, doors).queue(text)


def freshened(text: str, now: datetime) -> str:
    """Return the text with every time in it replaced by `now`, in the form that stood there."""

    def fresh(match: re.Match[str]) -> str:
        fraction = f".{now.microsecond // 1000:03d}" if match["fraction"] else ""
        return f"{now:%Y-%m-%dT%H:%M:%S}{fraction}{match['zone']}"

    return _MILLISECONDS.sub(str(int(now.timestamp() * 1000)), _TIME.sub(fresh, text))


@dataclass(frozen=True, slots=True)
class _Way:
    cloud: LocalCloud
    doors: Doors

    def queue(self, text: str) -> Sent:
        self.cloud.request(text)
        return Sent("into the RequestQueue: sqs send-message")

    def direct(self, text: str) -> Sent:
        self.cloud.invoke("trigger", json.loads(text))
        return Sent("to the trigger: lambda invoke")

    def action(self, text: str) -> Sent:
        self.doors.action(json.loads(text))
        return Sent("to the trigger, as an alarm's own Lambda action: lambda invoke --invocation-type Event")

    def topic(self, text: str) -> Sent:
        alarm = json.loads(text)
        rule = {"AlarmRule": alarm["AlarmRule"]} if "AlarmRule" in alarm else {}
        self.doors.alarm(alarm["AlarmName"], reason=alarm["NewStateReason"], **rule)
        return Sent(f"the alarm {alarm['AlarmName']} set to ALARM: CloudWatch, SNS, RequestQueue")

    def rule(self, text: str) -> Sent:
        if not self.doors.rule(json.loads(text)):
            return Sent("the stack's EventBridge rule does not take it", stops=False)
        return Sent("the stack's EventBridge rule takes it: RequestQueue (the local cloud's alarms send no events)")

    def event(self, text: str) -> Sent:
        self.doors.event(json.loads(text))
        return Sent("put on the event bus, where the stack's rule takes it: EventBridge, RequestQueue")

    def schedule(self, text: str) -> Sent:
        at = self.doors.schedule(text)
        return Sent(f"a schedule {at}: EventBridge Scheduler, RequestQueue (here it fires within 10 seconds)")

    def standard(self, text: str) -> Sent:
        return _posted("signed by Standard Webhooks", self.doors.post_standard(text.encode()))

    def github(self, text: str) -> Sent:
        return _posted("signed in GitHub's way", self.doors.post_github(text.encode()))

    def smn(self, text: str) -> Sent:
        return _posted("signed as SMN does, with a test key", self.doors.post_smn(self.doors.smn.body(text)), "/smn")

    def alertmanager(self, text: str) -> Sent:
        return _posted("with the bearer token of a monitoring system", self.doors.post_bearer(text.encode()))

    def grafana(self, text: str) -> Sent:
        return _posted("signed in Grafana's way", self.doors.post_grafana(text.encode()))

    def subscription(self, text: str) -> Sent:
        fields: dict[str, Any] = json.loads(text)
        body = self.doors.smn.body(fields.pop("message"), **fields)
        return _posted("signed as SMN does, with a test key", self.doors.post_smn(body), "/smn")


def _posted(signed: str, answer: Answer, path: str = "/stop") -> Sent:
    said = json.dumps(answer.body)
    return Sent(f"POST {path} {signed}: HTTP {answer.status} {said}", stops=answer.status == 202)


_WAYS: dict[str, Callable[[_Way, str], Sent]] = {
    "alarm-sns": _Way.topic,
    "alarm-composite-sns": _Way.topic,
    "alarm-eventbridge": _Way.rule,
    "alarm-composite-eventbridge": _Way.rule,
    "alarm-direct": _Way.action,
    "alarm-composite-direct": _Way.action,
    "direct": _Way.direct,
    "event-request": _Way.event,
    "schedule": _Way.schedule,
    "webhook-standard": _Way.standard,
    "webhook-github": _Way.github,
    "smn-subscription": _Way.subscription,
    "smn-": _Way.smn,
    "alertmanager-": _Way.alertmanager,
    "monitoring-": _Way.alertmanager,
    "grafana-": _Way.grafana,
}
