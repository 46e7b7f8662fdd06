"""`standdown report`: a page or a table of who was unprotected when, by whom, and how each operation ended."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from standdown.base.text import iso
from standdown_cli.exit_codes import Status
from standdown_cli.options import of_a_stack
from standdown_cli.output import say
from standdown_cli.questions import asked
from standdown_cli.reporting.escaping import cell
from standdown_cli.reporting.page import COLUMNS, Report, held, noted, page, values
from standdown_cli.reporting.protection import Beside, lanes, time_of
from standdown_cli.reporting.texts import TEXTS
from standdown_cli.stack import Stack
from standdown_cli.words import moment

BEFORE = timedelta(days=31)
"""For how long before the period operations are read too: what they saw last is how the period began."""
_PAGE = 200


def _moment(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """Return a day or a time in UTC; one without a zone is in UTC, too."""
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError as error:
        said = f"{value!r} is no day or time: write 2026-01-02 or 2026-01-02T03:04:05Z"
        raise click.BadParameter(said, context, option) from error
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)


@click.command()
@click.option("--since", metavar="TIME", callback=_moment, help="The period's begin; left out, 30 days before its end.")
@click.option(
    "--until", metavar="TIME", callback=_moment, help="The period's end, which is not a part of it; left out, now."
)
@click.option("--target", metavar="NAME", help="Only this target.")
@click.option("--language", type=click.Choice(sorted(TEXTS)), default="en", show_default=True, help="Of the page.")
@click.option("-o", "--output", "path", type=click.Path(path_type=Path), required=True, help="A file .html or .csv.")
@of_a_stack
def report(
    stack: Stack, *, since: datetime | None, until: datetime | None, target: str | None, language: str, path: Path
) -> int:
    """Write a report: who was unprotected when, and why.

    A file .html is one page with a picture, sums and a table. A file .csv has the tables in one.
    """
    now = datetime.now(UTC)
    end = until or now
    begin = since or end - timedelta(days=30)
    if begin >= end:
        raise click.UsageError("--since must be before --until")
    if path.suffix not in (".html", ".csv"):
        raise click.UsageError(f"{path}: the file's name must end with .html or .csv")
    found = [one for one in operations(stack, begin - BEFORE, target) if time_of(one["received_at"]) < end]
    made = Report(stack.place, begin, end, now, lanes(found, begin, end, _beside(stack, begin, end, now, target)))
    pieces = page(made, TEXTS[language]) if path.suffix == ".html" else rows(made, TEXTS[language])
    _write(path, pieces)
    count = sum(len(lane.operations) for lane in made.lanes)
    hours = sum(lane.sums.unprotected for lane in made.lanes) / 3600
    say(f"{path}: {count} operations of {len(made.lanes)} targets, {hours:.1f} hours without protection")
    return Status.GOOD


def operations(stack: Stack, since: datetime, target: str | None) -> Iterator[dict[str, Any]]:
    """Yield the operations since a time, newest first, page by page."""
    question: dict[str, Any] = {"since": iso(since), "limit": _PAGE} | ({"target": target} if target else {})
    while True:
        found = asked(stack, "notifier", {"history": question})
        yield from found["operations"]
        if not found["after"]:
            return
        question["after"] = found["after"]


def _beside(stack: Stack, begin: datetime, end: datetime, now: datetime, target: str | None) -> Beside:
    """Return the holds as they are and the notices of the period; an earlier version has neither."""
    held = stack.ask("notifier", {"holds": True}).get("holds") or ()
    holds = tuple(one for one in held if time_of(one["since"]) < end)
    notices = tuple(one for one in _notices(stack, begin - BEFORE) if time_of(one["at"]) < end)
    known = Beside(min(now, end), holds, notices)
    return known.by_target().get(target, Beside(known.now)) if target else known


def _notices(stack: Stack, since: datetime) -> Iterator[dict[str, Any]]:
    question: dict[str, Any] = {"since": iso(since), "limit": _PAGE}
    while True:
        found = stack.ask("notifier", {"notices": question})
        yield from found.get("notices") or ()
        if not found.get("after"):
            return
        question["after"] = found["after"]


def rows(made: Report, words: dict[str, str]) -> Iterator[str]:
    """Yield operations, times without protection and notices as CSV, oldest first.

    The mark at its begin is how spreadsheets know that it is UTF-8.
    """
    yield "\ufeff" + _row(COLUMNS)
    for _, cells in sorted(_lines(made, words), key=lambda line: line[0]):
        yield _row(cell(value) for value in cells)


def _lines(made: Report, words: dict[str, str]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield when each line begins, and its cells: operations, times without protection, notices."""
    for lane in made.lanes:
        for one in lane.operations:
            yield str(one["received_at"]), values(one, words)
        for off in lane.unprotected:
            end, hours, who, by, *_ = held(off, words)
            line = {"requested": moment(off.begin.isoformat()), "kind": words["without_protection"], "who": who}
            line |= {"reason": f"{words['hours']}: {hours}", "outcome": f"{words['ended_by']}: {by}" if by else ""}
            yield off.begin.isoformat(), _cells(lane.target, line | {"ended": end})
        for notice in lane.notices:
            kind, _, who, hold = noted(notice, words)
            line = {"requested": moment(notice["at"]), "kind": words["notice"], "who": str(who)}
            yield str(notice["at"]), _cells(lane.target, line | {"outcome": str(kind), "operation": str(hold)})


def _cells(target: str, known: dict[str, object]) -> tuple[object, ...]:
    return tuple(target if name == "target" else known.get(name, "") for name in COLUMNS)


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write the file beside its place first, so that a report is whole or not there."""
    beside = path.with_name(f".{path.name}.unfinished")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        beside.replace(path)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
