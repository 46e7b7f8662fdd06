"""Every order in which a stop and a resume of one group can go, two deliveries each, with two crashes at any write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.inmemory import quiet
from support.inmemory.orders import BEGINNINGS, orders, protected
from support.inmemory.planted import PLANTED

# Two must end one operation at the same moment: no two triggers do. test_protocol_every_step.py has others do so.
ELSEWHERE = ("an outcome is written over another",)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_whatever_the_order_and_whoever_crashes_twice_nothing_is_done_twice(
    beginning: str, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = orders(BEGINNINGS[beginning](), deliveries=2, most_crashes=2)

    with capsys.disabled():
        print(f"\n{beginning}: {walk.measure}")  # noqa: T201 - the measure asked for
    assert len(walk.ends) > 100


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", [fault for fault in PLANTED if fault not in ELSEWHERE])
def test_a_fault_planted_in_the_protocol_is_met_on_the_walk(fault: str) -> None:
    with pytest.raises(AssertionError):
        orders(protected(PLANTED[fault]), deliveries=2, most_crashes=1)
