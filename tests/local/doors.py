"""The ways into the stack as their senders take them: an alarm changes, a schedule fires, a signed request comes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import re
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.cloud import LocalCloud
from local.smn import TOPIC, Smn

REQUEST_SOURCE = "example.runbook"
WEBHOOK_SECRET = "standdown/webhook"
SMN_RULES = [{"topic_urn": TOPIC, "subject": "[HSS] ransomware*", "alarm": "alarm-by-rule"}]
_CHILD = re.compile(r"ALARM\(([^)]+)\)")
_NEVER = "at(2099-12-31T23:59:59)"


def parameters(alarm_prefix: str) -> dict[str, str]:
    """Return the template's parameters with every way in switched on; the stack's own schedule is a long way off."""
    return {
        "AlarmPrefix": alarm_prefix,
        "RequestEventSource": REQUEST_SOURCE,
        "ScheduleExpression": _NEVER,
        "ScheduleTargets": "erp-prod",
        "EnableWebhook": "true",
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP sender is answered."""

    status: int
    body: Any
    headers: Mapping[str, str]
    seconds: float


class Doors:
    """Every way into one stack that was deployed with `parameters()`; its webhooks' secrets are made here."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud, self.smn = cloud, Smn()
        self._standard, self._github = secrets.token_bytes(32), secrets.token_hex(32)
        self._bearer, self._grafana = secrets.token_hex(32), secrets.token_hex(32)
        document = {
            "standard": [f"whsec_{base64.b64encode(self._standard).decode()}"],
            "github": [self._github],
            "smn": {"keys": [self.smn.pem], "topic_urns": [TOPIC], "rules": SMN_RULES},
            "bearer": [self._bearer],
            "grafana": [self._grafana],
        }
        cloud.client("secretsmanager").create_secret(Name=WEBHOOK_SECRET, SecretString=json.dumps(document))

    def alarm(self, name: str, *states: str, reason: str = "", **settings: Any) -> None:
        """Put a CloudWatch alarm whose action is the stack's topic, and set it to each state, ALARM by default."""
        cloudwatch = self._cloud.client("cloudwatch")
        action = {"AlarmActions": [self._cloud.outputs["AlarmTopicArn"]]}
        action["OKActions"] = action["AlarmActions"]
        if "AlarmRule" in settings:
            for child in _CHILD.findall(settings["AlarmRule"]):
                cloudwatch.put_metric_alarm(AlarmName=child, ActionsEnabled=False, **_METRIC)
            cloudwatch.put_composite_alarm(AlarmName=name, **action, **settings)
        else:
            cloudwatch.put_metric_alarm(AlarmName=name, **action, **_METRIC | settings)
        for state in states or ("ALARM",):
            cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason or f"set to {state}")

    def rule(self, event: dict[str, Any]) -> bool:
        """Hand an event of CloudWatch to the queue if the stack's rule would, and say whether it would.

        The local cloud's alarms send no events, and nobody may send any in CloudWatch's name: the rule's own pattern
        is asked, and its target gets the event as the rule would hand it on.
        """
        events = self._cloud.client("events")
        rule = events.describe_rule(Name=self._cloud.outputs["AlarmRuleName"])
        matched = events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))["Result"]
        if matched:
            self._cloud.request(event)
        return bool(matched)

    def event(self, event: dict[str, Any]) -> None:
        """Put an event of one's own on the bus, where the stack's rule takes it."""
        entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
        self._cloud.client("events").put_events(Entries=[entry])

    def action(self, event: dict[str, Any]) -> None:
        """Invoke the trigger as an alarm's own Lambda action does: without waiting for an answer."""
        self._cloud.client("lambda").invoke(
            FunctionName=self._cloud.outputs["TriggerFunctionName"],
            InvocationType="Event",
            Payload=json.dumps(event).encode(),
        )

    def schedule(self, text: str, seconds: float = 1) -> str:
        """Make a one-off schedule that sends the text in a moment; return its expression."""
        at = f"at({datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S})"
        outputs = self._cloud.outputs
        self._cloud.client("scheduler").create_schedule(
            Name=f"once-{uuid.uuid4().hex}",
            GroupName=outputs["ScheduleGroupName"],
            ScheduleExpression=at,
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={"Arn": outputs["RequestQueueArn"], "RoleArn": outputs["ScheduleRoleArn"], "Input": text},
        )
        return at

    def post_standard(self, body: bytes, webhook_id: str | None = None, at: datetime | None = None) -> Answer:
        """Post a body signed by Standard Webhooks."""
        return self.post(body, self.standard_headers(body, webhook_id or f"msg_{uuid.uuid4().hex}", at))

    def standard_headers(self, body: bytes, webhook_id: str, at: datetime | None = None) -> dict[str, str]:
        """Return the headers of a body signed by Standard Webhooks."""
        stamp = str(int((at or datetime.now(UTC)).timestamp()))
        signature = hmac.digest(self._standard, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256)
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }

    def post_github(self, body: bytes) -> Answer:
        """Post a body signed in GitHub's way."""
        signature = hmac.new(self._github.encode(), body, hashlib.sha256).hexdigest()
        return self.post(body, {"x-github-delivery": str(uuid.uuid4()), "x-hub-signature-256": f"sha256={signature}"})

    def post_bearer(self, body: bytes) -> Answer:
        """Post a body with the token of a monitoring system, as Alertmanager does."""
        return self.post(body, {"authorization": f"Bearer {self._bearer}", "user-agent": "Alertmanager/0.34.0"})

    def post_grafana(self, body: bytes, at: datetime | None = None) -> Answer:
        """Post a body that is signed as Grafana's contact point does it."""
        stamp = str(int((at or datetime.now(UTC)).timestamp()))
        signature = hmac.new(self._grafana.encode(), f"{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return self.post(body, {"X-Grafana-Alerting-Signature": signature, "X-Grafana-Alerting-Timestamp": stamp})

    def post_smn(self, body: bytes, path: str = "/smn") -> Answer:
        """Post a body that is signed as SMN's are."""
        kind = json.loads(body)["type"]
        return self.post(body, {"x-smn-message-type": kind, "content-type": "text/plain; charset=UTF-8"}, path=path)

    def post(self, body: bytes, headers: Mapping[str, str], method: str = "POST", path: str = "/stop") -> Answer:
        """Send an HTTP request to the stack's API of that path."""
        url = self._cloud.outputs["SmnUrl" if path == "/smn" else "WebhookUrl"]
        api = url.removeprefix("https://").partition(".")[0]
        connection = http.client.HTTPConnection(self._cloud.endpoint.removeprefix("http://"), timeout=30)
        began = time.monotonic()
        try:
            where = f"/_aws/execute-api/{api}/$default{path}"
            connection.request(method, where, body, {"content-type": "application/json", **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, json.loads(text) if text else None, found, time.monotonic() - began)


_METRIC = {
    "Namespace": "ERP",
    "MetricName": "ChecksumMismatches",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
}
