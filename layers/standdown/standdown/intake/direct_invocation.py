"""A direct invocation of the trigger, by a caller with the right to it or by an alarm's own Lambda action."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from standdown.core.request import Source, StopRequest
from standdown.intake import cloudwatch_alarm as alarm
from standdown.intake.cloudwatch_alarm import TargetLike, requests_for
from standdown.intake.command import NOTHING_TO_STOP, is_command, near, read_command
from standdown.intake.errors import MalformedError
from standdown.intake.fields import object_of
from standdown.intake.trust import Trust


def is_sent_by_aws(event: Any) -> bool:
    """Tell whether an AWS service made the event: no one reads what it is answered, so it must not be answered away."""
    return isinstance(event, dict) and bool(event.keys() & {"alarmData", "Records", "detail-type"})


def read_direct(
    event: Any, targets: Iterable[TargetLike], *, request_id: str, now: datetime, trust: Trust
) -> list[StopRequest]:
    """Return the requests in the event: our command, or the event of an alarm's Lambda action.

    `request_id` is the invocation's, the same over Lambda's own retries. Raises MalformedError or IgnoredError.
    """
    document = object_of(event, "the event")
    if is_command(document) and "alarmData" in document:
        raise MalformedError("ambiguous", "the event is a command and an alarm's action at once: send one of them")
    if "alarmData" in document:
        return requests_for(alarm.from_action(document, now=now, trust=trust), targets)
    if not is_command(document):
        raise MalformedError("unknown_shape", f"{NOTHING_TO_STOP}{near(document)}; nor is it an alarm's action")
    return read_command(document, delivery_id=request_id, source=Source.DIRECT, requested_at=now, now=now)
