"""What the protocol's turns are told as: the sentence that people read is true of what was sent."""

from __future__ import annotations

from standdown.core.operation import Operation
from standdown.core.outcome import Result
from standdown.huawei.account import SecretError
from standdown.publish.render.text import subject
from support.inmemory import Stack, Target


def test_a_failed_dry_run_by_the_target_s_mode_is_told_as_a_dry_run() -> None:
    stack = Stack([Target(more={"mode": "dry-run"})])
    stack.secret_fails = SecretError("the secret cannot be read")
    stack.send()
    stack.come_to_rest()

    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.FAILED
    assert subject(stack.operation) == "Standdown: erp-prod: dry run failed, nothing was stopped"
    assert stack.posts == []


def test_a_record_of_the_first_version_is_a_dry_run_where_it_is_an_intent_without_a_lock() -> None:
    stack = Stack()
    stack.send(dry_run=True)
    stack.send(delivery_id="another")
    stack.deliver()
    kept = [operation.to_dict() for operation in stack.operations]
    for item in kept:
        del item["dry_run"]
    intent = kept[1] | {"state": "intent"}
    unlocked = {key: value for key, value in intent.items() if key != "lock"}

    read = [Operation.from_dict(item).dry_run for item in (*kept, intent, unlocked)]

    assert read == [True, False, False, True]
