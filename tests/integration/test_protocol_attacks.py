"""What an attacker of the protocol found: lost answers, names that move, outages, items that are too large."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

import pytest

from simulator.defaults import ERP_PROD
from simulator.scenarios import Plan
from standdown.core.operation import Operation, State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Refusal, Result
from standdown.entry.wiring.parameters import TARGETS_SECONDS
from standdown.huawei.account import CALL
from standdown.sweep.open_operations import _in_order
from support.inmemory import Stack, Target, quiet
from support.inmemory.dynamodb import LARGEST, size_of

CRM_PROD = "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02"
BARE_404 = "<html><body>404 Not Found</body></html>"


@pytest.fixture
def stack() -> Stack:
    return Stack()


@dataclass(frozen=True, slots=True)
class Listed:
    """What of an operation decides when the sweeper comes to it."""

    operation_id: str
    state: State
    joined_to: str | None = None


def ended(stack: Stack) -> Outcome:
    assert stack.operation.outcome is not None
    return stack.operation.outcome


def taken_and_broken_off(stack: Stack) -> None:
    """Have SDRS take a stop, its answer be lost, and its message be gone."""
    stack.send()
    stack.boundary.cut(0, name="sdrs.stop", after=True)
    stack.deliver()


def test_a02_a_bare_404_after_a_stop_whose_answer_was_lost_refuses_nothing(stack: Stack) -> None:
    stack.fault(endpoint="stop", when="after", kind="reset", count=1)
    stack.fault(endpoint="get-group", status=404, body=BARE_404, count=1)
    stack.send()

    stack.run(120)

    assert ended(stack).result is Result.SUCCEEDED
    assert len(stack.accepted) == len(stack.posts) == 1


def test_a02_a_bare_404_at_the_stop_itself_is_tried_again(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=404, body=BARE_404, count=1)
    stack.send()

    stack.run(120)

    assert ended(stack).result is Result.SUCCEEDED
    assert len(stack.accepted) == 1


@pytest.mark.parametrize("status", ["error-starting", "failed-over", "failing-over", "deleted"])
def test_a02b_a_stop_that_may_have_been_taken_is_never_told_as_refused(stack: Stack, status: str) -> None:
    taken_and_broken_off(stack)
    if status == "deleted":
        del stack.sdrs.world.groups[ERP_PROD]
    else:
        stack.set_group(status)

    stack.run(900)

    assert len(stack.accepted) == len(stack.posts) == 1
    assert (ended(stack).result, ended(stack).refusal) == (Result.UNKNOWN, None)
    assert ended(stack).group_status == (None if status == "deleted" else status)
    assert "Nothing was stopped" not in stack.topic.texts[0]


def test_a02b_without_a_stop_of_ours_the_same_state_is_refused(stack: Stack) -> None:
    stack.set_group("error-starting")
    stack.send()

    stack.run(60)

    assert stack.accepted == []
    assert ended(stack).refusal is Refusal.WRONG_STATE


# --- Which group it is -----------------------------------------------------------------------------------------------


def by_name(stack: Stack, target: str = "erp-prod", name: str = "erp-prod", **more: str) -> None:
    """Have a target know its group by the group's name alone."""
    stack.parameters[f"targets/{target}"] = json.dumps({"server_group_name": name, **more})


def test_a03_a_name_that_moves_after_the_stop_stops_no_second_group(stack: Stack) -> None:
    by_name(stack)
    taken_and_broken_off(stack)
    stack.set_group("available", ERP_PROD, name="erp-prod-old")
    stack.set_group("protected", CRM_PROD, name="erp-prod")
    stack.clock.pass_(60)  # longer than a name is believed

    stack.run(900)

    assert [job.group_id for job in stack.accepted] == [ERP_PROD]
    assert ended(stack).result is Result.SUCCEEDED
    assert stack.operation.group is not None
    assert stack.operation.group.server_group_id == ERP_PROD
    assert stack.group_status(CRM_PROD) == "protected"


