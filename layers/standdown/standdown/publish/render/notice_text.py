"""What people read of a notice, in the one structure of which a mail and every chat are renderings."""

from __future__ import annotations

from datetime import datetime, timedelta

from standdown.base.text import one_line
from standdown.core.hold import Asker, Hold
from standdown.core.notice import Notice, NoticeKind, Unwatched
from standdown.publish.render.links import Links
from standdown.publish.render.locale import Locale
from standdown.publish.render.message import Link, Message, Section
from standdown.publish.render.phrases import readable, who
from standdown.publish.render.resume_steps import OTHER_SITE

__all__ = ["called", "notice_message", "urgent_notice", "verdict"]

_MOST_ASKERS, _MOST_GROUPS = 5, 30


def urgent_notice(notice: Notice) -> bool:
    """Return whether a person must act now: a stop that was asked for cannot be sent."""
    return notice.kind is NoticeKind.STOP_BY_HAND


def called(notice: Notice, locale: Locale) -> str:
    """Return what people call the thing: the target's name, else the group's, else its id."""
    if notice.kind is NoticeKind.UNWATCHED:
        return locale.say("notice.this_stack")
    group, hold = notice.group, notice.hold
    known = notice.target_name or notice.group_name or (hold.target_name or hold.name if hold else None)
    by_group = (group.server_group_name or group.server_group_id) if group else None
    return one_line(known or by_group or "", 80) or locale.say("unnamed")


def verdict(notice: Notice, locale: Locale) -> str:
    """Return in a few words what it says."""
    if notice.kind is NoticeKind.UNWATCHED:
        return locale.count("notice.verdict.unwatched", len(notice.unwatched))
    return locale.say(f"notice.verdict.{notice.kind.value}", **_values(notice, locale))


def notice_message(notice: Notice, links: Links, locale: Locale) -> Message:
    """Return what is to be said by a notice."""
    name = called(notice, locale)
    title = locale.say(
        "title.urgent" if urgent_notice(notice) else "title.plain", name=name, verdict=verdict(notice, locale)
    )
    back = links.resume(_target(notice), notice.hold.hold_id) if notice.hold and _resumable(notice) else None
    facts = (
        ("unwatched", _groups(notice.unwatched, locale)),
        ("asked", _asked(notice.hold, locale)),
        ("happened", _happened(notice, locale)),
        ("record", _record(notice, links, locale)),
    )
    return Message(
        language=locale.language,
        urgent=urgent_notice(notice),
        title=f"{title} [{one_line(links.stack, 64)}]" if links.stack else title,
        state=_state(notice, links, locale),
        steps=Section(locale.say("section.steps"), _steps(notice, back, links, locale)),
        facts=tuple(Section(locale.say(f"section.{key}"), tuple(lines)) for key, lines in facts if lines),
        links=_links(notice, links, locale),
    )


def _values(notice: Notice, locale: Locale) -> dict[str, str]:
    """Return the values of the sentences, of which each names some."""
    hold, nothing = notice.hold, locale.say("unnamed")
    asked = notice.requested_at or notice.at
    return {
        "name": called(notice, locale),
        "span": locale.duration(_full_minutes(notice.at - hold.since)) if hold else locale.say("span.none"),
        "until": locale.moment(hold.acknowledged_until) if hold and hold.acknowledged_until else "",
        "by": one_line(hold.acknowledged_by or "", 120) if hold else nothing,
        "when": locale.moment(hold.since if hold else asked),
    }


def _state(notice: Notice, links: Links, locale: Locale) -> tuple[str, ...]:
    between, values = locale.say("sentences.join"), _values(notice, locale)
    move = {NoticeKind.REMINDER: "move.later", NoticeKind.STOP_BY_HAND: "move.now", NoticeKind.UNWATCHED: "move.later"}
    said = locale.say(f"notice.state.{notice.kind.value}", **values)
    first = f"{said}{between}{locale.say(move.get(notice.kind, 'move.none'))}"
    turned = notice.kind is NoticeKind.REMINDER and not _resumable(notice)
    meanwhile = locale.say(f"notice.meanwhile.{'failed_over' if turned else notice.kind.value}", **values)
    due = notice.hold.due_by_itself if notice.hold and notice.kind is NoticeKind.REMINDER else None
    if due and due > notice.at:
        meanwhile += f"{between}{locale.say('notice.resume_at', when=locale.moment(due))}"
    where = [locale.say("where", group=_group(notice, locale))] if notice.group else []
    sender = links.sender(locale)
    where += [locale.say("where.sender", sender=sender)] if sender else []
    return tuple(line for line in (first, meanwhile, between.join(where)) if line)


def _steps(notice: Notice, back: str | None, links: Links, locale: Locale) -> tuple[str, ...]:
    match notice.kind:
        case NoticeKind.REMINDER:
            return _reminded(notice, back, links, locale)
        case NoticeKind.STOP_BY_HAND:
            return locale.say("notice.step.stop_by_hand"), locale.say("notice.step.then_outcome")
        case NoticeKind.UNWATCHED:
            return (locale.say("notice.step.unwatched"),)
        case NoticeKind.ACKNOWLEDGED if back:
            return (locale.say("notice.step.acknowledged", command=back),)
        case _:
            return (locale.say("notice.step.nothing"),)


