"""After a deployment: is what was deployed alive, and does anybody hear of it? Asks every function, stops nothing.

With a target it also sends a dry run the whole way, so that everyone who hears of outcomes hears of this one; a dry run
that would be refused is not sent. Runs where people are, with their own AWS credentials: `standdown smoke`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from standdown.base.text_table import note
from standdown_cli.acting import acts
from standdown_cli.exit_codes import Status
from standdown_cli.options import of_a_stack
from standdown_cli.stack import Stack, Subscribers
from standdown_cli.terminal import columns

WAIT = 90.0
"""Seconds in which a dry run must have been published."""
_FORMS = {"access key", "temporary access key", "password", "token"}
_GOOD = {"ready", "already off", "not now"}
_WORKS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "IMPORT_COMPLETE"}
_ROLLED_BACK = {
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_ROLLBACK_COMPLETE",
}


class SmokeError(Exception):
    """Raised when something that was deployed does not do what it should; the message says what."""


@click.command("smoke")
@click.option("--target", metavar="NAME", help="Send a dry run of this target too: its outcome is published.")
@of_a_stack
def smoke_test(stack: Stack, *, target: str | None) -> int:
    """Ask a deployed stack whether it is alive.

    Stops nothing. Exit code 1: something does not do what it should.
    """
    if target:
        acts(stack)
    try:
        for line in smoke(stack, target):
            click.echo(line)
    except SmokeError as error:
        click.echo(f"NOT OK     {error}")
        return Status.NOT_GOOD
    return Status.GOOD


def smoke(stack: Stack, target: str | None, clock: Callable[[], float] = time.monotonic) -> Iterator[str]:
    """Yield a line for each thing that is as it should be; raise SmokeError at the first that is not."""
    yield from _deployed(stack)
    found = stack.ask("trigger", {"check": True})
    yield f"trigger    ok: {_checked(found)}"
    stack.ask("notifier", {"history": {"limit": 1}})
    yield "notifier   ok: it reads the ledger"
    swept = stack.ask("sweeper", {})
    yield f"sweeper    ok: {swept['seen']} operations are open"
    yield from _entry_points(stack)
    yield from _heard(stack)
    if target:
        _may_be_sent(found, target)
        yield f"dry run    ok: {_dry_run(stack, target, clock)}"
    if alarms := stack.ringing():
        raise SmokeError(f"alarms are ringing: {', '.join(alarms)}")
    yield "alarms     ok: none is ringing"


def _deployed(stack: Stack) -> Iterator[str]:
    if stack.status in _ROLLED_BACK:
        yield f"stack      WARNING: {stack.status}: the last change was rolled back, what ran before it runs"
    elif stack.status not in _WORKS:
        raise SmokeError(f"the stack {stack.name!r} is {stack.status}")


def _checked(found: dict[str, Any]) -> str:
    """Return what the trigger's check shows; raise SmokeError where a target or the credential cannot be used."""
    bad = [one for one in found["verdicts"] if one["verdict"] not in _GOOD]
    if bad:
        names = ", ".join(one["target"] for one in bad)
        raise SmokeError(f"the trigger answers, but there is trouble with {names}:\n" + "\n".join(map(_told, bad)))
    if found["credential"] not in _FORMS:
        raise SmokeError(f"the trigger answers, but there is trouble with the credential: {found['credential']}")
    return f"{len(found['verdicts'])} targets, mode {found['stack_mode']}, by {found['credential']}"


def _told(verdict: dict[str, Any]) -> str:
    said = f"{verdict.get('why', '')} {verdict.get('next_step', '')}".strip()
    return note(f"{verdict['target']}: {verdict['verdict']}", said, columns())


def _heard(stack: Stack) -> Iterator[str]:
    """Yield who hears of outcomes, and of the stack's own troubles; raise SmokeError where no outcome is heard of."""
    outcomes = stack.subscribers("OutcomeTopicArn")
    if outcomes.confirmed:
        yield f"outcomes   ok: confirmed subscriptions: {outcomes.confirmed}{_waiting(outcomes)}"
    elif stack.parameters.get("OutgoingWebhookSecretName"):
        yield f"outcomes   WARNING: only webhooks are told, nobody is subscribed to OutcomeTopicArn{_waiting(outcomes)}"
    else:
        raise SmokeError(f"NOBODY is subscribed to the outcomes{_waiting(outcomes)}: subscribe to OutcomeTopicArn")
    if not stack.has_event_bus():
        name = stack.parameters["EventBusName"]
        raise SmokeError(f"the event bus {name!r} does not exist, and EventBridge drops every outcome without an error")
    yield f"event bus  ok: {stack.parameters['EventBusName']}"
    operators = stack.subscribers("OperatorTopicArn")
    if operators.confirmed:
        yield f"operators  ok: confirmed subscriptions: {operators.confirmed}{_waiting(operators)}"
    else:
        yield f"operators  WARNING: nobody is told of the stack's own alarms{_waiting(operators)}: give OperatorEmail"


def _entry_points(stack: Stack) -> Iterator[str]:
    """Yield the public addresses; nothing is sent to them."""
    for output, who in (("WebhookUrl", "webhooks"), ("SmnUrl", "SMN")):
        if url := stack.outputs.get(output):
            yield f"address    {who}: POST {url}"


def _waiting(found: Subscribers) -> str:
    return f" ({found.pending} not confirmed: open the link in the e-mail)" if found.pending else ""


def _may_be_sent(found: dict[str, Any], target: str) -> None:
    """Raise SmokeError where a dry run of the target would be refused, of which everyone would be told."""
    verdict = next((one for one in found["verdicts"] if one["target"] == target), None)
    if verdict is None:
        known = ", ".join(one["target"] for one in found["verdicts"]) or "none"
        raise SmokeError(f"no dry run was sent: there is no target {target!r}; the targets are {known}")
    if refused := verdict.get("direct_refused"):
        raise SmokeError(f"no dry run was sent, it would be refused: {refused}")


def _dry_run(stack: Stack, target: str, clock: Callable[[], float]) -> str:
    """Ask for a dry run and wait until everyone has been told; return how it ended."""
    request = {"target": target, "dry_run": True, "reason": "smoke test", "requested_by": "standdown smoke"}
    said = stack.ask("trigger", request)
    if "rejected" in said or not said["operations"]:
        raise SmokeError(f"the dry run was not taken: {said.get('rejected', said)}")
    [operation] = said["operations"]
    ends = clock() + WAIT
    while clock() < ends:
        recent = stack.ask("notifier", {"history": {"target": operation["target"], "limit": 10}})["operations"]
        for one in recent:
            if one["operation_id"] == operation["operation_id"] and one["state"] == "published":
                if one["outcome"] != "dry_run":
                    raise SmokeError(f"the dry run ended as {one['outcome']}: {one.get('detail')}")
                return f"operation {one['operation_id']} ended as {one['outcome']} and was told"
        time.sleep(1)
    raise SmokeError(f"operation {operation['operation_id']} was not published within {WAIT:.0f} s")
