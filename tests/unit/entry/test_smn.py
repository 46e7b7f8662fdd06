"""Huawei Cloud's SMN at the door: what it is answered decides whether it sends a message again."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from standdown.intake.webhook.smn import SmnPins
from support.signing import ID, NOW, TOPIC, certificate_pem, private_key, public_pem, sign, smn_fields
from support.wire import GONE, altered, event
from unit.entry.test_webhook import Stack, stack
from unit.intake.webhook.test_request import COMMAND, SECRETS, request, standard

__all__ = ["stack"]

FLAT, VERSIONED = event("smn-alarm"), event("smn-alarm-v1")
NEXT_KEY = public_pem(private_key(2049))
LATER = "0" * 31 + "1"


def post(message: Any, headers: dict[str, str] | None = None, path: str = "/smn", **changes: Any) -> dict[str, Any]:
    """Return a message of SMN on its way to one of the paths."""
    fields = smn_fields(message, **changes)
    posted = request(sign(fields).decode(), headers or {"X-SMN-MESSAGE-TYPE": fields["type"]})
    return {**posted, "rawPath": path}


def repeated(message: dict[str, Any] = FLAT) -> dict[str, Any]:
    return altered(message, f"{'data' if 'data' in message else 'template_variable'}.IsCycleTrigger", value=True)


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def lasting(stack: Stack) -> None:
    """Pin SMN's key without its certificate, which expires."""
    stack.secrets = lambda: replace(SECRETS, smn=SmnPins((public_pem(private_key()),), (TOPIC,)))


def rotated(stack: Stack) -> None:
    """Pin a key that SMN does not sign with."""
    stack.secrets = lambda: replace(SECRETS, smn=SmnPins((NEXT_KEY,), (TOPIC,)))


def counted(capsys: pytest.CaptureFixture[str], metric: str) -> int:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return sum(int(line[metric][0]) for line in lines if metric in line)


@pytest.mark.parametrize("path", ["/smn", "/$default/smn", "/stop"])
def test_h01_smn_has_a_path_of_its_own_and_the_former_one_goes_on_working(stack: Stack, path: str) -> None:
    answer = stack.take(post(FLAT, path=path))

    assert (answer.status, [one["verified"] for one in stack.queued()]) == (202, ["cloud-eye"])


def test_the_path_of_smn_takes_no_other_sender(stack: Stack) -> None:
    answer = stack.take({**request(COMMAND, standard(COMMAND)), "rawPath": "/smn"})

    assert answer.status == 401
    assert not stack.queued()


def test_h02_what_smn_signs_with_a_new_key_is_to_be_sent_again_and_is_taken_once_the_key_is_pinned(
    stack: Stack, lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    rotated(stack)
    refused = [stack.take(post(FLAT, path=path)) for path in ("/smn", "/stop")]
    queued_before = stack.queued()
    stack.secrets = lambda: SECRETS

    again = [stack.take(post(FLAT)), stack.take(post(FLAT))]

    assert [one.status for one in refused] == [503, 503]
    assert not queued_before
    assert [one.status for one in again] == [202, 202]
    assert len({one["delivery_id"] for one in stack.queued()}) == 1
    assert counted(capsys, "SmnUnverified") == 2
    first = json.loads(lines.getvalue().splitlines()[0])
    assert (first["level"], first["message"]) == ("ERROR", "smn message not verified")
    assert first["check"] == "smn: the signature is of none of the pinned keys"


def test_h02b_the_answer_to_what_cannot_be_verified_is_that_of_any_other_trouble(stack: Stack) -> None:
    with Stubber(stack.sqs) as broken:
        broken.add_client_error("send_message", "ServiceUnavailable")
        trouble = stack.take(post(FLAT)).to_dict()
    rotated(stack)

    unverified = stack.take(post(FLAT)).to_dict()

    assert unverified == trouble
    assert unverified["statusCode"] == 503


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": None},
        {"signature": "AAAA"},
        {"message_id": "new-format-0001"},
        {"timestamp": at(NOW + timedelta(hours=1))},
    ],
)
def test_h02c_whatever_keeps_a_message_of_a_pinned_topic_from_being_verified_it_is_to_be_sent_again(
    stack: Stack, changes: dict[str, Any]
) -> None:
    message = post(FLAT)
    body = {**json.loads(message["body"]), **changes}

    assert stack.take({**message, "body": json.dumps(body)}).status == 503
    assert not stack.queued()


@pytest.mark.parametrize("body", ["", "not JSON", "{}", "\x1f\x8b"])
def test_h02d_the_header_says_the_topic_as_well_where_the_body_cannot_be_read(stack: Stack, body: str) -> None:
    headers = {"X-SMN-TOPIC-URN": TOPIC, "content-encoding": "gzip"}

    pinned = stack.take({**request(body, headers), "rawPath": "/smn"})
    other = stack.take({**request(body, {**headers, "X-SMN-TOPIC-URN": f"{TOPIC}-2"}), "rawPath": "/smn"})

    assert (pinned.status, other.status) == (503, 401)


