"""Once a day the stack looks at its targets: a credential that was revoked is known before the alarm that needs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.doors import Doors


@pytest.fixture
def revoked(stack: LocalCloud) -> Iterator[LocalCloud]:
    """Give the stack while Huawei Cloud knows its access key no more."""
    stack.simulator.settings(revoked=True)
    yield stack
    stack.simulator.settings(revoked=False)


def physical(cloud: LocalCloud, name: str) -> str:
    described = cloud.client("cloudformation").describe_stack_resource(StackName=cloud.stack, LogicalResourceId=name)
    return str(described["StackResourceDetail"]["PhysicalResourceId"])


def fire(cloud: LocalCloud) -> None:
    """Do what the rule does at its hour: invoke each of its targets with the rule's own input."""
    events = cloud.client("events")
    rule = events.describe_rule(Name=physical(cloud, "DailyCheckRule"))
    targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert (rule["State"], rule["ScheduleExpression"]) == ("ENABLED", "cron(1 6 * * ? *)")
    assert {target["Id"] for target in targets} == {"trigger", "webhook"}  # this stack has one credential
    for target in targets:
        cloud.client("lambda").invoke(
            FunctionName=target["Arn"], InvocationType="Event", Payload=target["Input"].encode()
        )


def counted(cloud: LocalCloud) -> list[dict[str, Any]]:
    return [line for line in cloud.logs("trigger") if "TargetsNotReady" in line]


def test_a_revoked_key_is_counted_by_the_daily_check_as_the_alarm_reads_it(revoked: LocalCloud, case: Case) -> None:
    before, asked = len(counted(revoked)), len(revoked.simulator.calls())
    fire(revoked)
    lines = wait_for(lambda: counted(revoked)[before:], lambda seen: len(seen) >= 4)

    values = {line["cause"]: line["TargetsNotReady"][0] for line in lines}
    told = {line["target"] for line in revoked.logs("trigger") if line.get("message") == "target not ready"}
    [alarm] = revoked.client("cloudwatch").describe_alarms(AlarmNames=[physical(revoked, "TargetsNotReadyAlarm")])[
        "MetricAlarms"
    ]
    [published] = lines[0]["_aws"]["CloudWatchMetrics"]

    assert values["credential"] > alarm["Threshold"]
    assert case.target in told
    assert "switched-off" not in told
    assert (alarm["Namespace"], alarm["MetricName"]) == (published["Namespace"], published["Metrics"][0]["Name"])
    assert [one["Name"] for one in alarm["Dimensions"]] in published["Dimensions"]
    assert [one["Value"] for one in alarm["Dimensions"]] == [lines[0]["stack"]]
    assert {call["method"] for call in revoked.simulator.calls()[asked:]} <= {"GET"}


def test_the_secrets_of_webhooks_are_checked_by_the_webhook(stack: LocalCloud, doors: Doors) -> None:
    assert doors.post_github(b"{}").status == 400  # its secret is there, and is read

    told = stack.invoke("webhook", {"check": True})

    assert told == {"schema_version": 1, "problems": []}


def test_a_check_with_a_key_that_holds_counts_none_for_the_credential(stack: LocalCloud) -> None:
    before = len(counted(stack))
    stack.invoke("trigger", json.loads('{"check": true}'))
    lines = wait_for(lambda: counted(stack)[before:], lambda seen: len(seen) >= 4)

    values = {line["cause"]: line["TargetsNotReady"][0] for line in lines}

    assert values["credential"] == 0
    assert values["document"] >= 1  # the stack of these tests has a broken one
