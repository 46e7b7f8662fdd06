"""Recipe: a schedule fires and stops its targets, each run once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.doors import Doors

RUN = {
    "schema_version": 1,
    "source": "schedule",
    "reason": "nightly window",
    "delivery_id": "nightly/<aws.scheduler.scheduled-time>",
    "requested_at": "<aws.scheduler.scheduled-time>",
}
SKIPPED = "skipped"
"""The target whose own calendar has today."""


@pytest.fixture
def fired(stack: LocalCloud, doors: Doors, case: Case) -> tuple[Case, Case, str]:
    """Let schedules fire, the good and the bad, all in one tick of the scheduler; return two targets and a third's."""
    wronged, unknown = Case(stack, "scheduled-wrongly"), "of-nobody"
    bad = {"target": wronged.target, "dry_run": "false"}
    for document in (RUN | {"target": [case.target, unknown, SKIPPED]}, RUN | bad, {"reason": "names nothing"}):
        doors.schedule(json.dumps(document))
    return case, wronged, unknown


def test_a_schedule_stops_the_targets_that_are_configured_and_is_refused_the_others(
    stack: LocalCloud, fired: tuple[Case, Case, str]
) -> None:
    good, bad, unknown = fired

    (operation,) = good.published()
    (refused,) = bad.published()
    (nobody,) = Case(stack, unknown).published()
    (skipped,) = Case(stack, SKIPPED).published()
    letters = wait_for(stack.dead_letters, lambda found: any("names nothing" in letter["Body"] for letter in found))

    assert operation["request"]["source"] == "schedule"
    assert operation["request"]["reason"] == "nightly window"
    assert operation["outcome"]["result"] == "succeeded"
    assert len(good.stops()) == 1
    assert (refused["outcome"]["refusal"], nobody["outcome"]["refusal"]) == ("malformed", "not_allowed")
    assert (skipped["outcome"]["result"], skipped["outcome"]["refusal"]) == ("refused", "skipped")
    assert not bad.stops()
    assert not Case(stack, SKIPPED).stops()
    assert letters


def test_the_stacks_own_schedule_waits_for_its_time_with_words_that_are_a_command(stack: LocalCloud) -> None:
    scheduler, group = stack.client("scheduler"), stack.outputs["ScheduleGroupName"]
    (own,) = (one for one in scheduler.list_schedules(GroupName=group)["Schedules"] if "once" not in one["Name"])

    schedule: dict[str, Any] = scheduler.get_schedule(GroupName=group, Name=own["Name"])

    assert schedule["Target"]["Arn"] == stack.outputs["RequestQueueArn"]
    assert json.loads(schedule["Target"]["Input"])["target"] == ["erp-prod"]
    assert schedule["ScheduleExpression"].startswith("at(2099")
