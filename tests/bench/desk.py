"""The operator's desk: how long `status` takes; a report takes as long as it has operations."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from bench.report import MeasureError, Row, Table, middle, ms
from standdown.core.operation import Operation, State
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Source, StopRequest
from standdown.publish.status import MOST, summed
from standdown_cli.report import rows
from standdown_cli.reporting.page import Report, page
from standdown_cli.reporting.protection import lanes
from standdown_cli.reporting.texts import ENGLISH
from support.reported import SINCE, UNTIL, operation

_TARGETS, _CALL_MS = 20, 20
_COMMAND = """
import io, json, sys, time
import boto3
from standdown_cli.command import main
calls, wait, answer = [], int(sys.argv[1]) / 1000, sys.argv[2].encode()
outputs = [{"OutputKey": "NotifierFunctionName", "OutputValue": "notifier"}]
stack = {"StackName": "dr", "StackStatus": "UPDATE_COMPLETE", "CreationTime": 0, "Outputs": outputs,
         "Parameters": [{"ParameterKey": "HuaweiSecretName", "ParameterValue": "s"}]}
said = {"DescribeStacks": lambda: {"Stacks": [stack]}, "DescribeAlarms": lambda: {"MetricAlarms": []},
        "Invoke": lambda: {"Payload": io.BytesIO(answer)}}
def answered(model, **_):
    calls.append(model.name)
    time.sleep(wait)
    return type("Answer", (), {"status_code": 200}), said[model.name]()
boto3.setup_default_session(region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
boto3.DEFAULT_SESSION.events.register("before-call.*.*", answered)
code = main(["status", "--stack", "dr"])
print(len(calls), file=sys.stderr)
sys.exit(code)
"""
"""Runs the command; every call to AWS is answered in the process, and how many there were is said at its end."""
Writer = Callable[[Report, dict[str, str]], Iterator[str]]


def measure(operations: int, runs: int = 5) -> Table:
    """Return the table of a report of so many operations, against one of a tenth of them."""
    whole, tenth = _made(operations), _made(operations // 10)
    found = []
    for name, write in (("page", page), ("rows", rows)):
        long, short = _took(whole, write, runs), _took(tenth, write, runs)
        ratio = (long / operations) / (short / (operations // 10))
        found.append(Row(f"report, {name}: for each operation", ms(long), ms(short), ratio, 1.5))
    return Table(
        "The operator's desk",
        f"`standdown report` of {operations} operations of {_TARGETS} targets, without asking the stack, against "
        "one of a tenth of them. The ratio is that of the times for one operation. "
        f"`standdown status` of {_TARGETS} targets is a fresh process whose calls to AWS are answered after "
        f"{_CALL_MS} ms each. What the notifier does for it is measured in this process.",
        [*found, *_status(runs)],
    )


def _status(runs: int) -> Iterator[Row]:
    """Yield how long the command takes from its start to its end, and the notifier's part of it."""
    took, calls = [], 0
    for _ in range(runs):
        begun = time.perf_counter_ns()
        ran = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", _COMMAND, str(_CALL_MS), json.dumps(_answer())],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        took.append(time.perf_counter_ns() - begun)
        if ran.returncode or "target-19" not in ran.stdout:
            raise MeasureError(f"standdown status failed: {ran.stderr[-500:]}")
        calls = int(ran.stderr.strip())
    yield Row(f"status of {_TARGETS} targets, process start to end", ms(middle(took)), f"{calls} calls", calls, 3)
    summing = []
    for _ in range(runs):
        begun = time.perf_counter_ns()
        summed(_operation(number) for number in range(MOST))
        summing.append(time.perf_counter_ns() - begun)
    yield Row(f"the notifier's sums over {MOST} operations", ms(middle(summing)))


def _answer() -> dict[str, Any]:
    """Return what the notifier answers to `status`."""
    found = summed(_operation(number) for number in range(MOST)).to_dict()
    names = [one["target"] for one in found["targets"]]
    check = {"tried": "stop", "checked_at": "2026-11-24T06:01:07Z", "targets": len(names), "not_ready": 0, "wrong": []}
    configured = [{"target": name, "mode": "live"} for name in names]
    return found | {"stack_mode": "live", "invalid": [], "configured": configured, "checks": [check]}


def _operation(number: int) -> Operation:
    """Return one of many operations of the targets, each a stop that succeeded."""
    then, target = UNTIL - timedelta(minutes=number), f"target-{number % _TARGETS:02}"
    request = StopRequest(f"{target}-{number}", Source.QUEUE, then, target, requested_by="Ada")
    ended = Outcome(Result.SUCCEEDED, then, "It ended.", group_status="available", verified=True)
    return Operation(request.operation_id, request, then, State.PUBLISHED, target, outcome=ended)


def _made(count: int) -> list[dict[str, object]]:
    """Return so many operations, newest first, spread over the period."""
    kinds = ("succeeded", "dry_run", "refused", "failed")
    return [
        operation(29.9 * number / count, f"target-{number % _TARGETS:02}", kinds[number % len(kinds)])
        for number in reversed(range(count))
    ]


def _took(operations: list[dict[str, object]], write: Writer, runs: int) -> float:
    """Return how long it takes to write a report, in nanoseconds."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter_ns()
        made = Report("stack dr", SINCE, UNTIL, UNTIL, lanes(operations, SINCE, UNTIL))
        sum(map(len, write(made, ENGLISH)))
        times.append(time.perf_counter_ns() - begun)
    return middle(times)
