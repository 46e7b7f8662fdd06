"""What a person does about a group without protection: `resume` and `ack`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from standdown.base.text import from_iso, iso
from standdown.core.operation import OPERATION_ID
from standdown_cli.acting import acts, ask, by, reason, send, waits
from standdown_cli.exit_codes import Status
from standdown_cli.identity import caller
from standdown_cli.options import as_json, confirmed, of_a_stack
from standdown_cli.output import fail, print_json, say
from standdown_cli.questions import asked
from standdown_cli.stack import Stack
from standdown_cli.words import COPYING, asker, hold_line, moment

_SPAN = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_MEANS = (
    "To enable protection copies from the production site again, and may overwrite the copy that the stop has frozen.",
    "If somebody still needs that copy, keep it first: a DR drill in SDRS, or a backup of the DR servers.",
    "SDRS takes no failover until every replication pair is in step again.",
)


@click.command()
@click.argument("target")
@click.option("--hold", metavar="HOLD", help="The hold's id, as a message, the status or the history shows it.")
@reason
@by
@waits
@confirmed
@as_json
@of_a_stack
def resume(stack: Stack, *, target: str, hold: str | None, yes: bool, **given: Any) -> int:
    """Enable the protection of TARGET's group again.

    It shows who had it stopped and what that means, and asks. The request names the hold that was shown: if somebody
    asks for the stop again meanwhile, it is refused. Exit code 1: protection was not enabled.
    """
    acts(stack)
    held = _held(stack, target)
    found = next((one for one in held if one["state"] != COPYING and hold in (None, one["hold_id"])), None)
    if found is None:
        return fail(f"nothing was sent: {_nothing(target, hold, held)}", Status.NOT_GOOD)
    for line in (*_about(found), *_MEANS):
        say(line, stderr=True)
    if not yes:
        ask(f"Enable the protection of {target} again?")
    request = {"action": "resume", "target": target, "hold": found["hold_id"], "reason": given["reason"]}
    request["requested_by"] = given["by"] or caller()
    return send(stack, request, wait=given["wait"], as_json=given["as_json"])


@click.command()
@click.argument("hold", metavar="HOLD|TARGET")
@click.option("--until", required=True, metavar="TIME", help="For how long, such as 8h or 2d, or until when.")
@by
@as_json
@of_a_stack
def ack(stack: Stack, *, hold: str, until: str, by: str | None, as_json: bool) -> int:
    """Acknowledge HOLD, or that of a target: no reminder of it until then, at most 7 days ahead.

    The metric, the alarm and its outcome are not quieted. Exit code 1: the target has no hold.
    """
    acts(stack)
    ends = iso(_until(until, datetime.now(UTC)))
    if not OPERATION_ID.fullmatch(hold):
        held = _held(stack, hold)
        found = next((one for one in held if one["state"] != COPYING), None)
        if found is None:
            return fail(f"nothing was acknowledged: {_nothing(hold, None, held)}", Status.NOT_GOOD)
        hold = found["hold_id"]
    said = asked(stack, "trigger", {"acknowledge": hold, "until": ends, "requested_by": by or caller()})
    if as_json:
        print_json(said)
    else:
        known = said["acknowledged"]
        say(f"No reminder of {known['target'] or 'this group'} until {moment(known['until'])} UTC (hold {hold}).")
        say("The metric, the alarm and its outcome go on. An alarm that asks for the stop again ends the quiet.")
    return Status.GOOD


def _held(stack: Stack, target: str) -> list[dict[str, Any]]:
    """Return the holds of a target: those of its name, and those that a request for it asked for."""
    every = asked(stack, "notifier", {"holds": True})["holds"]
    return [one for one in every if target in (one["target_name"], *(each["target"] for each in one["asked"]))]


def _nothing(target: str, hold: str | None, held: list[dict[str, Any]]) -> str:
    """Say in one line why there is nothing to resume, or to acknowledge."""
    now = next((one["hold_id"] for one in held if one["state"] != COPYING), None)
    if now is not None:
        return f"hold_changed: {target} has the hold {now} now, not {hold}. Look at it, then name it"
    if held:
        return hold_line(held[0])
    return f"no group of {target} is known to be without protection"


def _about(hold: dict[str, Any]) -> list[str]:
    """Return who had the group stopped and how it stands, one sentence a line."""
    name = hold["name"] or hold["group"]["server_group_id"] or "Its group"
    status = hold["status"] or "status unknown"
    lines = [f"{name} has been without protection since {moment(hold['since'])} UTC ({status})."]
    lines += [f"Asked for by {asker(one)} at {moment(one['at'])} UTC." for one in hold["asked"]]
    if hold["outside"]:
        whose = "or by a stop of this stack before version 0.2.0" if hold["alarmed"] else "not by this stack"
        lines.append(f"Protection was switched off by somebody else, {whose}.")
    if hold["alarmed"]:
        lines.append("An alarm asked for it, or may have: make sure that its cause is dealt with.")
    if hold["resume_at"]:
        lines.append(f"A resume is due at {moment(hold['resume_at'])} UTC.")
    return [*lines, f"This is the hold {hold['hold_id']}."]


def _until(text: str, now: datetime) -> datetime:
    span = _SPAN.fullmatch(text)
    if span:
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        return from_iso(text)
    except ValueError as error:
        raise click.UsageError(f"--until {text!r} is neither a span such as 8h nor a time: {error}") from error
