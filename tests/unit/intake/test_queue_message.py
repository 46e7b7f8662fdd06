"""The RequestQueue: each shape that a message may have, whose word is taken for what, and what is malformed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standdown.base.text import iso
from standdown.core.request import Source, StopRequest
from standdown.intake.errors import IgnoredError, IntakeError, MalformedError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from support.wire import ACCOUNT, GONE, NOW, TARGETS, TOPIC_ARN, TRUST, altered, attribute, event, record, sns

COMMAND = {"target": "erp-prod", "reason": "r"}
SENT_AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def read(message: dict[str, Any], trust: Trust = TRUST) -> list[StopRequest]:
    return read_queue_record(message, TARGETS, now=NOW, trust=trust)


def code_of(message: Any, trust: Trust = TRUST) -> str:
    with pytest.raises(MalformedError) as caught:
        read(message, trust)
    assert caught.value.message.isprintable()
    assert caught.value.status == 400
    return caught.value.code


def test_a_command_takes_identity_and_time_from_sqs_where_it_has_none_of_its_own() -> None:
    (request,) = read(record(COMMAND))

    own = "059f36b4-87a3-44ab-83d2-661975830a7d"
    assert request == StopRequest(own, Source.QUEUE, SENT_AT, "erp-prod", reason="r", sender="AIDASENDER")


def test_message_attributes_come_before_sqs_and_the_body_before_them() -> None:
    attributes = {
        **attribute("standdown-delivery-id", "CHG0042"),
        **attribute("standdown-requested-at", "2026-01-02T03:00:00Z"),
    }
    own = {**COMMAND, "delivery_id": "own", "requested_at": "2026-01-02T02:00:00Z"}

    (by_attribute,) = read(record(COMMAND, messageAttributes=attributes))
    (by_body,) = read(record(own, messageAttributes=attributes))

    assert (by_attribute.delivery_id, by_attribute.requested_at.hour) == ("CHG0042", 3)
    assert (by_body.delivery_id, by_body.requested_at.hour) == ("own", 2)
    assert by_attribute.flaw is by_body.flaw is None


@pytest.mark.parametrize(
    "attributes",
    [
        attribute("standdown-delivery-id", ""), attribute("standdown-delivery-id", "a\x00"),
        attribute("standdown-delivery-id", "a" * 201), attribute("standdown-requested-at", "now"),
        attribute("standdown-requested-at", "2026-01-02T03:04:05"),
        attribute("standdown-requested-at", "2026-01-02T03:11:00Z"),
    ],
)  # fmt: skip
def test_a_wrong_attribute_is_a_flaw_that_names_it(attributes: dict[str, Any]) -> None:
    (request,) = read(record(COMMAND, messageAttributes=attributes))

    assert request.flaw is not None
    assert next(iter(attributes)) in request.flaw


@pytest.mark.parametrize(
    "attributes", [None, [], "x", {"standdown-delivery-id": None}, {"standdown-delivery-id": {"binaryValue": "AA"}}]
)
def test_attributes_of_another_kind_say_nothing(attributes: Any) -> None:
    (request,) = read(record(COMMAND, messageAttributes=attributes))

    assert (request.delivery_id, request.flaw) == ("059f36b4-87a3-44ab-83d2-661975830a7d", None)


@pytest.mark.parametrize(
    "body",
    ["", "stop!", "{", "null", "7", "[]", '"erp-prod"', "NaN", '{"target": NaN}', '{"target": "a", "target": "b"}',
     "[" * 1000 + "]" * 1000, '{"a":' * 50_000, '{"target": "\\ud800"}', "\ufeff{}", '{"target": "erp-prod"} x',
     '{"n": ' + "1" * 5000 + "}"],
)  # fmt: skip
def test_a_body_that_is_no_strict_json_object_is_malformed(body: str) -> None:
    assert code_of(record(body)) in {"not_json", "not_an_object"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "x"},
        {"Type": "Notification"},
        {"detail": {}},
        {"alarmData": {}},
        {"Records": []},
        {"schema_version": 1},
    ],
)
def test_a_body_of_no_known_shape_is_malformed(body: dict[str, Any]) -> None:
    assert code_of(record(body)) == "unknown_shape"


@pytest.mark.parametrize(
    "body",
    [
        {**COMMAND, "AlarmName": "x"}, {**COMMAND, "TopicArn": TOPIC_ARN}, {**COMMAND, "detail-type": "x"},
        {**COMMAND, "verified": "cloud-eye"}, {**event("alarm-sns"), "TopicArn": TOPIC_ARN},
        {**event("alarm-eventbridge"), "server_group_id": "x"}, {**sns(COMMAND), "verified": True},
    ],
)  # fmt: skip
def test_a_body_that_fits_two_shapes_is_malformed(body: dict[str, Any]) -> None:
    assert code_of(record(body)) == "ambiguous"


def test_a_body_of_256_kib_is_read_and_a_larger_one_is_not() -> None:
    largest = json.dumps(COMMAND).ljust(256 * 1024)

    assert read(record(largest))
    assert code_of(record(largest + " ")) == "too_large"
    assert code_of(record(json.dumps(COMMAND) + "\u3000" * 100_000)) == "too_large"


@pytest.mark.parametrize(
    "changes",
    [
        {"body": None}, {"body": {}}, {"body": 7}, {"messageId": None}, {"messageId": ""}, {"messageId": 7},
        {"messageId": "a\x00"}, {"attributes": None}, {"attributes": {}}, {"attributes": {"SentTimestamp": 7}},
        {"attributes": {"SentTimestamp": ""}}, {"attributes": {"SentTimestamp": "-1"}},
        {"attributes": {"SentTimestamp": "9" * 15}}, {"attributes": {"SentTimestamp": "٣"}},
    ],
)  # fmt: skip
def test_what_is_no_sqs_record_is_malformed(changes: dict[str, Any]) -> None:
    message = {**record(COMMAND), **changes}

    assert code_of(message) in {"not_sqs", "bad_field", "not_an_object"}


@pytest.mark.parametrize("message", [None, [], "x", 7, {}])
def test_a_record_that_is_none_is_malformed(message: Any) -> None:
    assert code_of(message) == "not_an_object"


def test_a_sender_that_sqs_does_not_name_is_nobody() -> None:
    message = altered(record({**COMMAND, "source": "schedule"}), "attributes.SenderId", GONE)

    (request,) = read(message)

    assert request.flaw is not None


def test_a_command_by_sns_takes_identity_and_time_from_the_envelope() -> None:
    (request,) = read(record(sns(COMMAND)))

    assert (request.source, request.delivery_id) == (Source.QUEUE, "95df01b4-ee98-5cb9-9903-4c221d41eb5e")
    assert request.requested_at == datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
    assert request.requested_by == "SNS topic erp-alarms"


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        (sns("stop!"), "not_json"),
        (sns("[]"), "not_an_object"),
        (sns("{}"), "unknown_shape"),
        (sns(sns(COMMAND)), "unknown_shape"),
        (sns(event("alarm-eventbridge")), "unknown_shape"),
        (sns({**COMMAND, "AlarmName": "x"}), "ambiguous"),
        (sns(COMMAND, Message=None), "not_an_object"),
        (sns(COMMAND, Message=7), "not_an_object"),
        (sns(COMMAND, Type="SubscriptionConfirmation"), "unknown_shape"),
        (sns(COMMAND, Type=None), "unknown_shape"),
        (sns(COMMAND, TopicArn=7), "bad_field"),
        (sns(COMMAND, MessageId=""), "bad_field"),
        (sns(COMMAND, Timestamp="now"), "bad_time"),
        (sns(COMMAND, Timestamp=None), "bad_time"),
    ],
)
def test_an_sns_envelope_that_is_not_whole_is_malformed(envelope: dict[str, Any], code: str) -> None:
    assert code_of(record(envelope)) == code


@pytest.mark.parametrize("message", [COMMAND, event("alarm-sns")])
def test_only_allow_listed_topics_are_listened_to(message: dict[str, Any]) -> None:
    ours = TRUST._replace(topic_arns=(TOPIC_ARN,))
    others = TRUST._replace(topic_arns=(TOPIC_ARN + "-other",))

    assert read(record(sns(message)), ours)
    assert code_of(record(sns(message)), others) == "wrong_topic"


def test_an_alarm_without_its_envelope_is_refused_once_topics_are_listed() -> None:
    trust = TRUST._replace(topic_arns=(TOPIC_ARN,))

    assert code_of(record(event("alarm-sns")), trust) == "wrong_topic"


def test_a_command_by_eventbridge_takes_identity_and_time_from_the_event() -> None:
    (request,) = read(record(event("event-request")))

    assert (request.source, request.delivery_id) == (Source.QUEUE, "7bf73129-1428-4cd3-a780-95db273d1602")
    assert request.requested_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert request.requested_by == "runbook INC-7"


@pytest.mark.parametrize("name", ["event-request", "alarm-eventbridge"])
@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("replay-name", "again", "replayed"), ("replay-name", None, "replayed"),
        ("account", "111111111111", "wrong_account"), ("account", GONE, "wrong_account"),
        ("region", "eu-west-1", "wrong_region"), ("region", GONE, "wrong_region"),
        ("source", "aws.ec2", "unknown_event"), ("source", GONE, "bad_field"), ("source", 7, "bad_field"),
        ("detail-type", "Other", "unknown_event"), ("detail-type", None, "unknown_event"),
        ("detail-type", ["CloudWatch Alarm State Change"], "unknown_event"),
        ("detail", GONE, "not_an_object"), ("detail", None, "not_an_object"), ("detail", [], "not_an_object"),
        ("detail", "x", "not_an_object"), ("id", GONE, "bad_field"), ("time", GONE, "bad_time"),
        ("time", "x", "bad_time"),
    ],
)  # fmt: skip
def test_an_event_that_is_not_ours_or_not_whole_is_malformed(name: str, path: str, value: Any, code: str) -> None:
    assert code_of(record(altered(event(name), path, value))) == code


def test_an_event_may_not_pretend_to_be_the_others_kind() -> None:
    alarm = {**event("alarm-eventbridge"), "source": "example.runbook"}
    command = {**event("event-request"), "source": "aws.cloudwatch"}

    assert code_of(record(alarm)) == "unknown_event"
    assert code_of(record(command)) == "unknown_event"


def test_the_region_is_not_checked_where_none_is_set() -> None:
    trust = Trust(ACCOUNT)

    assert read(record({**event("event-request"), "region": "eu-west-1"}), trust)


@pytest.mark.parametrize("claim", ["schedule", "webhook"])
def test_a_source_is_taken_from_the_role_that_sqs_names_and_from_no_other(claim: str) -> None:
    body = {**COMMAND, "source": claim}
    role = f"AROA{claim.upper()}"

    (genuine,) = read(record(body, sender=f"{role}:session"))
    (other,) = read(record(body, sender="AROAOTHER:session"))
    (longer,) = read(record(body, sender=f"{role}X:session"))
    (swapped,) = read(record(body, sender="AROAWEBHOOK:x" if claim == "schedule" else "AROASCHEDULE:x"))

    assert (genuine.source.value, genuine.flaw) == (claim, None)
    assert other.flaw == longer.flaw == swapped.flaw == "'source' is not this sender's to claim: leave it out"
    assert other.source is Source.QUEUE


@pytest.mark.parametrize("claim", ["schedule", "webhook"])
def test_a_source_is_taken_from_the_accounts_root_as_well_where_its_way_in_is_deployed(claim: str) -> None:
    (root,) = read(record({**COMMAND, "source": claim}, sender=ACCOUNT))

    assert (root.source.value, root.flaw) == (claim, None)


@pytest.mark.parametrize("claim", ["schedule", "webhook"])
def test_without_a_role_for_it_a_source_is_taken_from_nobody(claim: str) -> None:
    body = {**COMMAND, "source": claim}

    (root,) = read(record(body, sender=ACCOUNT), Trust(ACCOUNT))
    (anyone,) = read(record(body, sender="AROAOTHER:session"), Trust(ACCOUNT))
    (nobody,) = read(record(body, sender=""), Trust(ACCOUNT))
    (foreigner,) = read(record(body, sender="111111111111"), Trust(ACCOUNT))

    assert (
        root.flaw
        == anyone.flaw
        == nobody.flaw
        == foreigner.flaw
        == "'source' is not this sender's to claim: leave it out"
    )


@pytest.mark.parametrize("claim", ["alarm", "direct"])
def test_some_sources_nobody_may_claim(claim: str) -> None:
    (request,) = read(record({**COMMAND, "source": claim}, sender=ACCOUNT), Trust(ACCOUNT))

    assert request.flaw is not None


def test_a_schedule_has_the_schedulers_time_and_one_identity_for_each_run() -> None:
    filled = json.loads(json.dumps(event("schedule")).replace("<aws.scheduler.scheduled-time>", "2026-01-02T03:00:00Z"))

    (request,) = read(record(filled, sender="AROASCHEDULE:x"))

    assert (request.source, request.flaw) == (Source.SCHEDULE, None)
    assert request.delivery_id == "erp-nightly-stop/2026-01-02T03:00:00Z"
    assert request.requested_at == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def test_a_schedules_unfilled_time_gives_way_to_what_sqs_says() -> None:
    (request,) = read(record(event("schedule"), sender="AROASCHEDULE:x"))

    assert (request.delivery_id, request.requested_at) == ("059f36b4-87a3-44ab-83d2-661975830a7d", SENT_AT)
    assert request.flaw is None


def test_an_unfilled_time_from_anyone_else_is_a_flaw() -> None:
    (request,) = read(record({**event("schedule"), "source": "queue"}))

    assert request.flaw is not None
    assert "placeholder" in request.flaw


def test_bad_neighbours_change_nothing_for_the_good() -> None:
    bodies: list[Any] = [COMMAND, "{", COMMAND, {}, sns("x"), COMMAND]
    outcomes = []
    for body in bodies:
        try:
            outcomes.append(len(read(record(body))))
        except IntakeError:
            outcomes.append(0)

    assert outcomes == [1, 0, 1, 0, 0, 1]


def test_an_alarm_that_no_target_names_is_ignored_not_guessed() -> None:
    message = {
        **event("alarm-sns"),
        "AlarmName": "unrelated",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:unrelated",
    }

    with pytest.raises(IgnoredError) as caught:
        read(record(sns(message)))

    assert caught.value.code == "no_target"


@pytest.mark.parametrize("way", ["as it is", "by a topic", "by a rule"])
def test_a_time_of_its_own_is_held_against_now_and_not_against_when_it_was_sent(way: str) -> None:
    own = NOW + timedelta(minutes=9)
    command = {"target": "erp-prod", "requested_at": iso(own)}
    body = {"by a topic": sns(command), "by a rule": {**event("event-request"), "detail": command}}.get(way, command)

    (request,) = read_queue_record(record(body), TARGETS, now=own - timedelta(minutes=4), trust=TRUST)

    assert (request.requested_at, request.flaw) == (own, None)
