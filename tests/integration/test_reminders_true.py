"""A reminder says that a group is without protection: it is written and published by nobody who cannot know that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from standdown.core.hold import UNPROTECTED
from standdown.publish import notices
from standdown.sweep import holds
from support.inmemory import Stack, Target, quiet
from support.inmemory.reminders import Course


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


def reminded_with_mail_down() -> Stack:
    """Return a stack that wrote a reminder, at a time when its topic takes nothing."""
    stack = Stack([Target(more={"remind_after_minutes": 1})])
    stack.set_group("available")
    stack.watch()
    stack.clock.pass_(60)
    stack.boundary.down.add("sns")
    stack.watch()
    stack.executions.advance()
    return stack


def reminders(stack: Stack) -> list[str]:
    return [detail["notice"] for detail in stack.topic.details if detail.get("notice") == "reminder"]


def lets_pass(stack: Stack, seconds: int) -> None:
    for _ in range(seconds // 10):
        stack.clock.pass_(10)
        stack.executions.advance()


def test_a_reminder_that_no_run_could_confirm_for_minutes_waits() -> None:
    """Protection comes back outside, the list of the groups fails, and only then the topic takes messages again."""
    stack = reminded_with_mail_down()
    stack.set_group("protected")
    stack.fault(endpoint="list-groups", status=503)
    lets_pass(stack, 400)
    stack.watch()
    stack.boundary.down.clear()

    lets_pass(stack, 1200)

    assert reminders(stack) == []


def test_a_reminder_that_a_later_run_confirms_is_published() -> None:
    stack = reminded_with_mail_down()
    lets_pass(stack, 290)
    stack.watch()
    lets_pass(stack, 200)
    stack.boundary.down.clear()

    for _ in range(3):
        stack.watch()
        lets_pass(stack, 300)

    assert reminders(stack) == ["reminder"]


def test_no_reminder_is_written_by_a_run_that_saw_the_group_protected_or_published_long_after() -> None:
    seen: Counter[str] = Counter()

    for seed in range(60):
        seen.update(Course(seed).go())

    assert min(seen["reminders published"], seen["runs that broke"]) > 20


def test_a_run_that_takes_protected_for_unprotected_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "UNPROTECTED", UNPROTECTED | {"protected"})

    with pytest.raises(AssertionError, match=r"a run that saw .*'protected'.* wrote notice#"):
        any(Course(seed).go() is None for seed in range(100))


def test_a_notifier_that_believes_what_was_written_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_as_it_stands", lambda notice, *_: (notice, None))
    monkeypatch.setattr(notices, "_TRUE_FOR", timedelta(days=1))

    with pytest.raises(AssertionError, match=r"a reminder is published .* after protection was back"):
        any(Course(seed).go() is None for seed in range(300))