def test_a03_a_name_that_is_gone_after_the_stop_is_not_told_as_nothing_stopped(stack: Stack) -> None:
    by_name(stack)
    taken_and_broken_off(stack)
    stack.sdrs.world.groups[ERP_PROD].name = "renamed"
    stack.clock.pass_(60)

    stack.run(900)

    assert len(stack.accepted) == 1
    assert ended(stack).result is Result.SUCCEEDED


def test_a03_a_name_that_was_looked_up_a_while_ago_is_looked_up_again_for_the_next_request(stack: Stack) -> None:
    by_name(stack)
    stack.send(delivery_id="first")
    stack.deliver()
    stack.sdrs.world.groups[ERP_PROD].name = "renamed"
    stack.set_group("protected", CRM_PROD, name="erp-prod")
    stack.send(delivery_id="second")

    stack.deliver()

    assert [job.group_id for job in stack.accepted] == [ERP_PROD, CRM_PROD]


def test_a03_the_located_group_is_in_the_ledger_before_the_stop_is_sent(stack: Stack) -> None:
    by_name(stack)
    stack.send()
    stack.boundary.cut(0, name="sdrs.stop")

    stack.deliver()

    assert stack.posts == []
    assert stack.operation.group is not None
    assert stack.operation.group.complete
    assert stack.operation.lock == stack.operation.group.key


def test_a16_a_lock_whose_holder_is_not_in_the_ledger_heals(stack: Stack) -> None:
    stack.send(delivery_id="first")
    stack.boundary.cut(0, name="sdrs.stop")
    stack.deliver()
    del stack.dynamodb.items[stack.operation.operation_id]
    stack.queues.requests.clear()
    stack.send(delivery_id="second")

    stack.run(120)

    assert ended(stack).result is Result.SUCCEEDED
    assert stack.queues.dead_letters == []
    assert stack.locks() == {}


def test_a17_two_clouds_whose_regions_have_one_name_have_a_lock_each() -> None:
    elsewhere = {"endpoint": "https://sdrs.elsewhere.example"}
    stack = Stack([Target("here"), Target("there", more=elsewhere)])
    stack.boundary.cut(0, name="sdrs.stop")
    stack.send("here")
    stack.send("there")

    stack.deliver()

    here, there = stack.operations
    assert there.joined_to is None
    assert here.lock != there.lock


def test_a17_a_group_whose_name_is_another_s_id_has_a_lock_of_its_own() -> None:
    stack = Stack([Target("erp-prod"), Target("crm-prod")])
    stack.set_group("protected", CRM_PROD, name=ERP_PROD)
    by_name(stack, "crm-prod", ERP_PROD)
    stack.boundary.cut(0, name="sdrs.stop")
    stack.send("erp-prod")
    stack.send("crm-prod")

    stack.deliver()

    first, second = stack.operations
    assert second.joined_to is None
    assert first.lock != second.lock


def test_a17_a_stop_that_the_first_version_has_under_way_is_joined_and_not_sent_twice(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=500)
    stack.send(delivery_id="before the upgrade")
    stack.deliver()
    as_the_first_version_wrote_it(stack)
    stack.send(delivery_id="after the upgrade")

    stack.run(900)

    before, after = stack.operations
    assert len(stack.posts) == 1
    assert before.outcome is not None
    assert after.outcome is not None
    assert (before.outcome.result, after.outcome.result) == (Result.SUCCEEDED, Result.JOINED)
    assert stack.locks() == {}


def as_the_first_version_wrote_it(stack: Stack) -> None:
    """Write the only operation and its lock as 18c64cd had them: its key was the region and the group's id."""
    items, [holder] = stack.dynamodb.items, stack.operations
    assert holder.group is not None
    assert holder.lock is not None
    [former] = holder.group.former_keys
    lock = items.pop(f"group#{holder.lock}")
    items[f"group#{former}"] = lock | {"pk": {"S": f"group#{former}"}}
    items[holder.operation_id]["lock"] = {"S": former}
    for added in ("dry_run", "unsent_attempts"):
        del items[holder.operation_id][added]


