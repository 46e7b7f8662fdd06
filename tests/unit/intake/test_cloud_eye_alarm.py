"""Cloud Eye: both forms of its message; only an alarm that is new acts, and only on targets that name it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standdown.core.reasons import Reason, Why
from standdown.core.request import Source
from standdown.intake.cloud_eye_alarm import CloudEyeAlarm, from_verified, read_alarm, to_verified
from standdown.intake.cloudwatch_alarm import AlarmChange
from standdown.intake.errors import IgnoredError, MalformedError, RecoveredError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from standdown.intake.webhook.smn import SmnMessage
from support.signing import ID, TOPIC
from support.wire import ACCOUNT, GONE, NOW, TARGETS, TRUST, altered, event, record

SENT_AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
NAME = "erp-prod-corruption-disk-writes"


def read_whole(document: Any) -> CloudEyeAlarm:
    text = document if isinstance(document, str) else json.dumps(document)
    return read_alarm(SmnMessage(text, ID, TOPIC, SENT_AT))


def read(document: Any) -> AlarmChange:
    return read_whole(document).change


@pytest.mark.parametrize("name", ["smn-alarm", "smn-alarm-v1"])
def test_an_alarm_in_either_form_is_a_change_to_alarm(name: str) -> None:
    change = read(event(name))

    assert (change.name, change.state, change.changed_at) == (NAME, "ALARM", SENT_AT)
    assert change.delivery_id == f"{ID}/al1767322980000AbCdEfGhI/2026-01-02T03:04:00.000Z"
    assert change.reason
    assert change.requested_by == f"Cloud Eye alarm {NAME}"


def test_a_flat_alarm_without_its_time_has_the_messages() -> None:
    assert read(altered(event("smn-alarm"), "time", GONE)).changed_at == SENT_AT


@pytest.mark.parametrize("flag", [True, "true", "True", "TRUE"])
def test_an_alarm_may_be_said_in_text(flag: Any) -> None:
    assert read(altered(event("smn-alarm-v1"), "data.IsAlarm", flag)).state == "ALARM"
    assert read(altered(event("smn-alarm"), "template_variable.IsAlarm", flag)).state == "ALARM"


@pytest.mark.parametrize(
    "document",
    [
        event("smn-recovery"),
        altered(event("smn-recovery"), "alarm_status", "OK"),
        altered(event("smn-recovery"), "alarm_status", "insufficient_data"),
        altered(event("smn-alarm-v1"), "data.IsAlarm", value=False),
        altered(event("smn-alarm-v1"), "data.IsAlarm", "false"),
    ],
)
def test_a_recovery_is_ignored(document: dict[str, Any]) -> None:
    with pytest.raises(IgnoredError) as caught:
        read(document)

    assert caught.value.code == "not_an_alarm"


@pytest.mark.parametrize(("name", "where"), [("smn-alarm", "template_variable"), ("smn-alarm-v1", "data")])
@pytest.mark.parametrize("flag", [True, "true"])
def test_an_alarm_that_is_repeated_says_so_and_is_known_by_its_topic_its_name_and_its_id(
    name: str, where: str, flag: Any
) -> None:
    first = read_whole(event(name))
    again = read_whole(altered(event(name), f"{where}.IsCycleTrigger", flag))

    assert (first.repeated, again.repeated) == (False, True)
    assert first.alarm == again.alarm == f"{TOPIC}\n{NAME}\nal1767322980000AbCdEfGhI"


@pytest.mark.parametrize(
    "document",
    [
        {**event("smn-alarm-v1"), "version": "v2"}, {**event("smn-alarm-v1"), "alarm_name": "x"},
        altered(event("smn-alarm-v1"), "data.IsAlarm", 1),
        altered(event("smn-alarm-v1"), "data.IsAlarm", "yes"), altered(event("smn-alarm-v1"), "data.AlarmRuleName", ""),
        altered(event("smn-alarm-v1"), "data.AlarmRuleName", 7),
        altered(event("smn-alarm"), "alarm_status", GONE), altered(event("smn-alarm"), "alarm_status", "panic"),
        altered(event("smn-alarm"), "alarm_status", value=True), altered(event("smn-alarm"), "alarm_name", "a\nb"),
        altered(event("smn-alarm"), "template_variable.IsAlarm", value=False),
        altered(event("smn-alarm"), "template_variable.IsAlarm", "maybe"),
        altered(event("smn-alarm"), "time", "1767323040000"), altered(event("smn-alarm"), "time", -1),
        altered(event("smn-alarm"), "time", 2**63), altered(event("smn-alarm"), "time", value=True),
        altered(event("smn-alarm"), "time", 1.5),
    ],
)  # fmt: skip
def test_what_is_no_alarm_or_contradicts_itself_is_malformed(document: Any) -> None:
    with pytest.raises(MalformedError):
        read(document)


@pytest.mark.parametrize(
    "document", ["hello", "", "[]", "null", "{}", {"version": "v1"}, {"state": "alarm"}, {"data": {}}]
)
def test_k17_a_message_that_is_no_default_alarm_is_ignored_and_the_template_is_named(document: Any) -> None:
    with pytest.raises(IgnoredError) as caught:
        read(document)

    assert caught.value.code == "not_cloud_eye"
    assert "default template" in caught.value.message


def test_k17b_an_alarm_on_events_is_called_that() -> None:
    with pytest.raises(IgnoredError) as caught:
        read(altered(event("smn-alarm"), "alarm_status", "--"))

    assert caught.value.code == "event_alarm"


def test_k25_a_time_in_seconds_is_called_that() -> None:
    with pytest.raises(MalformedError, match="is in seconds"):
        read(altered(event("smn-alarm"), "time", 1773783680))


@pytest.mark.parametrize("variables", [GONE, None, "x", []])
def test_the_older_form_does_without_its_variables(variables: Any) -> None:
    assert read(altered(event("smn-alarm"), "template_variable", variables)).name == NAME


@pytest.mark.parametrize("value", [GONE, None, 7])
def test_identity_and_reason_do_without_what_is_missing(value: Any) -> None:
    document = altered(altered(event("smn-alarm"), "alarm_id", value), "sms_content", value)

    change = read(altered(document, "template_variable", GONE))

    assert (change.delivery_id, change.reason) == (f"{ID}//2026-01-02T03:04:00.000Z", "")


def test_a_verified_alarm_stops_the_targets_that_name_it() -> None:
    body = to_verified(read(event("smn-alarm")))

    (request,) = read_queue_record(record(body, sender="AROAWEBHOOK:x"), TARGETS, now=NOW, trust=TRUST)

    assert (request.source, request.target, request.alarm, request.flaw) == (Source.ALARM, "erp-prod", NAME, None)
    assert request.delivery_id == read(event("smn-alarm")).delivery_id
    assert request.requested_at == SENT_AT


def test_only_the_webhook_functions_role_may_say_verified() -> None:
    body = to_verified(read(event("smn-alarm")))

    for sender, trust in (
        ("AIDAOTHER", TRUST),
        ("AROASCHEDULE:x", TRUST),
        ("", Trust(ACCOUNT)),
        (ACCOUNT, Trust(ACCOUNT)),
    ):
        with pytest.raises(MalformedError) as caught:
            read_queue_record(record(body, sender=sender), TARGETS, now=NOW, trust=trust)
        assert caught.value.code == "not_verified"
    root = read_queue_record(record(body, sender=ACCOUNT), TARGETS, now=NOW, trust=TRUST)

    assert root


def test_verified_and_read_again_it_is_the_same_change() -> None:
    change = read(event("smn-alarm"))

    assert from_verified(json.loads(json.dumps(to_verified(change))), now=NOW) == change


def test_a_verified_alarm_from_the_future_is_flawed() -> None:
    body = to_verified(read(event("smn-alarm")))

    change = from_verified(body, now=SENT_AT - timedelta(hours=1))

    assert change.flaw is not None
    assert change.changed_at == SENT_AT - timedelta(hours=1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("verified", "other"), ("verified", None), ("schema_version", 2), ("extra", 1), ("reason", GONE),
        ("changed_at", "now"), ("changed_at", 7), ("alarm_name", ""), ("state", ""), ("delivery_id", None),
        ("delivery_id", "a\n"),
    ],
)  # fmt: skip
def test_a_verified_body_that_is_not_whole_is_malformed(path: str, value: Any) -> None:
    body = to_verified(read(event("smn-alarm")))

    with pytest.raises(MalformedError):
        from_verified(altered(body, path, value), now=NOW)


def test_a_verified_reason_that_is_no_text_is_none() -> None:
    body = to_verified(read(event("smn-alarm")))

    assert from_verified({**body, "reason": 7}, now=NOW).reason == ""


# --- What is said of it, word for word --------------------------------------------------------------------------------

FLAT, VERSIONED = event("smn-alarm"), event("smn-alarm-v1")
WHERE = "the Cloud Eye alarm"
EITHER = f"{WHERE} must have either 'alarm_name' or 'data', and not both"
IN_SECONDS = f"'time' in {WHERE} is in seconds: it must be milliseconds since 1970"
NO_STATE = f"{WHERE} does not say, or contradicts, whether it is an alarm"
NO_FLAG = f"'IsAlarm' in {WHERE} must be true or false"
NO_TIME = f"'time' in {WHERE} must be milliseconds since 1970"
NOT_WHOLE = f"{WHERE}, as verified, does not have the fields it should have"
ISO = "it must be an ISO 8601 time such as 2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        ({**FLAT, "data": {}}, "unknown_shape", EITHER),
        (altered(FLAT, "time", 1773783680), "bad_time", IN_SECONDS),
        (altered(FLAT, "alarm_status", "panic"), "bad_state", NO_STATE),
        (altered(FLAT, "template_variable.IsAlarm", value=["True"]), "bad_state", NO_STATE),
        (altered(FLAT, "time", -1), "bad_time", NO_TIME),
        (altered(FLAT, "time", 2**42 + 1), "bad_time", NO_TIME),
        (
            altered(FLAT, "alarm_name", "x" * 256),
            "bad_field",
            f"'alarm_name' in {WHERE} is text; it must be 1 to 255 characters",
        ),
        (altered(VERSIONED, "version", "v2"), "unknown_shape", f"'version' in {WHERE} must be v1"),
        (altered(VERSIONED, "data.IsAlarm", "yes"), "bad_state", NO_FLAG),
        (altered(VERSIONED, "data.IsAlarm", 1), "bad_state", NO_FLAG),
        (
            altered(VERSIONED, "data.AlarmRuleName", "x" * 256),
            "bad_field",
            f"'AlarmRuleName' in {WHERE} is text; it must be 1 to 255 characters",
        ),
    ],
)
def test_what_is_wrong_with_an_alarm_is_said(document: Any, code: str, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read(document)

    assert caught.value.code == code
    assert caught.value.message == message or (message.endswith(": ") and caught.value.message.startswith(message))


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        ("extra", 1, "unknown_shape", NOT_WHOLE),
        ("changed_at", 7, "bad_time", f"'changed_at' in {WHERE}: {ISO}"),
        ("alarm_name", "x" * 256, "bad_field", f"'alarm_name' in {WHERE} is text; it must be 1 to 255 characters"),
        ("state", "x" * 21, "bad_field", f"'state' in {WHERE} is text; it must be 1 to 20 characters"),
        ("delivery_id", "x" * 401, "bad_field", f"'delivery_id' in {WHERE} is text; it must be 1 to 400 characters"),
    ],
)
def test_what_is_wrong_with_a_verified_alarm_is_said(path: str, value: Any, code: str, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        from_verified(altered(to_verified(read(FLAT)), path, value), now=NOW)

    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize(("time", "at"), [(0, datetime(1970, 1, 1, tzinfo=UTC)), (2**42, None)])
def test_every_time_from_1970_to_2109_is_read(time: int, at: datetime | None) -> None:
    change = read(altered(FLAT, "time", time))

    assert change.changed_at == (at or datetime.fromtimestamp(2**42 / 1000, UTC))


def test_an_alarms_words_are_cut_to_what_is_told() -> None:
    long = {"alarm_id": "i" * 300, "sms_content": "r" * 600, "alarm_name": "n" * 200}

    change = read({**FLAT, **long})
    again = from_verified({**to_verified(change), "reason": "r" * 600}, now=NOW)

    assert change.delivery_id == f"{ID}/{'i' * 99}…/2026-01-02T03:04:00.000Z"
    assert change.reason == again.reason == f"{'r' * 499}…"
    assert change.requested_by == again.requested_by == f"Cloud Eye alarm {'n' * 149}…"
    assert change.name == again.name == "n" * 200


@pytest.mark.parametrize(("minutes", "flawed"), [(5, False), (6, True)])
def test_five_minutes_in_the_future_are_a_clocks_business(minutes: int, flawed: bool) -> None:
    change = from_verified(to_verified(read(FLAT)), now=SENT_AT - timedelta(minutes=minutes))

    assert change.flaw == (Why(Reason.FUTURE_ALARM_TIME) if flawed else None)


# --- A second chance, and what ends it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "state"),
    [
        (event("smn-recovery"), "OK"),
        (altered(event("smn-recovery"), "alarm_status", "ok_manual"), "OK"),
        (altered(event("smn-recovery"), "alarm_status", "invalid"), "INVALID"),
        (altered(event("smn-recovery"), "alarm_status", "insufficient_data"), "INSUFFICIENT_DATA"),
        (altered(event("smn-recovery"), "template_variable.IsAlarm", ""), "OK"),
        (altered(event("smn-alarm-v1"), "data.IsAlarm", GONE), "OK"),
        (altered(event("smn-alarm-v1"), "data.IsAlarm", ""), "OK"),
        (altered(event("smn-alarm-v1"), "data.IsAlarm", None), "OK"),
    ],
)
def test_h03b_what_is_no_alarm_now_names_the_alarm_that_it_ends(document: dict[str, Any], state: str) -> None:
    with pytest.raises(RecoveredError) as caught:
        read(document)

    error = caught.value
    assert error.message == f"the alarm {NAME} went to {state}: only ALARM stops"
    assert (error.alarm, error.sent_at) == (f"{TOPIC}\n{NAME}\nal1767322980000AbCdEfGhI", SENT_AT)


@pytest.mark.parametrize("flag", [GONE, None, ""])
def test_an_alarm_in_the_older_form_may_leave_its_flag_out(flag: Any) -> None:
    assert read(altered(event("smn-alarm"), "template_variable.IsAlarm", flag)).state == "ALARM"


def test_an_alarm_says_when_its_message_was_sent() -> None:
    assert read_whole(altered(event("smn-alarm"), "time", 1767300000000)).sent_at == SENT_AT


@pytest.mark.parametrize(
    ("changes", "subject", "reason"),
    [
        ({}, "s", "writes look like an encryption"),
        ({"AlarmDesc": GONE}, "s", "s"),
        ({"AlarmDesc": " "}, "", "Disk Write Bandwidth, 393.24 MByte/s, erp-db-1"),
        ({"AlarmDesc": 7, "CurrentData": GONE}, "", "Disk Write Bandwidth, erp-db-1"),
        ({"AlarmRecordID": "ah1"}, "", "writes look like an encryption (alarm record ah1)"),
        ({"AlarmDesc": GONE, "AlarmRecordID": "ah1"}, "s", "s (alarm record ah1)"),
        (
            {"AlarmDesc": GONE, "MetricName": 7, "CurrentData": None, "ResourceName": GONE, "AlarmRecordID": "ah1"},
            "",
            "(alarm record ah1)",
        ),
    ],
)
def test_l01d_the_reason_is_the_first_of_what_is_known(changes: dict[str, Any], subject: str, reason: str) -> None:
    document = event("smn-alarm-v1")
    for key, value in changes.items():
        document = altered(document, f"data.{key}", value)

    found = read_alarm(SmnMessage(json.dumps(document), ID, TOPIC, SENT_AT, subject=subject))

    assert found.change.reason == reason


@pytest.mark.parametrize("data", [[], 7, "x", {}, {"rule": "erp-prod"}])
def test_l04c_a_message_of_another_service_that_has_data_is_not_cloud_eye_s(data: Any) -> None:
    with pytest.raises(IgnoredError) as caught:
        read({"version": "v1", "data": data})

    assert caught.value.code == "not_cloud_eye"
