"""Monitoring at the door: who is let in, what is queued, and answers by which a sender repeats what is worth it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from standdown.core.retry import RetryLaterError
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.senders import read_secrets
from standdown.intake.webhook.smn import SmnPins
from standdown.intake.webhook.smn_rules import SmnRule
from support.signing import NOW, TOPIC
from support.wire import altered, event
from unit.entry.test_smn import counted, post
from unit.entry.test_webhook import Stack, stack
from unit.intake.webhook.test_request import COMMAND as STANDARD_COMMAND
from unit.intake.webhook.test_request import SECRETS, request, standard

__all__ = ["stack"]

TOKEN, NEXT = "0123456789abcdef" * 4, "fedcba9876543210" * 4
SECRET = "grafana-example-secret-0123456789"
LET_IN = replace(SECRETS, bearer=(TOKEN, NEXT), grafana=(SECRET,))
FIRING, RESOLVED, GRAFANA = event("alertmanager-firing"), event("alertmanager-resolved"), event("grafana-firing")
COMMAND = event("monitoring-command")
Sign = Callable[[str], dict[str, str]]


def bearer(_body: str, token: str = TOKEN) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "user-agent": "Alertmanager/0.25.0"}


def grafana(body: str, seconds: float = 0) -> dict[str, str]:
    at = str(int(NOW.timestamp() + seconds))
    signature = hmac.new(SECRET.encode(), f"{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"x-grafana-alerting-signature": signature, "x-grafana-alerting-timestamp": at}


@pytest.fixture
def door(stack: Stack) -> Stack:
    stack.secrets = lambda: LET_IN
    return stack


def sent(document: Any, sign: Sign = bearer) -> dict[str, Any]:
    body = document if isinstance(document, str) else json.dumps(document)
    return request(body, sign(body))


@pytest.mark.parametrize("sign", [bearer, grafana])
@pytest.mark.parametrize("document", [FIRING, GRAFANA], ids=["alertmanager", "grafana"])
def test_alerts_that_fire_are_queued_as_one_message(door: Stack, document: Any, sign: Sign) -> None:
    answer = door.take(sent({**document, "alerts": [*document["alerts"], *RESOLVED["alerts"]]}, sign))

    [message] = door.queued()
    assert (answer.status, answer.body["operations"]) == (202, [])
    assert message["verified"] == "monitoring"
    assert [one["fingerprint"] for one in message["alerts"]] == [document["alerts"][0]["fingerprint"]]


@pytest.mark.parametrize("sign", [bearer, lambda body: bearer(body, NEXT), grafana])
def test_a_command_is_answered_with_the_id_of_its_operation(door: Stack, sign: Sign) -> None:
    answer = door.take(sent(COMMAND, sign))

    [message] = door.queued()
    assert (answer.status, answer.body["delivery_id"]) == (202, "4711")
    assert [one["target"] for one in answer.body["operations"]] == ["erp-prod"]
    assert (message["alarm"], "source" in message["command"]) == (COMMAND["alarm"], False)


def test_the_same_alerts_again_are_queued_again_with_nothing_in_the_table(door: Stack) -> None:
    answers = [door.take(sent({**FIRING, "groupKey": str(number)})) for number in range(2)]

    assert [answer.status for answer in answers] == [202, 202]
    assert len(door.queued()) == 2
    assert door.dynamodb.scan(TableName="ledger")["Count"] == 0


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (RESOLVED, "not_firing"),
        ({**FIRING, "truncatedAlerts": 3}, "truncated"),
        ({**GRAFANA, "alerts": [{**GRAFANA["alerts"][0], "labels": {"alertname": "DatasourceNoData"}}]}, "no_data"),
        ({**GRAFANA, "alerts": [{**GRAFANA["alerts"][0], "labels": {"alertname": "DatasourceError"}}]}, "no_data"),
        ({**COMMAND, "state": "Recovered"}, "not_firing"),
    ],
)
def test_what_stops_nothing_by_right_gets_200_and_is_logged_and_counted(
    door: Stack, capsys: pytest.CaptureFixture[str], document: Any, code: str
) -> None:
    answer = door.take(sent(document))

    assert (answer.status, answer.body) == (200, {"ignored": code})
    assert counted(capsys, "EventsIgnored") == 1
    assert not door.queued()


def test_an_alert_without_data_beside_another_is_counted_and_the_other_is_queued(
    door: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = {**GRAFANA["alerts"][0], "labels": {"alertname": "DatasourceNoData"}}

    answer = door.take(sent({**GRAFANA, "alerts": [silent, {**silent, "status": "odd"}, *GRAFANA["alerts"]]}))

    said = capsys.readouterr().out
    lines = [json.loads(line) for line in said.splitlines()]
    [message] = door.queued()
    assert answer.status == 202
    assert len(message["alerts"]) == 1
    assert [
        sum(int(line[name][0]) for line in lines if name in line) for name in ("EventsIgnored", "EventsRejected")
    ] == [1, 1]


@pytest.mark.parametrize(
    "message",
    [
        sent(FIRING, lambda _: {}),
        sent(FIRING, lambda body: bearer(body, TOKEN[:-1] + "0")),
        sent(FIRING, lambda _: {"authorization": f"Basic {TOKEN}"}),
        sent(FIRING, lambda body: grafana(body, -301)),
        sent(FIRING, lambda body: grafana(body + " ")),
        sent(FIRING, lambda body: {**grafana(body), "x-grafana-alerting-timestamp": ""}),
        sent(FIRING, lambda body: {**grafana(body), **standard(body)}),
    ],
)
def test_who_did_not_prove_who_it_is_gets_401_and_nothing_is_queued(door: Stack, message: Any) -> None:
    answer = door.take(message)

    assert (answer.status, answer.body["error"]["code"]) == (401, "unauthenticated")
    assert not door.queued()


@pytest.mark.parametrize("sign", [bearer, grafana])
def test_monitoring_is_off_until_its_secret_exists(stack: Stack, sign: Sign) -> None:
    assert stack.take(sent(FIRING, sign)).status == 401
    assert not stack.queued()


def test_a_signed_request_that_also_has_a_token_is_judged_by_its_signature(door: Stack) -> None:
    headers = {**standard(STANDARD_COMMAND), "authorization": f"Bearer {TOKEN}x"}

    answer = door.take(request(STANDARD_COMMAND, headers))

    [message] = door.queued()
    assert (answer.status, message["source"]) == (202, "webhook")


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({**FIRING, "version": "3"}, 400), ({**COMMAND, "alarm": ""}, 400), ("not JSON", 400), ([], 400),
        ({**FIRING, "alerts": [{}]}, 400), ({"padding": "x" * (1024 * 1024)}, 413),
        ({**FIRING, "alerts": [{**FIRING["alerts"][0], "fingerprint": f"{n}"} for n in range(2000)]}, 413),
    ],
)  # fmt: skip
def test_what_can_never_be_taken_gets_a_4xx_that_no_sender_repeats_at_once(
    door: Stack, document: Any, status: int
) -> None:
    assert door.take(sent(document)).status == status
    assert not door.queued()


def test_a_group_of_a_storm_fits_through_the_door(door: Stack) -> None:
    many = [{**FIRING["alerts"][0], "fingerprint": f"{number:016x}"} for number in range(400)]
    body = json.dumps({**FIRING, "alerts": many})

    assert len(body) > 64 * 1024
    assert door.take(sent(body)).status == 202
    assert len(door.queued()[0]["alerts"]) == 400


def test_trouble_of_ours_gets_503_so_that_it_is_sent_again(door: Stack) -> None:
    def down() -> WebhookSecrets:
        raise RetryLaterError("Secrets Manager is down")

    with Stubber(door.sqs) as stubbed:
        stubbed.add_client_error("send_message", "ServiceUnavailable", http_status_code=503)
        unqueued = door.take(sent(FIRING))
    door.secrets = lambda: read_secrets(json.dumps({"bearer": ["too short"]}))
    broken = door.take(sent(FIRING))
    door.secrets = down

    assert [answer.status for answer in (unqueued, broken, door.take(sent(FIRING)))] == [503, 503, 503]


def test_a_put_is_told_that_only_a_post_is_answered(door: Stack) -> None:
    assert door.take(altered(sent(FIRING), "requestContext.http.method", "PUT")).status == 405


# --- Other publishers on SMN ------------------------------------------------------------------------------------------


def ruled(door: Stack, **changes: Any) -> None:
    """Give the SMN sender one rule, or what is wrong with its rules."""
    pins = replace(SECRETS.smn, **({"rules": (SmnRule(TOPIC, "erp-prod-corruption-hss", subject="HSS*"),)} | changes))
    door.secrets = lambda: replace(SECRETS, smn=pins)


def test_a_message_that_a_rule_knows_is_queued_once_under_one_id(door: Stack) -> None:
    ruled(door)

    answers = [door.take(post("found", subject="HSS: ransomware")) for _ in range(2)]

    messages = door.queued()
    assert [answer.status for answer in answers] == [202, 202]
    assert {(one["verified"], one["alarm_name"], one["delivery_id"]) for one in messages} == {
        ("smn", "erp-prod-corruption-hss", answers[0].body["delivery_id"])
    }


def test_a_message_that_no_rule_knows_gets_200_and_is_counted(door: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    ruled(door)

    answer = door.take(post("found", subject="CBR: backup done"))

    assert (answer.status, answer.body) == (200, {"ignored": "no_rule"})
    assert counted(capsys, "EventsIgnored") == 1
    assert not door.queued()


def test_a_message_that_two_rules_know_is_refused(door: Stack) -> None:
    rule = SmnRule(TOPIC, "another", subject="*ransomware")
    ruled(door, rules=(SmnRule(TOPIC, "erp-prod-corruption-hss", subject="HSS*"), rule))

    answer = door.take(post("found", subject="HSS: ransomware"))

    assert (answer.status, answer.body["error"]["code"]) == (400, "two_rules")
    assert not door.queued()


def test_rules_that_cannot_be_used_have_smn_send_again_what_they_may_be_about(door: Stack) -> None:
    ruled(door, rules=(), rules_wrong="'smn.rules' must be a list")

    assert door.take(post("found", subject="HSS: ransomware")).status == 503
    assert door.take(post(event("smn-alarm"))).status == 202
    assert len(door.queued()) == 1


def test_a_rule_is_not_asked_about_an_alarm_or_a_recovery_of_cloud_eye(door: Stack) -> None:
    ruled(door, rules=(SmnRule("urn:smn:*", "any", subject="*Cloud Eye*"),))

    alarm = door.take(post(event("smn-alarm"), subject="Cloud Eye"))
    recovery = door.take(post(event("smn-recovery"), subject="Cloud Eye"))

    assert (alarm.status, recovery.status) == (202, 200)
    assert [one["verified"] for one in door.queued()] == ["cloud-eye"]


def test_without_rules_a_message_of_another_publisher_is_said_to_be_no_alarm_of_cloud_eye(door: Stack) -> None:
    assert isinstance(SECRETS.smn, SmnPins)
    assert door.take(post("found")).body == {"ignored": "not_cloud_eye"}
