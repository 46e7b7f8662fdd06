"""A message in the RequestQueue: what kind of thing is in it, recognised by its shape. Ambiguous is malformed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from standdown.core.request import Source, StopRequest
from standdown.intake import cloud_eye_alarm as cloud_eye
from standdown.intake import cloudwatch_alarm as alarm
from standdown.intake.cloud_eye_alarm import is_verified
from standdown.intake.cloudwatch_alarm import TargetLike, is_alarm_message, requests_for
from standdown.intake.command import NOTHING_TO_STOP, is_command, near, read_command
from standdown.intake.envelope import Envelope, of_event, of_notification, of_record
from standdown.intake.errors import MalformedError
from standdown.intake.fields import json_of, object_of
from standdown.intake.trust import Trust

MAX_BODY = 256 * 1024  # bytes
ALARM_DETAIL_TYPE = "CloudWatch Alarm State Change"
REQUEST_DETAIL_TYPE = "SDRS Protection Stop Request"

_OTHERS = "an alarm, or an envelope of SNS or EventBridge around one"
_INNER: dict[str, Callable[[dict[str, Any]], bool]] = {"command": is_command, "alarm": is_alarm_message}
_OUTER: dict[str, Callable[[dict[str, Any]], bool]] = {
    **_INNER,
    "notification": lambda body: "TopicArn" in body,
    "event": lambda body: "detail-type" in body,
    "verified": is_verified,
}


def read_queue_record(
    record: dict[str, Any], targets: Iterable[TargetLike], *, now: datetime, trust: Trust
) -> list[StopRequest]:
    """Return the requests in one SQS record of a Lambda event.

    The body is our command, the JSON that an alarm sends to SNS, an SNS envelope around either, an EventBridge event
    around an alarm or a command, or an alarm or alerts that the webhook function verified. Raises MalformedError or
    IgnoredError.
    """
    envelope = of_record(object_of(record, "the SQS record"), now)
    body = object_of(json_of(_text(record), "the message's body"), "the message's body")
    match _shape(body, _OUTER):
        case "command":
            return _command(body, envelope, now, trust)
        case "alarm":
            return _bare_alarm(body, targets, now, trust)
        case "notification":
            return _notification(body, envelope, targets, now, trust)
        case "event":
            return _event(body, envelope, targets, now, trust)
        case _:
            return _verified(body, envelope, targets, now, trust)


def _text(record: dict[str, Any]) -> str:
    body = record.get("body")
    if not isinstance(body, str):
        raise MalformedError("not_sqs", "the SQS record has no body")
    if len(body) > MAX_BODY or len(body.encode("utf-8", "surrogatepass")) > MAX_BODY:
        raise MalformedError("too_large", "the message's body is larger than 256 KiB")
    return body


def _shape(body: dict[str, Any], shapes: dict[str, Callable[[dict[str, Any]], bool]]) -> str:
    """Return the one shape that the body means to have; raise MalformedError for none, and for more than one."""
    found = [name for name, fits in shapes.items() if fits(body)]
    if len(found) > 1:
        raise MalformedError("ambiguous", f"the message is a {found[0]} and a {found[1]} at once: send one of them")
    if not found:
        raise MalformedError("unknown_shape", f"{NOTHING_TO_STOP}{near(body)}; nor is it {_OTHERS}")
    return found[0]


def _command(document: Any, envelope: Envelope, now: datetime, trust: Trust) -> list[StopRequest]:
    requests = read_command(
        document,
        delivery_id=envelope.delivery_id,
        source=Source.QUEUE,
        requested_at=envelope.requested_at,
        requested_by=envelope.requested_by,
        now=now,
        may_claim=envelope.may_claim(trust),
    )
    return [request if request.flaw else request.flawed(envelope.flaw) for request in requests]


def _bare_alarm(body: dict[str, Any], targets: Iterable[TargetLike], now: datetime, trust: Trust) -> list[StopRequest]:
    """Read an alarm delivered raw: possible only while any topic is believed, since it does not name its own."""
    if trust.topic_arns:
        raise MalformedError("wrong_topic", "the alarm comes without its topic: switch raw message delivery off")
    return requests_for(alarm.from_sns_message(body, now=now, trust=trust), targets)


def _notification(
    body: dict[str, Any], outer: Envelope, targets: Iterable[TargetLike], now: datetime, trust: Trust
) -> list[StopRequest]:
    where = "'Message' in the SNS envelope"
    envelope = of_notification(body, outer, trust)
    text = body.get("Message")
    message = object_of(json_of(text, where) if isinstance(text, str) else text, where)
    if _shape(message, _INNER) == "alarm":
        return requests_for(alarm.from_sns_message(message, now=now, trust=trust), targets)
    return _command(message, envelope, now, trust)


def _event(
    body: dict[str, Any], outer: Envelope, targets: Iterable[TargetLike], now: datetime, trust: Trust
) -> list[StopRequest]:
    envelope = of_event(body, outer, trust)
    of_aws = str(body["source"]).startswith("aws.")
    if body["detail-type"] == ALARM_DETAIL_TYPE and body["source"] == "aws.cloudwatch":
        return requests_for(alarm.from_event(body, now=now, trust=trust), targets)
    if body["detail-type"] == REQUEST_DETAIL_TYPE and not of_aws:
        return _command(body.get("detail"), envelope, now, trust)
    raise MalformedError("unknown_event", "the event's source and detail-type are not ones that stop anything")


def _verified(
    body: dict[str, Any], envelope: Envelope, targets: Iterable[TargetLike], now: datetime, trust: Trust
) -> list[StopRequest]:
    if not trust.believes(envelope.sender_id, Source.WEBHOOK):
        raise MalformedError("not_verified", "only the webhook function may say that a message is verified")
    if body["verified"] == "monitoring":
        from standdown.intake import monitoring  # a stop by anybody else need not wait for it to be loaded

        return monitoring.from_verified(body, targets, now=now)
    return requests_for(cloud_eye.from_verified(body, now=now), targets)
