"""Where the job cannot be read, or says a word unheard of, the group decides, long before the deadline."""

from __future__ import annotations

import pytest

from simulator.scenarios import Plan
from standdown.core.outcome import Result
from standdown.follow.look import follow
from standdown.follow.watch_state import WatchState
from support.inmemory.stack import Stack


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, '{"error": {"code": "SDRS.0408", "message": "Null job"}}'),
        (400, '{"error": {"code": "400", "message": "bad request"}}'),
        (400, ""),
        (403, '{"error": {"code": "SDRS.0005", "message": "No permission"}}'),
        (404, '{"itemNotFound": {"code": 404, "message": "no such job"}}'),
        (200, '{"job_id": "j", "job_type": "stopProtectionGroupNoCG", "status": "ARCHIVED", "entities": {}}'),
    ],
)
def test_h04_a_job_that_cannot_be_read_gives_way_to_the_group_within_minutes(status: int, body: str) -> None:
    stack = Stack(plan=Plan(job_seconds=8))
    stack.send()
    assert stack.deliver() == [True]
    stack.fault(endpoint="get-job", status=status, body=body)
    watch = WatchState(stack.operation.operation_id)

    for _ in range(5):
        stack.clock.pass_(60)
        watch = follow(watch, stack.ledger, stack.huawei, stack.clock())
        if watch.finished:
            break

    assert watch.finished
    assert stack.operation.outcome is not None
    assert (stack.operation.outcome.result, stack.operation.outcome.group_status) == (Result.SUCCEEDED, "available")
