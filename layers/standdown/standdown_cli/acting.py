"""What acts on a stack: `stop`, `dry-run`, `replay`, `events send`. Each names stack, account and region first."""

from __future__ import annotations

import json
import uuid
from typing import Any

import click

from standdown.base.text import NotJsonError, strict_json
from standdown_cli.exit_codes import Status
from standdown_cli.follow import follow
from standdown_cli.identity import caller
from standdown_cli.options import as_json, confirmed, of_a_stack
from standdown_cli.output import fail, print_json, say
from standdown_cli.questions import asked, one_operation
from standdown_cli.stack import Stack

_TAKES_AWAY = (
    "A stop takes the protection away: from then on the copy at the recovery site is not updated.",
    "SDRS takes no failover until protection is enabled again: by `standdown resume`, or in the SDRS console.",
    "To enable it again copies from the production site over the copy that the stop has frozen.",
    "A stop cannot be cancelled.",
)

reason = click.option("--reason", default="", metavar="TEXT", help="Why: it is recorded and published.")
by = click.option("--by", metavar="WHO", help="Who asks; left out, the AWS identity that you use.")
waits = click.option("--wait/--no-wait", default=True, help="Follow it to its end (the default), or return at once.")


@click.command()
@click.argument("target")
@reason
@by
@waits
@confirmed
@as_json
@of_a_stack
def stop(stack: Stack, *, target: str, reason: str, by: str | None, wait: bool, yes: bool, as_json: bool) -> int:
    """Stop the protection of TARGET's group.

    It says what that takes away, and asks. With --yes it asks nothing, and the request is sent at once. Exit code 1:
    the stop did not succeed.
    """
    acts(stack)
    for line in _TAKES_AWAY:
        say(line, stderr=True)
    if not yes:
        if refused := _look(stack, target):
            return fail(refused, Status.NOT_GOOD)
        ask(f"Stop the protection of {target}?")
    request = {"target": target, "reason": reason, "requested_by": by or caller()}
    return send(stack, request, wait=wait, as_json=as_json)


@click.command("dry-run")
@click.argument("target")
@reason
@by
@waits
@as_json
@of_a_stack
def dry_run(stack: Stack, *, target: str, reason: str, by: str | None, wait: bool, as_json: bool) -> int:
    """Do everything but the stop.

    The outcome is published as a dry run. Exit code 1: it did not end as one.
    """
    acts(stack)
    request = {"target": target, "dry_run": True, "reason": reason or "dry run", "requested_by": by or caller()}
    return send(stack, request, wait=wait, as_json=as_json)


@click.command()
@click.argument("operation")
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="Only this channel, such as sns or webhook:ops."
)
@as_json
@of_a_stack
def replay(stack: Stack, *, operation: str, channels: tuple[str, ...], as_json: bool) -> int:
    """Publish an outcome again, under the same ids.

    Exit code 1: a channel did not accept it.
    """
    acts(stack)
    return _channels(
        asked(stack, "notifier", {"replay": operation} | ({"channels": list(channels)} if channels else {})),
        as_json=as_json,
    )


@click.command("notify-test")
@click.option("--channel", "channels", multiple=True, metavar="NAME", help="Only this one: sns, or chat:NAME.")
@as_json
@of_a_stack
def notify_test(stack: Stack, *, channels: tuple[str, ...], as_json: bool) -> int:
    """Send people a sample, with fixed words.

    It goes to the topic and to the chats, at most once a minute. Webhooks and the event bus get none. Exit code 1: a
    channel did not accept it.
    """
    acts(stack)
    question: dict[str, Any] = {"sample": True} | ({"channels": list(channels)} if channels else {})
    return _channels(asked(stack, "notifier", question), as_json=as_json)


def _channels(said: dict[str, Any], *, as_json: bool) -> int:
    """Print what became of a message on each channel; return the exit code."""
    if as_json:
        print_json(said)
    else:
        for name, result in said["channels"].items():
            say(f"{name}: {result}")
    done = said["channels"] and set(said["channels"].values()) == {"done"}
    return Status.GOOD if done else Status.NOT_GOOD


@click.group()
def events() -> None:
    """Send an event from a file."""


@events.command("send")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--to", "entry", type=click.Choice(["queue", "direct"]), default="queue", show_default=True, help="The entry point."
)
@confirmed
@of_a_stack
def send_event(stack: Stack, *, file: Any, entry: str, yes: bool) -> int:
    """Send the event in FILE (- for standard input) into the RequestQueue or directly to the trigger."""
    acts(stack)
    try:
        event = strict_json(file.read())
    except NotJsonError as error:
        raise click.UsageError(f"{file.name} is no JSON: {error}") from error
    if not yes:
        ask("An event may stop the protection of a group. Send it?")
    if entry == "queue":
        say(f"message {stack.request(json.dumps(event, ensure_ascii=False))} is in the RequestQueue")
        return Status.GOOD
    said = stack.ask("trigger", event)
    print_json(said)
    return Status.NOT_GOOD if "rejected" in said else Status.GOOD


def acts(stack: Stack) -> None:
    """Name the stack that is acted on, its account and its region, before anything is sent."""
    say(f"{stack.place[0].upper()}{stack.place[1:]}", "bold", stderr=True)


def ask(question: str) -> None:
    """Ask whether to go on; raise UsageError where the answer is no, or where nobody can answer."""
    try:
        yes = click.confirm(question, err=True)
    except click.Abort as error:
        raise click.UsageError("nobody answered, and nothing was sent: give --yes") from error
    if not yes:
        raise click.UsageError("nothing was sent")


def _look(stack: Stack, target: str) -> str | None:
    """Say what a stop would meet now; return why it would be refused, None where it would not be."""
    found = asked(stack, "trigger", {"check": True, "target": target})
    (seen,) = found["verdicts"]
    if seen["verdict"] == "not found" and not seen.get("server_group_id"):
        return f"nothing was sent: {seen['why']}"
    if seen.get("direct_refused"):
        return f"nothing was sent, it would be refused: {seen['direct_refused']}"
    group = seen.get("server_group_name") or seen.get("server_group_id") or "its group could not be read"
    status = seen.get("group_status") or "status unknown"
    say(f"{target}: protection group {group}, {status}, region {seen.get('region')}", stderr=True)
    if seen["verdict"] != "ready":
        say(f"{seen['verdict']}: {seen['why']} {seen.get('next_step', '')}", "bold yellow", stderr=True)
    return None


def send(stack: Stack, request: dict[str, Any], *, wait: bool, as_json: bool) -> int:
    """Send one request to the trigger, and follow what becomes of it; a repeat of the call is the same request."""
    said = asked(stack, "trigger", request | {"delivery_id": f"command-{uuid.uuid4()}"})
    if not said["operations"]:
        say(
            "The trigger could not record the request now. It is in the RequestQueue, and is tried again from there.",
            stderr=True,
        )
        return Status.GOOD if "queued" in said else Status.NOT_GOOD
    (sent,) = said["operations"]
    if not wait:
        print_json(sent) if as_json else say(f"operation {sent['operation_id']}: {sent['state']}")
        return Status.GOOD
    return follow(stack, one_operation(stack, sent["operation_id"]), as_json=as_json)
