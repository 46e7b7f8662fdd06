"""Follow one operation to its published outcome: live on a terminal, else with a line for each thing that changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from standdown_cli.exit_codes import Status
from standdown_cli.live import lively, picture
from standdown_cli.output import console, print_json, say
from standdown_cli.progress import Progress, progress
from standdown_cli.questions import one_operation
from standdown_cli.stack import Stack
from standdown_cli.words import ended, got_it, is_resume, moment

EVERY = 2.0
"""Seconds between two questions: each is a call of the notifier, and one of Step Functions while a job runs."""
_STATES = {
    "intent": "recorded, the group is locked; the {action} is about to be sent",
    "accepted": "SDRS accepted the {action}",
    "following": "SDRS accepted the {action}; its job is being polled",
    "joined": "another operation {action}s this group already; its end is this one's end",
    "ended": "ended; the outcome is being published",
    "published": "the outcome is published",
}


def follow(stack: Stack, operation: dict[str, Any], *, as_json: bool = False) -> int:
    """Show what changes until the outcome is published, live on a terminal; return the exit code."""
    if as_json:
        operation = _last(stack, operation, lambda _operation, _seen: None)
        print_json(operation)
    else:
        operation = _shown(stack, operation)
        _end(operation)
    return Status.GOOD if got_it(operation) else Status.NOT_GOOD


def _shown(stack: Stack, operation: dict[str, Any]) -> dict[str, Any]:
    """Show an operation until its outcome is published, and return it then."""
    if not console().is_terminal:
        return _last(stack, operation, Lines())
    with lively() as live:
        return _last(stack, operation, lambda one, seen: live.update(picture(one, _state(one), seen)))


def _last(
    stack: Stack, operation: dict[str, Any], show: Callable[[dict[str, Any], Progress | None], None]
) -> dict[str, Any]:
    """Return an operation once its outcome is published; show how it stands each time that it was asked for."""
    while True:
        show(operation, progress(stack, operation) if operation["state"] == "following" else None)
        if operation["state"] == "published":
            return operation
        time.sleep(EVERY)
        operation = one_operation(stack, operation["operation_id"])


class Lines:
    """Prints a line for each thing that changes, for pipes and logs."""

    def __init__(self) -> None:
        self._printed = ""

    def __call__(self, operation: dict[str, Any], seen: Progress | None) -> None:
        """Print a line where the operation stands otherwise than it did."""
        line = seen.line() if seen else f"{_state(operation)}{_job(operation)}"
        if line != self._printed:
            self._printed = line
            say(f"{operation['target']}: {line}")


def _end(operation: dict[str, Any]) -> None:
    """Print how an operation ended."""
    say(f"{operation['target']}: {ended(operation)}, {moment(operation['ended_at'])} UTC", "bold")
    say(str(operation["detail"]))
    if is_resume(operation):
        _in_step(operation)
    elif pairs := operation.get("pairs"):
        say(f"{pairs['stopped']} of {pairs['total']} replication pairs are stopped")
    if operation.get("copy_as_of"):
        say(f"The copy is as of {moment(operation['copy_as_of'])} UTC.")
    for channel in operation["undelivered"]:
        say(f"NOT DELIVERED: the channel {channel} did not accept the outcome", "bold red")


def _in_step(operation: dict[str, Any]) -> None:
    """Print of a resume that succeeded whether the copy is whole again."""
    if operation["outcome"] != "resumed":
        return
    if operation.get("in_step") is None:
        say("SDRS did not say whether every replication pair is in step. Until they are, it takes no failover.")
    elif operation["in_step"]:
        say("Every replication pair is in step again.")
    else:
        known = operation.get("progress")
        so_far = "" if known is None else f": {known} % is synchronised"
        say(f"Not every replication pair is in step yet{so_far}.")
        say("A notice follows when they are. Until then SDRS takes no failover.")


def _state(operation: dict[str, Any]) -> str:
    stands = _STATES.get(operation["state"], str(operation["state"]))
    said = stands.format(action=operation.get("action") or "stop")
    return f"{said} ({operation['waits_for']})" if operation.get("waits_for") else said


def _job(operation: dict[str, Any]) -> str:
    return f" (job {operation['job_id']})" if operation["state"] in ("accepted", "following") else ""
