"""What is said of an event that becomes no request, word for word: by that, its sender or the operator mends it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from standdown.base.text import iso
from standdown.core.request import Source
from standdown.intake.cloudwatch_alarm import AlarmChange, requests_for
from standdown.intake.command import read_command
from standdown.intake.direct_invocation import read_direct
from standdown.intake.errors import IntakeError, MalformedError, WebhookSecretError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from standdown.intake.webhook.request import WebhookSecrets, read_http
from support.wire import ACCOUNT, GONE, NOW, TARGETS, TOPIC_ARN, TRUST, Target, altered, event, record, sns
from unit.intake.webhook.test_request import SECRETS, github, request, signed_request, standard

GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
COMMAND = {"target": "erp-prod"}
NOT_OURS = (
    "the command names nothing to stop: give 'target' or 'server_group_id'; "
    "nor is it an alarm, or an envelope of SNS or EventBridge around one"
)
NOT_ONE = "'target' 'ERP' is no valid name of a target (1 to 63 lower-case letters, digits and hyphens)"
NAME = "erp-prod-corruption-checksums"
METRIC = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{NAME}"


def said(error: IntakeError) -> tuple[str, str]:
    return error.code, error.message


# --- A command -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "flaw"),
    [
        ({"unknown": 1}, "'unknown' is not a known key"),
        ({"x" * 41: 1}, f"'{'x' * 39}…' is not a known key"),
        (
            dict.fromkeys("zyxw", 1),
            "; ".join(f"'{key}' is not a known key" for key in "wxy"),
        ),
        ({"reason": 7}, "'reason' is a number: it must be text"),
        ({"reason": None}, "'reason' is null: leave it out, or give it a value"),
        ({"reason": "<aws.scheduler.execution-id>"}, "'reason' holds an unfilled placeholder: send the text"),
        ({"requested_by": ["me"]}, "'requested_by' is a list: it must be text"),
        ({"dry_run": "false"}, "'dry_run' is text: it must be true or false"),
        ({"dry_run": None}, "'dry_run' is null: leave it out, or give it a value"),
        ({"delivery_id": ""}, "'delivery_id' is text: it must be 1 to 200 printable characters"),
        ({"delivery_id": 7}, "'delivery_id' is a number: it must be 1 to 200 printable characters"),
        ({"delivery_id": "<aws.x>"}, "'delivery_id' holds an unfilled placeholder: send the value"),
        ({"requested_at": "<aws.x>"}, "'requested_at' holds an unfilled placeholder: send the time"),
        (
            {"requested_at": "yesterday"},
            "'requested_at' must be an ISO 8601 time with its zone, such as 2026-01-02T03:04:05Z",
        ),
        (
            {"requested_at": "9999-12-31T23:59:59Z"},
            "'requested_at' lies more than 5 minutes in the future: correct the sender's clock",
        ),
        ({"source": "schedule"}, "'source' is not this sender's to claim: leave it out"),
        ({"schema_version": 2}, "'schema_version' must be 1"),
        ({"server_group_id": GROUP}, "'target' and 'server_group_id' are both given: give one of them"),
        ({"target": ["erp-prod", "ERP"]}, NOT_ONE),
        ({"target": ["erp-prod", "erp-prod"]}, "'target' names the same twice: name each once"),
        (
            {"target": ["erp-prod", *(f"t-{n}" for n in range(20))]},
            "'target' names 21: at most 20 are allowed, send several commands",
        ),
        ({"target": ["erp-prod", "ERP"], "dry_run": 1}, f"{NOT_ONE}; 'dry_run' is a number: it must be true or false"),
    ],
)
def test_a_flaw_says_what_to_do(wrong: dict[str, Any], flaw: str) -> None:
    found = read_command({**COMMAND, **wrong}, delivery_id="m-1", source=Source.QUEUE, requested_at=NOW)

    assert {request.flaw for request in found} == {flaw}


def test_twenty_targets_are_taken_and_of_more_the_first_twenty_are_told() -> None:
    names = [f"t-{number}" for number in range(22)]

    taken = read_command({"target": names[:20]}, delivery_id="m", source=Source.QUEUE, requested_at=NOW)
    flawed = read_command({"target": names}, delivery_id="m", source=Source.QUEUE, requested_at=NOW)

    assert [one.target for one in taken] == [one.target for one in flawed] == names[:20]
    assert {one.flaw for one in taken} == {None}


def test_what_is_written_wrong_in_every_way_is_still_one_line_of_500_characters() -> None:
    document = {
        **COMMAND,
        "reason": 1,
        "requested_by": 1,
        "dry_run": 1,
        "delivery_id": 1,
        "requested_at": 1,
        "source": 1,
    }
    document |= {"schema_version": 9, **{name * 40: 1 for name in "abc"}}

    (found,) = read_command(document, delivery_id="m-1", source=Source.QUEUE, requested_at=NOW)

    assert found.flaw is not None
    assert len(found.flaw) == 500


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        (7, "not_an_object", "the command is a number; a JSON object is expected"),
        ({}, "no_target", "the command names nothing to stop: give 'target' or 'server_group_id'"),
        ({"target": ""}, "no_target", "the command names nothing to stop: give 'target' or 'server_group_id'"),
    ],
)
def test_a_command_that_names_nothing_says_so(document: Any, code: str, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_command(document, delivery_id="m-1", source=Source.QUEUE, requested_at=NOW)

    assert said(caught.value) == (code, message)


# --- A message in the queue ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        (7, "not_an_object", "the SQS record is a number; a JSON object is expected"),
        (record("7"), "not_an_object", "the message's body is a number; a JSON object is expected"),
        (record("{"), "not_json", "the message's body: "),
        ({**record(COMMAND), "body": 7}, "not_sqs", "the SQS record has no body"),
        (record(" " * 262_145), "too_large", "the message's body is larger than 256 KiB"),
        (record("\u00e9" * 131_073), "too_large", "the message's body is larger than 256 KiB"),
        (
            record({**COMMAND, "AlarmName": "x"}),
            "ambiguous",
            "the message is a command and a alarm at once: send one of them",
        ),
        (
            record({}),
            "unknown_shape",
            NOT_OURS,
        ),
        (
            record(sns({})),
            "unknown_shape",
            NOT_OURS,
        ),
        (record(sns("{")), "not_json", "'Message' in the SNS envelope: "),
        (
            record(sns(COMMAND, Message=7)),
            "not_an_object",
            "'Message' in the SNS envelope is a number; a JSON object is expected",
        ),
        (
            record({**event("event-request"), "detail-type": "Other"}),
            "unknown_event",
            "the event's source and detail-type are not ones that stop anything",
        ),
        (
            record({"verified": "cloud-eye"}),
            "not_verified",
            "only the webhook function may say that a message is verified",
        ),
    ],
)
def test_a_message_that_is_none_of_ours_says_why(message: Any, code: str, text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_queue_record(message, TARGETS, now=NOW, trust=TRUST)

    assert caught.value.code == code
    assert caught.value.message.startswith(text)
    assert caught.value.message == text or text.endswith(": ")


def test_an_alarm_that_comes_raw_once_topics_are_listed_says_what_to_switch() -> None:
    trust = TRUST._replace(topic_arns=(TOPIC_ARN,))

    with pytest.raises(MalformedError) as caught:
        read_queue_record(record(event("alarm-sns")), TARGETS, now=NOW, trust=trust)

    assert said(caught.value) == (
        "wrong_topic",
        "the alarm comes without its topic: switch raw message delivery off",
    )


def test_a_body_of_exactly_256_kib_is_read_in_any_script() -> None:
    text = json.dumps({**COMMAND, "reason": "\u00e9" * 400}, ensure_ascii=False)

    (found,) = read_queue_record(record(text + " " * (262_144 - len(text.encode()))), TARGETS, now=NOW, trust=TRUST)

    assert found.reason == "\u00e9" * 400


# --- An alarm --------------------------------------------------------------------------------------------------------


ALARM = event("alarm-direct")


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        ("source", "aws.other", "wrong_source", "'source' in the alarm's action must be aws.cloudwatch"),
        ("alarmArn", None, "bad_arn", f"the alarm {NAME} comes without its own ARN"),
        ("alarmArn", METRIC + "x", "bad_arn", f"the alarm {NAME} comes without its own ARN"),
        ("accountId", "1", "wrong_account", f"the alarm {NAME} belongs to another account"),
        (
            "alarmArn",
            METRIC.replace(ACCOUNT, "1" * 12),
            "wrong_account",
            f"the alarm {NAME} belongs to another account",
        ),
        ("alarmArn", METRIC.replace("us-", "eu-"), "wrong_region", f"the alarm {NAME} belongs to another region"),
        (
            "alarmData",
            None,
            "not_an_object",
            "'alarmData' in the alarm's action is missing or null; a JSON object is expected",
        ),
        (
            "alarmData.alarmName",
            7,
            "bad_field",
            "'alarmName' in the alarm's data is a number; it must be 1 to 255 characters",
        ),
        ("alarmData.state", [], "not_an_object", "'state' in the alarm's data is a list; a JSON object is expected"),
        (
            "alarmData.state.value",
            GONE,
            "bad_field",
            "'value' in the alarm's data is missing or null; it must be 1 to 2048 characters",
        ),
        ("alarmData.state.value", "D" * 50, "bad_state", f"the alarm {NAME} is in no known state: {'D' * 39}…"),
        (
            "alarmData.state.timestamp",
            7,
            "bad_time",
            "'timestamp' in the alarm's data: it must be an ISO 8601 time such as 2026-01-02T03:04:05Z",
        ),
        ("alarmData.state.value", "OK", "not_an_alarm", f"the alarm {NAME} went to OK: only a change to ALARM stops"),
        (
            "alarmData.previousState.value",
            "ALARM",
            "no_change",
            f"the alarm {NAME} was in ALARM before: only a change to ALARM stops",
        ),
        (
            "alarmData.state.actionsSuppressedBy",
            "Alarm",
            "suppressed",
            f"the actions of the alarm {NAME} are suppressed",
        ),
    ],
)
def test_an_alarm_that_stops_nothing_says_why(path: str, value: Any, code: str, message: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read_direct(altered(ALARM, path, value), TARGETS, request_id="r", now=NOW, trust=TRUST)

    assert said(caught.value) == (code, message)


@pytest.mark.parametrize(
    ("prefix", "code", "message"),
    [
        (None, "alarms_off", f"the alarm {NAME} is ignored: this stack listens to no alarms"),
        ("dr-", "wrong_prefix", f"the alarm {NAME} does not have this stack's alarm prefix"),
    ],
)
def test_an_alarm_that_is_not_listened_to_says_why(prefix: str | None, code: str, message: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read_direct(ALARM, TARGETS, request_id="r", now=NOW, trust=Trust(ACCOUNT, "us-east-1", prefix))

    assert said(caught.value) == (code, message)


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        (
            "AlarmName",
            7,
            "bad_field",
            "'AlarmName' in the alarm's SNS message is a number; it must be 1 to 255 characters",
        ),
        (
            "AWSAccountId",
            "1" * 13,
            "bad_field",
            "'AWSAccountId' in the alarm's SNS message is text; it must be 1 to 12 characters",
        ),
        (
            "NewStateValue",
            7,
            "bad_field",
            "'NewStateValue' in the alarm's SNS message is a number; it must be 1 to 2048 characters",
        ),
        (
            "StateChangeTime",
            7,
            "bad_time",
            "'StateChangeTime' in the alarm's SNS message: it must be an ISO 8601 time such as 2026-01-02T03:04:05Z",
        ),
    ],
)
def test_an_alarm_by_sns_that_is_not_whole_says_what_is_missing(path: str, value: Any, code: str, message: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read_queue_record(record(altered(event("alarm-sns"), path, value)), TARGETS, now=NOW, trust=TRUST)

    assert said(caught.value) == (code, message)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("resources", [], "'resources' in the alarm's event must hold the alarm's ARN and nothing else"),
        ("detail", 7, "'detail' in the alarm's event is a number; a JSON object is expected"),
    ],
)
def test_an_alarms_event_that_is_not_whole_says_what_is_missing(path: str, value: Any, message: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read_queue_record(record(altered(event("alarm-eventbridge"), path, value)), TARGETS, now=NOW, trust=TRUST)

    assert caught.value.message == message
    assert caught.value.code == ("bad_field" if path == "resources" else "not_an_object")


LONG = "erp-prod-" + "x" * 200
LONG_ARN = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{LONG}"


@pytest.mark.parametrize(
    ("changes", "prefix", "ending"),
    [
        ({"alarmArn": METRIC}, "", " comes without its own ARN"),
        ({"accountId": "1"}, "", " belongs to another account"),
        ({"alarmArn": LONG_ARN.replace("us-", "eu-")}, "", " belongs to another region"),
        ({"alarmData.state.value": "DOWN"}, "", " is in no known state: DOWN"),
        ({}, None, " is ignored: this stack listens to no alarms"),
        ({}, "dr-", " does not have this stack's alarm prefix"),
    ],
)
def test_of_an_alarm_with_a_long_name_80_characters_are_told(
    changes: dict[str, Any], prefix: str | None, ending: str
) -> None:
    alarm = altered(altered(ALARM, "alarmData.alarmName", LONG), "alarmArn", LONG_ARN)
    for path, value in changes.items():
        alarm = altered(alarm, path, value)

    with pytest.raises(IntakeError) as caught:
        read_direct(alarm, TARGETS, request_id="r", now=NOW, trust=TRUST._replace(alarm_prefix=prefix))

    assert caught.value.message == f"the alarm {LONG[:79]}…{ending}"


@pytest.mark.parametrize("way", ["sns", "direct"])
def test_an_alarms_request_says_where_it_comes_from(way: str) -> None:
    if way == "sns":
        (found,) = read_queue_record(record(event("alarm-sns")), TARGETS, now=NOW, trust=TRUST)
    else:
        (found,) = read_direct(ALARM, TARGETS, request_id="r", now=NOW, trust=TRUST)

    assert found.requested_by == f"CloudWatch alarm {NAME}"


def test_an_alarms_long_name_and_reason_are_clipped() -> None:
    name = "erp-prod-corruption-" + "x" * 200
    message = {**event("alarm-sns"), "AlarmName": name, "NewStateReason": "r" * 600}
    message["AlarmArn"] = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"

    (found,) = read_queue_record(record(message), TARGETS, now=NOW, trust=TRUST)

    assert found.requested_by == f"CloudWatch alarm {name[:149]}…"
    assert found.reason == "r" * 499 + "…"


@pytest.mark.parametrize("ahead", [300, 301])
def test_an_alarms_time_may_be_five_minutes_ahead_of_ours(ahead: int) -> None:
    at = (NOW + timedelta(seconds=ahead)).isoformat()

    (found,) = read_direct(
        altered(ALARM, "alarmData.state.timestamp", at), TARGETS, request_id="r", now=NOW, trust=TRUST
    )

    flaw = "the alarm's state time lies more than 5 minutes in the future"
    assert found.flaw == (flaw if ahead > 300 else None)


@pytest.mark.parametrize("previous", [7, None, GONE])
def test_a_previous_state_that_is_no_word_says_nothing(previous: Any) -> None:
    message = altered(event("alarm-sns"), "OldStateValue", previous)

    assert read_queue_record(record(message), TARGETS, now=NOW, trust=TRUST)


def test_an_alarm_that_no_target_names_says_where_to_add_it() -> None:
    change = AlarmChange("n" * 90, "ALARM", NOW, "d")

    with pytest.raises(IntakeError) as caught:
        requests_for(change, [Target("t", ("m*",))])

    assert said(caught.value) == (
        "no_target",
        f"the alarm {'n' * 79}… is in no target's 'alarms': add it there if it should stop",
    )


# --- A webhook -------------------------------------------------------------------------------------------------------


COMMAND_TEXT = json.dumps(event("webhook-standard"))


def of_stage(method: Any) -> dict[str, Any]:
    return {"stage": "$default", "http": {"method": method}}


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        (7, "not_an_object", "the event is a number; a JSON object is expected"),
        (
            signed_request(requestContext=None),
            "not_an_object",
            "'requestContext' in the event is missing or null; a JSON object is expected",
        ),
        (
            signed_request(requestContext={}),
            "not_an_object",
            "'http' in the event is missing or null; a JSON object is expected",
        ),
        (
            signed_request(headers=None),
            "not_an_object",
            "'headers' in the event is missing or null; a JSON object is expected",
        ),
        (signed_request(rawPath="/other"), "not_found", "only /stop and /smn are answered here"),
        (signed_request(requestContext=of_stage("GET")), "method", "only POST is answered here"),
        (signed_request(body=7), "bad_body", "the event's body is not text"),
        (signed_request(body="!", isBase64Encoded=True), "bad_body", "the body's encoding is broken"),
        (signed_request(body="x" * 65_537), "too_large", "the body is larger than 64 KiB"),
        (signed_request(body="x" * 131_073), "too_large", "the body is larger than 64 KiB"),
        (
            request(COMMAND_TEXT, {**standard(COMMAND_TEXT), "content-type": "text/plain"}),
            "media_type",
            "send the body as application/json in UTF-8",
        ),
        (
            request(COMMAND_TEXT, {**standard(COMMAND_TEXT), "content-encoding": "gzip"}),
            "media_type",
            "send the body without compression",
        ),
        (
            request(COMMAND_TEXT, github(COMMAND_TEXT)),
            "no_time",
            "'requested_at' is missing: this kind of signature holds no time of its own",
        ),
        (request("[]", standard("[]")), "not_an_object", "the body is a list; a JSON object is expected"),
        (request("{", standard("{")), "not_json", "the body: "),
        *(
            (
                request(text, standard(text)),
                "bad_field",
                f"'{key}' is not for a webhook to say: leave it out",
            )
            for key in ("delivery_id", "source")
            for text in [json.dumps({"target": "a", key: "x"})]
        ),
        (
            request('{"target": "a", "dry_run": 1}', standard('{"target": "a", "dry_run": 1}')),
            "bad_field",
            "'dry_run' is a number: it must be true or false",
        ),
    ],
)
def test_a_sender_reads_what_to_mend(message: Any, code: str, text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_http(message, SECRETS, now=NOW)

    assert caught.value.code == code
    assert caught.value.message.startswith(text)
    assert caught.value.message == text or text.endswith(": ")


def test_a_part_of_our_secret_that_is_broken_says_which() -> None:
    secrets = WebhookSecrets(broken={"standard": "number 1 in 'standard' is a number: it must be text"})

    with pytest.raises(WebhookSecretError) as caught:
        read_http(request(COMMAND_TEXT, standard(COMMAND_TEXT)), secrets, now=NOW)

    assert said(caught.value) == ("bad_secret", "number 1 in 'standard' is a number: it must be text")


def test_what_is_queued_of_a_webhook_says_everything_that_the_trigger_must_know() -> None:
    text = json.dumps({"target": "erp-prod", "reason": "drill"})

    accepted = read_http(request(text, standard(text)), SECRETS, now=NOW)

    assert accepted.message == {
        "target": "erp-prod",
        "reason": "drill",
        "delivery_id": "msg_1",
        "source": "webhook",
        "requested_at": iso(accepted.requests[0].requested_at),
    }


def test_who_asked_is_the_webhooks_to_say() -> None:
    text = json.dumps({"target": "erp-prod", "requested_by": "Ada"})

    accepted = read_http(request(text, standard(text)), SECRETS, now=NOW)

    assert accepted.message["requested_by"] == "Ada"
