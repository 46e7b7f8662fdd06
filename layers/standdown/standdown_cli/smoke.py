"""After a deployment: is what was deployed alive? Asks every function, and stops nothing.

With a target it also sends a dry run the whole way, so that everyone who hears of outcomes hears of this one. Runs
where people are, with their own AWS credentials: `python -m standdown.smoke --stack NAME`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

WAIT = 90.0
"""Seconds in which a dry run must have been published."""
_FORMS = {"access key", "temporary access key", "password", "token"}
_GOOD = {"ready", "already off", "not now"}


class SmokeError(Exception):
    """Raised when something that was deployed does not do what it should; the message says what."""


class Stack:
    """A deployed stack, asked by direct invocation."""

    def __init__(self, name: str) -> None:
        """Read the stack's outputs; raise SmokeError where there is no such stack."""
        self.name = name
        try:
            [found] = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except (ClientError, BotoCoreError) as error:
            raise SmokeError(f"the stack {name!r} cannot be read: {error}") from error
        if not found["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in found["StackStatus"]:
            raise SmokeError(f"the stack {name!r} is {found['StackStatus']}")
        self._outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def ask(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function and return its answer; raise SmokeError where it fails."""
        output = f"{function.capitalize()}FunctionName"
        try:
            payload = json.dumps(event).encode()
            answer = boto3.client("lambda").invoke(FunctionName=self._outputs[output], Payload=payload)
        except (ClientError, BotoCoreError, KeyError) as error:
            raise SmokeError(f"the {function} cannot be invoked: {error}") from error
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise SmokeError(f"the {function} failed: {said.get('errorType')}: {said.get('errorMessage')}")
        return said

    def ringing(self) -> list[str]:
        """Return the stack's alarms that are in ALARM now."""
        try:
            alarms = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{self.name}-", StateValue="ALARM")
        except (ClientError, BotoCoreError) as error:
            raise SmokeError(f"the alarms cannot be read: {error}") from error
        return [one["AlarmName"] for one in alarms["MetricAlarms"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the stack, print each answer as it comes, return the exit status: 1 where something is wrong."""
    parser = argparse.ArgumentParser(
        prog="smoke", description="Ask a deployed stack whether it is alive; stops nothing."
    )
    parser.add_argument("--stack", required=True, metavar="NAME")
    parser.add_argument("--target", metavar="NAME", help="send a dry run for this target, which everyone is told of")
    given = parser.parse_args(arguments)
    try:
        for line in smoke(Stack(given.stack), given.target):
            sys.stdout.write(f"{line}\n")
    except SmokeError as error:
        sys.stdout.write(f"NOT OK     {error}\n")
        return 1
    return 0


def smoke(stack: Stack, target: str | None, clock: Callable[[], float] = time.monotonic) -> Iterator[str]:
    """Yield a line for each thing that is as it should be; raise SmokeError at the first that is not."""
    found = stack.ask("trigger", {"check": True})
    bad = [one["target"] for one in found["verdicts"] if one["verdict"] not in _GOOD]
    if bad:
        raise SmokeError(f"the trigger answers, but there is trouble with {', '.join(bad)}:\n{found['table']}")
    if found["credential"] not in _FORMS:
        raise SmokeError(f"the trigger answers, but there is trouble with the credential: {found['credential']}")
    yield f"trigger    ok: {len(found['verdicts'])} targets, mode {found['stack_mode']}, by {found['credential']}"
    stack.ask("notifier", {"history": {"limit": 1}})
    yield "notifier   ok: it reads the ledger"
    swept = stack.ask("sweeper", {})
    yield f"sweeper    ok: {swept['seen']} operations are open"
    if target:
        yield f"dry run    ok: {_dry_run(stack, target, clock)}"
    if alarms := stack.ringing():
        raise SmokeError(f"alarms are ringing: {', '.join(alarms)}")
    yield "alarms     ok: none is ringing"


def _dry_run(stack: Stack, target: str, clock: Callable[[], float]) -> str:
    """Ask for a dry run and wait until everyone has been told; return how it ended."""
    request = {"target": target, "dry_run": True, "reason": "smoke test", "requested_by": "make smoke"}
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


if __name__ == "__main__":
    sys.exit(main())
