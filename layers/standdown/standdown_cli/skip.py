"""`standdown skip`: days on which no schedule stops a target. Writes calendars; resumes are never skipped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from standdown.base.zones import local, zone
from standdown.core.calendars import Calendar, CalendarError, read_calendar
from standdown_cli.acting import acts, ask
from standdown_cli.exit_codes import Status
from standdown_cli.holidays import HolidaysError, read_holidays
from standdown_cli.options import confirmed, of_a_stack
from standdown_cli.output import fail, say, show
from standdown_cli.stack import Stack

LARGEST = 4096
"""Characters: what a parameter of the standard tier takes."""
KEPT = timedelta(days=31)
"""For how long a day that is over stays in a target's own calendar."""


class _TargetOrImport(click.Group):
    """Takes whatever is no subcommand for a target: `standdown skip erp-prod`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["target", *args])


@click.group(cls=_TargetOrImport, subcommand_metavar="TARGET|import ...")
def skip() -> None:
    """Let no schedule stop a target on a day.

    `standdown skip TARGET` skips tonight, `standdown skip import FILE` puts the holidays of a calendar file.
    """


@skip.command("target", hidden=True)
@click.argument("target")
@click.option("--on", "day", metavar="DATE", help="The day, such as 2026-12-24; left out, today.")
@click.option("--reason", default="", metavar="TEXT", help="Why: it is published with the skipped stop.")
@click.option("--zone", "where", metavar="ZONE", help="The zone of the day; left out, that of the stack's schedule.")
@of_a_stack
def skip_target(stack: Stack, *, target: str, day: str | None, reason: str, where: str | None) -> int:
    """Let no schedule stop TARGET on a day: today, or --on another one.

    The day goes into the calendar of the target's own name. Exit code 1: nothing was put.
    """
    acts(stack)
    documents = stack.configuration()
    if f"targets/{target}" not in documents:
        return fail(f"no target named {target!r} is configured: nothing was put", Status.NOT_GOOD)
    text = documents.get(f"calendars/{target}")
    try:
        known = read_calendar(target, text) if text is not None else None
        in_zone = _zone(stack, known, where)
        today = local(datetime.now(UTC), zone(in_zone)).date()
        wanted = date.fromisoformat(day) if day else today
        document = _with_day(json.loads(text) if text else {}, known, wanted, today, reason) | {"zone": in_zone}
        return _put(stack, target, document, f"No schedule stops {target} on {wanted} ({in_zone}).")
    except (CalendarError, ValueError) as error:
        return fail(f"{error}: nothing was put", Status.NOT_GOOD)


@skip.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--calendar", metavar="NAME", help="The calendar; left out, the file's name without .ics.")
@click.option("--zone", "where", metavar="ZONE", help="The zone of its days; left out, that of the stack's schedule.")
@click.option("--days", default=400, show_default=True, type=click.IntRange(1, 1500), help="How many, from today.")
@confirmed
@of_a_stack
def skip_import(stack: Stack, *, file: Path, calendar: str | None, where: str | None, days: int, yes: bool) -> int:
    """Put the events of the calendar FILE (.ics) in place of a calendar's days.

    Targets name it in skip_on. Exit code 1: nothing was put.
    """
    acts(stack)
    name = calendar or file.stem
    try:
        in_zone = _zone(stack, None, where)
        today = local(datetime.now(UTC), zone(in_zone)).date()
        found = read_holidays(file, zone(in_zone), today, today + timedelta(days=days))
        document = {"zone": in_zone, "dates": found}
        if not found:
            return fail(f"{file} has no event from {today} on: nothing was put", Status.NOT_GOOD)
        read_calendar(name, json.dumps(document))
        show(("FROM", "UNTIL", "REASON"), [_row(one) for one in found])
        if not yes:
            ask(f"Put these {len(found)} into the calendar {name}, in place of what it has?")
        return _put(stack, name, document, "Targets that name it in skip_on are not stopped by a schedule then.")
    except (HolidaysError, CalendarError, ValueError) as error:
        return fail(f"{error}: nothing was put", Status.NOT_GOOD)


def _zone(stack: Stack, known: Calendar | None, given: str | None) -> str:
    """Return the zone of a calendar's days: what it has, what was given, or that of the stack's own schedule."""
    if known is not None and given not in (None, known.zone):
        raise ValueError(f"the calendar {known.name!r} has the zone {known.zone}")
    found = known.zone if known else given or stack.parameters.get("ScheduleTimezone") or "UTC"
    try:
        zone(found)
    except ValueError as error:
        raise ValueError(f"{found!r} {error}") from None
    return found


def _with_day(document: dict[str, Any], known: Calendar | None, day: date, today: date, reason: str) -> dict[str, Any]:
    """Return a calendar's document with one day more, without those that were over long ago."""
    if day < today:
        raise ValueError(f"{day} is over")
    listed: Sequence[Any] = document.get("dates", ())
    entries = known.entries if known else ()
    kept = [one for one, entry in zip(listed, entries, strict=True) if entry.end.date() > today - KEPT]
    return document | {"dates": [*kept, {"on": f"{day}", "reason": reason} if reason else f"{day}"]}


def _put(stack: Stack, name: str, document: dict[str, Any], done: str) -> int:
    text = json.dumps(document, ensure_ascii=False)
    read_calendar(name, text)
    if len(text.encode()) > LARGEST:
        raise ValueError(f"the calendar {name!r} has {len(text.encode())} bytes, and a parameter takes {LARGEST}")
    stack.put_parameter(f"calendars/{name}", text)
    say(f"put {stack.prefix}/calendars/{name}")
    say(f"{done} It takes effect within a minute. Other requests stop as ever, and no resume is skipped.")
    return Status.GOOD


def _row(one: dict[str, str]) -> tuple[str, str, str]:
    return one.get("on") or one["from"], one.get("on") or one["until"], one.get("reason", "")
