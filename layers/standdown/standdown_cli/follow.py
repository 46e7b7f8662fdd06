"""Follow one operation to its published outcome, with a line for each thing that changes."""

from __future__ import annotations

import time
from typing import Any

from standdown_cli.exit_codes import Status
from standdown_cli.output import print_json, say
from standdown_cli.questions import one_operation
from standdown_cli.stack import Stack
from standdown_cli.words import ended, got_it, moment

EVERY = 2.0
"""Seconds between two looks: each is one call of the notifier."""
_STATES = {
    "intent": "recorded, the group is locked; the {action} is about to be sent",
    "accepted": "SDRS accepted the {action}",
    "following": "SDRS accepted the {action}; its job is being polled",
    "joined": "another operation stops this group already; its end is this one's end",
    "ended": "ended; the outcome is being published",
    "published": "the outcome is published",
}


def follow(stack: Stack, operation: dict[str, Any], *, as_json: bool = False) -> int:
    """Print what changes until the outcome is published; return the exit code."""
    shown: str | None = None
    while True:
        if operation["state"] != shown and not as_json:
            shown = operation["state"]
            stands = _STATES.get(str(shown), str(shown)).format(action=operation.get("action") or "stop")
            say(f"{operation['target']}: {stands}{_job(operation)}")
        if operation["state"] == "published":
            break
        time.sleep(EVERY)
        operation = one_operation(stack, operation["operation_id"])
    if as_json:
        print_json(operation)
    else:
        say(f"{operation['target']}: {ended(operation)}, {moment(operation['ended_at'])} UTC", "bold")
        say(str(operation["detail"]))
        if pairs := operation.get("pairs"):
            say(f"{pairs['stopped']} of {pairs['total']} replication pairs are stopped")
        if operation.get("copy_as_of"):
            say(f"The copy is as of {moment(operation['copy_as_of'])} UTC.")
        for channel in operation["undelivered"]:
            say(f"NOT DELIVERED: the channel {channel} did not accept the outcome", "bold red")
    return Status.GOOD if got_it(operation) else Status.NOT_GOOD


def _job(operation: dict[str, Any]) -> str:
    return f" (job {operation['job_id']})" if operation["state"] in ("accepted", "following") else ""
