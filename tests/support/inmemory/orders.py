"""A stop and a resume of one group, in every order: what is walked through, and what must hold at each end."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

from support.inmemory.stack import Stack, Target
from support.inmemory.walk import Act, Choice, Walk
from support.inmemory.watcher import Watcher


def protected() -> Stack:
    """Return a stack whose group was stopped and is protected again, so that the hold that is shown is over."""
    stack = held()
    stack.set_group("protected")
    return stack


def held() -> Stack:
    """Return a stack whose group was stopped: a stop and a resume of that hold are in its queue."""
    stack = Stack([Target(more={"resume_sources": ["direct", "queue"]})])
    items, hold = _stopped()
    stack.clock.pass_(600)
    stack.dynamodb.items = deepcopy(items)
    stack.set_group("available")
    stack.send("erp-prod", "stop")
    stack.send("erp-prod", "resume", action="resume", hold=hold)
    stack.watcher = Watcher(stack)  # type: ignore[attr-defined]
    return stack


@cache
def _stopped() -> tuple[dict[str, Any], str]:
    """Return the group's lock and its hold, as they are after a stop that is long published, and the hold's id."""
    stack = Stack([Target()])
    stack.send("erp-prod", "before")
    stack.run(90, sweeps=False)
    hold = stack.hold()
    assert hold is not None
    return {pk: item for pk, item in stack.dynamodb.items.items() if "#" in pk}, hold.hold_id


def orders(begin: Callable[[], Stack], *, deliveries: int, most_crashes: int) -> Walk:
    """Walk through every order of so many deliveries of each of the two requests."""
    walk = Walk(begin, [_delivery(number) for number in (0, 1) for _ in range(deliveries)], most_crashes, _judge)
    walk.go()
    return walk


def _delivery(number: int) -> Act:
    def deliver(stack: Stack) -> None:
        message = deepcopy(stack.queues.requests[number])
        message.receives = 1
        stack.door().take_record(message.record())

    return deliver


def _judge(stack: Stack, way: tuple[Choice, ...]) -> None:
    """Let the stack come to rest: one outcome each, no lock left, no call sent twice, never both at once."""
    watcher: Watcher = stack.watcher  # type: ignore[attr-defined]
    try:
        watcher.check()
        stack.come_to_rest()
        watcher.check_at_rest({})
        assert len(stack.started) <= 1
        assert len(stack.accepted) <= 2
    except AssertionError as error:
        raise AssertionError(f"{error}\nthe way there: {way}") from error
