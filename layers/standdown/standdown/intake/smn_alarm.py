"""An alarm of another publisher on SMN than Cloud Eye: a rule of ours says which message is which alarm."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from standdown.base.text import NotJsonError, one_line, strict_json
from standdown.intake.cloudwatch_alarm import AlarmChange
from standdown.intake.errors import IgnoredError, MalformedError
from standdown.intake.webhook.smn import SmnMessage
from standdown.intake.webhook.smn_rules import SmnRule

BY = "smn"
"""What the queue's message about such an alarm calls it."""


def read_by_rule(rules: Sequence[SmnRule], message: SmnMessage) -> AlarmChange:
    """Return the alarm that a verified message is by the one rule that knows it.

    Raises IgnoredError if no rule knows it, and MalformedError if more than one does.
    """
    document = None
    with suppress(NotJsonError):
        document = strict_json(message.message)
    found = [
        (number, rule)
        for number, rule in enumerate(rules, 1)
        if rule.knows(message.topic_urn, message.subject, document)
    ]
    if not found:
        raise IgnoredError("no_rule", "the SMN message is no alarm of Cloud Eye, and no rule of 'smn.rules' knows it")
    if len(found) > 1:
        numbers = " and ".join(str(number) for number, _ in found[:2])
        raise MalformedError("two_rules", f"the SMN message fits the rules number {numbers} in 'smn.rules'")
    [(_, rule)] = found
    topic = message.topic_urn.rpartition(":")[2]
    return AlarmChange(
        name=rule.alarm,
        state="ALARM",
        changed_at=message.sent_at,
        delivery_id=f"{message.message_id}/rule/{rule.alarm}",
        reason=one_line(message.subject or f"a message of the SMN topic {topic}", 500),
    )
