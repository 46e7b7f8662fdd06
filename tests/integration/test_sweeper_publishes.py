"""The sweeper's publications: paced, never given up, by one execution at a time; and what it does when it is called."""

from __future__ import annotations

from typing import Any

import pytest

from standdown.core.operation import State
from support.inmemory.boundary import Crash
from support.inmemory.stack import Stack


@pytest.fixture
def stack() -> Stack:
    """Return a stack with one stop under way."""
    stack = Stack()
    stack.send()
    stack.deliver()
    return stack


def break_notifier(stack: Stack) -> None:
    def broken(_state: Any) -> Any:
        raise RuntimeError("the notifier is broken")

    stack.executions._tasks["${Notifier}"] = broken


def live(stack: Stack, seconds: int) -> None:
    """Let time pass as on AWS: an execution that fails calls the sweeper at once, and so does the schedule."""
    told = {one.name for one in stack.executions.by_name.values() if one.status == "FAILED"}
    for second in range(0, seconds, 2):
        stack.clock.pass_(2)
        stack.executions.advance()
        for execution in list(stack.executions.by_name.values()):
            if execution.status == "FAILED" and execution.name not in told:
                told.add(execution.name)
                stack.sweep(execution.name)
        if second % 300 == 0:
            stack.sweep()


def test_a_notifier_that_was_broken_for_hours_tells_the_outcome_once_it_is_well_again(stack: Stack) -> None:
    break_notifier(stack)
    live(stack, 2 * 3600)
    tried = [name for name in stack.executions.by_name if name.startswith("publish-")]
    untold = list(stack.topic.details)

    stack.executions._tasks["${Notifier}"] = stack.tell
    live(stack, 700)

    assert 20 <= len(tried) <= 26
    assert untold == []
    assert len(stack.topic.details) == 1
    assert stack.operation.state is State.PUBLISHED


def test_an_outcome_that_is_being_published_is_left_to_the_execution_that_is_at_it(stack: Stack) -> None:
    break_notifier(stack)
    live(stack, 700)
    publishing = [one for one in stack.executions.by_name.values() if one.name.startswith("publish-")]
    publishing[-1].status = "RUNNING"
    publishing[-1].wake_at = stack.clock.epoch() + 100_000

    live(stack, 3600)

    assert [one.name for one in stack.executions.by_name.values() if one.name.startswith("publish-")] == [
        one.name for one in publishing
    ]


def test_a_publication_that_was_noted_and_never_started_is_started_under_its_name(stack: Stack) -> None:
    break_notifier(stack)
    live(stack, 60)
    stack.clock.pass_(300)
    stack.boundary.cut(0, name="states.start_execution")
    with pytest.raises(Crash):
        stack.sweep()
    noted = stack.operation.publisher
    stack.clock.pass_(900)

    stack.sweep()

    assert noted in stack.executions.by_name


def test_a_watch_that_cannot_be_seen_yet_is_started_under_its_own_name_and_not_ended(stack: Stack) -> None:
    name = stack.operation.execution_name
    stack.clock.pass_(120)
    running = stack.executions.by_name.pop(name)

    swept = stack.sweep()

    assert swept.moved == (stack.operation.operation_id,)
    assert stack.operation.outcome is None
    assert stack.executions.by_name[name].input == running.input


def test_a_broken_execution_has_its_own_operation_looked_at_and_no_other() -> None:
    other = Stack()
    for number in range(3):
        other.send(delivery_id=f"d-{number}")
        other.deliver()
        other.set_group("protected")
    other.clock.pass_(120)

    swept = other.sweep(other.operations[0].execution_name)

    assert swept.seen == 1
    in_need = [one for one in other.operations if one.state is not State.JOINED]
    assert other.sweep("somebody-elses-execution").seen == len(in_need)
    assert other.sweep("stop-" + "0" * 32).seen == 0


def test_an_outcome_that_is_known_does_not_wait_for_groups_that_cannot_be_read(stack: Stack) -> None:
    break_notifier(stack)
    live(stack, 120)
    ended = stack.operation.operation_id
    for number in range(3):
        stack.set_group("protected")
        stack.boundary.cut(0, name="sdrs.stop")
        stack.send(delivery_id=f"later-{number}")
        stack.deliver()
    stack.clock.pass_(4000)
    stack.fault(endpoint="get-group", status=503)

    moved = stack.sweep().moved

    assert moved[0] == ended
