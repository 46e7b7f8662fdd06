"""Every order in which a stop and a resume of one group can go, with a crash at any write; tests/soak goes further."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.inmemory import quiet
from support.inmemory.orders import BEGINNINGS, orders, protected
from support.inmemory.planted import PLANTED

EASY = [
    "the stop is sent before anything is written",
    "that a stop may have been sent is forgotten",
    "the lock is not asked for",
    "the lock is not given back",
    "a request is recorded over its first record",
]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_whatever_the_order_and_wherever_one_crashes_nothing_is_done_twice(beginning: str) -> None:
    walk = orders(BEGINNINGS[beginning](), deliveries=1, most_crashes=1)

    assert len(walk.ends) > 20


@pytest.mark.parametrize("fault", EASY)
def test_a_fault_planted_in_the_protocol_is_met_on_the_walk(fault: str) -> None:
    with pytest.raises(AssertionError, match="the way there"):
        orders(protected(PLANTED[fault]), deliveries=1, most_crashes=1)
