"""One event in, one stop at SDRS, one outcome out: the whole path on the deployed stack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.inbox import Inbox

RECEIVED_SECONDS = 20.0


@pytest.fixture(scope="module")
def people(stack: LocalCloud) -> Inbox:
    """Give the inbox of a subscriber to the topic."""
    return stack.subscribe()


@pytest.fixture(scope="module")
def machines(stack: LocalCloud) -> Inbox:
    """Give the inbox of a rule for the outcome events."""
    return stack.watch_events()


def arrived(inbox: Inbox, operation_id: str) -> list[dict[str, Any]]:
    """Wait for what an inbox gets about an operation: the outcome's own words, however they were wrapped."""

    def look() -> list[dict[str, Any]]:
        inbox.fetch(wait_seconds=1)
        details = [one["detail"] if "detail" in one else json.loads(one["Message"]) for one in inbox.seen]
        return [detail for detail in details if detail["operation_id"] == operation_id]

    return wait_for(look, bool, RECEIVED_SECONDS)


def test_a_message_becomes_one_stop_and_one_outcome_that_everyone_is_told(
    case: Case, people: Inbox, machines: Inbox
) -> None:
    message_id = case.request(reason="corruption at the primary", requested_by="ops@example.com")

    (operation,) = case.published()
    mail, event = arrived(people, operation["pk"]), arrived(machines, operation["pk"])

    assert operation["outcome"]["result"] == "succeeded"
    assert operation["outcome"]["verified"] is True
    assert operation["request"]["delivery_id"] == message_id
    assert {name: one["status"] for name, one in operation["channels"].items()} == {
        "sns": "done",
        "eventbridge": "done",
    }
    (stop,) = case.stops()
    assert json.loads(stop["answer"])["job_id"] == operation["job_id"]
    assert [execution["status"] for execution in runs(case, operation)] == ["SUCCEEDED"]
    assert len(mail) == len(event) == 1
    assert mail[0] == event[0]
    assert mail[0]["outcome"] == "succeeded"
    assert mail[0]["causes"][0]["reason"] == "corruption at the primary"
    assert case.cloud.simulator.group(case.group_id)["status"] == "available"


def test_a_failed_job_is_told_with_the_sub_job_that_failed_and_its_code(
    stack: LocalCloud, case: Case, people: Inbox
) -> None:
    case.set_group(plan={"job_seconds": 1, "ending": "fail"})

    case.request()
    (operation,) = case.published()
    (told,) = arrived(people, operation["pk"])

    assert told["outcome"] == "failed"
    assert told["protected"] is not False
    (sub_job,) = told["huawei"]["failed_sub_jobs"]
    assert sub_job["code"] == "SDRS.0011"
    assert sub_job["job_id"]
    assert sub_job["replication_id"] is None  # the documented children name their group alone
    assert len(case.stops()) == 1
    assert [execution["status"] for execution in runs(case, operation)] == ["FAILED"]
    assert stack.simulator.group(case.group_id)["status"] == "error-stopping"


def test_a_direct_invocation_is_answered_with_its_operation(stack: LocalCloud, case: Case) -> None:
    answer = stack.invoke("trigger", {"target": case.target, "reason": "runbook step 4"})

    (told,) = answer["operations"]
    (operation,) = case.published()
    assert told["operation_id"] == operation["pk"]
    assert told["job_id"] == operation["job_id"]
    assert told["state"] == "following"
    assert operation["request"]["source"] == "direct"
    assert operation["outcome"]["result"] == "succeeded"
    assert len(case.stops()) == 1


def test_a_list_of_targets_becomes_one_operation_for_each(stack: LocalCloud, case: Case, other_case: Case) -> None:
    stack.request({"target": [case.target, other_case.target], "reason": "both"})

    (first,), (second,) = case.published(), other_case.published()

    assert first["outcome"]["result"] == second["outcome"]["result"] == "succeeded"
    assert first["pk"] != second["pk"]
    assert len(case.stops()) == len(other_case.stops()) == 1


def test_a_group_whose_protection_is_off_already_gets_no_stop(case: Case) -> None:
    case.set_group(status="available")

    case.request()
    (operation,) = case.published()

    assert operation["outcome"]["result"] == "already_stopped"
    assert [stop["status"] for stop in case.stops()] in ([], [400])


@pytest.mark.parametrize("how", ["asked for", "target's mode"])
def test_a_dry_run_does_everything_but_the_stop(stack: LocalCloud, case: Case, people: Inbox, how: str) -> None:
    rehearsed = case if how == "asked for" else Case(stack, "rehearsed")

    rehearsed.request(dry_run=how == "asked for")
    (operation,) = rehearsed.published()
    (told,) = arrived(people, operation["pk"])

    assert told["outcome"] == "dry_run"
    assert rehearsed.stops() == []
    assert stack.simulator.group(rehearsed.group_id)["status"] == "protected"
    assert [execution["status"] for execution in runs(rehearsed, operation)] == ["SUCCEEDED"]


def test_a_target_that_is_switched_off_is_refused_and_everyone_is_told(stack: LocalCloud, people: Inbox) -> None:
    off = Case(stack, "switched-off")

    off.request()
    (operation,) = off.published()
    (told,) = arrived(people, operation["pk"])

    assert (told["outcome"], told["refusal"]) == ("refused", "off")
    assert off.stops() == []


@pytest.mark.slow
def test_a_job_that_is_stuck_is_given_up_at_the_deadline(stack: LocalCloud) -> None:
    impatient = Case(stack, "impatient")  # its stop was asked for when the stack was deployed

    (operation,) = impatient.published(seconds=100)

    assert operation["outcome"]["result"] == "timed_out"
    assert operation["outcome"]["looks"] > 3
    assert len(impatient.stops()) == 1


def runs(case: Case, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the workflow's executions of an operation, waiting until they have ended."""

    def look() -> list[dict[str, Any]]:
        return [one for one in case.cloud.executions() if one["name"] == f"stop-{operation['pk']}"]

    return wait_for(look, lambda found: bool(found) and all(one["status"] != "RUNNING" for one in found))
