"""What only reads: `history` and `watch`. The notifier answers, so no right on the trigger is needed."""

from __future__ import annotations

from typing import Any

import click

from standdown_cli.exit_codes import Status
from standdown_cli.follow import follow
from standdown_cli.options import as_json, of_a_stack
from standdown_cli.output import print_json, say, show
from standdown_cli.questions import asked, one_operation
from standdown_cli.stack import Stack
from standdown_cli.words import ended, moment

_HISTORY = ("WHEN (UTC)", "TARGET", "WHO ASKED", "HOW IT ENDED", "OPERATION")


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
    """Show who had what stopped or protected again, and how it ended."""
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

    A target's name means its latest operation. Ctrl-C ends the watching and nothing else. Exit code 1: what
    was asked for did not happen.
    """
    return follow(stack, one_operation(stack, operation), as_json=as_json)
