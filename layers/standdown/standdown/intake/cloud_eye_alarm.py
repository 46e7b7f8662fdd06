"""An alarm of Huawei Cloud Eye, as its SMN message has it and as the webhook function hands it on.

Cloud Eye sends recoveries to the same topic, and repeats an alarm that lasts. A repeated message is a second chance for
an alarm whose first message never came in.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from standdown.base.text import NotJsonError, iso, one_line, strict_json
from standdown.core.operation import SCHEMA_VERSION
from standdown.core.reasons import Reason, Why
from standdown.intake.cloudwatch_alarm import AlarmChange
from standdown.intake.errors import IgnoredError, MalformedError, NotCloudEyeError, RecoveredError
from standdown.intake.fields import MAX_FUTURE, child, moment, word

if TYPE_CHECKING:
    from standdown.intake.webhook.smn import SmnMessage

_WHERE = "the Cloud Eye alarm"
_BY = {"cloud-eye": "Cloud Eye alarm", "smn": "SMN message"}
_KEYS = {"schema_version", "verified", "delivery_id", "alarm_name", "state", "changed_at", "reason"}
_STATES = {
    "alarm": "ALARM",
    "ok": "OK",
    "ok_manual": "OK",  # somebody ended the alarm by hand
    "insufficient_data": "INSUFFICIENT_DATA",
    "invalid": "INVALID",  # the rule does not apply any more
}
_FLAGS = {"true": "ALARM", "false": "OK"}
_SECONDS = 10**9  # from 2001 on if it is in seconds, the first days of 1970 if it is in milliseconds
_LATEST = 2**42  # milliseconds since 1970: the year 2109


class CloudEyeAlarm(NamedTuple):
    """A change to ALARM. `alarm` is the same in every message about one alarm; `repeated` says that it lasts."""

    change: AlarmChange
    alarm: str
    sent_at: datetime
    repeated: bool


def read_alarm(message: SmnMessage) -> CloudEyeAlarm:
    """Read a verified SMN message as a Cloud Eye alarm, in the flat form or in the one with `version` and `data`.

    Raises MalformedError if it contradicts itself, RecoveredError if it is no alarm now, and IgnoredError if it is
    not from Cloud Eye.
    """
    document = _document(message.message)
    if "alarm_name" in document and "data" in document:
        raise MalformedError("unknown_shape", f"{_WHERE} must have either 'alarm_name' or 'data', and not both")
    read = _versioned if "data" in document else _flat
    found = read(document, message)
    change = found.change
    if change.state != "ALARM":
        why = f"the alarm {change.name} went to {change.state}: only ALARM stops"
        raise RecoveredError(why, found.alarm, found.sent_at)
    return found


def is_verified(document: dict[str, Any]) -> bool:
    """Tell whether the document means to be a message that the webhook function verified."""
    return "verified" in document


def to_verified(change: AlarmChange, by: str = "cloud-eye") -> dict[str, Any]:
    """Return the queue body in which the webhook function hands a verified alarm on; the trigger knows the targets.

    `by` is `smn` where a rule of ours says that the message of another publisher is an alarm.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "verified": by,
        "delivery_id": change.delivery_id,
        "alarm_name": change.name,
        "state": change.state,
        "changed_at": iso(change.changed_at),
        "reason": change.reason,
    }


def from_verified(document: dict[str, Any], *, now: datetime) -> AlarmChange:
    """Read what `to_verified` wrote; raise MalformedError where it is anything else."""
    version = document.get("schema_version")
    by = document.get("verified")
    if set(document) != _KEYS or not isinstance(by, str) or by not in _BY or version != SCHEMA_VERSION:
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
        requested_by=f"{_BY[by]} {one_line(name, 150)}",
        flaw=Why.of(Reason.FUTURE_ALARM_TIME) if future else None,
    )


def _document(text: str) -> dict[str, Any]:
    """Return the alarm in a genuine message; raise NotCloudEyeError for another's, or where a template wrote it."""
    with suppress(NotJsonError):
        document = strict_json(text)
        if isinstance(document, dict) and ("alarm_name" in document or _is_versioned(document)):
            return document
    raise NotCloudEyeError


