"""A stack as it stands at a moment: everything that invocations share, to be put back and gone on from, many times."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from support.inmemory.stack import Stack
from support.inmemory.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a stack held: as bytes to put it back, and as a text that is the same for all that go on alike."""

    held: bytes
    text: str


def freeze(stack: Stack, watcher: Watcher) -> Frozen:
    """Return what the stack holds: ledger, queue, executions, SDRS, the time, and what was seen of the calls."""
    world, queues = stack.sdrs.world, stack.queues
    held = (
        stack.dynamodb.items,
        stack.dynamodb.updates,
        (world.groups, world.jobs, world.failures, world._running, world._refused_since),
        (queues.requests, queues.dead_letters, queues._numbers),
        stack.executions.by_name,
        stack.clock(),
        watcher.memory,
    )
    return Frozen(pickle.dumps(held, pickle.HIGHEST_PROTOCOL), _text(stack, watcher))


def thaw(frozen: Frozen, stack: Stack, watcher: Watcher) -> None:
    """Put a stack back into what it held; nothing that runs in it goes on."""
    world, queues = stack.sdrs.world, stack.queues
    items, updates, sdrs, queued, executions, now, memory = pickle.loads(frozen.held)  # noqa: S301 - our own
    stack.dynamodb.items, stack.dynamodb.updates = items, updates
    world.groups, world.jobs, world.failures, world._running, world._refused_since = sdrs
    queues.requests, queues.dead_letters, queues._numbers = queued
    stack.executions.by_name = executions
    stack.clock.set(now)
    watcher.memory = memory
    stack.sdrs.calls.clear()
    stack.boundary.crossed.clear()
    for channel in (stack.topic, stack.bus):
        channel.details.clear()


def _text(stack: Stack, watcher: Watcher) -> str:
    world, queues = stack.sdrs.world, stack.queues
    held: list[Any] = [
        stack.dynamodb.items,
        sorted(pk for pk, update in stack.dynamodb.updates if "outcome =" in update),
        {key: [group.status, group.progress, group.updated_at] for key, group in world.groups.items()},
        {key: [job.word, job.group_id, job.accepted_at] for key, job in world.jobs.items()},
        {key: job.job_id for key, (job, _) in world._running.items()},
        sorted([one.body, one.visible_at, one.receives] for one in queues.requests),
        {name: [one.status, one.input] for name, one in stack.executions.by_name.items()},
        stack.clock(),
        watcher.memory,
    ]
    return json.dumps(held, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else repr(value)
