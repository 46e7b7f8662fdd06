"""The faults of Huawei Cloud, from the stop to the end of its job: F11 to F21 of docs/evidence/faults.md."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.defaults import ERP_PROD
from simulator.scenarios import Plan
from simulator.world import STATUSES
from standdown.core.operation import State
from support.inmemory import Stack, Target
from support.inmemory.stack import TOKEN

STOPPABLE = ("protected", "error-stopping")
PASSING = ("starting", "reprotecting", "reversing")


@pytest.fixture
def stack() -> Stack:
    return Stack()


def ended(stack: Stack) -> tuple[str, str | None]:
    """Return how the only operation ended, once everybody was told the same."""
    outcome = stack.operation.outcome
    assert outcome is not None, stack.operation.state
    for channel in (stack.topic, stack.bus):
        assert [detail["outcome"] for detail in channel.details] == [outcome.result.value]
    assert not stack.locks()
    return outcome.result.value, outcome.refusal.value if outcome.refusal else None


def asked(stack: Stack) -> list[str]:
    return [call.endpoint for call in stack.sdrs.calls]


def stop(stack: Stack, seconds: float = 120, step: float = 5.0) -> None:
    stack.send()
    stack.run(seconds, step=step)


# --- Who we are ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_f11_a_credential_that_is_refused_ends_it_at_once_and_is_not_shown(stack: Stack, status: int) -> None:
    stack.fault(status=status, body=json.dumps({"error": {"code": "SDRS.0002", "message": f"bad token {TOKEN}"}}))

    stop(stack)

    assert len(stack.posts) == 1
    assert stack.accepted == []
    assert ended(stack) == ("failed", None)
    assert TOKEN not in json.dumps([stack.topic.details, stack.bus.details, stack.dynamodb.items], default=str)


def test_f11_a_credential_that_was_rotated_is_read_anew_once(stack: Stack) -> None:
    stack.sdrs.identity.tokens["made-anew"] = stack.sdrs.identity.tokens.pop(TOKEN)
    documents = iter([{"token": TOKEN}, {"token": "made-anew"}])
    stack.secret = lambda: json.dumps(next(documents))

    stop(stack)

    assert [call.status for call in stack.posts] == [401, 200]
    assert ended(stack) == ("succeeded", None)


# --- The stop is not plainly taken ---------------------------------------------------------------------------------


def test_f12_when_throttled_the_wish_of_sdrs_is_kept_within_one_invocation(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=429, headers={"Retry-After": "7"}, count=2)
    begun = stack.clock.epoch()
    stack.send()

    stack.deliver()

    assert [call.status for call in stack.posts] == [429, 429, 200]
    assert [round(call.at - begun) for call in stack.posts] == [0, 7, 14]
    assert stack.operation.state is State.FOLLOWING


def test_f12_a_longer_wish_is_kept_by_the_queue(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=429, headers={"Retry-After": "120"}, count=1)

    stop(stack, 180)

    assert [call.status for call in stack.posts] == [429, 200]
    assert stack.posts[1].at - stack.posts[0].at >= 120
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504])
def test_f12_what_may_have_taken_effect_and_has_is_seen_at_the_group(stack: Stack, status: int) -> None:
    stack.fault(endpoint="stop", when="after", status=status)

    stop(stack)

    assert asked(stack)[:2] == ["stop", "get-group"]
    assert len(stack.posts) == 1
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504])
def test_f12_what_may_have_taken_effect_and_has_not_is_sent_once_more(stack: Stack, status: int) -> None:
    stack.fault(endpoint="stop", status=status, count=1)

    stop(stack)

    assert asked(stack)[:3] == ["stop", "get-group", "stop"]
    assert len(stack.accepted) == 1
    assert ended(stack) == ("succeeded", None)


def test_f12_two_stops_without_effect_are_enough_for_one_delivery(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=503)
    stack.send()

    stack.deliver()

    assert len(stack.posts) == 2
    assert stack.operation.state is State.INTENT
    assert stack.operation.lease_until is None


def test_f13_a_refused_connection_is_simply_tried_again(stack: Stack) -> None:
    stack.fault(endpoint="stop", kind="refuse", count=3)

    stop(stack)

    assert asked(stack)[:4] == ["stop"] * 4
    assert len(stack.accepted) == 1
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize("kind", ["reset", "hang"])
@pytest.mark.parametrize(
    ("when", "calls"), [("after", ["stop", "get-group"]), ("before", ["stop", "get-group", "stop"])]
)
def test_f13_an_answer_that_never_comes_is_looked_after(stack: Stack, kind: str, when: str, calls: list[str]) -> None:
    stack.fault(endpoint="stop", when=when, kind=kind, count=1)

    stop(stack)

    assert asked(stack)[: len(calls)] == calls
    assert len(stack.accepted) == 1
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize(
    "body",
    ["{}", '{"job_id": null}', '{"job_id": 7}', '{"job_id": "../x"}', "[]", "", "<html>502</html>", " " * 5_000_000],
    ids=["nothing", "null", "number", "path", "list", "empty", "html", "too large"],
)
def test_f14_an_answer_that_names_no_job_is_looked_after(stack: Stack, body: str) -> None:
    stack.fault(endpoint="stop", when="after", status=200, body=body)

    stop(stack)

    assert asked(stack)[:2] == ["stop", "get-group"]
    assert len(stack.posts) == 1
    assert stack.operation.job_id is None
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize("code", ["SDRS.1002", "SDRS.1024", "SDRS.0209", "SDRS.1017", "SDRS.1028"])
@pytest.mark.parametrize("status", [status for status in STATUSES if status not in PASSING])
def test_f15_a_stop_in_the_wrong_state_is_decided_by_the_groups_own_status(
    stack: Stack, code: str, status: str
) -> None:
    stack.set_group(status)
    stack.fault(endpoint="stop", status=400, body=json.dumps({"error": {"code": code, "message": "wrong state"}}))

    stop(stack)

    wanted = {
        "available": ("already_stopped", None),
        "stopping": ("succeeded", None),
        **dict.fromkeys(STOPPABLE, ("failed", None)),
    }
    assert stack.posts[0].status == 400
    assert len(stack.posts) == (2 if status in STOPPABLE else 1)
    assert ended(stack) == wanted.get(status, ("refused", "wrong_state"))


@pytest.mark.parametrize(("status", "code"), [(400, "SDRS.1013"), (400, "SDRS.0207"), (404, "SDRS.1013")])
def test_f15_a_group_that_is_not_there_is_refused(stack: Stack, status: int, code: str) -> None:
    stack.fault(endpoint="stop", status=status, body=json.dumps({"error": {"code": code, "message": "no such group"}}))

    stop(stack)

    assert ended(stack) == ("refused", "not_found")


def test_f15_while_pairs_are_synchronizing_it_is_tried_until_it_is_taken(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(refuse_code="SDRS.1830", refuse_seconds=1000)

    stop(stack, 2500)

    assert len(stack.accepted) == 1
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize("status", PASSING)
def test_h05_a_status_that_passes_is_waited_for_and_the_group_is_stopped_once(stack: Stack, status: str) -> None:
    stack.set_group(status)
    stop(stack, 600)
    assert stack.operation.state is State.INTENT
    assert stack.operation.problem is not None
    assert f"the group is {status!r}" in stack.operation.problem

    stack.set_group("protected")
    stack.run(600)

    assert len(stack.accepted) == 1
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize("status", PASSING)
def test_h05_a_status_that_never_passes_ends_it_when_the_request_is_too_old(stack: Stack, status: str) -> None:
    stack.set_group(status)

    stop(stack, 6000, step=30)

    assert stack.accepted == []
    assert ended(stack) == ("failed", None)
    assert f"the group is {status!r}" in stack.bus.details[0]["detail"]
    assert stack.queues.dead_letters == []


@pytest.mark.parametrize("status", PASSING)
def test_h05_where_a_stop_may_have_been_taken_it_is_waited_too_and_the_end_is_unknown(
    stack: Stack, status: str
) -> None:
    stack.boundary.cut(0, after=True, name="sdrs.stop")
    stack.send()
    stack.run(2, step=1)
    stack.set_group(status)

    stack.run(600)
    assert stack.operation.state is State.INTENT
    stack.run(6000, step=30)

    assert len(stack.posts) == 1
    assert ended(stack) == ("unknown", None)
    assert stack.bus.details[0]["group"]["status"] == status


def test_f15_pairs_that_never_stop_synchronizing_end_it_when_the_request_is_too_old(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(refuse_code="SDRS.1830")

    stop(stack, 6000, step=30)

    assert stack.accepted == []
    assert ended(stack) == ("failed", None)
    assert "SDRS.1830" in stack.bus.details[0]["detail"]
    assert stack.queues.dead_letters == []


def test_f15_a_stop_that_failed_while_its_answer_was_lost_is_not_sent_again(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(ending="fail")
    stack.boundary.cut(0, after=True, name="sdrs.stop")

    stop(stack, 900)

    assert len(stack.posts) == 1
    assert ended(stack) == ("failed", None)
    assert stack.bus.details[0]["huawei"]["code"] == "SDRS.0011"


def test_f15_a_group_whose_stop_failed_earlier_is_stopped_also_after_a_crash(stack: Stack) -> None:
    stack.set_group("error-stopping")
    stack.boundary.cut(0, name="sdrs.stop")

    stop(stack, 900)

    assert len(stack.posts) == 1
    assert ended(stack) == ("succeeded", None)


@pytest.mark.parametrize(("kind", "calls"), [("refuse", 2), ("reset", 2)])
def test_f13_a_group_that_cannot_be_looked_up_by_its_name_now_is_looked_up_again(kind: str, calls: int) -> None:
    stack = Stack()
    stack.parameters["targets/erp-prod"] = json.dumps({"server_group_name": "erp-prod"})
    stack.fault(endpoint="list-groups", kind=kind, count=calls)

    stop(stack)

    assert asked(stack)[: calls + 2] == [*["list-groups"] * (calls + 1), "stop"]
    assert ended(stack) == ("succeeded", None)


def test_f15_a_name_that_no_group_bears_is_refused() -> None:
    stack = Stack()
    stack.parameters["targets/erp-prod"] = json.dumps({"server_group_name": "no such name"})

    stop(stack)

    assert stack.posts == []
    assert ended(stack) == ("refused", "not_found")


# --- The job -------------------------------------------------------------------------------------------------------


def test_f16_a_job_that_runs_past_the_deadline_is_timed_out_not_failed() -> None:
    stack = Stack([Target(more={"deadline_minutes": 10})], plan=Plan(ending="stuck"))

    stop(stack, 900)

    assert ended(stack) == ("timed_out", None)
    assert "last seen 'stopping'" in stack.bus.details[0]["detail"]
    assert stack.bus.details[0]["duration_seconds"] < 680


@pytest.mark.parametrize(
    "how", [{"status": 503}, {"kind": "reset"}, {"kind": "hang"}, {"status": 401}, {"status": 429}]
)
def test_f17_trouble_in_looking_never_ends_the_watch(stack: Stack, how: dict[str, Any]) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=100)
    stack.fault(endpoint="*", skip=1, count=5, **how)  # after the stop itself

    stop(stack, 2400)

    troubled = [call for call in stack.sdrs.calls if call.fault]
    assert len(troubled) == 5
    assert ended(stack) == ("succeeded", None)


def test_f17_an_end_that_cannot_be_seen_by_the_deadline_is_unknown() -> None:
    stack = Stack([Target(more={"deadline_minutes": 10})])
    stack.fault(endpoint="*", skip=1, status=503)  # after the stop itself

    stop(stack, 900)

    assert ended(stack) == ("unknown", None)


@pytest.mark.parametrize(("ending", "result"), [("success", "succeeded"), ("fail", "failed")])
def test_f18_a_job_that_is_gone_is_followed_by_its_group_and_the_failed_tasks(
    stack: Stack, ending: str, result: str
) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=60, ending=ending, forget_seconds=10)

    stop(stack, 300)

    assert asked(stack).count("get-job") <= 3
    assert ended(stack) == (result, None)
    assert ("failure-jobs" in asked(stack)) is (ending == "fail")
    assert (stack.bus.details[0]["huawei"] or {}).get("code") == ("SDRS.0011" if ending == "fail" else None)


@settings(max_examples=40, deadline=None)
@given(word=st.one_of(st.text(max_size=20), st.sampled_from(["success", "SUCCESS ", "FAILED", "Available"])))
def test_f19_a_status_of_the_job_that_nobody_knows_leaves_the_end_to_the_group(word: str) -> None:
    stack = Stack([Target(more={"deadline_minutes": 5})])
    stack.fault(endpoint="get-job", status=200, body=json.dumps({"job_id": "a", "status": word}))

    stack.sdrs.world.plan = Plan(job_seconds=100)
    stop(stack, 90, step=20)
    early = stack.operation.outcome
    stack.run(400, step=20)

    if word not in ("SUCCESS", "FAIL"):
        assert early is None
        assert ended(stack) == ("succeeded", None)


@settings(max_examples=40, deadline=None)
@given(word=st.one_of(st.text(max_size=20), st.sampled_from(["Available", "available ", "STOPPED"])))
def test_f19_a_status_of_the_group_that_nobody_knows_is_not_an_end(word: str) -> None:
    stack = Stack([Target(more={"deadline_minutes": 5})])
    stack.fault(endpoint="stop", when="after", kind="reset")
    body = json.dumps({"server_group": {"id": ERP_PROD, "name": "erp-prod", "status": word}})
    stack.fault(endpoint="get-group", status=200, body=body)

    stop(stack, 400, step=20)

    if word not in STATUSES:
        assert ended(stack) == ("timed_out", None)


def test_f20_success_is_told_as_not_verified_while_the_group_does_not_show_it(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(settle_seconds=1000)

    stop(stack, 300)

    assert ended(stack) == ("succeeded", None)
    assert stack.bus.details[0]["verified"] is False
    assert stack.bus.details[0]["group"]["status"] == "stopping"


def test_f20_success_is_verified_once_the_group_shows_it(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(settle_seconds=60)

    stop(stack, 300)

    assert ended(stack) == ("succeeded", None)
    assert stack.bus.details[0]["verified"] is True


def test_f20_a_failure_without_a_reason_says_so(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(
        ending="fail", failing_pairs=(), error_code=None, fail_reason=None, sub_error_code=None, sub_fail_reason=None
    )

    stop(stack)

    assert ended(stack) == ("failed", None)
    assert stack.bus.details[0]["huawei"]["message"] == "no reason given"


def test_f21_a_job_of_a_megabyte_leaves_the_workflows_state_and_the_ledger_small(stack: Stack) -> None:
    children = [
        {"job_id": f"{number:032x}", "status": "FAIL", "fail_reason": "x" * 2000, "entities": {}}
        for number in range(500)
    ]
    body = {"job_id": "a", "status": "FAIL", "fail_reason": "y" * 50_000, "entities": {"sub_jobs": children}}
    stack.fault(endpoint="get-job", status=200, body=json.dumps(body))

    stop(stack)

    assert len(json.dumps(body)) > 1_000_000
    assert ended(stack) == ("failed", None)
    states = [len(json.dumps(execution.data)) for execution in stack.executions.by_name.values()]
    assert max(states) < 32 * 1024
    assert len(json.dumps(stack.dynamodb.items[stack.operation.operation_id])) < 100_000
    assert len(json.dumps(stack.bus.details[0])) < 200_000
