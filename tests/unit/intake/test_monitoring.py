"""Alerts on their way through the queue: which targets they ask for, and whose word it is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from standdown.core.request import Source, StopRequest
from standdown.intake.alertmanager import Alert, read_group
from standdown.intake.errors import IgnoredError, MalformedError, TooLargeError
from standdown.intake.monitoring import MOST_A_TARGET, alerts_message, command_message
from standdown.intake.queue_message import read_queue_record
from support.wire import GONE, NOW, TARGETS, TRUST, Target, altered, event, record

ALERT = read_group(event("alertmanager-firing")).firing[0]
COMMAND = event("monitoring-command")
WEBHOOK = "AROAWEBHOOK:standdown-webhook"


def read(message: Any, *, sender: str = WEBHOOK, targets: tuple[Target, ...] = TARGETS) -> list[StopRequest]:
    """Return the requests that the trigger makes of a message in its queue."""
    return read_queue_record(record(json.dumps(message), sender=sender), targets, now=NOW, trust=TRUST)


def alerts(count: int, name: str = ALERT.name) -> list[Alert]:
    """Return alerts that began one second after another, the newest last."""
    return [
        Alert(name, f"{number:016x}", NOW - timedelta(seconds=count - number), "r", "Alertmanager")
        for number in range(count)
    ]


def test_an_alert_asks_for_each_target_that_names_it() -> None:
    targets = (*TARGETS, Target("erp-test", ("*-writes",)))

    first, second = read(alerts_message([ALERT]), targets=targets)

    assert (first.target, second.target) == ("erp-prod", "erp-test")
    assert (first.source, first.alarm) == (Source.MONITORING, "erp-prod-corruption-writes")
    assert first.delivery_id == "47856d625e0a1627/2026-01-02T03:04:05.229Z"
    assert abs(first.requested_at - ALERT.starts_at) < timedelta(milliseconds=1)
    assert first.reason == "Writes on erp-db-1 look like an encryption"
    assert first.requested_by == "Alertmanager alert erp-prod-corruption-writes"
    assert (first.flaw, first.dry_run, first.force, first.own_id) == (None, False, False, False)


def test_each_alert_is_a_request_of_its_own() -> None:
    found = read(alerts_message(alerts(3)))

    assert len({request.operation_id for request in found}) == 3


def test_the_same_firing_in_another_message_is_the_same_operation() -> None:
    [alone] = read(alerts_message([ALERT]))
    again = read(alerts_message([*alerts(1), ALERT]))

    assert alone.operation_id in {request.operation_id for request in again}


def test_a_storm_of_alerts_asks_for_a_target_by_its_newest_ones() -> None:
    found = read(alerts_message(alerts(MOST_A_TARGET + 5)))

    assert len(found) == MOST_A_TARGET
    assert max(request.requested_at for request in found) == NOW - timedelta(seconds=1)
    assert min(request.requested_at for request in found) == NOW - timedelta(seconds=MOST_A_TARGET)


def test_more_alerts_than_a_message_can_hold_are_refused_at_the_door() -> None:
    with pytest.raises(TooLargeError) as caught:
        alerts_message(alerts(2000))

    assert caught.value.status == 413


def test_an_alert_that_no_target_names_is_ignored() -> None:
    with pytest.raises(IgnoredError) as caught:
        read(alerts_message(alerts(2, "Watchdog")))

    assert (caught.value.code, caught.value.message.count("Watchdog")) == ("no_target", 1)


def test_an_alert_from_the_future_is_refused_where_everyone_reads_of_it() -> None:
    [found] = read(alerts_message([Alert(ALERT.name, "f", NOW + timedelta(minutes=6), "", "Grafana")]))

    assert found.requested_at == NOW
    assert found.flaw == "the alarm's time lies more than 5 minutes in the future"


@pytest.mark.parametrize("sender", ["AIDASENDER", "AROASCHEDULE:x", "AROAWEBHOOKER", ""])
def test_alerts_are_believed_from_the_webhook_alone(sender: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read(alerts_message([ALERT]), sender=sender)

    assert caught.value.code == "not_verified"


@pytest.mark.parametrize("claim", ["monitoring"])
def test_nobody_may_claim_to_be_monitoring_in_a_command(claim: str) -> None:
    [found] = read({"target": "erp-prod", "source": claim, "schema_version": 1})

    assert (found.source, found.flaw) == (Source.QUEUE, "'source' is not this sender's to claim: leave it out")


@pytest.mark.parametrize(
    "message",
    [
        {**alerts_message([ALERT]), "command": {}}, altered(alerts_message([ALERT]), "alerts", GONE),
        {**alerts_message([ALERT]), "alerts": {}}, {**alerts_message([ALERT]), "alerts": ["x"]},
        {**alerts_message([ALERT]), "schema_version": 2}, {**alerts_message([ALERT]), "alerts": [{"name": "x"}]},
        {**command_message(COMMAND, NOW)[0], "alarm": ""}, {**command_message(COMMAND, NOW)[0], "command": "x"},
        {**command_message(COMMAND, NOW)[0], "received_at": "now"},
    ],
)  # fmt: skip
def test_a_message_of_another_form_is_malformed(message: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        read(message)


def test_a_reason_that_is_no_text_is_none() -> None:
    message = alerts_message([ALERT])
    message["alerts"][0]["reason"] = 7

    assert read(message)[0].reason == ""


# --- Our own command, with an alert's name and state ------------------------------------------------------------------


def test_a_command_names_its_target_and_its_alert() -> None:
    message, told = command_message(COMMAND, NOW)

    [found] = read(message)

    assert [found] == told
    assert (found.target, found.alarm, found.source) == ("erp-prod", COMMAND["alarm"], Source.MONITORING)
    assert (found.delivery_id, found.requested_at, found.requested_by) == ("4711", NOW, "Zabbix")
    assert not found.own_id


@pytest.mark.parametrize("state", ["firing", "1", "Triggered", "Re-Triggered"])
def test_a_state_that_fires_acts(state: str) -> None:
    assert len(command_message({**COMMAND, "state": state}, NOW)[1]) == 1


@pytest.mark.parametrize(
    "state", ["resolved", "0", "Recovered", "No Data", "Warn", "{EVENT.VALUE}", "$ALERT_TRANSITION"]
)
def test_another_state_is_acknowledged(state: str) -> None:
    with pytest.raises(IgnoredError) as caught:
        command_message({**COMMAND, "state": state}, NOW)

    assert caught.value.code == "not_firing"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("state", GONE), ("state", 1), ("alarm", GONE), ("alarm", ""), ("alarm", "{EVENT.NAME}"), ("delivery_id", GONE),
        ("delivery_id", "{EVENT.ID}"), ("delivery_id", "$ALERT_CYCLE_KEY"), ("delivery_id", "*UNKNOWN*"),
        ("delivery_id", "d" * 201), ("target", "ERP"), ("target", []), ("source", "queue"), ("source", "monitoring"),
        ("force", True), ("requested_at", "now"), ("more", 1), ("dry_run", "true"),
    ],
)  # fmt: skip
def test_a_command_that_is_wrong_is_refused_at_the_door(path: str, value: Any) -> None:
    changed = altered({**COMMAND, path: ""}, path, value)

    with pytest.raises(MalformedError):
        command_message(changed, NOW)


def test_a_command_may_say_when_and_may_be_a_dry_run() -> None:
    given = {**COMMAND, "requested_at": "2026-01-02T03:00:00Z", "dry_run": True}

    [found] = read(command_message(given, NOW)[0])

    assert (found.requested_at, found.dry_run) == (NOW - timedelta(minutes=5), True)
