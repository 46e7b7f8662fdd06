"""Every order in which a stop and a resume of one group can go, two deliveries each, with crashes at any write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.inmemory import quiet
from support.inmemory.orders import held, orders, protected


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("begin", [held, protected])
def test_whatever_the_order_and_whoever_crashes_twice_nothing_is_done_twice(begin: object) -> None:
    walk = orders(begin, deliveries=2, most_crashes=2)  # type: ignore[arg-type]

    print(f"{len(walk.states)} states, {walk.ends} ends, {walk.runs} ways walked")  # noqa: T201 - the measure asked for
    assert walk.ends > 1
