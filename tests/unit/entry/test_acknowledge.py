"""Whoever is at it wants no reminders: of one hold, for a bounded time, by name; everybody is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from standdown.base.text import iso
from standdown.core.hold import Asker, Hold, HoldState
from standdown.core.notice import Notice, NoticeKind
from standdown.core.operation import GroupRef
from standdown.core.request import Source
from standdown.entry.notifier_questions import ask_notifier
from standdown.entry.trigger_questions import ask_trigger
from support.inmemory.clock import START
from support.inmemory.stack import Stack

GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
DAY = timedelta(days=1)


def stack_with_hold() -> tuple[Stack, Hold]:
    """Return a stack with the hold of a stop of its own: of one from outside people are told at once."""
    stack = Stack()
    stack.set_group("available")
    asker = Asker("1" * 32, Source.QUEUE, START, "Grace", "erp-prod")
    given = Hold(asker.operation_id, GROUP, START, status="available", asked=(asker,), askers=1)
    hold = stack.ledger.holds.save(replace(given, name="erp-prod", target_name="erp-prod"))
    assert hold is not None
    return stack, hold


def acknowledge(stack: Stack, hold: str, **more: Any) -> dict[str, Any]:
    event = {"acknowledge": hold, "until": iso(START + DAY), "requested_by": "Ada"} | more
    return ask_trigger({key: value for key, value in event.items() if value is not None}, stack.invocation())


def notices(stack: Stack) -> list[Notice]:
    found = [stack.ledger.notices.get(pk) for pk in stack.dynamodb.items if pk.startswith("notice#")]
    return [one for one in found if one is not None]


def test_who_acknowledges_a_hold_is_not_reminded_until_then_and_everybody_is_told_once() -> None:
    stack, hold = stack_with_hold()

    told = acknowledge(stack, hold.hold_id)

    assert told == {
        "acknowledged": {
            "hold": hold.hold_id, "target": "erp-prod", "until": "2026-01-03T03:04:05.000Z", "requested_by": "Ada",
        }
    }  # fmt: skip
    [notice] = notices(stack)
    assert (notice.kind, notice.notice_id) == (NoticeKind.ACKNOWLEDGED, f"notice#{hold.hold_id}#1")
    assert notice.hold is not None
    assert (notice.hold.acknowledged_by, notice.hold.acknowledged_until) == ("Ada", START + DAY)
    assert list(stack.executions.by_name) == [f"notice-{hold.hold_id}-1"]
    stack.clock.pass_(23.9 * 3600)
    assert stack.watch().notices == []
    stack.clock.pass_(0.2 * 3600)
    assert len(stack.watch().notices) == 1


def test_the_same_word_again_is_told_once() -> None:
    stack, hold = stack_with_hold()

    assert acknowledge(stack, hold.hold_id) == acknowledge(stack, hold.hold_id)

    assert len(notices(stack)) == 1


def test_another_time_replaces_the_first_one_and_is_told() -> None:
    stack, hold = stack_with_hold()
    acknowledge(stack, hold.hold_id)

    acknowledge(stack, hold.hold_id, until=iso(START + 2 * DAY))

    assert [one.kind for one in notices(stack)] == [NoticeKind.ACKNOWLEDGED] * 2
    assert stack.ledger.holds.get(GROUP).acknowledged_until == START + 2 * DAY  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"acknowledge": "erp-prod"}, "'acknowledge' must be the hold's id, 32 hexadecimal characters"),
        ({"acknowledge": True}, "'acknowledge' must be the hold's id, 32 hexadecimal characters"),
        ({"until": None}, "'until' must be a time such as 2026-01-02T03:04:05Z"),
        ({"until": "tomorrow"}, "'until' the time 'tomorrow' is not ISO 8601"),
        ({"until": "2026-01-02T08:00:00"}, "does not say its time zone"),
        ({"until": iso(START)}, "'until' must be in the future and at most 7 days ahead"),
        ({"until": iso(START + 7 * DAY + timedelta(milliseconds=1))}, "at most 7 days ahead"),
        ({"requested_by": None}, "'requested_by' must be who wants no reminders (1 to 200 characters)"),
        ({"requested_by": "  "}, "'requested_by' must be who wants no reminders"),
        ({"requested_by": "A" * 201}, "'requested_by' must be who wants no reminders"),
        ({"target": "erp-prod"}, "'target' does not belong beside 'acknowledge': remove it"),
        ({"check": True}, "the event is no question that the trigger answers: ask acknowledge or check"),
    ],
)
def test_what_is_wrong_changes_nothing_and_says_what_to_write(more: dict[str, Any], said: str) -> None:
    stack, hold = stack_with_hold()

    told = acknowledge(stack, hold.hold_id, **more)

    assert told["rejected"]["code"] == "malformed"
    assert said in told["rejected"]["message"]
    assert stack.ledger.holds.get(GROUP) == hold
    assert notices(stack) == []


def test_seven_days_are_allowed() -> None:
    stack, hold = stack_with_hold()

    assert "acknowledged" in acknowledge(stack, hold.hold_id, until=iso(START + 7 * DAY))


@pytest.mark.parametrize("state", [HoldState.COPYING, HoldState.OVER, None])
def test_a_hold_that_is_not_open_or_not_known_is_not_acknowledged(state: HoldState | None) -> None:
    stack, hold = stack_with_hold()
    if state:
        stack.ledger.holds.save(replace(hold, state=state, ended_at=START))

    told = acknowledge(stack, hold.hold_id if state else "f" * 32)

    assert told["rejected"]["code"] == "no_hold"
    assert notices(stack) == []


def test_the_notifier_lists_the_holds_with_the_id_that_a_resume_must_name() -> None:
    stack, hold = stack_with_hold()

    [found] = ask_notifier({"holds": True}, stack.ledger, stack.publication)["holds"]

    assert (found["hold"], found["target_name"], found["status"]) == (hold.hold_id, "erp-prod", "available")
    assert (found["since"], found["state"], found["outside"]) == ("2026-01-02T03:04:05.000Z", "open", False)


@pytest.mark.parametrize("event", [{"holds": False}, {"holds": {}}, {"holds": True, "target": "erp-prod"}])
def test_a_question_for_holds_that_is_not_understood_is_rejected(event: dict[str, Any]) -> None:
    stack, _ = stack_with_hold()

    assert ask_notifier(event, stack.ledger, stack.publication)["rejected"]["code"] == "malformed"
