"""One request on its way: what is written, what is counted, who comes back when; the stack in memory around it."""

from __future__ import annotations

from typing import Any

import pytest

from inmemory import Stack
from inmemory.boundary import Crash
from standdown.later import TryLaterError
from standdown.operation import Result, Source, StopRequest
from standdown.stop import stop


def request(stack: Stack, delivery_id: str = "d-1", **more: Any) -> StopRequest:
    return StopRequest(delivery_id, Source.QUEUE, stack.clock(), "erp-prod", **more)


@pytest.fixture
def stack() -> Stack:
    return Stack()


# --- Dry runs --------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_a_stop_would_have_met_and_sends_none(stack: Stack) -> None:
    operation = stop(request(stack, dry_run=True), stack.means())

    assert operation.outcome is not None
    assert operation.outcome.result is Result.DRY_RUN
    assert (
        operation.outcome.detail
        == "Dry run: nothing was sent. The group is 'protected': SDRS would have taken the stop."
    )
    assert stack.posts == []
    assert stack.locks() == {}


def test_a_dry_run_that_broke_off_is_left_alone_for_its_lease_and_then_rehearsed(stack: Stack) -> None:
    again = request(stack, dry_run=True)
    stack.boundary.cut(0, name="sdrs.get-group")
    with pytest.raises(Crash):
        stop(again, stack.means(30))

    with pytest.raises(TryLaterError, match="at work") as early:
        stop(again, stack.means())
    stack.clock.pass_(36)
    late = stop(again, stack.means())

    assert early.value.delay == pytest.approx(36, abs=0.01)
    assert late.outcome is not None
    assert late.outcome.result is Result.DRY_RUN


def test_a_dry_run_that_is_repeated_is_the_first_one(stack: Stack) -> None:
    first = stop(request(stack, dry_run=True), stack.means())
    calls = len(stack.sdrs.calls)

    again = stop(request(stack, dry_run=True), stack.means())

    assert again == first
    assert len(stack.sdrs.calls) == calls
