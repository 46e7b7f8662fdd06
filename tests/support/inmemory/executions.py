"""Step Functions in memory: AWS's answers to a known name, and the template's own states, run when they are due."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from support.inmemory.aws import refused
from support.inmemory.boundary import Crash
from support.inmemory.choices import chosen, value_at
from support.inmemory.clock import Clock

Task = Callable[[Any], Any]


class ExecutionAlreadyExists(ClientError):  # noqa: N818 - AWS's own name
    """As AWS names it."""


class ExecutionDoesNotExist(ClientError):  # noqa: N818 - AWS's own name
    """As AWS names it."""


@dataclass(slots=True)
class Execution:
    """One execution: where it stands, with which data, and when it goes on."""

    name: str
    input: str
    at: str
    data: Any
    started: float
    wake_at: float
    status: str = "RUNNING"
    error: str = ""
    tries: int = 0


class MemoryExecutions:
    """The client of one state machine; `tasks` are its functions under the template's substitutions."""

    exceptions = SimpleNamespace(
        ExecutionAlreadyExists=ExecutionAlreadyExists, ExecutionDoesNotExist=ExecutionDoesNotExist
    )

    def __init__(self, definition: Any, clock: Clock, tasks: dict[str, Task]) -> None:
        self._definition, self._clock, self._tasks = definition, clock, tasks
        self.by_name: dict[str, Execution] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Any:  # noqa: A002, N803
        """Answer StartExecution: a repeat with the same input finds the one that runs; any other repeat is refused."""
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        known = self.by_name.get(name)
        if known is not None and (known.status != "RUNNING" or known.input != input):
            code = "ExecutionAlreadyExists"
            raise ExecutionAlreadyExists({"Error": {"Code": code, "Message": "simulated"}}, "StartExecution")
        if known is None:
            if len(name) > 80:
                raise refused("StartExecution", "InvalidName")
            now = self._clock.epoch()
            start = self._definition["StartAt"]
            self.by_name[name] = Execution(name, input, start, json.loads(input), now, now)
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> Any:  # noqa: N803
        """Answer DescribeExecution."""
        found = self.by_name.get(executionArn.rpartition(":")[2])
        if found is None:
            code = "ExecutionDoesNotExist"
            raise ExecutionDoesNotExist({"Error": {"Code": code, "Message": "simulated"}}, "DescribeExecution")
        return {"executionArn": executionArn, "status": found.status, "input": found.input}

    @property
    def running(self) -> list[Execution]:
        """Return the executions that are not at their end."""
        return [execution for execution in self.by_name.values() if execution.status == "RUNNING"]

    def abort(self, name: str) -> None:
        """End an execution as a person does who stops it."""
        self.by_name[name].status = "ABORTED"

    def advance(self, names: Iterable[str] | None = None) -> None:
        """Let every execution go on that is due, each up to its next wait or its end."""
        for execution in self.running:
            if names is not None and execution.name not in names:
                continue
            while execution.status == "RUNNING" and execution.wake_at <= self._clock.epoch():
                self._step(execution)

    def _step(self, execution: Execution) -> None:
        if self._clock.epoch() - execution.started > self._definition["TimeoutSeconds"]:
            execution.status = "TIMED_OUT"
            return
        state = self._definition["States"][execution.at]
        match state["Type"]:
            case "Choice":
                execution.at = chosen(state, execution.data)
            case "Wait":
                execution.wake_at = self._clock.epoch() + value_at(execution.data, state["SecondsPath"])
                execution.at = state["Next"]
            case "Pass":
                execution.data = {**execution.data, state["ResultPath"].removeprefix("$."): state["Result"]}
                execution.at = state["Next"]
            case "Task":
                self._task(execution, state)
            case "Succeed":
                execution.status = "SUCCEEDED"
            case _:
                execution.status, execution.error = "FAILED", state["Error"]

    def _task(self, execution: Execution, state: Any) -> None:
        try:
            answer = self._tasks[state["Resource"]](_given(state, execution))
        except Crash:
            self._troubled(execution, state, "Lambda.Unknown")
        except Exception as error:  # noqa: BLE001 - as Lambda hands on whatever a function raises
            self._troubled(execution, state, type(error).__name__)
        else:
            if state.get("ResultPath", "$") is not None:
                execution.data = json.loads(json.dumps(answer))
            execution.at, execution.tries = state["Next"], 0

    def _troubled(self, execution: Execution, state: Any, error: str) -> None:
        for retry in state.get("Retry", ()):
            if error in retry["ErrorEquals"] and execution.tries < retry["MaxAttempts"]:
                wait = retry["IntervalSeconds"] * retry["BackoffRate"] ** execution.tries
                execution.tries += 1
                execution.wake_at = self._clock.epoch() + min(wait, retry["MaxDelaySeconds"])
                return
        execution.tries = 0
        for catch in state.get("Catch", ()):
            if catch["ErrorEquals"] == ["States.ALL"] or error in catch["ErrorEquals"]:
                if catch.get("ResultPath", "$") is not None:
                    execution.data = {"Error": error, "Cause": "simulated"}
                execution.at = catch["Next"]
                return
        execution.status, execution.error = "FAILED", error


def _given(state: Any, execution: Execution) -> Any:
    """Return what a task is called with: the state's data, or the parameters that are made of it."""
    data = json.loads(json.dumps(execution.data))
    return data if "Parameters" not in state else _filled(state["Parameters"], data, execution)


def _filled(parameters: Any, data: Any, execution: Execution) -> Any:
    filled = {}
    for key, value in parameters.items():
        if isinstance(value, dict):
            filled[key] = _filled(value, data, execution)
        elif not key.endswith(".$"):
            filled[key] = value
        else:
            filled[key.removesuffix(".$")] = execution.name if value.startswith("$$.") else value_at(data, value)
    return filled
