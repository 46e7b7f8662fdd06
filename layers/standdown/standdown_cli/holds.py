"""What a person does about a group without protection: `resume` and `ack`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from standdown.base.text import from_iso, iso
from standdown_cli.acting import acts, ask, by, reason, send, waits
from standdown_cli.exit_codes import Status
from standdown_cli.identity import caller
from standdown_cli.options import as_json, confirmed, of_a_stack
from standdown_cli.output import fail, print_json, say
from standdown_cli.questions import asked
from standdown_cli.stack import Stack
from standdown_cli.words import moment

_SPAN = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_MEANS = (
    "To enable protection copies from the production site again, and may overwrite the copy that the stop has frozen.",
    "If somebody still needs that copy, keep it first: a DR drill in SDRS, or a backup of the DR servers.",
    "SDRS takes no failover until every replication pair is in step again.",
)


@click.command()
@click.argument("target")
@click.option("--hold", metavar="HOLD", help="The hold's id, as a message or the history shows it.")
@reason
@by
@waits
@confirmed
@as_json
@of_a_stack
def resume(stack: Stack, *, target: str, hold: str | None, yes: bool, **given: Any) -> int:
    """Enable the protection of TARGET's group again.

    It shows who had it stopped and what that means, and asks. Exit code 1: protection was not enabled.
    """
    acts(stack)
    held = [one for one in asked(stack, "notifier", {"holds": True})["holds"] if one.get("target_name") == target]
    found = next((one for one in held if hold in (None, one["hold_id"])), None)
    if found is None:
        return fail(_nothing(target, hold, held), Status.NOT_GOOD)
    for line in (*_about(found), *_MEANS):
        say(line, stderr=True)
    if not yes:
        ask(f"Enable the protection of {target} again?")
    request = {"action": "resume", "target": target, "hold": found["hold_id"], "reason": given["reason"]}
    request["requested_by"] = given["by"] or caller()
    return send(stack, request, wait=given["wait"], as_json=given["as_json"])


@click.command()
@click.argument("hold")
@click.option("--until", required=True, metavar="TIME", help="For how long, such as 8h or 2d, or until when.")
@by
@as_json
@of_a_stack
def ack(stack: Stack, *, hold: str, until: str, by: str | None, as_json: bool) -> int:
    """Acknowledge HOLD: no reminder of it until then, at most 7 days ahead.

    The metric, the alarm and its outcome are not quieted.
    """
    acts(stack)
    ends = _until(until, datetime.now(UTC))
    said = asked(stack, "trigger", {"acknowledge": hold, "until": iso(ends), "requested_by": by or caller()})
    if as_json:
        print_json(said)
    else:
        say(f"No reminder of {hold} until {moment(iso(ends))} UTC.")
    return Status.GOOD


def _nothing(target: str, hold: str | None, held: list[dict[str, Any]]) -> str:
    if held:
        return f"nothing was sent: {target} has the hold {held[0]['hold_id']} now, not {hold}"
    return f"nothing was sent: no group of {target} is known to be without protection"


def _about(hold: dict[str, Any]) -> list[str]:
    """Return who had the group stopped and how it stands, one sentence a line."""
    name = hold.get("name") or (hold.get("group") or {}).get("server_group_id") or "its group"
    status = hold.get("status") or "status unknown"
    lines = [f"{name} has been without protection since {moment(hold['since'])} UTC ({status})."]
    for one in hold.get("asked") or ():
        who = one.get("requested_by") or one.get("alarm") or "nobody named"
        lines.append(f"Asked for by {who} ({one['source']}) at {moment(one['at'])} UTC.")
    if hold.get("outside"):
        lines.append("Protection was switched off by somebody else, not by this stack.")
    if hold.get("alarmed"):
        lines.append("An alarm asked for it: make sure that its cause is dealt with.")
    return lines


def _until(text: str, now: datetime) -> datetime:
    span = _SPAN.fullmatch(text)
    if span:
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        return from_iso(text)
    except ValueError as error:
        raise click.UsageError(f"--until {text!r} is neither a span such as 8h nor a time: {error}") from error
