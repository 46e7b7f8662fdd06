"""`status`: how a stack stands, in three calls. The notifier answers, so no right on the trigger is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from standdown_cli.exit_codes import Status
from standdown_cli.options import as_json, of_a_stack
from standdown_cli.output import print_json, say, show
from standdown_cli.questions import asked
from standdown_cli.stack import Stack
from standdown_cli.words import MODES, hold_line, moment, protection

_TARGETS = ("TARGET", "MODE", "PROTECTION", "LAST STOPPED (UTC)", "LAST DRY RUN (UTC)", "LAST REQUEST (UTC)")
_TRIED = {"stop": "the credential that may stop", "read": "the read-only credential"}


@click.command()
@as_json
@of_a_stack
def status(stack: Stack, *, as_json: bool) -> int:
    """Show what is open, without protection, in alarm or invalid.

    Who had it stopped, until when that is acknowledged, and when a resume is due. Also the stack's mode, the last daily
    check, which outcomes were not delivered, and when each target was last stopped and last rehearsed. Exit code 1: an
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
    _mode(found)
    _checks(found.get("checks"))
    _operations(found)
    _part("Alarms", ringing)
    _targets(found)
    if not found["complete"]:
        say("Older operations were not read: a target that is not here was not used lately.")
    return code


def _mode(found: dict[str, Any]) -> None:
    """Print the stack's mode and the documents that are invalid; an earlier version answers with neither."""
    if "stack_mode" not in found:
        return
    mode = found["stack_mode"]
    if mode is None:
        say("Mode: the notifier could not read it", "bold yellow")
        return
    say(f"Mode: {mode}: {MODES[mode]}", "" if mode == "live" else "bold yellow")
    _part("Invalid documents", [one["problem"] for one in found["invalid"]])


def _checks(checks: Sequence[dict[str, Any]] | None) -> None:
    """Print what the last check of all targets found, with each credential."""
    if checks is None:
        return
    if not checks:
        say("Last check: none yet: the stack checks its targets once a day")
    for one in checks:
        ready = f"{one['targets'] - one['not_ready']} of {one['targets']} targets are ready"
        said = f"Last check: {moment(one['checked_at'])} UTC, with {_TRIED[one['tried']]}: {ready}"
        say(said, "bold yellow" if one["not_ready"] else "")
        for wrong in one["wrong"]:
            say(f"- {wrong['target']}: {wrong['cause']}: {wrong['why']} {wrong['next_step']}".rstrip())


def _operations(found: dict[str, Any]) -> None:
    lost = [f"{one['target']}: {', '.join(one['undelivered'])} ({one['operation_id']})" for one in found["undelivered"]]
    _part("Open", [_open(one) for one in found["open"]])
    _unprotected(found)
    _part("Not delivered", lost)


def _unprotected(found: dict[str, Any]) -> None:
    """Print the groups without protection as the sweeper keeps them; an earlier version knows what operations saw."""
    if "holds" in found:
        _part("Without protection", [hold_line(one) for one in found["holds"]])
        if found["holds_omitted"]:
            say(f"- and {found['holds_omitted']} more")
        return
    off = [one for one in found["targets"] if one["protection"] == "off"]
    _part("Unprotected, as last seen", [f"{one['target']} since {moment(one['seen_at'])} UTC" for one in off])


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


def _targets(found: dict[str, Any]) -> None:
    """Print a row for each target that was used, and for each that is configured."""
    modes = {one["target"]: one["mode"] for one in found.get("configured") or ()}
    used = {one["target"]: one for one in found["targets"]}
    if rows := [_target(name, modes.get(name, ""), used.get(name)) for name in sorted(modes.keys() | used.keys())]:
        say("")
        show(_TARGETS, rows)


def _target(name: str, mode: str, one: dict[str, Any] | None) -> tuple[str, ...]:
    if one is None:
        return name, mode, "not seen yet", "", "", ""
    times = (moment(one["last_stopped_at"]), moment(one["last_rehearsed_at"]), moment(one["last_requested_at"]))
    return (name, mode, protection(one), *times)
