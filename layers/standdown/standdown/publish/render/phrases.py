"""Plain words for a person: names, who asked, and what Huawei Cloud wrote, without JSON and code names."""

from __future__ import annotations

from standdown.base.text import one_line
from standdown.core.hold import Asker
from standdown.core.operation import Operation
from standdown.core.request import Action, StopRequest
from standdown.publish.render.locale import Locale, english
from standdown.sdrs.fail_reason import read_reason

__all__ = ["ask", "key_of", "name", "readable", "who"]


def key_of(action: Action, key: str) -> str:
    """Return the key of what is said of an action: a resume has sentences of its own where a stop's would be wrong."""
    own = f"resume.{key}"
    return own if action is Action.RESUME and english().has(own) else key


def name(operation: Operation, locale: Locale) -> str:
    """Return what people call the thing: the target's name, else the group's name, else what the sender wrote."""
    outcome = operation.outcome
    known = operation.target or operation.request.target or (outcome.group_name if outcome else None)
    return one_line(known or operation.request.wanted, 80) or locale.say("unnamed")


def who(request: StopRequest | Asker, locale: Locale) -> str:
    """Return who asked: `the alarm erp-1`, `Ada Lovelace (by a webhook call)`, `a schedule`."""
    if request.alarm:
        way = locale.say("who.named_alarm", alarm=one_line(request.alarm, 120))
    else:
        way = locale.say(f"who.{request.source.value}")
    person = one_line(request.requested_by, 120)
    return locale.say("who.person", person=person, way=way) if person and person != request.alarm else way


def ask(request: StopRequest, locale: Locale) -> str:
    """Return one sentence: who asked when, and the reason that was given."""
    sender, kind = who(request, locale), "dry_run" if request.dry_run else "stop"
    key = key_of(request.action, f"ask.{kind}")
    asked = locale.say(key, who=f"{sender[0].upper()}{sender[1:]}", when=locale.moment(request.requested_at))
    if request.action is Action.RESUME and request.sender:
        asked = locale.say("ask.sender", asked=asked, sender=one_line(request.sender, 120))
    reason = readable(request.reason, 400)
    if not reason:
        return locale.say("ask.no_reason", asked=asked)
    return locale.say("ask.reason", asked=asked, quote=locale.say("quote", text=reason))


def readable(text: str, limit: int = 300) -> str:
    """Return what a service wrote as a person would quote it: on one line, without code names, JSON or quotes."""
    return one_line(read_reason(text).words, limit)
