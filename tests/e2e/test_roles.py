"""With IAM enforced: the whole path runs on each role's own rights, and no function can do what is another's to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.case import Case, documents, group_id, wait_for
from local.cloud import SECRET, LocalCloud
from local.inbox import Inbox
from local.overlay import Overlay
from simulator import defaults
from standdown.core.hold import Hold
from standdown.core.operation import GroupRef
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import Table

FUNCTIONS = ("trigger", "poller", "notifier", "sweeper", "webhook")
NAMES = ("guarded-stop", "guarded-failure", "guarded-direct", "guarded-dry-run", "guarded-off", "guarded-outside")
TIMED = "guarded-timer"
OPERATION = "0" * 32


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalCloud]:
    """Give a stack of its own on which every call is judged by its caller's policies."""
    with LocalCloud(
        auth=True,
        wait_scale=0.2,
        simulator=("--job-seconds", "1", "--init-seconds", "0.2"),
        targets=documents(NAMES) | documents([TIMED], resume_after_minutes=1),
        parameters={"EnableWebhook": "true"},
        overlays=[Overlay(name, "asked") for name in FUNCTIONS],
    ) as cloud:
        cloud.simulator.put_groups(
            *({"id": group_id(name), "name": name, "status": "protected", "pairs": 2} for name in (*NAMES, TIMED))
        )
        yield cloud


def test_a_message_becomes_a_published_outcome(guarded: LocalCloud) -> None:
    case, inbox = Case(guarded, "guarded-stop"), guarded.subscribe()

    case.request()
    (operation,) = case.published()

    assert operation["outcome"]["result"] == "succeeded"
    assert {one["status"] for one in operation["channels"].values()} == {"done"}
    assert inbox.fetch(wait_seconds=10)
    assert len(case.stops()) == 1


def test_a_failed_stop_and_a_dry_run_need_no_further_right(guarded: LocalCloud) -> None:
    failing, rehearsed = Case(guarded, "guarded-failure"), Case(guarded, "guarded-dry-run")
    failing.set_group(plan={"job_seconds": 1, "ending": "fail"})

    failing.request()
    rehearsed.request(dry_run=True)

    assert failing.published()[0]["outcome"]["result"] == "failed"
    assert rehearsed.published()[0]["outcome"]["result"] == "dry_run"


def test_a_direct_invocation_what_is_malformed_and_a_sweep_need_no_further_right(guarded: LocalCloud) -> None:
    case, before = Case(guarded, "guarded-direct"), len(guarded.dead_letters())

    guarded.invoke("trigger", {"target": case.target})
    guarded.request("{")
    (operation,) = case.published()
    swept = guarded.invoke("sweeper", {})

    assert operation["outcome"]["result"] == "succeeded"
    assert len(guarded.dead_letters()) == before + 1
    assert swept["moved"] == []


def test_the_kill_switch_is_one_parameter_and_holds_for_every_target(guarded: LocalCloud) -> None:
    case, switch = Case(guarded, "guarded-off"), f"{guarded.outputs['ConfigPrefix']}/mode"
    guarded.client("ssm").put_parameter(Name=switch, Value="off", Type="String")
    try:
        # A function that is configured anew has read nothing yet; what meets the change itself comes back in seconds.
        guarded.hasten(30, 5)
        case.request()
        (operation,) = case.published()
    finally:
        guarded.client("ssm").delete_parameter(Name=switch)
        guarded.hasten(60, 360)

    assert (operation["outcome"]["result"], operation["outcome"]["refusal"]) == ("refused", "off")
    assert "whole stack" in operation["outcome"]["detail"]
    assert case.stops() == []


def test_the_sweeper_lists_the_groups_once_writes_the_hold_and_has_the_notifier_publish_a_reminder(
    guarded: LocalCloud,
) -> None:
    case, people, machines = Case(guarded, "guarded-outside"), guarded.subscribe(), guarded.watch_events()
    case.set_group(status="available")
    seen = max((call["number"] for call in guarded.simulator.calls()), default=0)

    guarded.invoke("sweeper", {})

    listed = [call["path"].split("/")[2] for call in guarded.simulator.calls("list-groups", after=seen)]
    hold = hold_of(case)
    assert listed == [defaults.PROJECT_ID]
    assert hold is not None
    assert hold.outside
    wait_for(lambda: told(people, hold.hold_id), bool)
    wait_for(lambda: told(machines, hold.hold_id), bool)
    assert wait_for(lambda: published_notices(guarded, hold.hold_id), bool) == [{"sns": "done", "eventbridge": "done"}]


