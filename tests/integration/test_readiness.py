"""`doctor --for`: what SDRS would take now, read and never tried; and whether the credential may read pairs at all."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.world import STATUSES
from standdown.core.readiness import Purpose
from standdown.doctor.check import check
from standdown.doctor.readiness import ready_for
from standdown.entry.trigger_questions import ask_trigger
from support.inmemory import Stack


@pytest.fixture
def stack() -> Stack:
    return Stack()


def asked_for(stack: Stack, purpose: str | None, **more: Any) -> dict[str, Any]:
    question = {"check": True, **({"for": purpose} if purpose else {}), **more}
    return ask_trigger(question, stack.invocation())


@pytest.mark.parametrize("purpose", [*(each.value for each in Purpose), None])
@pytest.mark.parametrize("status", STATUSES)
def test_no_check_sends_an_action_whatever_the_groups_status(stack: Stack, purpose: str | None, status: str) -> None:
    stack.set_group(status)

    asked_for(stack, purpose)

    assert {call.method for call in stack.sdrs.calls} == {"GET"}
    assert {call.endpoint for call in stack.sdrs.calls} == {"get-group", "list-pairs"}


def test_the_answer_says_for_what_it_is_and_what_is_left_to_a_person(stack: Stack) -> None:
    found = asked_for(stack, "failback")

    assert (found["for"], found["all_taken"]) == ("failback", True)
    assert found["readiness"][0]["answer"] == "SDRS would take it"
    assert "shut off" in found["for_you_to_check"][0]
    assert "SDRS would take it" in found["table"]
    assert "ready" not in found["table"].lower()


@pytest.mark.parametrize(("purpose", "level"), [("stop", "2"), ("failover", "5"), ("failback", "5")])
def test_a_pair_at_fault_is_named(stack: Stack, purpose: str, level: str) -> None:
    stack.set_group("protected", planted_pairs={"1": {"fault_level": level}})

    [found] = asked_for(stack, purpose)["readiness"]

    assert found["answer"] == "SDRS would refuse it"
    assert "erp-prod-disk2" in found["why"]


def test_a_stop_that_this_stack_would_not_send_is_not_promised(stack: Stack) -> None:
    stack.parameters["mode"] = "dry-run"

    [found] = asked_for(stack, "stop")["readiness"]

    assert found["answer"] == "not yet"
    assert "dry-run" in found["why"]


@pytest.mark.parametrize("word", ["go", "", 1, ["stop"]])
def test_another_purpose_is_not_understood_and_nobody_is_asked(stack: Stack, word: Any) -> None:
    found = asked_for(stack, None, **{"for": word})

    assert found["rejected"]["code"] == "malformed"
    assert "'for'" in found["rejected"]["message"]
    assert stack.sdrs.calls == []


def test_a_credential_that_may_not_read_pairs_is_said_by_the_doctor_and_by_each_purpose(stack: Stack) -> None:
    body = '{"error": {"code": "SDRS.0005", "message": "no permission"}}'
    stack.fault(endpoint="list-pairs", status=403, body=body)

    found = check(stack.targets(), stack.huawei, stack.clock())

    assert found.all_ready
    assert found.targets[0].pairs_problem is not None
    assert "Allow the credential GET /v1/{project}/replications" in " ".join(found.table().split())
    [one] = ready_for(Purpose.STOP, found, stack.huawei).targets
    assert one.answer == "cannot be told"
