"""What a check found, for people: the verdict of each target, and what to do about those that are not ready."""

from __future__ import annotations

from typing import Any

from standdown.core.request import sources_in_words
from standdown.doctor.verdict import PAIRS
from standdown_cli.output import say, show

_HEAD = ("TARGET", "VERDICT", "STATUS", "PROTECTION GROUP", "GROUP ID", "MODE", "ASKED BY")


def show_verdicts(found: dict[str, Any]) -> None:
    """Print the answer to a check."""
    say(f"Stack mode: {found['stack_mode']}. Credential: {found['credential']}.", "bold")
    say("")
    if not found["verdicts"]:
        say("No target is configured: nothing can be stopped.")
        return
    show(_HEAD, [_row(one) for one in found["verdicts"]])
    for one in found["verdicts"]:
        if one["verdict"] != "ready":
            say("")
            say(f"{one['target']}: {one['verdict']}", "bold yellow")
            say(f"{one['why']} {one.get('next_step') or ''}".strip())
        if one.get("pairs_problem"):
            say("")
            say(f"{one['target']}: pairs", "bold yellow")
            say(PAIRS.format(one["pairs_problem"]))


def _row(one: dict[str, Any]) -> tuple[str | None, ...]:
    return (
        one["target"],
        one["verdict"],
        one["group_status"],
        one["server_group_name"],
        one["server_group_id"],
        one["mode"],
        sources_in_words(one["sources"]),
    )
