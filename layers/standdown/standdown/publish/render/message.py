"""The one structure of what people read: a mail and every chat are renderings of it. Nothing in it is markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from standdown.base.text import clip, one_line
from standdown.core.operation import Operation
from standdown.core.outcome import PROTECTED, Outcome, Refusal, Result
from standdown.core.request import Action
from standdown.publish.render.facts import asked, happened, record, said
from standdown.publish.render.holds import hold_of
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale
from standdown.publish.render.next_steps import next_steps
from standdown.publish.render.phrases import key_of, name
from standdown.publish.render.urgency import OFF, still_protected, urgent

__all__ = ["Link", "Message", "Section", "message", "move", "verdict"]

_UNTOUCHED = frozenset({Result.REFUSED, Result.DRY_RUN})
_AGAIN = frozenset({Result.REFUSED, Result.FAILED, Result.DRY_RUN, Result.UNKNOWN})
_NO_USE_OF_AGAIN = frozenset({
    Refusal.OFF, Refusal.COOLDOWN, Refusal.PRODUCTION_FAILED, Refusal.SKIPPED, Refusal.STOP_UNDER_WAY,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title; each line is one line of plain text."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An address of our own making, never of a sender's, and what it leads to."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is said of one outcome in one language. The first of `state` says what holds and whose move it is.

    `steps` come in the order of their urgency. `again` is a command for a shell that sends the request again, with its
    label; `links` has the short ones first.
    """

    language: str
    urgent: bool
    title: str
    state: tuple[str, ...]
    steps: Section
    facts: tuple[Section, ...] = ()
    links: tuple[Link, ...] = ()
    again: tuple[str, str] | None = None

    def chat_title(self, room: int) -> str:
        """Return the title within so many characters; a robot may demand a keyword, and "Standdown" is in all."""
        if "Standdown" in self.title:
            return clip(self.title, room)
        return f"{clip(self.title, room - 14)} \u00b7 Standdown"


def message(operation: Operation, links: Links, locale: Locale) -> Message:
    """Return what is to be said of an operation; raise ValueError where it has not ended yet."""
    outcome = operation.ended
    facts = (
        ("asked", asked(operation, locale)),
        ("happened", happened(operation, outcome, locale)),
        ("said", said(outcome, locale)),
        ("record", record(operation, outcome, links, locale)),
    )
    return Message(
        language=locale.language,
        urgent=urgent(operation),
        title=_title(operation, outcome, links, locale),
        state=tuple(_state(operation, outcome, links, locale)),
        steps=Section(locale.say("section.steps"), next_steps(operation, locale, links.config_prefix)),
        facts=tuple(Section(locale.say(f"section.{key}"), tuple(lines)) for key, lines in facts if lines),
        links=_links(operation, links, locale),
        again=_again(operation, outcome, links, locale),
    )


def verdict(operation: Operation, outcome: Outcome, locale: Locale) -> str:
    """Return in a few words how it ended."""
    key = f"verdict.{_how(operation, outcome)}"
    words = locale.say(key_of(operation.action, key))
    if outcome.refusal:
        why = locale.say(key_of(operation.action, f"refused.{outcome.refusal.value}"))
        return locale.say("verdict.because", verdict=words, why=why)
    other = _other(operation, outcome, locale)
    return locale.say(key_of(operation.action, "verdict.joined_other"), other=other) if other else words


def _how(operation: Operation, outcome: Outcome) -> str:
    """Return by which word people are told of a result: a dry run, and what could not be confirmed, have their own."""
    if operation.dry_run and outcome.result in (Result.FAILED, Result.REFUSED):
        return f"dry_run_{outcome.result.value}"
    done = outcome.result in (Result.SUCCEEDED, Result.RESUMED)
    return "unverified" if done and not outcome.verified else outcome.result.value


def move(operation: Operation, outcome: Outcome, locale: Locale) -> str:
    """Return whose move it is."""
    if urgent(operation):
        return locale.say("move.now")
    dry = outcome.result is Result.DRY_RUN or (outcome.result is Result.REFUSED and operation.dry_run)
    protected = (outcome.joined_result or outcome.result) in PROTECTED
    nobody = dry or protected or outcome.refusal is Refusal.SKIPPED
    return locale.say("move.none" if nobody else "move.later")