# --- What is known not to have been sent -----------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [{"kind": "refuse"}, {"status": 429}], ids=["refused", "throttled"])
def test_a08_what_is_known_not_to_have_been_sent_is_told_as_not_sent(stack: Stack, trouble: dict[str, Any]) -> None:
    stack.fault(endpoint="*", **trouble)
    stack.send()

    stack.run(3 * 3600, step=30)

    assert stack.accepted == []
    assert ended(stack).result is Result.FAILED
    assert ended(stack).detail.startswith("No stop could be sent within 60 minutes: ")
    assert stack.queues.dead_letters == []


def test_a08_a_stop_that_may_have_been_sent_once_is_never_told_as_not_sent(stack: Stack) -> None:
    stack.fault(endpoint="stop", kind="reset", count=1)
    stack.fault(endpoint="*", kind="refuse", skip=1)
    stack.send()

    stack.run(3 * 3600, step=30)

    assert ended(stack).result is Result.UNKNOWN


# --- The kill switch -------------------------------------------------------------------------------------------------


def test_a09_switched_off_while_the_trigger_waits_nothing_more_is_sent(stack: Stack) -> None:
    stack.fault(endpoint="stop", status=429, headers={"Retry-After": "40"}, count=1)
    stack.send()

    def switch_off() -> None:
        stack.parameters["mode"] = "off"

    stack.boundary.cut(0, switch_off, name="sdrs.stop", after=True)
    stack.deliver()

    assert stack.accepted == []
    assert len(stack.posts) == 1
    assert (ended(stack).result, ended(stack).refusal) == (Result.REFUSED, Refusal.OFF)


def test_a09_what_is_believed_of_the_targets_is_less_than_a_minute_old() -> None:
    """A further stop is at most one call away from what was read: together that is the minute that is documented."""
    assert TARGETS_SECONDS + CALL < 60


# --- Used ids --------------------------------------------------------------------------------------------------------


def test_k03_a_dry_run_s_advice_followed_to_the_letter_ends_in_a_stop(stack: Stack) -> None:
    stack.send(delivery_id="CHG-1", dry_run=True)
    stack.run(30)
    [step] = stack.topic.details[0]["next_steps"]
    assert "without dry_run and with a delivery_id of its own" in step

    stack.send(delivery_id="CHG-1-live")
    stack.run(60)

    assert [detail["outcome"] for detail in stack.topic.details] == ["dry_run", "succeeded"]


def test_k03_another_meaning_under_a_used_id_is_refused_and_told_once(stack: Stack) -> None:
    stack.send(delivery_id="CHG-1", dry_run=True)
    stack.run(30)
    again = stack.send(delivery_id="CHG-1")
    stack.run(60)
    again.receives = 0
    stack.queues.requests.append(again)
    stack.run(60)

    assert stack.posts == []
    first, second = stack.operations
    assert [detail.get("refusal") for detail in stack.topic.details] == [None, "used_id"]
    assert stack.topic.details[1]["operation_id"] == second.operation_id != first.operation_id
    assert second.outcome is not None
    assert f"by operation {first.operation_id}" in second.outcome.detail


def test_k03_a_repeat_is_one_request_however_often_it_comes(stack: Stack) -> None:
    for _ in range(3):
        stack.send(delivery_id="CHG-1")
        stack.run(60)
    stack.invoke({"target": "erp-prod"}, "invocation-1")
    stack.run(400)
    stack.invoke(
        {"target": "erp-prod"}, "invocation-1"
    )  # Lambda's own repeat: its time is new, its id is not the sender's
    stack.run(60)

    assert [detail["outcome"] for detail in stack.topic.details] == ["succeeded", "already_stopped"]


def test_k03_a_request_of_its_own_time_is_a_repeat_for_ever(stack: Stack) -> None:
    asked_at = stack.now_iso()
    for _ in range(2):
        stack.send(delivery_id="CHG-1", requested_at=asked_at)
        stack.run(40 * 60, step=30)

    assert [detail["outcome"] for detail in stack.topic.details] == ["succeeded"]


