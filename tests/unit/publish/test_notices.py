"""Publishing one notice: on every channel, once, and not at all where it is not true any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from standdown.core.hold import Hold, HoldState
from standdown.core.notice import Notice, NoticeKind, notice_id
from standdown.core.operation import Operation, State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Result
from standdown.entry.notifier import tell
from standdown.publish.notices import notify_of
from standdown.publish.notify import ENOUGH
from standdown.publish.undelivered import Undelivered
from support.inmemory.aws import refused
from support.inmemory.stack import Stack
from support.samples import BY_ALARM, HOLD, NOTICES, TICKET

PENDING = {"published": False}
ID = HOLD.hold_id


def written(kind: NoticeKind = NoticeKind.REMINDER, hold: Hold = HOLD, **known: Any) -> tuple[Stack, Notice]:
    """Return a stack in whose ledger a hold and a notice about it are written."""
    stack = Stack()
    saved = stack.ledger.holds.save(hold)
    assert saved
    about = replace(NOTICES["reminder"], kind=kind, at=stack.clock(), hold=hold, **known)
    assert stack.ledger.notices.write(about)
    return stack, about


def change(stack: Stack, **known: Any) -> None:
    hold = stack.ledger.holds.get(HOLD.group)
    assert hold
    assert stack.ledger.holds.save(replace(hold, **known))


def published(stack: Stack, told: Notice) -> dict[str, Any]:
    return tell(told.notice_id, stack.ledger, stack.publication, stack.clock).to_dict()


def fails(stack: Stack, code: str = "InternalError") -> None:
    def fail() -> None:
        raise refused("sns", code)

    stack.boundary.cut(0, fail, name="sns")


def kept(stack: Stack, told: Notice) -> Notice:
    found = stack.ledger.notices.get(told.notice_id)
    assert found
    return found


def test_a_notice_is_published_on_every_channel_and_the_workflow_ends_well() -> None:
    stack, told = written()

    state = published(stack, told)

    assert state == {
        "schema_version": 1,
        "operation_id": told.notice_id,
        "outcome": "notice",
        "published": True,
        "wait_seconds": 0,
    }
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert stack.topic.details[0]["event_id"] == stack.bus.details[0]["event_id"] == f"notice-{ID}-1"
    assert kept(stack, told).published
    assert list(stack.ledger.notices.unpublished()) == []


def test_what_is_published_is_not_published_again() -> None:
    stack, told = written()
    published(stack, told)

    assert published(stack, told)["published"]

    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)


def test_a_notice_that_is_not_recorded_has_nothing_to_publish() -> None:
    stack = Stack()

    state = tell(notice_id("f" * 32, 1), stack.ledger, stack.publication, stack.clock).to_dict()

    assert (state["outcome"], state["published"]) == ("notice", True)
    assert stack.topic.details == []


@pytest.mark.parametrize(
    ("change_", "why"),
    [
        ({"state": HoldState.COPYING}, "the group is protected again"),
        ({"state": HoldState.OVER}, "the group is protected again"),
        ({"acknowledged_until": timedelta(hours=1)}, "somebody acknowledged it"),
        ({"since": HOLD.since + timedelta(hours=9)}, "the hold is another one by now"),
    ],
)
def test_a_reminder_that_is_not_true_any_more_is_dropped(change_: dict[str, Any], why: str) -> None:
    stack, told = written()
    known = {key: stack.clock() + value if isinstance(value, timedelta) else value for key, value in change_.items()}
    change(stack, **known)

    state = published(stack, told)

    assert state["published"]
    assert (stack.topic.details, stack.bus.details) == ([], [])
    assert (kept(stack, told).published, kept(stack, told).dropped) == (True, why)


def test_a_reminder_whose_hold_is_not_there_is_dropped() -> None:
    stack, told = written()
    stack.dynamodb.items.pop(f"hold#{HOLD.group.key}")

    published(stack, told)

    assert stack.topic.details == []


def test_a_reminder_that_a_channel_did_not_get_is_not_tried_again_once_protection_is_back() -> None:
    stack, told = written()
    fails(stack)
    first = published(stack, told)
    change(stack, state=HoldState.COPYING)
    stack.clock.pass_(first["wait_seconds"])

    last = published(stack, told)

    assert (first["published"], first["wait_seconds"] > 0, last["published"]) == (False, True, True)
    assert (len(stack.topic.details), len(stack.bus.details)) == (0, 1)
    assert kept(stack, told).dropped


def test_whoever_asked_meanwhile_gives_the_reminder_the_hold_that_can_be_resumed() -> None:
    stack, told = written(hold=replace(BY_ALARM, since=HOLD.since))
    change(stack, hold_id=TICKET.operation_id)

    published(stack, told)

    assert stack.topic.details[0]["hold"]["hold"] == TICKET.operation_id
    assert f"--hold {TICKET.operation_id}" in stack.topic.texts[0]


def test_a_quiet_time_that_is_over_drops_nothing() -> None:
    stack, told = written()
    change(stack, acknowledged_until=stack.clock() - timedelta(minutes=1))

    published(stack, told)

    assert len(stack.topic.details) == 1


def test_that_somebody_wants_quiet_is_told_although_it_is_quiet_then() -> None:
    stack, told = written(NoticeKind.ACKNOWLEDGED)
    change(stack, acknowledged_until=stack.clock() + timedelta(hours=3), acknowledged_by="Ada")

    published(stack, told)

    assert [one["notice"] for one in stack.topic.details] == ["acknowledged"]


@pytest.mark.parametrize(("again", "count"), [(False, 1), (True, 0)])
def test_that_a_group_is_in_step_is_told_unless_it_was_stopped_again(again: bool, count: int) -> None:
    stack, told = written(NoticeKind.IN_STEP, replace(HOLD, state=HoldState.OVER))
    if again:
        change(stack, state=HoldState.OPEN, since=HOLD.since + timedelta(hours=8))

    published(stack, told)

    assert len(stack.topic.details) == count


def by_hand(**known: Any) -> tuple[Stack, Notice]:
    """Return a stack with a stop that is not sent yet, or as it is said, and the notice about it."""
    stack = Stack()
    operation = Operation("7" * 32, TICKET, stack.clock(), target="erp-prod", group=HOLD.group)
    stack.ledger.begin(operation, timedelta())
    if known.get("state") is State.ACCEPTED:
        stack.ledger.accept(operation, "job", stack.clock())
    if known.get("outcome"):
        stack.ledger.end(operation, known["outcome"])
    told = replace(NOTICES["stop-by-hand"], notice_id=notice_id("7" * 32, 0), operation_id=operation.operation_id)
    assert stack.ledger.notices.write(told)
    return stack, told


def test_a_stop_that_is_still_not_sent_is_to_be_done_by_hand() -> None:
    stack, told = by_hand()

    published(stack, told)

    assert [one["notice"] for one in stack.topic.details] == ["stop_by_hand"]
    assert stack.topic.texts[0].startswith("ACTION NEEDED: SDRS erp-prod")


@pytest.mark.parametrize(
    "known", [{"state": State.ACCEPTED}, {"outcome": Outcome(Result.FAILED, HOLD.since, "It failed.")}]
)
def test_nobody_stops_by_hand_what_was_sent_or_has_ended_meanwhile(known: dict[str, Any]) -> None:
    stack, told = by_hand(**known)

    published(stack, told)

    assert stack.topic.details == []
    assert kept(stack, told).dropped == "the stop was sent, or has ended"


def test_a_stop_that_is_not_recorded_is_nobodys_to_do() -> None:
    stack = Stack()
    told = replace(NOTICES["stop-by-hand"], notice_id=notice_id("7" * 32, 0), operation_id="8" * 32)
    stack.ledger.notices.write(told)

    published(stack, told)

    assert stack.topic.details == []


def test_a_digest_needs_no_hold() -> None:
    stack = Stack()
    stack.ledger.notices.write(NOTICES["unwatched"])

    published(stack, NOTICES["unwatched"])

    assert [one["notice"] for one in stack.topic.details] == ["unwatched"]


def test_a_channel_that_failed_is_tried_again_alone_when_it_is_due() -> None:
    stack, told = written()
    fails(stack)

    first = published(stack, told)
    stack.clock.pass_(first["wait_seconds"])
    last = published(stack, told)

    assert (first["published"], last["published"]) == (False, True)
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert kept(stack, told).channels["sns"].attempts == 2


def test_a_channel_that_is_given_up_is_reported_before_it_is_recorded() -> None:
    stack, told = written()
    fails(stack, "InvalidParameter")
    reported: list[tuple[str, DeliveryState, dict[str, DeliveryState]]] = []

    class Report(Undelivered):
        def report(self, _told: Operation | Notice, name: str, channel: DeliveryState) -> None:
            reported.append((name, channel, kept(stack, told).channels))

    notify_of(told.notice_id, stack.ledger, stack.publication, stack.clock, undelivered=Report())

    [(name, channel, recorded)] = reported
    assert (name, channel.status, recorded) == ("sns", Delivery.UNDELIVERED, {})
    assert kept(stack, told).published


def test_with_no_time_left_nothing_is_begun() -> None:
    stack, told = written()

    state = notify_of(told.notice_id, stack.ledger, stack.publication, stack.clock, remaining=lambda: ENOUGH - 1)

    assert (state.published, state.wait_seconds) == (False, 1)
    assert stack.topic.details == []


def test_the_workflow_publishes_a_notice_and_succeeds() -> None:
    stack, told = written()

    stack.workflow.publish_notice(told.notice_id, "notice-1")
    stack.come_to_rest()

    [execution] = stack.executions.by_name.values()
    assert execution.status == "SUCCEEDED"
    assert len(stack.topic.details) == 1
    assert stack.notify_dead_letters == []
