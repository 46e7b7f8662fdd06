"""Alerts of monitoring systems through a whole stack: what stops, once, and what stops nothing."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from integration.cases.scene import GROUP, START, Case, Scene, cases, check
from integration.cases.senders import document, request, smn
from support.inmemory.stack import Target
from support.wire import event

TOKEN, SECRET = "0123456789abcdef" * 4, "of the contact point and nobody else"
SECRETS = document(bearer=[TOKEN], grafana=[SECRET])
ALERT = "PayrollDamage"
TARGET = Target("payroll", GROUP, more={"alarms": ["Payroll*", "payroll-*"], "sources": ["alarm", "monitoring"]})


def group(name: str = "alertmanager-firing", minutes: float = 1, **changes: Any) -> dict[str, Any]:
    """Return a group with one alert that began so many minutes ago."""
    whole = event(name)
    [alert] = whole["alerts"]
    began = (START - timedelta(minutes=minutes)).isoformat().replace("+00:00", ".123456789Z")
    return {**whole, "alerts": [{**alert, "labels": {"alertname": ALERT}, "startsAt": began, **changes}]}


def bearer(body: Any, token: str = TOKEN) -> dict[str, Any]:
    return request(json.dumps(body), {"authorization": f"Bearer {token}"})


def grafana(body: Any) -> dict[str, Any]:
    text, at = json.dumps(body), str(int(START.timestamp()))
    signature = hmac.new(SECRET.encode(), f"{at}:{text}".encode(), hashlib.sha256).hexdigest()
    return request(text, {"X-Grafana-Alerting-Signature": signature, "X-Grafana-Alerting-Timestamp": at})


COMMAND = {"target": "payroll", "alarm": ALERT, "state": "1", "delivery_id": "90411", "reason": "writes"}


@cases(
    Case("an alert of Alertmanager", bearer(group()), "202, stopped", (r"alert PayrollDamage",)),
    Case("an alert of Grafana, signed", grafana(group("grafana-firing")), "202, stopped"),
    Case("an alert that resolved", bearer(event("alertmanager-resolved")), "200", (), (r"not_firing",)),
    Case("an alert that began two hours ago", bearer(group(minutes=121)), "202, refused: stale"),
    Case("an alert from the future", bearer(group(minutes=-6)), "202, refused: malformed", (r"future",)),
    Case("an alert that no target names", bearer(group(labels={"alertname": "Watchdog"})), "202", (), (r"no_target",)),
    Case("a group with a missing part", bearer({**group(), "truncatedAlerts": 1}), "200", (), (r"truncated",)),
    Case("no data", bearer(group(labels={"alertname": "DatasourceNoData"})), "200", (), (r"no_data",)),
    Case("a command of Zabbix", bearer(COMMAND), "202, stopped", (r"writes",)),
    Case("a command of Zabbix that recovers", bearer({**COMMAND, "state": "0"}), "200"),
    Case("a command about another alert", bearer({**COMMAND, "alarm": "Watchdog"}), "202, refused: not_allowed"),
    Case("a command for no target", bearer({**COMMAND, "target": "crm"}), "202, refused: not_allowed"),
    Case("another token", bearer(group(), "f" * 64), "401", (), (r"bearer",), (TOKEN,)),
)
def test_a_message_of_a_monitoring_system(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines, [TARGET])

    scene.post(case.given, SECRETS)

    check(case, scene.became())


@pytest.mark.parametrize(
    "more", [{"alarms": ["Payroll*"]}, {"alarms": ["Payroll*"], "sources": ["alarm", "queue", "webhook"]}]
)
def test_a_target_that_does_not_name_monitoring_is_not_stopped_by_it(more: Any, lines: io.StringIO) -> None:
    scene = Scene(lines, [Target("payroll", GROUP, more=more)])

    scene.post(bearer(group()), SECRETS)
    scene.post(bearer(COMMAND), SECRETS)

    became = scene.became()
    assert (became.ends, became.stops) == ("202, refused: not_allowed", 0)
    assert "not from monitoring" in became.told


def test_a_group_that_comes_again_stops_once_and_is_told_once(lines: io.StringIO) -> None:
    scene = Scene(lines, [TARGET])

    scene.post(bearer(group()), SECRETS)
    scene.post(bearer({**group(), "groupKey": "another"}), SECRETS)
    scene.post(grafana(group()), SECRETS)

    assert scene.became().stops == 1
    assert len(scene.topic.details) == 1
    assert scene.topic.details[0]["causes"][0]["source"] == "monitoring"


def test_the_next_firing_of_the_same_alert_is_another_request(lines: io.StringIO) -> None:
    scene = Scene(lines, [TARGET])

    scene.post(bearer(group(minutes=2)), SECRETS)
    scene.post(bearer(group(minutes=1)), SECRETS)

    assert [detail["outcome"] for detail in scene.topic.details] == ["succeeded", "already_stopped"]


RULES = [{"topic_urn": "urn:smn:*", "subject": "[HSS] ransomware*", "alarm": "payroll-hss"}]


def test_a_message_of_another_publisher_stops_by_a_rule(lines: io.StringIO) -> None:
    parts = json.loads(SECRETS)["smn"]
    secrets = document(smn={**parts, "rules": RULES})
    scene = Scene(lines, [TARGET])

    for _ in range(2):
        scene.post(smn("found on payroll-db-2", subject="[HSS] ransomware found"), secrets)
    scene.post(smn("gone", subject="[HSS] handled", message_id="0" * 32), secrets)

    became = scene.became()
    assert (became.ends, became.stops) == ("200, 202, stopped", 1)
    assert "SMN message payroll-hss" in became.told
    assert "no_rule" in became.logged
