"""Every call on the way of a stop, each broken in every way: one stop, one outcome, no lock left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest

from simulator.scenarios import Plan
from support.inmemory import Crash, Stack, quiet
from support.inmemory.aws import refused, silent
from support.inmemory.planted import PLANTED
from support.inmemory.stack import Target
from support.inmemory.watcher import Watcher

Act = Callable[[Stack], None]
MORE = {"resume_sources": ["direct", "queue"]}


def crash(_stack: Stack) -> None:
    raise Crash


def aws_refuses(_stack: Stack) -> None:
    raise refused("Call", "ThrottlingException")


def aws_is_silent(_stack: Stack) -> None:
    raise silent("aws")


def delivered_again(stack: Stack) -> None:
    for message in list(stack.queues.requests):
        again = deepcopy(message)
        again.receives = 1
        stack.take(again)


def swept(stack: Stack) -> None:
    stack.sweep()


def aborted(stack: Stack) -> None:
    for execution in stack.executions.running:
        stack.executions.abort(execution.name)
    stack.sweep()


def deliver(stack: Stack) -> None:
    stack.send("erp-prod")
    stack.deliver()


def deliver_two(stack: Stack) -> None:
    stack.send("erp-prod", "first")
    stack.send("erp-prod", "second")
    stack.deliver()


def resume(stack: Stack) -> None:
    """Deliver once more what broke off right before the stop was sent."""
    stack.send("erp-prod")
    stack.boundary.cut(0, name="sdrs.stop")
    stack.deliver()
    stack.boundary.clear()
    stack.clock.pass_(400)
    stack.deliver()


def look_late(stack: Stack) -> None:
    deliver_two(stack)
    stack.clock.pass_(90)
    stack.executions.advance()


def look_twice(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=85)
    deliver(stack)
    for _ in range(3):
        stack.clock.pass_(40)
        stack.executions.advance()


def sweep_up(stack: Stack) -> None:
    """Find an operation that was accepted and not handed over."""
    stack.send("erp-prod")
    stack.boundary.cut(0, name="states.start_execution")
    stack.deliver()
    stack.boundary.clear()
    stack.clock.pass_(120)
    stack.sweep()


def sweep_up_too_late(stack: Stack) -> None:
    """Find an intent that is stale."""
    stack.send("erp-prod")
    stack.boundary.cut(0, name="sdrs.stop")
    stack.deliver()
    stack.boundary.clear()
    stack.queues.requests.clear()
    stack.clock.pass_(4000)
    stack.sweep()


def come_back(stack: Stack) -> None:
    """Stop, and enable protection again."""
    deliver(stack)
    stack.clock.pass_(90)
    stack.executions.advance()
    hold = stack.hold()
    if hold is not None:
        stack.send("erp-prod", "back", action="resume", hold=hold.hold_id)
        stack.deliver()
        stack.clock.pass_(90)
        stack.executions.advance()


def come_back_and_stop(stack: Stack) -> None:
    """Ask for another stop while protection is being enabled."""
    deliver(stack)
    stack.clock.pass_(90)
    stack.executions.advance()
    hold = stack.hold()
    if hold is not None:
        stack.send("erp-prod", "back", action="resume", hold=hold.hold_id)
        stack.deliver()
        stack.send("erp-prod", "again")
        stack.deliver()
        stack.clock.pass_(90)
        stack.executions.advance()
        stack.deliver()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


COURSES = (
    deliver,
    deliver_two,
    resume,
    look_late,
    look_twice,
    sweep_up,
    sweep_up_too_late,
    come_back,
    come_back_and_stop,
)
# What happens after one call is what happens before the next, but for an answer that is lost.
HARMS = (crash, aws_refuses, aws_is_silent, delivered_again, swept, aborted)


def length(course: Act) -> int:
    """Return how many calls a course makes where nothing breaks."""
    stack = Stack([Target(more=MORE)])
    course(stack)
    return len(stack.boundary.crossed)


def suffer(stack: Stack, course: Act, harm: Act, at: int) -> None:
    """Go the course with one call broken, let everything come to rest, and judge."""
    watcher = Watcher(stack)

    def act() -> None:
        if harm in (aws_refuses, aws_is_silent) and stack.boundary.crossed[-1].startswith("sdrs"):
            raise Crash
        harm(stack)

    stack.boundary.cut(at, act, after=harm is aws_is_silent)
    try:
        course(stack)
    except (Crash, Exception):  # noqa: BLE001 - an invocation has failed; what comes next is what the cloud does
        stack.boundary.clear()
    stack.boundary.clear()
    watcher.check()
    stack.come_to_rest()
    watcher.check_at_rest({})
    assert len(stack.accepted) <= (2 if course is come_back_and_stop else 1)
    assert len(stack.started) <= 1


@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("harm", HARMS)
def test_whatever_breaks_at_whichever_call_one_stop_is_sent_and_one_outcome_told(course: Act, harm: Act) -> None:
    for at in range(length(course)):
        stack = Stack([Target(more=MORE)])

        suffer(stack, course, harm, at)


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_planted_in_the_protocol_is_found(fault: str) -> None:
    places = [(course, harm, at) for course in reversed(COURSES) for harm in HARMS for at in range(length(course))]

    assert any(_finds(PLANTED[fault]([Target(more=MORE)]), *place) for place in places)


def _finds(stack: Stack, course: Act, harm: Act, at: int) -> bool:
    try:
        suffer(stack, course, harm, at)
    except AssertionError:
        return True
    return False
