"""Nobody is reminded of a group while protection is on its way back: at a timer's own time, or by a person."""

from __future__ import annotations

import pytest

from standdown.core.hold import HoldState
from support.inmemory.stack import Stack, Target

HOUR = 3_600.0


def published(stack: Stack) -> list[str]:
    """Return what machines got, in its order."""
    return [detail.get("notice") or f"{detail['action']} {detail['outcome']}" for detail in stack.topic.details]


def watched(**more: object) -> Stack:
    """Return a stack whose group was just stopped, and whose sweeper looks after it."""
    stack = Stack([Target(more={"resume_sources": ["queue"], **more})])
    stack.watching = True
    stack.send()
    stack.run(120)
    return stack


@pytest.mark.parametrize(("minutes", "reminders"), [(240, 0), (480, 1), (960, 2)])
def test_no_reminder_says_that_a_timer_did_nothing_in_the_run_that_asks_for_its_resume(
    minutes: int, reminders: int
) -> None:
    stack = watched(resume_after_minutes=minutes)

    stack.run(minutes * 60 + HOUR, step=30)

    assert published(stack) == ["stop succeeded", *["reminder"] * reminders, "resume resumed"]


def test_nobody_is_reminded_while_a_persons_resume_runs() -> None:
    stack = watched()
    stack.sdrs.world.plan = stack.sdrs.world.plan.changed(job_seconds=HOUR / 2)
    stack.run(3.8 * HOUR, step=30)
    stack.send(action="resume", hold=stack.topic.details[0]["hold"], requested_by="ada")

    stack.run(HOUR, step=30)

    assert published(stack) == ["stop succeeded", "resume resumed"]


def test_a_timer_that_did_nothing_is_reminded_of_ten_minutes_later() -> None:
    stack = watched(resume_after_minutes=240)
    stack.send()
    stack.run(4 * HOUR, step=30)
    early = published(stack)

    stack.run(HOUR, step=30)

    assert "reminder" not in early
    assert published(stack)[-2:] == ["resume refused", "reminder"]
    hold = stack.hold()
    assert hold is not None
    assert hold.state is HoldState.OPEN
    assert any("That was not done" in text for text in stack.topic.texts)


def test_a_resume_that_failed_is_reminded_of() -> None:
    stack = watched(resume_after_minutes=240)
    stack.sdrs.world.plan = stack.sdrs.world.plan.changed(ending="fail")

    stack.run(5 * HOUR, step=30)

    assert published(stack) == ["stop succeeded", "resume failed", "reminder"]
