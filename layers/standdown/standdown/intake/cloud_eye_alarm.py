"""An alarm of Huawei Cloud Eye, as its SMN message tells it and as the webhook function hands it on.

Cloud Eye sends recoveries to the same topic, and repeats an alarm that lasts: neither is a change to ALARM.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from standdown.base.text import NotJsonError, iso, one_line, strict_json
from standdown.core.operation import SCHEMA_VERSION
from standdown.core.reasons import Reason, Why
from standdown.intake.cloudwatch_alarm import AlarmChange
from standdown.intake.errors import IgnoredError, MalformedError
from standdown.intake.fields import MAX_FUTURE, child, moment, word
from standdown.intake.webhook.smn import SmnMessage

_WHERE = "the Cloud Eye alarm"
_KEYS = {"schema_version", "verified", "delivery_id", "alarm_name", "state", "changed_at", "reason"}
_STATES = {"alarm": "ALARM", "ok": "OK", "insufficient_data": "INSUFFICIENT_DATA"}
_FLAGS = {"true": "ALARM", "false": "OK"}
_SECONDS = 10**9  # from 2001 on if it is in seconds, the first days of 1970 if it is in milliseconds
_LATEST = 2**42  # milliseconds since 1970: the year 2109


def read_alarm(message: SmnMessage) -> AlarmChange:
    """Read a verified SMN message as a Cloud Eye alarm, in the flat form or in the one with `version` and `data`.

    Raises MalformedError where it is neither or contradicts itself, IgnoredError where it is not a change to an alarm.
    """
    document = _document(message.message)
    if "alarm_name" in document and "data" in document:
        raise MalformedError("unknown_shape", f"{_WHERE} must have either 'alarm_name' or 'data', and not both")
    change, repeated = _versioned(document, message) if "data" in document else _flat(document, message)
    if change.state != "ALARM":
        raise IgnoredError("not_an_alarm", f"the alarm {change.name} went to {change.state}: only ALARM stops")
    if repeated:
        raise IgnoredError("no_change", f"the alarm {change.name} is only repeated: a change to ALARM stops")
    return change


def is_verified(document: dict[str, Any]) -> bool:
    """Tell whether the document means to be a message that the webhook function verified."""
    return "verified" in document


def to_verified(change: AlarmChange) -> dict[str, Any]:
    """Return the queue body in which the webhook function hands a verified alarm on; the trigger knows the targets."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verified": "cloud-eye",
        "delivery_id": change.delivery_id,
        "alarm_name": change.name,
        "state": change.state,
        "changed_at": iso(change.changed_at),
        "reason": change.reason,
    }


def from_verified(document: dict[str, Any], *, now: datetime) -> AlarmChange:
    """Read what `to_verified` wrote; raise MalformedError where it is anything else."""
    version = document.get("schema_version")
    if set(document) != _KEYS or document["verified"] != "cloud-eye" or version != SCHEMA_VERSION:
        raise MalformedError("unknown_shape", f"{_WHERE}, as verified, does not have the fields it should have")
    at, reason = moment(document, "changed_at", _WHERE), document["reason"]
    future = at - now > MAX_FUTURE
    name = word(document, "alarm_name", _WHERE, 255)
    return AlarmChange(
        name=name,
        state=word(document, "state", _WHERE, 20),
        changed_at=now if future else at,
        delivery_id=word(document, "delivery_id", _WHERE, 400),
        reason=one_line(reason, 500) if isinstance(reason, str) else "",
        requested_by=f"Cloud Eye alarm {one_line(name, 150)}",
        flaw=Why.of(Reason.FUTURE_ALARM_TIME) if future else None,
    )


def _document(text: str) -> dict[str, Any]:
    """Return the alarm in a genuine message; raise IgnoredError where it is another's, or written by a template."""
    with suppress(NotJsonError):
        document = strict_json(text)
        if isinstance(document, dict) and document.keys() & {"alarm_name", "data"}:
            return document
    raise IgnoredError(
        "not_cloud_eye", "the SMN message is no alarm in Cloud Eye's default template: use that one in the alarm rule"
    )


def _flat(document: dict[str, Any], message: SmnMessage) -> tuple[AlarmChange, bool]:
    """Read the older form; its `template_variable` repeats some of it, and must not say otherwise."""
    state = _STATES.get(str(document.get("alarm_status")).lower())
    variables = document.get("template_variable")
    variables = variables if isinstance(variables, dict) else {}
    if document.get("alarm_status") == "--":
        raise IgnoredError("event_alarm", "an alarm on events carries no state, and cannot stop: use one on a metric")
    if state is None or ("IsAlarm" in variables and (_flag(variables, "IsAlarm") == "ALARM") != (state == "ALARM")):
        raise MalformedError("bad_state", f"{_WHERE} does not say, or contradicts, whether it is an alarm")
    alarm_id, time = document.get("alarm_id"), document.get("time")
    at = message.sent_at
    if time is not None:
        if type(time) is not int or not 0 <= time <= _LATEST:
            raise MalformedError("bad_time", f"'time' in {_WHERE} must be milliseconds since 1970")
        if _SECONDS < time < 100 * _SECONDS:
            raise MalformedError("bad_time", f"'time' in {_WHERE} is in seconds: it must be milliseconds since 1970")
        at = datetime.fromtimestamp(time / 1000, UTC)
    change = _change(
        word(document, "alarm_name", _WHERE, 255), state, at, message, alarm_id, document.get("sms_content")
    )
    return change, _repeated(variables)


def _versioned(document: dict[str, Any], message: SmnMessage) -> tuple[AlarmChange, bool]:
    """Read the newer form; its times are written for people, so the message's own time holds."""
    if document.get("version") != "v1":
        raise MalformedError("unknown_shape", f"'version' in {_WHERE} must be v1")
    data = child(document, "data", _WHERE)
    state = _flag(data, "IsAlarm")
    if state is None:
        raise MalformedError("bad_state", f"'IsAlarm' in {_WHERE} must be true or false")
    name = word(data, "AlarmRuleName", _WHERE, 255)
    change = _change(name, state, message.sent_at, message, data.get("AlarmId"), data.get("AlarmDesc"))
    return change, _repeated(data)


def _change(name: str, state: str, at: datetime, message: SmnMessage, alarm_id: Any, reason: Any) -> AlarmChange:
    tail = one_line(alarm_id, 100) if isinstance(alarm_id, str) else ""
    return AlarmChange(
        name=name,
        state=state,
        changed_at=at,
        delivery_id=f"{message.message_id}/{tail}/{iso(at)}",
        reason=one_line(reason, 500) if isinstance(reason, str) else "",
        requested_by=f"Cloud Eye alarm {one_line(name, 150)}",
    )


def _flag(document: dict[str, Any], key: str) -> str | None:
    """Read a flag that comes as a boolean or as its name in text."""
    value = document.get(key)
    return _FLAGS.get(str(value).lower()) if isinstance(value, bool | str) else None


def _repeated(document: dict[str, Any]) -> bool:
    return _flag(document, "IsCycleTrigger") == "ALARM"
