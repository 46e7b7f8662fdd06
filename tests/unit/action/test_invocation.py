"""What one invocation acts with: its lease outlives it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from standdown.action.attempt import Accepted
from standdown.action.patience import MARGIN
from standdown.core.operation import GroupRef, Operation
from standdown.core.request import Source, StopRequest
from support.inmemory.stack import Stack

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)


@pytest.mark.parametrize(("left", "lease"), [(60.0, 60.0), (0.5, 0.5), (0.0, 0.0), (-3.0, 0.0)])
def test_a_lease_outlives_the_invocation_by_a_margin(left: float, lease: float) -> None:
    invocation = Stack().invocation()._replace(remaining=lambda: left)

    assert invocation.lease == timedelta(seconds=lease + MARGIN)


def test_an_attempt_waits_by_the_invocations_own_pause() -> None:
    waited: list[float] = []
    stack = Stack()
    stack.fault(endpoint="stop", status=429, count=1)
    invocation = stack.invocation()._replace(pause=waited.append)
    operation = Operation(
        "0" * 32, StopRequest("d", Source.QUEUE, stack.clock(), "erp-prod"), stack.clock(), group=GROUP, lock=GROUP.key
    )

    answer = invocation.attempt().run(operation)

    assert isinstance(answer, Accepted)
    assert len(waited) == 1