def _is_versioned(document: dict[str, Any]) -> bool:
    """Tell whether it has the shape of the newer form: other services have a key `data` as well."""
    data = document.get("data")
    return isinstance(data, dict) and "AlarmRuleName" in data


def _flat(document: dict[str, Any], message: SmnMessage) -> CloudEyeAlarm:
    """Read the older form; its `template_variable` repeats some of it, and must not say otherwise."""
    state = _STATES.get(str(document.get("alarm_status")).lower())
    variables = document.get("template_variable")
    variables = variables if isinstance(variables, dict) else {}
    if document.get("alarm_status") == "--":
        raise IgnoredError("event_alarm", "an alarm on events carries no state, and cannot stop: use one on a metric")
    contradicted = not _is_empty(variables, "IsAlarm") and (_flag(variables, "IsAlarm") == "ALARM") != (
        state == "ALARM"
    )
    if state is None or contradicted:
        raise MalformedError("bad_state", f"{_WHERE} does not say, or contradicts, whether it is an alarm")
    name = word(document, "alarm_name", _WHERE, 255)
    at = _time(document.get("time"), message.sent_at)
    reason = _reason(document.get("sms_content"), variables, message)
    return _alarm(name, state, at, message, document.get("alarm_id"), reason, variables)


def _time(value: Any, otherwise: datetime) -> datetime:
    """Read the older form's time, in milliseconds since 1970."""
    if value is None:
        return otherwise
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise MalformedError("bad_time", f"'time' in {_WHERE} must be milliseconds since 1970")
    if _SECONDS < value < 100 * _SECONDS:
        raise MalformedError("bad_time", f"'time' in {_WHERE} is in seconds: it must be milliseconds since 1970")
    return datetime.fromtimestamp(value / 1000, UTC)


def _versioned(document: dict[str, Any], message: SmnMessage) -> CloudEyeAlarm:
    """Read the newer form; its times are written for people, so the message's own time holds.

    Cloud Eye leaves out what is false or empty, as a recovery's flag.
    """
    if document.get("version") != "v1":
        raise MalformedError("unknown_shape", f"'version' in {_WHERE} must be v1")
    data = child(document, "data", _WHERE)
    state = "OK" if _is_empty(data, "IsAlarm") else _flag(data, "IsAlarm")
    if state is None:
        raise MalformedError("bad_state", f"'IsAlarm' in {_WHERE} must be true or false")
    name = word(data, "AlarmRuleName", _WHERE, 255)
    reason = _reason(data.get("AlarmDesc"), data, message)
    return _alarm(name, state, message.sent_at, message, data.get("AlarmId"), reason, data)


def _alarm(
    name: str, state: str, at: datetime, message: SmnMessage, alarm_id: Any, reason: str, flags: dict[str, Any]
) -> CloudEyeAlarm:
    tail = one_line(alarm_id, 100) if isinstance(alarm_id, str) else ""
    change = AlarmChange(
        name=name,
        state=state,
        changed_at=at,
        delivery_id=f"{message.message_id}/{tail}/{iso(at)}",
        reason=reason,
        requested_by=f"Cloud Eye alarm {one_line(name, 150)}",
    )
    repeated = _flag(flags, "IsCycleTrigger") == "ALARM"
    return CloudEyeAlarm(change, f"{message.topic_urn}\n{name}\n{tail}", message.sent_at, repeated)


def _reason(text: Any, data: dict[str, Any], message: SmnMessage) -> str:
    """Return why it is an alarm: its description if it has one, else the subject, else what was measured."""
    measured = [_said(data, key) for key in ("MetricName", "CurrentData", "ResourceName")]
    known = (text if isinstance(text, str) else "", message.subject, ", ".join(filter(None, measured)))
    record = _said(data, "AlarmRecordID")
    first = next((one for one in known if one.strip()), "")
    return one_line(f"{first} (alarm record {record})".strip() if record else first, 500)


def _said(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return one_line(value, 100) if isinstance(value, str) else ""


def _is_empty(document: dict[str, Any], key: str) -> bool:
    """Tell whether a flag is left out, null, or an empty text."""
    return document.get(key) in (None, "")


def _flag(document: dict[str, Any], key: str) -> str | None:
    """Read a flag that comes as a boolean or as its name in text."""
    value = document.get(key)
    return _FLAGS.get(str(value).lower()) if isinstance(value, bool | str) else None