def _reminded(notice: Notice, back: str | None, links: Links, locale: Locale) -> tuple[str, ...]:
    hold = notice.hold
    quiet = (locale.say("notice.step.acknowledge", command=links.acknowledge(hold.hold_id)),) if hold else ()
    if not _resumable(notice):
        return (locale.say("notice.step.failed_over"), *quiet)
    alarm = (locale.say("notice.step.alarm"),) if hold and hold.alarmed else ()
    resume = locale.say("notice.step.resume", command=back) if back else locale.say("notice.step.resume_console")
    return (locale.say("notice.step.keep"), *alarm, resume, *quiet)


def _resumable(notice: Notice) -> bool:
    return notice.hold is not None and notice.hold.status not in OTHER_SITE


def _target(notice: Notice) -> str | None:
    return notice.target_name or (notice.hold.target_name if notice.hold else None)


def _asked(hold: Hold | None, locale: Locale) -> list[str]:
    if hold is None:
        return []
    # An alarm that nobody has on record: a version without holds may have stopped the group.
    lines = [locale.say(f"notice.asked.{'unknown' if hold.alarmed else 'outside'}")] if hold.outside else []
    shown = hold.asked[-_MOST_ASKERS:]
    omitted = max(hold.askers, len(hold.asked)) - len(shown)
    lines += [locale.count("notice.asked.omitted", omitted)] if omitted > 0 else []
    return lines + [_ask(one, locale) for one in shown]


def _ask(asker: Asker, locale: Locale) -> str:
    sender = who(asker, locale)
    return locale.say("notice.asked", who=f"{sender[0].upper()}{sender[1:]}", when=locale.moment(asker.at))


def _happened(notice: Notice, locale: Locale) -> list[str]:
    hold = notice.hold
    if notice.kind is NoticeKind.STOP_BY_HAND:
        problem = readable(notice.problem, 600)
        return [locale.say("notice.problem", problem=problem) if problem else locale.say("notice.no_problem")]
    if hold is None:
        return []
    lines = [locale.say("notice.since", when=locale.moment(hold.since))]
    if hold.status:
        lines.append(locale.say("notice.status", status=locale.status(one_line(hold.status, 40))))
    if hold.resume_at and hold.resume_at <= notice.at and notice.kind is not NoticeKind.IN_STEP:
        lines.append(locale.say("notice.resume_at_over", when=locale.moment(hold.resume_at)))
    if hold.resumed_by:
        lines.append(locale.say("notice.resumed_by", operation=one_line(hold.resumed_by, 64)))
    if hold.ended_at:
        lines.append(_ended(hold.since, hold.ended_at, locale))
    return lines


def _ended(since: datetime, ended: datetime, locale: Locale) -> str:
    return locale.say("notice.ended", when=locale.moment(ended), span=locale.duration(ended - since))


def _groups(groups: tuple[Unwatched, ...], locale: Locale) -> list[str]:
    lines = [_unwatched(one, locale) for one in groups[:_MOST_GROUPS]]
    omitted = len(groups) - len(lines)
    return [*lines, locale.count("notice.unwatched.omitted", omitted)] if omitted else lines


def _unwatched(one: Unwatched, locale: Locale) -> str:
    name = one_line(one.name, 80) or locale.say("unnamed")
    values = {"name": name, "id": one_line(one.server_group_id, 80), "status": locale.status(one_line(one.status, 40))}
    if one.since is None:
        return locale.say("notice.unwatched", **values)
    return locale.say("notice.unwatched.since", when=locale.moment(one.since), **values)


def _group(notice: Notice, locale: Locale) -> str:
    group = notice.group
    if group is None:
        return locale.say("group.unknown")
    name = one_line(notice.group_name or group.server_group_name or "", 80)
    values = {"id": one_line(group.server_group_id or name, 80), "region": one_line(group.region, 40)}
    if name and group.server_group_id:
        return locale.say("group.called", name=locale.say("quote", text=name), **values)
    return locale.say("group.located", **values)


def _record(notice: Notice, links: Links, locale: Locale) -> list[str]:
    facts = {
        "operation": notice.operation_id,
        "hold": notice.hold.hold_id if notice.hold else None,
        "notice": notice.notice_id,
        "sender": links.sender(locale),
    }
    return [
        locale.say("record.line", label=locale.say(f"record.{key}"), value=one_line(value, 300))
        for key, value in facts.items()
        if value
    ]


def _links(notice: Notice, links: Links, locale: Locale) -> tuple[Link, ...]:
    found = {
        "runbook": links.runbook_for(_target(notice)) if notice.group else None,
        "console": links.of_group(notice.group.region if notice.group else None),
        "execution": links.execution(links.execution_of(notice)),
    }
    return tuple(Link(locale.say(f"link.{key}"), url) for key, url in found.items() if url)


def _full_minutes(span: timedelta) -> timedelta:
    """Return a span in full minutes, and at least one: a group is found up to a run of the sweeper late."""
    return timedelta(minutes=max(span // timedelta(minutes=1), 1))
