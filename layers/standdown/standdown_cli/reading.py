"""What only reads: `status`, `history` and `watch`. The notifier answers, so no right on the trigger is needed."""

from __future__ import annotations

from typing import Any

import click

from standdown_cli.exit_codes import Status
from standdown_cli.follow import follow
from standdown_cli.options import as_json, of_a_stack
from standdown_cli.output import print_json, say, show
from standdown_cli.questions import asked, one_operation
from standdown_cli.stack import Stack
from standdown_cli.words import ended, moment, protection

_HISTORY = ("WHEN (UTC)", "TARGET", "WHO ASKED", "HOW IT ENDED", "OPERATION")
_TARGETS = ("TARGET", "PROTECTION", "LAST STOPPED (UTC)", "LAST DRY RUN (UTC)", "LAST REQUEST (UTC)")


@click.command()
@as_json
@of_a_stack
def status(stack: Stack, *, as_json: bool) -> int:
    """Show what is open, unprotected or in alarm.

    Also which outcomes were not delivered, and when each target was last stopped and last rehearsed. Exit code 1: an
    alarm rings, or an outcome was not delivered.
    """
    found = asked(stack, "notifier", {"status": {}})
    ringing = stack.ringing_by_name()
    code = Status.NOT_GOOD if ringing or found["undelivered"] else Status.GOOD
    if as_json:
        head = {"stack": stack.name, "place": stack.place, "stack_status": stack.status, "ringing": ringing}
        print_json(head | found)
        return code
    say(f"{stack.place[0].upper()}{stack.place[1:]}: {stack.status}, version {found['version']}", "bold")
    off = [one for one in found["targets"] if one["protection"] == "off"]
    _part("Open", [_open(one) for one in found["open"]])
    _part("Unprotected, as last seen", [f"{one['target']} since {moment(one['seen_at'])} UTC" for one in off])
    _part("Not delivered", [f"{one['target']}: {', '.join(one['undelivered'])} ({one['operation_id']})"
                            for one in found["undelivered"]])  # fmt: skip
    _part("Alarms", ringing)
    if found["targets"]:
        say("")
        show(_TARGETS, [_target(one) for one in found["targets"]])
    if not found["complete"]:
        say("Older operations were not read: a target that is not here was not used lately.")
    return code


def _part(title: str, lines: list[str]) -> None:
    if not lines:
        say(f"{title}: none")
        return
    say(f"{title}: {len(lines)}", "bold yellow")
    for line in lines:
        say(f"- {line}")


def _open(one: dict[str, Any]) -> str:
    since = moment(one["accepted_at"] or one["received_at"])
    return f"{one['target']}: {one['state']} since {since} UTC, for {one['who']} ({one['operation_id']})"


def _target(one: dict[str, Any]) -> tuple[str, ...]:
    times = (moment(one["last_stopped_at"]), moment(one["last_rehearsed_at"]), moment(one["last_requested_at"]))
    return (one["target"], protection(one), *times)


@click.command()
@click.option("--target", metavar="NAME", help="Only this target's operations.")
@click.option("--since", metavar="TIME", help="A day or a time, such as 2026-01-02 or 2026-01-02T03:04:05Z.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="So many at most.")
@click.option("--after", metavar="TOKEN", help="What an earlier answer ended with: the older ones.")
@as_json
@of_a_stack
def history(
    stack: Stack, *, target: str | None, since: str | None, limit: int, after: str | None, as_json: bool
) -> int:
    """Show who had what stopped, and how it ended."""
    given = {"target": target, "since": since, "limit": limit, "after": after}
    found = asked(stack, "notifier", {"history": {key: value for key, value in given.items() if value is not None}})
    if as_json:
        print_json({key: value for key, value in found.items() if key != "table"})
        return Status.GOOD
    if not found["operations"]:
        say("No operation is recorded.")
    else:
        show(_HISTORY, [_operation(one) for one in found["operations"]])
    if found["after"]:
        say(f"There are older ones: --after {found['after']}")
    return Status.GOOD


def _operation(one: dict[str, Any]) -> tuple[str, ...]:
    return moment(one["received_at"]), one["target"], one["who"], ended(one), one["operation_id"]


@click.command()
@click.argument("operation", metavar="OPERATION|TARGET")
@as_json
@of_a_stack
def watch(stack: Stack, *, operation: str, as_json: bool) -> int:
    """Follow an operation until its outcome is published.

    A target's name means its latest operation. Ctrl-C ends the watching and nothing else. Exit code 1: the stop did
    not succeed.
    """
    return follow(stack, one_operation(stack, operation), as_json=as_json)
