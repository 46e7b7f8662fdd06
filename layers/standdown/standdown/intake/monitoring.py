"""Alerts of a monitoring system, between the webhook function that verified them and the trigger that knows targets.

Two things can be in it: a group of alerts, or our own command with the alert's name and state, for a system whose body
is a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from standdown.base.text import canonical, iso, one_line
from standdown.core.alarm_names import is_among
from standdown.core.operation import SCHEMA_VERSION
from standdown.core.reasons import Reason, Why
from standdown.core.request import Source, StopRequest
from standdown.intake.alertmanager import Alert
from standdown.intake.cloudwatch_alarm import TargetLike
from standdown.intake.command import read_command
from standdown.intake.errors import IgnoredError, MalformedError, TooLargeError
from standdown.intake.fields import MAX_FUTURE, child, moment, object_of, word

VERIFIED = "monitoring"
MOST_A_TARGET = 20
"""Requests that one message can make of one target: a storm of alerts about it is one stop, and not a mail for each."""
_WHERE = "the alerts, as verified,"
_FIRES = frozenset({"firing", "1", "triggered", "re-triggered"})
"""What says that an alert fires: our word, Zabbix's {EVENT.VALUE}, Datadog's $ALERT_TRANSITION; small letters."""
_UNFILLED = re.compile(r"[${}]|\*UNKNOWN\*")  # a variable that the sender's template did not replace
_MOST_BYTES = 200 * 1024  # of a message in the queue, which takes 256 KiB


def alerts_message(alerts: Iterable[Alert]) -> dict[str, Any]:
    """Return the queue body in which the webhook function hands verified alerts on; raise TooLargeError."""
    said = [
        {"name": one.name, "fingerprint": one.fingerprint, "starts_at": iso(one.starts_at), "reason": one.reason,
         "sender": one.sender}
        for one in alerts
    ]  # fmt: skip
    message = {"schema_version": SCHEMA_VERSION, "verified": VERIFIED, "alerts": said}
    if len(canonical(message)) > _MOST_BYTES:
        raise TooLargeError("too_many", "more alerts fire than a message can hold: route fewer of them here")
    return message


def command_message(document: dict[str, Any], now: datetime) -> tuple[dict[str, Any], list[StopRequest]]:
    """Return the queue body for a command, and the requests that the trigger will make of it.

    Raises IgnoredError if its alert does not fire, and MalformedError if it is wrong: its sender is on the line.
    """
    where = "the command"
    if "source" in document:
        raise MalformedError("bad_field", "'source' is not for a webhook to say: leave it out")
    state = word(document, "state", where, 40)
    if state.lower() not in _FIRES:
        raise IgnoredError("not_firing", f"'state' is {one_line(state, 40)!r}: only an alert that fires stops")
    for key in ("delivery_id", "alarm"):
        if _UNFILLED.search(word(document, key, where, 255)):
            raise MalformedError("bad_field", f"{key!r} in {where} has a variable that was not replaced")
    command = {key: value for key, value in document.items() if key not in ("state", "alarm")}
    message = {
        "schema_version": SCHEMA_VERSION,
        "verified": VERIFIED,
        "command": command,
        "alarm": document["alarm"],
        "received_at": iso(now),
    }
    requests = _commanded(message, now)
    flaw = next((request.flaw for request in requests if request.flaw), None)
    if flaw:
        raise MalformedError("bad_field", flaw)
    return message, requests


def from_verified(document: dict[str, Any], targets: Iterable[TargetLike], *, now: datetime) -> list[StopRequest]:
    """Return the requests in what the two functions above wrote; raise MalformedError where it is anything else.

    Raises IgnoredError if no target names any of the alerts.
    """
    if document.get("schema_version") != SCHEMA_VERSION or ("alerts" in document) == ("command" in document):
        raise MalformedError("unknown_shape", f"{_WHERE} do not have the fields they should have")
    if "command" in document:
        return _commanded(document, now)
    said = document["alerts"]
    if not isinstance(said, list):
        raise MalformedError("unknown_shape", f"{_WHERE} must be a list")
    alerts = sorted((_alert(one) for one in said), key=lambda alert: alert.starts_at, reverse=True)
    found = {
        target.name: [alert for alert in alerts if is_among(alert.name, target.alarms)][:MOST_A_TARGET]
        for target in targets
    }
    requests = [_request(alert, target, now) for target in sorted(found) for alert in found[target]]
    if not requests:
        names = ", ".join(dict.fromkeys(one_line(alert.name, 80) for alert in alerts))
        raise IgnoredError("no_target", f"in no target's 'alarms': {names}")
    return requests


def _commanded(message: Mapping[str, Any], now: datetime) -> list[StopRequest]:
    document = dict(message)
    requests = read_command(
        child(document, "command", _WHERE),
        delivery_id=VERIFIED,
        source=Source.MONITORING,
        requested_at=moment(document, "received_at", _WHERE),
        requested_by="monitoring",
        now=now,
    )
    alarm = word(document, "alarm", _WHERE, 255)
    return [replace(request, alarm=alarm) for request in requests]


def _alert(value: Any) -> Alert:
    said = object_of(value, _WHERE)
    reason = said.get("reason")
    return Alert(
        word(said, "name", _WHERE, 255),
        word(said, "fingerprint", _WHERE, 64),
        moment(said, "starts_at", _WHERE),
        reason if isinstance(reason, str) else "",
        word(said, "sender", _WHERE, 20),
    )


def _request(alert: Alert, target: str, now: datetime) -> StopRequest:
    """Return the request for one target; an alert from the future is refused, and everyone is told."""
    future = alert.starts_at - now > MAX_FUTURE
    request = StopRequest(
        alert.delivery_id, Source.MONITORING, now if future else alert.starts_at, target=target,
        reason=one_line(alert.reason, 500), requested_by=f"{alert.sender} alert {one_line(alert.name, 150)}",
        alarm=alert.name,
    )  # fmt: skip
    return request.flawed(Why.of(Reason.FUTURE_ALARM_TIME) if future else None)
