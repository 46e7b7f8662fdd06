"""The guard: where the production site fails, no alarm sends a stop; and the end of a stop, by its pairs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.defaults import ERP_PROD
from standdown.action.protocol import stop
from standdown.core.operation import State
from standdown.core.request import ALARMS, SENDERS, Source, StopRequest
from standdown.core.retry import RetryLaterError
from support.inmemory import Stack, Target

GUARDED = (Source.ALARM, Source.MONITORING, Source.SCHEDULE)
FAILED = {"1": {"fault_level": "2"}}
REFUSED = {"endpoint": "list-pairs", "status": 403, "body": '{"error": {"code": "SDRS.0005", "message": "no"}}'}
UNTOLD = [
    REFUSED,
    {"endpoint": "list-pairs", "status": 503},
    {"endpoint": "list-pairs", "kind": "reset"},
    {"endpoint": "list-pairs", "kind": "refuse"},
    {"endpoint": "list-pairs", "delay": 10},
    {"endpoint": "list-pairs", "kind": "hang", "seconds": 10},
    {"endpoint": "list-pairs", "kind": "drip", "seconds": 1},
    *({"endpoint": "list-pairs", "status": 200, "body": body} for body in ("", "<html>", "[]", "{}")),
    {"endpoint": "list-pairs", "status": 200, "body": '{"replications": [{"fault_level": "2"}]}'},
]


@pytest.fixture
def stack() -> Stack:
    return Stack((Target(more={"alarms": ["erp-*"], "sources": list(SENDERS)}),))


def ask(stack: Stack, source: Source, seconds: float = 120, delivery_id: str = "d-1", **more: Any) -> None:
    alarm = "erp-1" if source in ALARMS else None
    stop(StopRequest(delivery_id, source, stack.clock(), "erp-prod", alarm=alarm, **more), stack.invocation())
    stack.run(seconds)


def asked(stack: Stack) -> list[str]:
    return [call.endpoint for call in stack.sdrs.calls]


def told(stack: Stack) -> dict[str, Any]:
    [detail] = stack.bus.details
    return dict(detail)


@pytest.mark.parametrize("source", GUARDED)
def test_a_stop_by_alarm_or_schedule_is_not_sent_where_a_pair_is_at_fault_level_2(stack: Stack, source: Source) -> None:
    stack.set_group("protected", planted_pairs=FAILED)

    ask(stack, source)

    assert asked(stack) == ["list-pairs"]
    assert (told(stack)["outcome"], told(stack)["refusal"]) == ("refused", "production_failed")
    assert "erp-prod-disk2 (protected)" in told(stack)["detail"]
    assert "fail over" in told(stack)["next_steps"][0]
    assert not any("by hand" in step for step in told(stack)["next_steps"])
    assert stack.topic.texts[0].startswith("ACTION NEEDED: SDRS erp-prod")
    assert not stack.locks()


def test_the_same_by_queue_with_force_is_one_stop_and_told(stack: Stack) -> None:
    stack.set_group("protected", planted_pairs=FAILED)

    stack.send(force=True)
    stack.run(120)

    assert len(stack.posts) == len(stack.accepted) == 1
    assert "list-pairs" not in asked(stack)[:1]
    assert (told(stack)["outcome"], told(stack)["guard"]) == ("succeeded", "forced")
    assert told(stack)["causes"][0]["force"] is True


@pytest.mark.parametrize("source", [Source.QUEUE, Source.DIRECT, Source.WEBHOOK])
def test_a_person_is_not_asked_again(stack: Stack, source: Source) -> None:
    stack.set_group("protected", planted_pairs=FAILED)

    ask(stack, source)

    assert asked(stack)[0] == "stop"
    assert (told(stack)["outcome"], told(stack)["guard"]) == ("succeeded", None)


def test_a_target_can_do_without_the_guard(stack: Stack) -> None:
    stack.parameters["targets/erp-prod"] = Target(more={"alarms": ["erp-*"], "guard": "off"}).document()
    stack.set_group("protected", planted_pairs=FAILED)

    ask(stack, Source.ALARM)

    assert asked(stack)[0] == "stop"
    assert (told(stack)["outcome"], told(stack)["guard"]) == ("succeeded", "off")


@pytest.mark.parametrize(("level", "guard"), [("0", "passed"), ("5", "link_broken"), ("9", "passed"), (None, "passed")])
def test_no_other_fault_level_refuses_a_stop(stack: Stack, level: str | None, guard: str) -> None:
    stack.set_group("protected", planted_pairs={"0": {"fault_level": level}})

    ask(stack, Source.ALARM)

    assert asked(stack)[:2] == ["list-pairs", "stop"]
    assert (told(stack)["outcome"], told(stack)["verified"], told(stack)["guard"]) == ("succeeded", True, guard)


@pytest.mark.parametrize("fault", UNTOLD, ids=str)
def test_pairs_that_tell_nothing_delay_a_stop_by_a_second_at_most_and_make_no_end_worse(
    stack: Stack, fault: dict[str, Any]
) -> None:
    stack.fault(**fault)
    begun = stack.clock.epoch()

    ask(stack, Source.ALARM, 600)

    [post] = stack.posts
    assert post.at - begun <= 1.0
    assert len(stack.accepted) == 1
    said = told(stack)
    assert (said["outcome"], said["verified"], said["pairs"], said["guard"]) == ("succeeded", False, None, "not_told")
    assert said["protected"] is False
    assert "not told by SDRS" in said["detail"]
    assert stack.topic.texts[0].startswith("Standdown: ")


@pytest.mark.parametrize("delay", [0.07, 0.22])
def test_the_guard_costs_a_stop_one_round_trip_and_its_word_is_known_before_the_stop(
    stack: Stack, delay: float
) -> None:
    stack.fault(endpoint="*", when="after", delay=delay)
    begun = stack.clock()

    ask(stack, Source.ALARM, 0)

    assert asked(stack) == ["list-pairs", "stop"]
    assert stack.operation.guard == "passed"
    assert stack.operation.accepted_at is not None
    assert (stack.operation.accepted_at - begun).total_seconds() == pytest.approx(2 * delay)


def test_once_a_stop_may_have_arrived_the_guard_is_not_asked_any_more(stack: Stack) -> None:
    stack.fault(endpoint="stop", kind="reset", count=1)
    ask(stack, Source.ALARM, 0)

    assert asked(stack) == ["list-pairs", "stop", "get-group", "stop"]


def test_a_delivery_that_finds_a_stop_that_may_have_been_sent_does_not_ask_the_guard(stack: Stack) -> None:
    stack.fault(endpoint="stop", kind="reset", count=2)
    with pytest.raises(RetryLaterError):
        ask(stack, Source.ALARM, 0)
    stack.set_group("protected", planted_pairs=FAILED)
    first = len(stack.sdrs.calls)

    stop(StopRequest("d-1", Source.ALARM, stack.clock(), "erp-prod", alarm="erp-1"), stack.invocation())

    assert asked(stack)[first:] == ["get-group", "stop"]


def test_while_it_is_certain_that_nothing_was_sent_the_guard_is_asked_again(stack: Stack) -> None:
    stack.fault(endpoint="stop", kind="refuse")
    with pytest.raises(RetryLaterError):
        ask(stack, Source.ALARM, 0)
    stack.sdrs.faults.clear()
    stack.set_group("protected", planted_pairs=FAILED)

    stop(StopRequest("d-1", Source.ALARM, stack.clock(), "erp-prod", alarm="erp-1"), stack.invocation())

    assert stack.accepted == []
    assert stack.operation.ended.refusal == "production_failed"


# --- The end of a stop, by its pairs ----------------------------------------------------------------------------------


def test_the_documented_sample_of_stopped_pairs_verifies_a_stop(stack: Stack) -> None:
    sample = {"status": "available", "progress": 0, "replication_status": "active"}
    stack.set_group("protected", planted_pairs={"0": sample, "1": sample})
    before = stack.clock()

    stack.send()
    stack.run(120)

    said = told(stack)
    assert (said["outcome"], said["verified"]) == ("succeeded", True)
    assert said["pairs"] == {"total": 2, "stopped": 2, "copying": 0, "unknown": 0}
    assert stack.operation.sent_at == before
    assert said["copy_as_of"] is not None
    assert said["copy_until"] == said["job_ended_at"]


def test_a_pair_that_is_protected_still_is_named_and_the_stop_is_not_verified(stack: Stack) -> None:
    stack.set_group("protected", planted_pairs={"1": {"status": "protected"}})

    stack.send()
    stack.run(400)

    said = told(stack)
    assert (said["outcome"], said["verified"], said["protected"]) == ("succeeded", False, True)
    assert said["pairs"] == {"total": 2, "stopped": 1, "copying": 1, "unknown": 0}
    assert "1 of 2 replication pairs are not stopped: erp-prod-disk2 (protected)" in said["detail"]
    assert said["copy_until"] is None
    assert stack.topic.texts[0].startswith("ACTION NEEDED: SDRS erp-prod")
    looks = [call.at for call in stack.sdrs.calls if call.endpoint == "list-pairs"]
    assert 100 <= looks[-1] - looks[0] <= 180


@pytest.mark.parametrize("planted", [{}, {"0": {"status": "protected"}}], ids=str)
def test_a_group_that_was_off_already_is_judged_by_its_pairs_too(stack: Stack, planted: dict[str, Any]) -> None:
    stack.set_group("available", planted_pairs=planted)

    stack.send()
    stack.run(60)

    assert (told(stack)["outcome"], told(stack)["verified"]) == ("already_stopped", not planted)
    assert stack.accepted == []


def test_who_joined_is_told_of_the_pairs_as_well(stack: Stack) -> None:
    stack.send(delivery_id="first")
    stack.send(delivery_id="second")
    stack.run(120)

    assert [detail["pairs"]["stopped"] for detail in stack.bus.details] == [2, 2]
    assert len({json.dumps(detail["copy_as_of"]) for detail in stack.bus.details}) == 1


def test_the_record_of_an_earlier_version_is_read_and_its_end_has_no_moment_of_sending(stack: Stack) -> None:
    stack.send()
    stack.run(1, step=1)
    [item] = [item for item in stack.dynamodb.items.values() if item["pk"] == {"S": stack.operation.operation_id}]
    for key in ("sent_at", "guard", "guard_off"):
        item.pop(key, None)

    stack.run(120)

    assert stack.operation.state is State.PUBLISHED
    assert (told(stack)["verified"], told(stack)["copy_as_of"]) == (True, None)
    assert stack.group_status(ERP_PROD) == "available"
