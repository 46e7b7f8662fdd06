"""A stop and a resume of one group, in every order: what is walked through, and what must hold at each end."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

from standdown.huawei.account import HuaweiAccount
from support.inmemory.replay import Act
from support.inmemory.stack import Stack, Target
from support.inmemory.walk import Walk
from support.inmemory.watcher import Watcher

TARGETS = [Target(more={"resume_sources": ["direct", "queue"]})]
Make = Callable[[list[Target]], Stack]


def protected(make: Make = Stack) -> Stack:
    """Return a stack whose group was stopped and is protected again, so that the hold that is shown is over."""
    stack = held(make)
    stack.set_group("protected")
    return stack


def held(make: Make = Stack) -> Stack:
    """Return a stack whose group was stopped: a stop and a resume of that hold are in its queue."""
    stack = make(TARGETS)
    items, hold = _stopped()
    stack.clock.pass_(600)
    stack.dynamodb.items = deepcopy(items)
    stack.set_group("available")
    stack.send("erp-prod", "stop")
    stack.send("erp-prod", "resume", action="resume", hold=hold)
    return stack


BEGINNINGS = {"the group is stopped, and held": held, "the group is protected, and its hold is over": protected}


@cache
def _stopped() -> tuple[dict[str, Any], str]:
    """Return the group's lock and its hold, as they are after a stop that is long published, and the hold's id."""
    stack = Stack(TARGETS)
    stack.send("erp-prod", "before")
    stack.run(90, sweeps=False)
    hold = stack.hold()
    assert hold is not None
    return {pk: item for pk, item in stack.dynamodb.items.items() if "#" in pk}, hold.hold_id


def orders(stack: Stack, *, deliveries: int, most_crashes: int) -> Walk:
    """Walk through every order of so many deliveries of each of the two requests."""
    watcher = Watcher(stack)
    stack.pauses = False
    stack.sdrs.fresh_id = stack.sdrs.world.fresh_id = lambda: f"{len(stack.sdrs.world.jobs):032x}"

    def at_start() -> None:
        """Have each invocation be a process of its own, whose jitter is the same each time."""
        random.seed(0)
        stack.huawei = HuaweiAccount(stack._secret, dial=stack.adapter, clock=stack.clock.epoch)

    acts = [_delivery(deepcopy(message)) for message in stack.queues.requests]
    walk = Walk(stack, watcher, acts, deliveries, most_crashes, _judge, at_start)
    walk.go()
    return walk


def _delivery(message: Any) -> Act:
    message.receives = 1

    def deliver(stack: Stack) -> None:
        stack.door().take_record(message.record())

    return deliver


def _judge(stack: Stack, watcher: Watcher) -> None:
    """Let the stack come to rest: one outcome each, no lock left, no call sent twice, never both at once."""
    stack.come_to_rest()
    watcher.check_at_rest({})
    assert len(stack.started) <= 1, "SDRS took two resumes"
    assert len(stack.accepted) <= 1, "SDRS took two stops"
