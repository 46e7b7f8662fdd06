"""The stack in any order of events, many times over: run it before a release, or after a change of the protocol.

STANDDOWN_SOAK_RUNS says how often, 2,000 times where it says nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.inmemory import Stack, quiet
from support.inmemory.machine import ProtocolMachine
from support.inmemory.planted import PLANTED
from support.inmemory.stack import Target

RUNS = int(os.environ.get("STANDDOWN_SOAK_RUNS", "2000"))
# Two must do it at the same moment, which thousands of runs did not hit; test_protocol_every_step.py has them do so.
RARE = ("an outcome is written over another", "an operation is taken over while somebody is at it")
MANY = settings(
    max_examples=RUNS,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


@pytest.mark.timeout(7200)
def test_in_whatever_order_things_happen_nothing_is_lost_and_nothing_done_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: Counter[str] = Counter()

    class Counted(ProtocolMachine):
        def teardown(self) -> None:
            super().teardown()
            seen.update(runs=1, both=bool(self.stack.accepted and self.stack.started))
            seen.update(stops=len(self.stack.accepted), resumes=len(self.stack.started), crashes=self.crashes)
            seen.update(outcomes=len(self.stack.operations), posts=len(self.stack.posts))

    run_state_machine_as_test(Counted, settings=MANY)

    with capsys.disabled():
        print(f"\n{dict(seen)}")  # noqa: T201 - the measure asked for
    assert seen["runs"] >= RUNS
    assert min(seen["stops"], seen["resumes"]) > RUNS / 10


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", [fault for fault in PLANTED if fault not in RARE])
def test_a_fault_planted_in_the_protocol_is_found(fault: str) -> None:
    class Planted(ProtocolMachine):
        def make_stack(self, targets: list[Target]) -> Stack:
            return PLANTED[fault](targets)

    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(Planted, settings=settings(MANY, max_examples=20_000, phases=[Phase.generate]))
