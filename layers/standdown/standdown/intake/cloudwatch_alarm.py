"""A CloudWatch alarm that changed its state, in its three forms, and which targets it stops. Never guesses a target."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from standdown.base.text import iso, one_line
from standdown.core.alarm_names import is_among
from standdown.core.reasons import Reason, Why
from standdown.core.request import Source, StopRequest
from standdown.intake.errors import IgnoredError, MalformedError
from standdown.intake.fields import MAX_FUTURE, child, moment, word
from standdown.intake.trust import Trust

_ARN = re.compile(r"arn:aws[a-z-]*:cloudwatch:([a-z0-9-]*):([0-9]{12}):alarm:(.+)")
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_SNS = "the alarm's SNS message"


class TargetLike(Protocol):
    """What an alarm needs to know of a target: its name, and the alarm names (globs) that stop it."""

    @property
    def name(self) -> str:
        """Return the target's name."""

    @property
    def alarms(self) -> tuple[str, ...]:
        """Return the globs."""


class AlarmChange(NamedTuple):
    """One change of one alarm's state, whoever reported it; `delivery_id` is the same for every report of it.

    `released` says that the alarm's actions were suppressed before this change: nothing was published of it yet.
    """

    name: str
    state: str
    changed_at: datetime
    delivery_id: str
    previous: str | None = None
    reason: str = ""
    requested_by: str = ""
    suppressed: bool = False
    released: bool = False
    flaw: Why | None = None


def is_alarm_message(document: dict[str, Any]) -> bool:
    """Tell whether the document means to be the JSON that an alarm sends to an SNS topic."""
    return "AlarmName" in document


def from_sns_message(message: dict[str, Any], *, now: datetime, trust: Trust) -> AlarmChange:
    """Read the JSON that a metric or composite alarm sends to SNS; raise MalformedError or IgnoredError."""
    name = word(message, "AlarmName", _SNS, 255)
    account = word(message, "AWSAccountId", _SNS, 12)
    # The field is younger than the message: without it, the ARN follows from the account, the region and the name.
    arn = message.get("AlarmArn", f"arn:aws:cloudwatch:{trust.region or ''}:{account}:alarm:{name}")
    _check(arn, name, account, trust)
    at, previous = moment(message, "StateChangeTime", _SNS), message.get("OldStateValue")
    change = AlarmChange(
        name=name,
        state=word(message, "NewStateValue", _SNS),
        changed_at=at,
        delivery_id=_identity(arn, at),
        previous=previous if isinstance(previous, str) else None,
        reason=_text(message.get("NewStateReason")),
        requested_by=_by(name),
    )
    return _checked(change, now)


def from_event(event: dict[str, Any], *, now: datetime, trust: Trust) -> AlarmChange:
    """Read an EventBridge event `CloudWatch Alarm State Change`; raise MalformedError or IgnoredError."""
    resources = event.get("resources")
    if not isinstance(resources, list) or len(resources) != 1:
        raise MalformedError("bad_field", "'resources' in the alarm's event must hold the alarm's ARN and nothing else")
    return _from_states(child(event, "detail", "the alarm's event"), resources[0], event.get("account"), now, trust)


def from_action(event: dict[str, Any], *, now: datetime, trust: Trust) -> AlarmChange:
    """Read the event with which an alarm invokes a function directly; raise MalformedError or IgnoredError."""
    if event.get("source") != "aws.cloudwatch":
        raise MalformedError("wrong_source", "'source' in the alarm's action must be aws.cloudwatch")
    data = child(event, "alarmData", "the alarm's action")
    return _from_states(data, event.get("alarmArn"), event.get("accountId"), now, trust)


def requests_for(change: AlarmChange, targets: Iterable[TargetLike]) -> list[StopRequest]:
    """Return a request for each target whose globs name the alarm; raise IgnoredError where there is nothing to do.

    Only a change to ALARM acts. A composite alarm whose actions are suppressed does not: its operator said so.
    """
    name = one_line(change.name, 80)
    if change.state != "ALARM":
        raise IgnoredError("not_an_alarm", f"the alarm {name} went to {change.state}: only a change to ALARM stops")
    if change.previous == "ALARM" and not change.released:
        raise IgnoredError("no_change", f"the alarm {name} was in ALARM before: only a change to ALARM stops")
    if change.suppressed:
        raise IgnoredError("suppressed", f"the actions of the alarm {name} are suppressed")
    names = [target.name for target in targets if is_among(change.name, target.alarms)]
    if not names:
        raise IgnoredError("no_target", f"the alarm {name} is in no target's 'alarms': add it there if it should stop")
    return [
        StopRequest(
            change.delivery_id, Source.ALARM, change.changed_at, target=target, reason=change.reason,
            requested_by=change.requested_by, alarm=change.name,
        ).flawed(change.flaw)
        for target in sorted(set(names))
    ]  # fmt: skip


def _from_states(data: dict[str, Any], arn: Any, account: Any, now: datetime, trust: Trust) -> AlarmChange:
    """Read the words that an alarm's event and its direct action share."""
    where = "the alarm's data"
    name = word(data, "alarmName", where, 255)
    _check(arn, name, account, trust)
    state, previous = child(data, "state", where), data.get("previousState")
    at = moment(state, "timestamp", where)
    change = AlarmChange(
        name=name,
        state=word(state, "value", where),
        changed_at=at,
        delivery_id=_identity(arn, at),
        previous=previous.get("value") if isinstance(previous, dict) else None,
        released=isinstance(previous, dict) and "actionsSuppressedBy" in previous,
        reason=_text(state.get("reason")),
        requested_by=_by(name),
        suppressed="actionsSuppressedBy" in state,
    )
    return _checked(change, now)


def _check(arn: Any, name: str, account: Any, trust: Trust) -> None:
    """Refuse an alarm that is another account's, another region's, or outside the prefix."""
    parts = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if parts is None or parts[3] != name:
        raise MalformedError("bad_arn", f"the alarm {one_line(name, 80)} comes without its own ARN")
    if parts[2] != trust.account or account != trust.account:
        raise MalformedError("wrong_account", f"the alarm {one_line(name, 80)} belongs to another account")
    if trust.region and parts[1] != trust.region:
        raise MalformedError("wrong_region", f"the alarm {one_line(name, 80)} belongs to another region")
    if trust.alarm_prefix is None:
        raise IgnoredError("alarms_off", f"the alarm {one_line(name, 80)} is ignored: this stack listens to no alarms")
    if not name.startswith(trust.alarm_prefix):
        raise IgnoredError("wrong_prefix", f"the alarm {one_line(name, 80)} does not have this stack's alarm prefix")


def _checked(change: AlarmChange, now: datetime) -> AlarmChange:
    """Refuse a state that does not exist, and flag a time that has not come."""
    if change.state not in _STATES:
        state = one_line(change.state, 40)
        raise MalformedError("bad_state", f"the alarm {one_line(change.name, 80)} is in no known state: {state}")
    if change.changed_at - now > MAX_FUTURE:
        return change._replace(changed_at=now, flaw=Why.of(Reason.FUTURE_STATE_TIME))
    return change


def _text(value: Any) -> str:
    return one_line(value, 500) if isinstance(value, str) else ""


def _by(name: str) -> str:
    return f"CloudWatch alarm {one_line(name, 150)}"


def _identity(arn: str, at: datetime) -> str:
    """Return the same id by SNS, by rule and by direct action: one change is one incident whichever way it comes."""
    return f"{arn}|{iso(at)}"