def _title(operation: Operation, outcome: Outcome, links: Links, locale: Locale) -> str:
    kind = "title.urgent" if urgent(operation) else "title.plain"
    title = locale.say(kind, name=name(operation, locale), verdict=verdict(operation, outcome, locale))
    return f"{title} [{one_line(links.stack, 64)}]" if links.stack else title


def _state(operation: Operation, outcome: Outcome, links: Links, locale: Locale) -> Sequence[str]:
    between = locale.say("sentences.join")
    first = f"{_headline(operation, outcome, locale)}{between}{move(operation, outcome, locale)}"
    answer = _protection(operation.action, outcome, locale)
    question = locale.say(key_of(operation.action, "protected.question"), answer=answer)
    where = [locale.say("where", group=_group(operation, outcome, locale))]
    sender = links.sender(locale)
    where += [locale.say("where.sender", sender=sender)] if sender else []
    return first, question, between.join(where)


def _headline(operation: Operation, outcome: Outcome, locale: Locale) -> str:
    called = name(operation, locale)
    if other := _other(operation, outcome, locale):
        return locale.say(key_of(operation.action, "state.joined_other"), name=called, other=other)
    return locale.say(key_of(operation.action, f"state.{_how(operation, outcome)}"), name=called)


def _other(operation: Operation, outcome: Outcome, locale: Locale) -> str:
    """Return how the operation ended that was joined; empty where there is none, or it was joined itself."""
    result = outcome.joined_result
    return (
        locale.say(key_of(operation.action, f"other.{result.value}")) if result and result is not Result.JOINED else ""
    )


def _protection(action: Action, outcome: Outcome, locale: Locale) -> str:
    status = one_line(outcome.group_status or "", 40)
    protected = still_protected(outcome, action)
    if protected is False:
        key = "protected.off" if status else "protected.off_reported"
    elif protected:
        key = "protected.on_in_part" if status in ("error-stopping", "available") else "protected.on"
    else:
        key = "protected.unchanged" if outcome.result in _UNTOUCHED else "protected.unknown"
    answer, read = locale.say(key_of(action, key)), "protected.read" if status else "protected.unread"
    return locale.say(read, answer=answer, status=locale.status(status))


def _group(operation: Operation, outcome: Outcome, locale: Locale) -> str:
    group = operation.group
    called = outcome.group_name or (group.server_group_name if group else None)
    called = one_line(called or "", 80)
    if group is None:
        wanted = one_line(operation.request.server_group_id or "", 80)
        return locale.say("group.wanted", id=wanted) if wanted else locale.say("group.unknown")
    values = {"id": one_line(group.server_group_id or called, 80), "region": one_line(group.region, 40)}
    if called and group.server_group_id:
        return locale.say("group.called", name=locale.say("quote", text=called), **values)
    return locale.say("group.located", **values)


def _links(operation: Operation, links: Links, locale: Locale) -> tuple[Link, ...]:
    found = {"runbook": links.runbook_for(operation.target), **links.for_operation(operation)}
    order = ("runbook", "console", "execution", "logs")
    return tuple(Link(locale.say(f"link.{key}"), url) for key in order if (url := found[key]))


def _again(operation: Operation, outcome: Outcome, links: Links, locale: Locale) -> tuple[str, str] | None:
    """Return the command for an outcome after which a new request is of use, or with which a stop is undone."""
    if outcome.result in OFF and not urgent(operation):
        back = links.resume(operation.target, hold_of(operation, outcome))
        return (locale.say("how_to_resume"), back) if back else None
    never = _NO_USE_OF_AGAIN | ({Refusal.WRONG_STATE} if operation.action is Action.RESUME else set())
    useful = outcome.result in _AGAIN and outcome.refusal not in never
    command = links.again(operation) if useful and outcome.joined_result not in OFF else None
    return (locale.say(key_of(operation.action, "again")), command) if command else None