def test_the_resume_that_a_stop_carries_is_queued_by_the_sweeper_and_sent_by_the_trigger(guarded: LocalCloud) -> None:
    case = Case(guarded, TIMED)
    case.request()
    (stop,) = case.published()
    hold = hold_of(case)
    assert hold is not None
    assert hold.resume_at is not None
    assert ledger(guarded).holds.save(replace(hold, resume_at=hold.since)) is not None  # its minute is over

    guarded.invoke("sweeper", {})
    _, resume = case.published(2)

    assert stop["outcome"]["result"] == "succeeded"
    assert (resume["request"]["source"], resume["request"]["hold"]) == ("timer", hold.hold_id)
    assert resume["outcome"]["result"] == "resumed"
    assert {one["status"] for one in resume["channels"].values()} == {"done"}
    assert len([call for call in guarded.simulator.calls("start") if case.group_id in call["path"]]) == 1


def ledger(cloud: LocalCloud) -> Ledger:
    return Ledger(Table(cloud.client("dynamodb"), cloud.outputs["LedgerTableName"]))


def hold_of(case: Case) -> Hold | None:
    return ledger(case.cloud).holds.get(GroupRef(defaults.REGION, defaults.PROJECT_ID, case.group_id))


def told(inbox: Inbox, hold_id: str) -> bool:
    """Return whether a notice of the hold has arrived."""
    inbox.fetch(wait_seconds=1)
    return any(hold_id in json.dumps(one) for one in inbox.seen)


def published_notices(cloud: LocalCloud, hold_id: str) -> list[dict[str, str]]:
    """Return the channels of the hold's notices, with how each stands, once all of them are published."""
    found = ledger(cloud).notices.get(f"notice#{hold_id}#1")
    return [{name: one.status.value for name, one in found.channels.items()}] if found and found.published else []


def calls(cloud: LocalCloud) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return the calls that matter, by name."""
    outputs, credential = cloud.outputs, {"SecretId": SECRET}
    event = {"Source": "standdown", "DetailType": "forged", "Detail": "{}"}
    key = {"TableName": outputs["LedgerTableName"], "Key": {"pk": {"S": OPERATION}}}
    return {
        "stop protection: the credential": ("secretsmanager", "get_secret_value", credential),
        "read the ledger": ("dynamodb", "get_item", key),
        "erase what happened": ("dynamodb", "delete_item", key),
        "write a hold": ("dynamodb", "put_item", {"TableName": key["TableName"], "Item": {"pk": {"S": "hold#forged"}}}),
        "start a workflow": (
            "stepfunctions",
            "start_execution",
            {"stateMachineArn": outputs["StopWorkflowArn"], "input": json.dumps({"finished": True})},
        ),
        "break off a workflow": (
            "stepfunctions",
            "stop_execution",
            {"executionArn": outputs["StopWorkflowArn"].replace(":stateMachine:", ":execution:") + ":stop-none"},
        ),
        "tell people": ("sns", "publish", {"TopicArn": outputs["OutcomeTopicArn"], "Message": "forged"}),
        "tell machines": ("events", "put_events", {"Entries": [event]}),
        "ask for a stop": ("sqs", "send_message", {"QueueUrl": outputs["RequestQueueUrl"], "MessageBody": "{"}),
        "change a target": (
            "ssm",
            "put_parameter",
            {"Name": f"{outputs['ConfigPrefix']}/targets/forged", "Value": "{}", "Type": "String"},
        ),
    }


FORBIDDEN = {
    "trigger": ("tell people", "tell machines", "break off a workflow", "change a target", "erase what happened"),
    "poller": ("start a workflow", "tell people", "ask for a stop", "change a target", "erase what happened"),
    "notifier": (
        "stop protection: the credential", "start a workflow", "ask for a stop", "change a target", "write a hold",
    ),
    "sweeper": ("tell people", "tell machines", "break off a workflow", "change a target", "erase what happened"),
    "webhook": ("stop protection: the credential", "start a workflow", "tell people", "change a target"),
}  # fmt: skip
OWN = {
    "trigger": "stop protection: the credential",
    "poller": "read the ledger",
    "notifier": "tell machines",
    "sweeper": "ask for a stop",
    "webhook": "ask for a stop",
}


@pytest.mark.parametrize(("function", "call"), [(one, call) for one, calls_ in FORBIDDEN.items() for call in calls_])
def test_a_function_is_denied_what_is_not_its_own(guarded: LocalCloud, function: str, call: str) -> None:
    answer = guarded.invoke(function, {"call-of-a-test": calls(guarded)[call]})

    assert answer["error"] in ("AccessDenied", "AccessDeniedException", "AuthorizationError"), answer


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_what_is_its_own(guarded: LocalCloud, function: str) -> None:
    answer = guarded.invoke(function, {"call-of-a-test": calls(guarded)[OWN[function]]})

    assert answer["error"] is None
