"""What is said of a layer around a body that cannot be believed, word for word, and what is taken from each layer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from standdown.base.text import iso
from standdown.core.sentences import sentence
from standdown.intake.envelope import Envelope, of_event, of_notification, of_record
from standdown.intake.errors import MalformedError
from standdown.intake.trust import Trust
from support.wire import GONE, NOW, TOPIC_ARN, TRUST, altered, attribute, event, record, sns

COMMAND = {"target": "erp-prod"}
OUTER = Envelope("outer", NOW, "AIDASENDER")
SQS, SNS, EVENT = record(COMMAND), sns(COMMAND), event("event-request")
SOON = "the time 'soon' is not ISO 8601, such as 2026-01-02T03:04:05Z"
TIME = "it must be an ISO 8601 time such as 2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        (
            "attributes",
            GONE,
            "not_an_object",
            "'attributes' in the SQS record is missing or null; a JSON object is expected",
        ),
        ("messageId", "x" * 201, "bad_field", "'messageId' in the SQS record is text; it must be 1 to 200 characters"),
        ("attributes.SentTimestamp", GONE, "not_sqs", "the SQS record does not say when it was sent"),
        ("attributes.SentTimestamp", "1" * 15, "not_sqs", "the SQS record does not say when it was sent"),
    ],
)
def test_a_record_that_is_not_whole(path: str, value: Any, code: str, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        of_record(altered(SQS, path, value), NOW)

    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_time_of_fourteen_digits_is_read() -> None:
    read = of_record(altered(SQS, "attributes.SentTimestamp", "01767323045678"), NOW)

    assert iso(read.requested_at) == "2026-01-02T03:04:05.678Z"


@pytest.mark.parametrize(
    ("name", "value", "flaw"),
    [
        ("standdown-delivery-id", "", "the attribute 'standdown-delivery-id' must be 1 to 200 printable characters"),
        ("standdown-requested-at", "soon", f"the attribute 'standdown-requested-at' is wrong: {SOON}"),
        ("standdown-requested-at", "x" * 41, f"the attribute 'standdown-requested-at' is wrong: {TIME}"),
        (
            "standdown-requested-at",
            iso(NOW + timedelta(minutes=5, milliseconds=1)),
            "the attribute 'standdown-requested-at' lies more than 5 minutes in the future",
        ),
        ("standdown-requested-at", iso(NOW + timedelta(minutes=5)), None),
    ],
)
def test_an_attribute_that_is_wrong_is_a_flaw(name: str, value: str, flaw: str | None) -> None:
    found = of_record(record(COMMAND, messageAttributes=attribute(name, value)), NOW).flaw

    assert (sentence(found) if found else None) == flaw


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        ("Type", "Other", "unknown_shape", "'Type' in the SNS envelope must be Notification"),
        ("TopicArn", 7, "bad_field", "'TopicArn' in the SNS envelope is a number; it must be 1 to 2048 characters"),
        ("TopicArn", "t" * 200, "wrong_topic", f"the topic {'t' * 119}… is not one of this stack's"),
        (
            "MessageId",
            "x" * 201,
            "bad_field",
            "'MessageId' in the SNS envelope is text; it must be 1 to 200 characters",
        ),
        ("Timestamp", 7, "bad_time", f"'Timestamp' in the SNS envelope: {TIME}"),
    ],
)
def test_a_notification_that_is_not_whole(path: str, value: Any, code: str, message: str) -> None:
    trust = Trust(TRUST.account, TRUST.region, topic_arns=(TOPIC_ARN,))

    with pytest.raises(MalformedError) as caught:
        of_notification(altered(SNS, path, value), OUTER, trust)

    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_notification_names_its_topic_as_who_asks() -> None:
    read = of_notification(SNS, OUTER, TRUST)

    assert read == Envelope(
        "95df01b4-ee98-5cb9-9903-4c221d41eb5e", read.requested_at, "AIDASENDER", "SNS topic erp-alarms"
    )
    assert iso(read.requested_at) == "2026-01-02T03:04:06.000Z"


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        ("replay-name", "r", "replayed", "the event is a replay from an archive: what it asked for is long past"),
        ("account", "1", "wrong_account", "the event comes from another account"),
        ("region", "x", "wrong_region", "the event comes from another region"),
        ("id", "x" * 201, "bad_field", "'id' in the event is text; it must be 1 to 200 characters"),
        ("time", 7, "bad_time", f"'time' in the event: {TIME}"),
        ("source", "x" * 257, "bad_field", "'source' in the event is text; it must be 1 to 256 characters"),
    ],
)
def test_an_event_that_is_not_whole(path: str, value: Any, code: str, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        of_event(altered(EVENT, path, value), OUTER, TRUST)

    assert (caught.value.code, caught.value.message) == (code, message)
