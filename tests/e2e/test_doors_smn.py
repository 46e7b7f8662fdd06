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
    ("name", "target", "alarm", "path"),
    [
        ("smn-alarm", "by-cloud-eye", "alarm-cloud-eye-writes", "/smn"),
        ("smn-alarm-v1", "by-cloud-eye-v1", "alarm-v1-writes", "/stop"),
    ],
)
def test_h01d_a_cloud_eye_alarm_stops_its_target_once_at_its_own_address_and_at_the_former(
    stack: LocalCloud, doors: Doors, name: str, target: str, alarm: str, path: str
) -> None:
    case, body = Case(stack, target), doors.smn.body(message(name, alarm))

    answers = [doors.post_smn(body, path), doors.post_smn(body, path)]

    (operation,) = case.published()
    assert [answer.status for answer in answers] == [202, 202]
    assert operation["outcome"]["result"] == "succeeded"
    assert operation["request"]["source"] == "alarm"
    assert operation["request"]["requested_by"] == f"Cloud Eye alarm {alarm}"
    assert len(case.stops()) == 1


UNAVAILABLE = {"code": "unavailable", "message": "the request could not be queued: send it again"}
OTHERS = "urn:smn:cn-north-4:0605767b5780d5762fc5c0118072a564:others"


@pytest.mark.parametrize("path", ["/smn", "/stop"])
def test_what_smn_did_not_sign_stops_nothing_and_is_asked_for_again_if_it_names_a_pinned_topic(
    stack: LocalCloud, doors: Doors, path: str
) -> None:
    alarm = message("smn-alarm", "alarm-cloud-eye-writes")
    before = Case(stack, "by-cloud-eye").operations()

    unverified = [
        doors.post_smn(Smn().body(alarm), path),
        doors.post_smn(doors.smn.body(alarm).replace(b"alarm-cloud-eye-writes", b"alarm-cloud-eye-others"), path),
    ]
    refused = [
        doors.post_smn(doors.smn.body(alarm, topic_urn=OTHERS), path),
        doors.post_smn(doors.smn.body(alarm, datetime.now(UTC) - timedelta(hours=25)), path),
    ]

    assert [answer.status for answer in unverified] == [503, 503]
    assert [answer.status for answer in refused] == [401, 401]
    assert unverified[0].body == unverified[1].body == {"error": UNAVAILABLE}
    assert refused[0].body == refused[1].body
    assert Case(stack, "by-cloud-eye").operations() == before


def test_m01g_a_repeated_alarm_is_a_second_chance_once(stack: LocalCloud, doors: Doors) -> None:
    case = Case(stack, "by-cloud-eye-again")
    document = json.loads(message("smn-alarm", "alarm-again-writes"))
    document["template_variable"]["IsCycleTrigger"] = True
    text = json.dumps(document)

    answers = [doors.post_smn(doors.smn.body(text)), doors.post_smn(doors.smn.body(text))]

    (operation,) = case.published()
    assert [answer.status for answer in answers] == [202, 200]
    assert answers[1].body == {"ignored": "no_change"}
    assert operation["outcome"]["result"] == "succeeded"
    assert len(case.stops()) == 1


def test_other_methods_and_paths_of_smns_address_reach_nothing(doors: Doors) -> None:
    assert doors.post(b"", {}, "GET", "/smn").status == 404


def test_a_recovery_is_acknowledged_and_a_subscription_is_told_to_the_operator(stack: LocalCloud, doors: Doors) -> None:
    fields = json.loads(freshened((ROOT / "events" / "smn-subscription.json").read_text(), datetime.now(UTC)))
    address = fields["subscribe_url"]

    recovered = doors.post_smn(doors.smn.body(message("smn-recovery", "alarm-cloud-eye-writes")))
    subscribed = doors.post_smn(doors.smn.body(fields.pop("message"), **fields))

    assert (recovered.status, recovered.body) == (200, {"ignored": "not_an_alarm"})
    assert (subscribed.status, subscribed.body) == (200, {"ignored": "confirm_subscription"})
    assert address in [line.get("subscribe_url") for line in stack.logs("webhook")]