def test_k03_each_night_s_request_under_one_id_is_told(stack: Stack) -> None:
    for _ in range(3):
        stack.send(delivery_id="every-night")
        stack.run(60)
        stack.clock.pass_(24 * 3600)

    assert [detail.get("refusal") for detail in stack.topic.details] == [None, "used_id", "used_id"]


# --- Items that become too large, and lists that become too long -----------------------------------------------------


def flood(stack: Stack, count: int, **more: Any) -> None:
    """Have so many requests come for a group that is being stopped, each as large as an alarm's may become."""
    for number in range(count):
        stack.send(delivery_id=f"{number:03}" + "\U0001f4a5" * 190, reason="\U0001f4a5" * 500, **more)


def test_a04_joined_requests_of_any_size_leave_room_for_the_outcome() -> None:
    stack = Stack(plan=Plan(job_seconds=600))
    stack.send(delivery_id="first")
    stack.deliver()

    with quiet():
        flood(stack, 90, requested_by="\U0001f4a5" * 200)
        stack.run(1800, step=60)

    assert size_of(stack.dynamodb.items[stack.operations[0].operation_id]) < 300_000
    assert {one.outcome and one.outcome.result for one in stack.operations[1:]} == {Result.JOINED}
    assert stack.locks() == {}
    assert len(stack.topic.details) == 91


def test_a04_an_item_that_the_first_version_filled_to_the_brim_still_gets_its_outcome() -> None:
    stack = Stack(plan=Plan(job_seconds=600))
    stack.send(delivery_id="first")
    stack.send(delivery_id="second")
    stack.deliver()
    first = stack.dynamodb.items[stack.operations[0].operation_id]
    del first["causes_bytes"]
    room = LARGEST - size_of(first) - 10
    first["causes"]["L"][0]["M"]["reason"] = {"S": "x" * room}
    stack.send(delivery_id="third")

    with quiet():
        stack.run(1800, step=10)

    assert [one.outcome and one.outcome.result for one in stack.operations] == [
        Result.SUCCEEDED, Result.JOINED, Result.JOINED
    ]  # fmt: skip
    assert stack.locks() == {}
    assert len(stack.topic.details) == 3


def test_a06_an_operation_behind_five_thousand_that_have_joined_is_reached_at_once(stack: Stack) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=7200)
    stack.send(delivery_id="holder")
    stack.send(delivery_id="joined")
    stack.deliver()
    joined = stack.dynamodb.items[stack.operations[1].operation_id]
    for number in range(5000):
        pk = f"{number:032}"
        stack.dynamodb.items[pk] = joined | {"pk": {"S": pk}, "operation_id": {"S": pk}}
    stack.set_group("protected", CRM_PROD, name="crm-prod")
    stack.parameters["targets/crm-prod"] = Target("crm-prod", CRM_PROD).document()
    stack.clock.pass_(60)
    stack.send("crm-prod", "left open")
    stack.boundary.cut(0, name="sdrs.stop")
    stack.deliver()
    stack.queues.requests.clear()
    stack.dynamodb.page = 1000
    stack.clock.pass_(200)

    with quiet():
        swept = stack.sweep()

    [left_open] = swept.moved
    assert stack.ledger.get(left_open).target == "crm-prod"  # type: ignore[union-attr]
    assert swept.seen < 10


def test_a06_operations_whose_group_cannot_be_read_take_turns() -> None:
    """Each takes its 30 seconds of the two minutes; the next run begins behind those that this one came to."""
    listed = [cast("Operation", Listed(f"{number}", State.INTENT)) for number in range(12)]

    first = [next(_in_order(listed, turn)).operation_id for turn in range(4)]

    assert first == ["0", "3", "6", "9"]


