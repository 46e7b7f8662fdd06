"""Alerts at the webhook's address: the bodies of Alertmanager and Grafana, our command, and rules for others on SMN."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.doors import Doors
from local.event import freshened
from local.places import ROOT

NEWER = {"notification_reason": "first_notification", "routeLabels": {"team": "erp"}}
"""What Alertmanager has added since 0.25."""


def body(name: str, alarm: str, **changes: Any) -> bytes:
    """Return a sample as if it had happened just now, about an alert of a test's own."""
    text = (ROOT / "events" / f"{name}.json").read_text().replace("erp-prod-corruption-writes", alarm)
    return json.dumps({**json.loads(freshened(text, datetime.now(UTC))), **changes}).encode()


def test_an_alert_stops_once_however_often_its_group_comes(stack: LocalCloud, doors: Doors) -> None:
    case, sent = Case(stack, "by-monitoring"), body("alertmanager-firing", "alarm-fires-writes")

    answers = [doors.post_bearer(sent), doors.post_bearer(json.dumps({**json.loads(sent), **NEWER}).encode())]

    [operation] = case.published()
    wait_for(lambda: repeated(stack, operation["pk"]), bool)
    assert [answer.status for answer in answers] == [202, 202]
    assert operation["outcome"]["result"] == "succeeded"
    assert (operation["request"]["source"], operation["request"]["alarm"]) == ("monitoring", "alarm-fires-writes")
    assert len(case.operations()) == len(case.stops()) == 1


def repeated(stack: LocalCloud, operation_id: str) -> bool:
    lines = stack.logs("trigger")
    return any(one.get("message") == "request repeated" and one["operation_id"] == operation_id for one in lines)


def test_an_alert_of_grafana_comes_in_by_its_signature(stack: LocalCloud, doors: Doors) -> None:
    case, sent = Case(stack, "by-grafana"), body("grafana-firing", "alarm-grafana")

    answers = [
        doors.post_grafana(sent, at=datetime(2026, 1, 2, tzinfo=UTC)),
        doors.post(sent, {"x-grafana-alerting-signature": "0" * 64, "x-grafana-alerting-timestamp": "1760000000"}),
        doors.post_grafana(sent),
    ]

    [operation] = case.published()
    assert [answer.status for answer in answers] == [401, 401, 202]
    assert operation["outcome"]["result"] == "succeeded"
    assert operation["request"]["requested_by"] == "Grafana alert alarm-grafana"
    assert len(case.stops()) == 1


def test_a_command_with_the_alerts_name_and_state_stops(stack: LocalCloud, doors: Doors) -> None:
    case = Case(stack, "by-command")
    recovered = body("monitoring-command", "alarm-command", target="by-command", state="Recovered")

    answers = [
        doors.post_bearer(recovered),
        doors.post_bearer(body("monitoring-command", "alarm-command", target="by-command")),
    ]

    [operation] = case.published()
    assert [answer.status for answer in answers] == [200, 202]
    assert [one["operation_id"] for one in answers[1].body["operations"]] == [operation["pk"]]
    assert operation["outcome"]["result"] == "succeeded"


def test_a_target_that_does_not_name_monitoring_refuses_it(stack: LocalCloud, doors: Doors) -> None:
    case = Case(stack, "not-by-monitoring")

    answer = doors.post_bearer(body("alertmanager-firing", "alarm-not-asked"))

    [operation] = case.published()
    assert answer.status == 202
    assert (operation["outcome"]["refusal"], case.stops()) == ("not_allowed", [])


@pytest.mark.parametrize(
    ("name", "changes", "ignored"),
    [
        ("alertmanager-resolved", {}, "not_firing"),
        ("alertmanager-firing", {"truncatedAlerts": 1}, "truncated"),
    ],
)
def test_what_stops_nothing_is_acknowledged(doors: Doors, name: str, changes: dict[str, Any], ignored: str) -> None:
    answer = doors.post_bearer(body(name, "alarm-fires-nothing", **changes))

    assert (answer.status, answer.body) == (200, {"ignored": ignored})


def test_a_message_of_another_publisher_on_smn_stops_by_a_rule(stack: LocalCloud, doors: Doors) -> None:
    case = Case(stack, "by-rule-of-smn")

    answers = [
        doors.post_smn(doors.smn.body("found", subject=subject)) for subject in ("[HSS] ransomware found", "[CBR] done")
    ]

    [operation] = case.published()
    assert [answer.status for answer in answers] == [202, 200]
    assert (operation["request"]["source"], operation["request"]["alarm"]) == ("alarm", "alarm-by-rule")
    assert operation["request"]["requested_by"] == "SMN message alarm-by-rule"
    assert len(case.stops()) == 1
