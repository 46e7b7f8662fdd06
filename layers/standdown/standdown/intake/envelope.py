"""The layers around a body: what SQS, SNS and EventBridge say of it, and whether they may be believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from standdown.base.text import one_line
from standdown.core.reasons import Reason, Why
from standdown.core.request import Source
from standdown.intake.errors import MalformedError
from standdown.intake.fields import MAX_FUTURE, child, delivery_id_of, moment, to_moment, word
from standdown.intake.trust import Trust


class Envelope(NamedTuple):
    """Identity, time and sender of a body, taken from the innermost layer that has them."""

    delivery_id: str
    requested_at: datetime
    sender_id: str
    requested_by: str = ""
    flaw: Why | None = None

    def may_claim(self, trust: Trust) -> frozenset[Source]:
        """Return the sources that the body may say it comes from."""
        return frozenset(
            source for source in (Source.SCHEDULE, Source.WEBHOOK) if trust.believes(self.sender_id, source)
        )


def of_record(record: dict[str, Any], now: datetime) -> Envelope:
    """Read the SQS record itself and its message attributes `standdown-delivery-id` and `standdown-requested-at`."""
    where = "the SQS record"
    attributes = child(record, "attributes", where)
    sender = attributes.get("SenderId")
    envelope = Envelope(
        delivery_id=word(record, "messageId", where, 200),
        requested_at=_sent(attributes.get("SentTimestamp")),
        sender_id=sender.split(":")[0] if isinstance(sender, str) else "",
    )
    return _with_time(_with_identity(envelope, record), record, now)


def of_notification(body: dict[str, Any], outer: Envelope, trust: Trust) -> Envelope:
    """Read an SNS envelope; raise MalformedError where it is none or its topic is not one of ours."""
    where = "the SNS envelope"
    if body.get("Type") != "Notification":
        raise MalformedError("unknown_shape", f"'Type' in {where} must be Notification")
    topic = word(body, "TopicArn", where)
    if trust.topic_arns and topic not in trust.topic_arns:
        raise MalformedError("wrong_topic", f"the topic {one_line(topic, 120)} is not one of this stack's")
    return outer._replace(
        delivery_id=word(body, "MessageId", where, 200),
        requested_at=moment(body, "Timestamp", where),
        requested_by=f"SNS topic {topic.rsplit(':', 1)[-1]}",
    )


def of_event(body: dict[str, Any], outer: Envelope, trust: Trust) -> Envelope:
    """Read an EventBridge envelope; raise MalformedError where it is replayed, or not this account's and region's."""
    where = "the event"
    if "replay-name" in body:
        raise MalformedError("replayed", "the event is a replay from an archive: what it asked for is long past")
    if body.get("account") != trust.account:
        raise MalformedError("wrong_account", f"{where} comes from another account")
    if trust.region and body.get("region") != trust.region:
        raise MalformedError("wrong_region", f"{where} comes from another region")
    return outer._replace(
        delivery_id=word(body, "id", where, 200),
        requested_at=moment(body, "time", where),
        requested_by=f"event from {word(body, 'source', where, 256)}",
    )


def _sent(value: Any) -> datetime:
    """Read SQS's time: milliseconds since 1970, as text."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 14:
        raise MalformedError("not_sqs", "the SQS record does not say when it was sent")
    return datetime.fromtimestamp(int(value) / 1000, UTC)


def _with_identity(envelope: Envelope, record: dict[str, Any]) -> Envelope:
    value = _attribute(record, "standdown-delivery-id")
    if value is None:
        return envelope
    own = delivery_id_of(value)
    if own is None:
        return envelope._replace(flaw=Why.of(Reason.BAD_ID_ATTRIBUTE))
    return envelope._replace(delivery_id=own)


def _with_time(envelope: Envelope, record: dict[str, Any], now: datetime) -> Envelope:
    value = _attribute(record, "standdown-requested-at")
    if value is None:
        return envelope
    try:
        own = to_moment(value)
    except ValueError as error:
        return envelope._replace(flaw=Why.of(Reason.BAD_TIME_ATTRIBUTE, problem=error))
    if own - now > MAX_FUTURE:
        return envelope._replace(flaw=Why.of(Reason.FUTURE_TIME_ATTRIBUTE))
    return envelope._replace(requested_at=own)


def _attribute(record: dict[str, Any], name: str) -> Any:
    """Return the text of a message attribute, or None where there is none."""
    attributes = record.get("messageAttributes")
    attribute = attributes.get(name) if isinstance(attributes, dict) else None
    return attribute.get("stringValue") if isinstance(attribute, dict) else None