def test_a12_the_end_of_who_joined_is_no_work_that_a_crash_had_left(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.sdrs.world.plan = Plan(job_seconds=600)
    stack.send(delivery_id="first")
    for number in range(120):
        stack.send(delivery_id=f"burst-{number}")
    stack.run(1800, step=20)

    written = capsys.readouterr().out
    assert len(stack.topic.details) == 121
    assert "MovedOn" not in written


# --- The cooldown, and the record of channels ------------------------------------------------------------------------


def test_a07_a_stop_that_failed_starts_no_cooldown() -> None:
    stack = Stack([Target(more={"cooldown_minutes": 600})], plan=Plan(job_seconds=20, ending="fail"))
    stack.send(delivery_id="first")
    stack.run(120)
    stack.sdrs.world.plan = Plan(job_seconds=20)
    stack.send(delivery_id="second")
    stack.run(120)
    stack.send(delivery_id="third")
    stack.run(120)

    assert [detail["outcome"] for detail in stack.topic.details] == ["failed", "succeeded", "refused"]
    assert len(stack.posts) == 2


@pytest.mark.parametrize(
    ("status", "outcome", "posts"),
    [("protected", "succeeded", 2), ("error-stopping", "succeeded", 2), ("error-starting", "refused", 1)],
)
def test_a07b_the_cooldown_ends_when_protection_is_enabled_again(status: str, outcome: str, posts: int) -> None:
    stack = Stack([Target(more={"cooldown_minutes": 600})], plan=Plan(job_seconds=20))
    stack.send(delivery_id="first")
    stack.run(3600)
    stack.set_group(status)

    stack.send(delivery_id="an alarm an hour later")
    stack.run(120)

    assert [detail["outcome"] for detail in stack.topic.details] == ["succeeded", outcome]
    assert len(stack.posts) == posts


def test_a15_a_late_failure_does_not_take_back_that_the_outcome_was_delivered(stack: Stack) -> None:
    stack.send()
    stack.run(60)
    done = stack.operation.channels["sns"]

    stack.ledger.mark(stack.operation.operation_id, "sns", DeliveryState(Delivery.PENDING, 2, stack.clock()))

    assert stack.operation.channels["sns"] == done
    assert done.status is Delivery.DONE


# --- Which target is meant -------------------------------------------------------------------------------------------


def test_a10_a_request_by_group_id_is_admitted_by_any_target_that_has_the_group() -> None:
    stack = Stack([Target("a-off", more={"mode": "off"}), Target("b-live"), Target("c-off", more={"mode": "off"})])
    stack.queue.send({"server_group_id": ERP_PROD})

    stack.run(60)

    assert ended(stack).result is Result.SUCCEEDED
    assert stack.operation.target == "b-live"


def test_a10_a_request_by_group_id_that_no_target_admits_is_refused_for_the_first() -> None:
    stack = Stack([Target("a-off", more={"mode": "off"}), Target("b-none", more={"sources": []})])
    stack.queue.send({"server_group_id": ERP_PROD})

    stack.run(60)

    assert ended(stack).refusal is Refusal.OFF


# --- A job that cannot be seen ---------------------------------------------------------------------------------------

NULL_JOB = '{"error": {"code": "SDRS.0408", "message": "Null job"}}'
ODD_JOB = '{"job_id": "j", "job_type": "stopProtectionGroupNoCG", "status": "PAUSED", "begin_time": "", "end_time": ""}'
HIDDEN = {
    "no such job": {"status": 500, "body": NULL_JOB},
    "bad request": {"status": 400, "body": '{"error": {"code": "SDRS.9999", "message": "?"}}'},
    "unclear": {"status": 200, "body": "<html>"},
    "an unknown word": {"status": 200, "body": ODD_JOB},
}


@pytest.mark.parametrize("how", HIDDEN)
def test_the_group_decides_where_its_job_is_out_of_sight(how: str) -> None:
    stack = Stack(plan=Plan(job_seconds=30))
    stack.fault(endpoint="get-job", **HIDDEN[how])
    stack.send()

    with quiet():
        stack.run(5 * 60)

    assert ended(stack).result is Result.SUCCEEDED
    assert ended(stack).verified is True


def test_at_the_deadline_the_group_decides_and_not_a_job_that_hangs() -> None:
    stack = Stack([Target(more={"deadline_minutes": 10})], plan=Plan(job_seconds=30, ending="stuck"))
    stack.send()
    stack.run(60)
    stack.set_group("available")

    with quiet():
        stack.run(15 * 60)

    assert (ended(stack).result, ended(stack).group_status) == (Result.SUCCEEDED, "available")
