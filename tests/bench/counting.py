"""One stop in the whole stack under a clock of its own, with everything counted that is paid for."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
from collections import Counter
from typing import Any

from bench.report import MeasureError
from simulator.scenarios import Plan
from standdown.base.log import logger
from standdown.core.operation import State
from standdown.core.outcome import Result
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.stack import Stack
from support.inmemory.template import indexes

RECEIVES = 1
"""The receive that hands the message to the trigger; beside it the sender's SendMessage and the mapping's delete."""


class CountingDynamo(MemoryDynamo):
    """The table, with the request units that each call would be billed.

    Source: DynamoDB's developer guide, "Read and write operations": 1 KB a write unit, 4 KB a consistent read, twice
    that in a transaction, and once more for each index in which the item stands.
    """

    def __init__(self) -> None:
        super().__init__(indexes())
        self.units: Counter[str] = Counter()
        self._factor = 1

    def get_item(self, **asked: Any) -> Any:
        """Count the read."""
        answer = super().get_item(**asked)
        self.units["read_unit"] += max(math.ceil(_bytes(answer.get("Item", {})) / 4096), 1)
        return answer

    def transact_write_items(self, **asked: Any) -> Any:
        """Count each write twice."""
        self._factor = 2
        try:
            return super().transact_write_items(**asked)
        finally:
            self._factor = 1

    def _do(self, write: Any) -> None:
        parts = next(iter(write.values()))
        pk = (parts["Item"] if "Item" in parts else parts["Key"])["pk"]["S"]
        before = self.items.get(pk, {})
        super()._do(write)
        after = self.items.get(pk, {})
        size = math.ceil(max(_bytes(before), _bytes(after)) / 1024) or 1
        keys = [hash_key for hash_key, _ in self._indexes.values() if hash_key in before or hash_key in after]
        self.units["write_unit"] += size * (self._factor + len(keys))


def one_stop(job_seconds: float) -> Counter[str]:
    """Return what one stop takes whose job runs for so long: transitions, invocations by function, units, requests."""
    with contextlib.redirect_stdout(io.StringIO()):
        logger.setLevel(logging.CRITICAL)
        return _one_stop(job_seconds)


def _one_stop(job_seconds: float) -> Counter[str]:
    dynamo = CountingDynamo()
    stack = Stack(plan=Plan(job_seconds=job_seconds), dynamodb=dynamo)
    counted: Counter[str] = Counter()
    step = stack.executions._step

    def counting(execution: Any) -> None:
        state = stack.executions._definition["States"][execution.at]
        counted["transition"] += 1
        counted[str(state.get("Resource", ""))] += 1
        step(execution)

    stack.executions._step = counting  # type: ignore[method-assign]
    message = stack.send()
    if not stack.take(message):
        raise MeasureError("the trigger did not take the request")
    counted["trigger"] += 1
    ends = stack.clock.epoch() + 2 * 3600
    while stack.executions.running and stack.clock.epoch() < ends:
        stack.clock.pass_(0.5)
        stack.executions.advance()
    operation = stack.operation
    if (
        operation.state is not State.PUBLISHED
        or operation.outcome is None
        or operation.outcome.result is not Result.SUCCEEDED
    ):
        raise MeasureError(f"the stop did not end well: {operation.state}")
    crossed = Counter(name.partition(".")[0] for name in stack.boundary.crossed)
    counted |= dynamo.units
    counted["look"], counted["notifier"] = counted.pop("${Poller}"), counted.pop("${Notifier}")
    counted["invocation"] = counted["trigger"] + counted["look"] + counted["notifier"]
    counted["queue_request"] = 2 + RECEIVES + crossed["sqs"]
    counted["notification"], counted["event"] = crossed["sns"], crossed["events"]
    counted.pop("", None)
    return counted


def _bytes(item: Any) -> int:
    """Return about what DynamoDB counts of an item: names and values, without the types' own letters."""
    return len(json.dumps(item, ensure_ascii=False).encode()) * 3 // 4 if item else 0
