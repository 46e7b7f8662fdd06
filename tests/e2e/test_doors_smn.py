"""Huawei Cloud's own alarms: Cloud Eye by SMN, signed, to the webhook's address."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.case import Case
from local.cloud import LocalCloud
from local.doors import Doors
from local.event import freshened
from local.places import ROOT
from local.smn import Smn


def message(name: str, alarm: str) -> str:
    text = (ROOT / "events" / f"{name}.json").read_text().replace("erp-prod-corruption-disk-writes", alarm)
    return freshened(text, datetime.now(UTC))


@pytest.mark.parametrize(
    ("name", "target", "alarm"),
    [
        ("smn-alarm", "by-cloud-eye", "alarm-cloud-eye-writes"),
        ("smn-alarm-v1", "by-cloud-eye-v1", "alarm-v1-writes"),
    ],
)
def test_a_cloud_eye_alarm_stops_its_target_once_however_often_smn_sends_it(
    stack: LocalCloud, doors: Doors, name: str, target: str, alarm: str
) -> None:
    case, body = Case(stack, target), doors.smn.body(message(name, alarm))

    answers = [doors.post_smn(body), doors.post_smn(body)]

    (operation,) = case.published()
    assert [answer.status for answer in answers] == [202, 202]
    assert operation["outcome"]["result"] == "succeeded"
    assert operation["request"]["source"] == "alarm"
    assert operation["request"]["requested_by"] == f"Cloud Eye alarm {alarm}"
    assert len(case.stops()) == 1


def test_what_smn_did_not_sign_or_signed_for_others_or_long_ago_is_unauthenticated(
    stack: LocalCloud, doors: Doors
) -> None:
    alarm = message("smn-alarm", "alarm-cloud-eye-writes")
    before = Case(stack, "by-cloud-eye").operations()

    answers = [
        doors.post_smn(Smn().body(alarm)),
        doors.post_smn(doors.smn.body(alarm).replace(b"alarm-cloud-eye-writes", b"alarm-cloud-eye-others")),
        doors.post_smn(doors.smn.body(alarm, topic_urn="urn:smn:cn-north-4:0605767b5780d5762fc5c0118072a564:others")),
        doors.post_smn(doors.smn.body(alarm, datetime.now(UTC) - timedelta(hours=25))),
    ]

    assert [answer.status for answer in answers] == [401] * 4
    assert all(answer.body == answers[0].body for answer in answers)
    assert Case(stack, "by-cloud-eye").operations() == before


def test_a_recovery_is_acknowledged_and_a_subscription_is_told_to_the_operator(stack: LocalCloud, doors: Doors) -> None:
    fields = json.loads(freshened((ROOT / "events" / "smn-subscription.json").read_text(), datetime.now(UTC)))
    address = fields["subscribe_url"]

    recovered = doors.post_smn(doors.smn.body(message("smn-recovery", "alarm-cloud-eye-writes")))
    subscribed = doors.post_smn(doors.smn.body(fields.pop("message"), **fields))

    assert (recovered.status, recovered.body) == (200, {"ignored": "not_an_alarm"})
    assert (subscribed.status, subscribed.body) == (200, {"ignored": "confirm_subscription"})
    assert address in [line.get("subscribe_url") for line in stack.logs("webhook")]
