"""What is told beside outcomes: that a stop must be done by hand, once, and every notice until it is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from standdown.core.notice import Notice, NoticeKind
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Action, Source, StopRequest
from support.inmemory.aws import refused
from support.inmemory.clock import START
from support.inmemory.stack import Stack

ID = "0" * 32
MOMENT, MINUTE = timedelta(milliseconds=1), timedelta(minutes=1)
GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
REQUEST = StopRequest("d-1", Source.QUEUE, START, target="erp-prod")
INTENT = Operation(ID, REQUEST, START, target="erp-prod", group=GROUP, problem="SDRS is down (503)")


def after(operation: Operation, age: timedelta) -> Stack:
    stack = Stack()
    stack.ledger.record(operation)
    stack.clock.pass_(age.total_seconds())
    return stack


def notices(stack: Stack) -> list[Notice]:
    found = [stack.ledger.notices.get(pk) for pk in stack.dynamodb.items if pk.startswith("notice#")]
    return [one for one in found if one is not None]


def test_o02d_a_stop_that_was_not_sent_for_two_minutes_is_to_be_done_by_hand() -> None:
    young, old = after(INTENT, 2 * MINUTE - MOMENT), after(INTENT, 2 * MINUTE)

    assert young.watch().notices == []
    assert old.watch().notices == [f"notice#{ID}#0"]
    [notice] = notices(old)
    assert (notice.kind, notice.operation_id, notice.target_name) == (NoticeKind.STOP_BY_HAND, ID, "erp-prod")
    assert (notice.problem, notice.requested_at, notice.group) == ("SDRS is down (503)", START, GROUP)


def test_it_is_said_once_for_each_operation() -> None:
    stack = after(INTENT, 2 * MINUTE)

    told = [stack.watch().notices for _ in range(3)]

    assert told == [[f"notice#{ID}#0"], [], []]


def test_a_stop_that_waits_behind_a_resume_is_such_a_stop_and_says_why() -> None:
    stack = after(replace(INTENT, problem=None, waits_for="1" * 32), 2 * MINUTE)

    stack.watch()

    assert notices(stack)[0].problem == f"it waits behind the resume {'1' * 32}"


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.ACCEPTED, "accepted_at": START},
        {"state": State.FOLLOWING, "accepted_at": START},
        {"state": State.JOINED, "joined_to": "1" * 32},
        {"dry_run": True},
        {"request": replace(REQUEST, action=Action.RESUME)},
        {"state": State.ENDED, "outcome": Outcome(Result.FAILED, START, "")},
    ],
    ids="-".join,
)
def test_nobody_is_told_to_stop_by_hand_what_was_sent_or_is_no_stop(change: dict[str, Any]) -> None:
    stack = after(replace(INTENT, **change), 30 * MINUTE)

    assert stack.watch().notices == []


@pytest.mark.parametrize(("age", "count"), [(timedelta(minutes=60), 1), (timedelta(minutes=60) + MOMENT, 0)])
def test_a_stop_that_is_too_old_is_told_by_its_outcome(age: timedelta, count: int) -> None:
    assert len(after(INTENT, age).watch().notices) == count


def test_a_notice_is_published_by_an_execution_that_begins_at_its_end() -> None:
    stack = after(INTENT, 2 * MINUTE)

    stack.watch()

    [execution] = stack.executions.by_name.values()
    assert execution.name == f"notice-{ID}-0"
    assert execution.data == {
        "schema_version": 1, "operation_id": f"notice#{ID}#0", "finished": True, "wait_seconds": 2,
    }  # fmt: skip


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"])
def test_a_notice_that_stays_unpublished_is_published_by_a_later_run(status: str) -> None:
    stack = after(INTENT, 2 * MINUTE)
    stack.watch()
    [first] = stack.executions.by_name.values()

    stack.clock.pass_(300)
    stack.watch()
    running = list(stack.executions.by_name)
    first.status = status
    stack.watch()
    stack.watch()

    assert running == [first.name]
    assert len(stack.executions.by_name) == 2
    second = list(stack.executions.by_name)[1]
    assert second.startswith(f"{first.name}-")
    assert notices(stack)[0].publisher == second


def test_a_notice_whose_execution_could_not_be_started_is_published_by_the_next_run() -> None:
    stack = after(INTENT, 2 * MINUTE)

    def throttled() -> None:
        raise refused("StartExecution", "ThrottlingException")

    stack.boundary.cut(0, throttled, name="states.start")
    stack.watch()
    none = list(stack.executions.by_name)

    stack.watch()

    assert none == []
    assert list(stack.executions.by_name) == [f"notice-{ID}-0"]


def test_a_notice_that_is_settled_is_not_published_again() -> None:
    stack = after(INTENT, 2 * MINUTE)
    stack.watch()
    stack.ledger.notices.settle(f"notice#{ID}#0")
    stack.executions.by_name.clear()

    stack.watch()

    assert list(stack.executions.by_name) == []


def test_a_reminder_that_is_not_true_any_more_is_not_published() -> None:
    stack = Stack()
    stack.set_group("available")
    stack.watch()
    stack.clock.pass_(4 * 3600)
    [identity] = stack.watch().notices
    stack.executions.by_name.clear()
    stack.set_group("protected")

    stack.watch()

    notice = stack.ledger.notices.get(identity)
    assert notice is not None
    assert (notice.published, notice.dropped) == (True, "the group is protected again")
    assert list(stack.executions.by_name) == []


def test_a_notice_that_cannot_be_read_is_logged_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    stack = after(INTENT, 2 * MINUTE)
    stack.watch()
    stack.dynamodb.items[f"notice#{ID}#0"]["notice_kind"] = {"S": "another"}

    assert list(stack.ledger.notices.unpublished()) == []
    assert [one.__dict__["notice"] for one in caplog.records if one.message == "notice not readable"] == [
        f"notice#{ID}#0"
    ]
