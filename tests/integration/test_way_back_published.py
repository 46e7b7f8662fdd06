"""The way back as everybody reads it: the stop, the reminder, the resume and that the group is in step again."""

from __future__ import annotations

from typing import Any

from support.inmemory.stack import Stack, Target

HOUR = 3_600.0


def published(stack: Stack) -> list[str]:
    """Return what machines got, in its order."""
    return [detail.get("notice") or f"{detail['action']} {detail['outcome']}" for detail in stack.topic.details]


def resume(stack: Stack, **more: Any) -> None:
    stack.send(action="resume", hold=stack.topic.details[-1]["hold"]["hold"], requested_by="ada", **more)


def test_a_group_that_was_stopped_is_reminded_of_resumed_by_what_the_reminder_shows_and_told_in_step() -> None:
    stack = Stack([Target(more={"resume_sources": ["queue"]})])
    stack.watching = True
    stack.send()
    stack.run(4.3 * HOUR, step=30)
    stop, reminder = stack.topic.details
    stack.set_group("available", planted_pairs={"0": {"status": "protected", "replication_status": "copying"}})
    resume(stack)
    stack.run(0.5 * HOUR, step=30)
    copying = published(stack)
    stack.set_group("protected", planted_pairs={})
    stack.run(0.5 * HOUR, step=30)

    assert copying == ["stop succeeded", "reminder", "resume resumed"]
    assert stack.topic.details[2]["in_step"] is False
    assert published(stack) == ["stop succeeded", "reminder", "resume resumed", "in_step"]
    assert published(stack) == [
        detail.get("notice") or f"{detail['action']} {detail['outcome']}" for detail in stack.bus.details
    ]
    assert stop["hold"] == reminder["hold"]["hold"] == stack.topic.details[2]["hold"]
    assert stop["unprotected_since"] == reminder["hold"]["unprotected_since"]
    assert stack.topic.details[2]["unprotected_since"] == stop["unprotected_since"]
    assert f"standdown resume erp-prod --hold {stop['hold']}" in stack.topic.texts[0]
    assert {one.status for one in stack.executions.by_name.values()} == {"SUCCEEDED"}


def test_nobody_is_reminded_of_a_group_that_is_protected_again() -> None:
    stack = Stack([Target(more={"resume_sources": ["queue"]})])
    stack.watching = True
    stack.send()
    stack.run(0.5 * HOUR, step=30)
    stack.send(action="resume", hold=stack.topic.details[0]["hold"], requested_by="ada")
    stack.run(8 * HOUR, step=30)

    assert "reminder" not in published(stack)
    assert published(stack)[:2] == ["stop succeeded", "resume resumed"]
