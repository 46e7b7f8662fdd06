"""What an attacker of the protocol found: lost answers, names that move, outages, items that are too large."""

from __future__ import annotations

import pytest

from simulator.defaults import ERP_PROD
from standdown.core.operation import Outcome, Refusal, Result
from support.inmemory import Stack

BARE_404 = "<html><body>404 Not Found</body></html>"


@pytest.fixture
def stack() -> Stack:
    return Stack()


def ended(stack: Stack) -> Outcome:
    assert stack.operation.outcome is not None
    return stack.operation.outcome


def taken_and_broken_off(stack: Stack) -> None:
    """Have SDRS take a stop, its answer be lost, and its message be gone."""
    stack.send()
    stack.boundary.cut(0, name="sdrs.stop", after=True)
    stack.deliver()


def test_a02_a_bare_404_after_a_stop_whose_answer_was_lost_refuses_nothing(stack: Stack) -> None:
    stack.fault(endpoint="stop", when="after", kind="reset", count=1)
    stack.fault(endpoint="get-group", status=404, body=BARE_404, count=1)
    stack.send()

    stack.run(120)

    assert ended(stack).result is Result.SUCCEEDED
    assert len(stack.accepted) == len(stack.posts) == 1


def test_a02_a_bare_404_at_the_stop_itself_is_tried_again(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=404, body=BARE_404, count=1)
    stack.send()

    stack.run(120)

    assert ended(stack).result is Result.SUCCEEDED
    assert len(stack.accepted) == 1


@pytest.mark.parametrize("status", ["starting", "failed-over", "reversing", "deleted"])
def test_a02b_a_stop_that_may_have_been_taken_is_never_told_as_refused(stack: Stack, status: str) -> None:
    taken_and_broken_off(stack)
    if status == "deleted":
        del stack.sdrs.world.groups[ERP_PROD]
    else:
        stack.set_group(status)

    stack.run(900)

    assert len(stack.accepted) == len(stack.posts) == 1
    assert (ended(stack).result, ended(stack).refusal) == (Result.UNKNOWN, None)
    assert ended(stack).group_status == (None if status == "deleted" else status)
    assert "Nothing was stopped" not in stack.topic.texts[0]


def test_a02b_without_a_stop_of_ours_the_same_state_is_refused(stack: Stack) -> None:
    stack.set_group("starting")
    stack.send()

    stack.run(60)

    assert stack.accepted == []
    assert ended(stack).refusal is Refusal.WRONG_STATE
