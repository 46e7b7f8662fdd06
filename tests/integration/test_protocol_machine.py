"""The stack in any order of events, as Hypothesis finds them: a few runs here, more than a thousand in tests/soak."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.inmemory import Stack, quiet
from support.inmemory.machine import ProtocolMachine
from support.inmemory.planted import PLANTED
from support.inmemory.stack import Target

FEW = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
EASY = [
    "the stop is sent before anything is written",
    "the lock is not asked for",
    "the lock is not given back",
    "a request is recorded over its first record",
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


def test_in_whatever_order_things_happen_nothing_is_lost_and_nothing_done_twice() -> None:
    run_state_machine_as_test(ProtocolMachine, settings=FEW)


@pytest.mark.parametrize("fault", EASY)
def test_a_fault_planted_in_the_protocol_is_found(fault: str) -> None:
    class Planted(ProtocolMachine):
        def make_stack(self, targets: list[Target]) -> Stack:
            return PLANTED[fault](targets)

    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(Planted, settings=settings(FEW, max_examples=200, phases=[Phase.generate]))