def test_h02e_a_topic_that_is_not_pinned_is_not_sent_again_also_while_no_pinned_key_holds(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    expired = certificate_pem(private_key(), NOW - timedelta(days=9), NOW - timedelta(days=1))
    stack.secrets = lambda: replace(SECRETS, smn=SmnPins((expired,), (TOPIC,)))

    ours, others = stack.take(post(FLAT)), stack.take(post(FLAT, topic_urn=f"{TOPIC}-2"))

    assert (ours.status, others.status) == (503, 401)
    assert counted(capsys, "SmnUnverified") == 0


def test_a_genuine_message_that_is_too_old_is_not_asked_for_again(stack: Stack) -> None:
    assert stack.take(post(FLAT, timestamp=at(NOW - timedelta(hours=25)))).status == 401


@pytest.mark.parametrize(
    "message",
    [
        altered(VERSIONED, "data.IsAlarm", GONE), altered(VERSIONED, "data.IsAlarm", ""),
        altered(VERSIONED, "data.IsAlarm", None),
        altered(altered(FLAT, "alarm_status", "ok_manual"), "template_variable", GONE),
        altered(altered(FLAT, "alarm_status", "invalid"), "template_variable", GONE),
        altered(event("smn-recovery"), "template_variable.IsAlarm", ""),
    ],
)  # fmt: skip
def test_h03_a_recovery_that_leaves_its_flag_out_or_was_made_by_hand_is_acknowledged(
    stack: Stack, message: Any
) -> None:
    answer = stack.take(post(message, path="/stop"))

    assert (answer.status, answer.body) == (200, {"ignored": "not_an_alarm"})
    assert not stack.queued()


@pytest.mark.parametrize("message", [FLAT, VERSIONED])
def test_m01_a_repeated_alarm_is_a_second_chance_where_its_first_message_never_came(
    stack: Stack, message: dict[str, Any]
) -> None:
    second = stack.take(post(repeated(message), path="/stop"))
    third = stack.take(post(repeated(message), path="/stop", message_id=LATER))

    assert (second.status, third.status) == (202, 200)
    assert third.body == {"ignored": "no_change"}
    assert len(stack.queued()) == 1


def test_m01b_a_repeated_alarm_whose_first_message_was_taken_is_ignored_for_as_long_as_it_lasts(stack: Stack) -> None:
    lasting(stack)
    first = stack.take(post(FLAT))
    repeats = []
    for days in (1, 2, 3):
        stack.now = NOW + timedelta(days=days)
        repeats.append(stack.take(post(repeated(), message_id=LATER, timestamp=at(stack.now))).body)

    assert first.status == 202
    assert repeats == [{"ignored": "no_change"}] * 3
    assert len(stack.queued()) == 1


def test_m01c_what_is_repeated_after_a_recovery_or_a_long_silence_is_a_new_alarm(stack: Stack) -> None:
    """Whether the flag is the message's or its rule's is said nowhere: every message of a rule may have it."""
    lasting(stack)
    stack.take(post(repeated()))
    stack.now = NOW + timedelta(hours=1)
    stack.take(post(event("smn-recovery"), message_id=LATER, timestamp=at(stack.now)))
    recovered = stack.take(post(repeated(), message_id=LATER, timestamp=at(stack.now)))
    stack.now += timedelta(hours=25, seconds=1)
    silent = stack.take(post(repeated(), message_id=ID, timestamp=at(stack.now)))

    assert (recovered.status, silent.status) == (202, 202)


def test_m01d_a_recovery_that_was_sent_before_the_alarm_does_not_end_it(stack: Stack) -> None:
    stack.take(post(FLAT))
    late = stack.take(post(event("smn-recovery"), message_id=LATER, timestamp=at(NOW - timedelta(minutes=10))))

    again = stack.take(post(repeated(), message_id="0" * 32))

    assert (late.status, again.body) == (200, {"ignored": "no_change"})


def test_m01e_a_repeated_alarm_that_could_not_be_queued_is_taken_when_smn_sends_it_again(stack: Stack) -> None:
    with Stubber(stack.sqs) as broken:
        broken.add_client_error("send_message", "ServiceUnavailable")
        failed = stack.take(post(repeated()))

    again = stack.take(post(repeated()))

    assert (failed.status, again.status) == (503, 202)
    assert len(stack.queued()) == 1


def test_m01f_alarms_of_another_name_or_topic_are_not_taken_for_the_same(stack: Stack) -> None:
    other = f"{TOPIC}-2"
    stack.secrets = lambda: replace(SECRETS, smn=replace(SECRETS.smn, topic_urns=(TOPIC, other)))
    stack.take(post(FLAT))

    answers = [
        stack.take(post(altered(repeated(), "alarm_name", "erp-prod-corruption-2"), message_id=LATER)),
        stack.take(post(repeated(), message_id="0" * 32, topic_urn=other)),
    ]

    assert [one.status for one in answers] == [202, 202]


def test_a_recovery_that_cannot_be_remembered_is_to_be_sent_again(stack: Stack) -> None:
    stack.dynamodb.delete_table(TableName="ledger")

    assert stack.take(post(event("smn-recovery"))).status == 503


@pytest.mark.parametrize(
    "kind",
    ["", "application/octet-stream", "text/plain", "text/plain; charset=utf8", "application/json;charset=GBK", "?"],
)
@pytest.mark.parametrize("path", ["/smn", "/stop"])
def test_m03_smn_may_say_any_type_since_its_signature_judges(stack: Stack, kind: str, path: str) -> None:
    answer = stack.take(post(FLAT, {"content-type": kind, "X-SMN-MESSAGE-TYPE": "Notification"}, path))

    assert answer.status == 202


def test_m03b_the_path_says_whose_message_it_is_also_without_a_header(stack: Stack) -> None:
    assert stack.take(post(FLAT, {"content-type": ""})).status == 202


def test_m03c_a_message_of_smn_may_be_as_long_as_smn_allows(stack: Stack) -> None:
    long = post({**FLAT, "alarmValue": ["x" * 250_000]})

    assert stack.take(long).status == 202
    assert stack.take({**long, "body": "x" * (1024 * 1024 + 1)}).status == 413


def reason_of(stack: Stack, message: dict[str, Any], **changes: Any) -> Any:
    stack.take(post(message, path="/stop", **changes))
    (queued,) = stack.queued()
    return queued["reason"]


def lean(**changes: Any) -> dict[str, Any]:
    """Return the newer form as it was recorded: what is false or empty is left out, and a record's id is there."""
    document = {**VERSIONED, "data": {**VERSIONED["data"], "AlarmRecordID": "ah1767322980000XyZ", **changes}}
    for key in ("AlarmId", "AlarmDesc", "IsCycleTrigger"):
        document = altered(document, f"data.{key}", GONE)
    return document


def test_l01_an_alarm_without_a_description_says_what_was_measured_and_its_record(stack: Stack) -> None:
    reason = "Disk Write Bandwidth, 393.24 MByte/s, erp-db-1 (alarm record ah1767322980000XyZ)"

    assert reason_of(stack, lean()) == reason


def test_l01b_an_alarm_without_a_description_has_its_subject(stack: Stack) -> None:
    assert reason_of(stack, lean(), subject="[Major]writes") == "[Major]writes (alarm record ah1767322980000XyZ)"


def test_l01c_an_alarm_of_which_nothing_is_said_has_no_reason(stack: Stack) -> None:
    nothing = dict.fromkeys(("MetricName", "CurrentData", "ResourceName", "AlarmRecordID"))

    assert reason_of(stack, lean(**nothing)) == ""


@pytest.mark.parametrize(
    "host", ["console.eu-west-101.myhuaweicloud.eu", "console.myhuaweicloud.cn", "smn.eu-de.otc.t-systems.com"]
)
def test_l02_the_other_sites_of_huawei_cloud_have_their_addresses_shown(
    stack: Stack, host: str, lines: io.StringIO
) -> None:
    url = f"https://{host}/smn/subscription/confirm?token=abc"

    answer = stack.take(post("You are invited.", path="/stop", type="SubscriptionConfirmation", subscribe_url=url))

    assert answer.body == {"ignored": "confirm_subscription"}
    assert url in lines.getvalue()


@pytest.mark.parametrize(
    "message",
    [
        {"data": [{"table": "orders"}]}, {"data": {"job": "sync"}},
        {"version": "v1", "data": {"rule": "erp-prod", "state": "alarm"}},
        {"data": "erp-prod is in alarm"}, "The rule erp-prod is in alarm.",
    ],
)  # fmt: skip
def test_l04_what_is_genuine_and_not_ours_is_acknowledged_logged_and_counted(
    stack: Stack, message: Any, lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = stack.take(post(message, path="/stop"))

    assert (answer.status, answer.body) == (200, {"ignored": "not_cloud_eye"})
    assert "default template" in lines.getvalue()
    assert counted(capsys, "EventsIgnored") == 1
    assert not stack.queued()


@pytest.mark.parametrize("kind", ["HttpSubscriptionUserConfirm", "HttpSubscriptionUserUnsubscribe"])
def test_what_smn_says_of_a_subscriber_is_acknowledged(stack: Stack, kind: str) -> None:
    message = post("ops@example.com", {"X-SMN-MESSAGE-TYPE": kind}, type=kind)

    assert stack.take(message).body == {"ignored": "subscriber"}
    assert stack.take({**message, "body": message["body"].replace(TOPIC, f"{TOPIC}-2")}).status == 401
