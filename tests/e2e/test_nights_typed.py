"""The pages about nights and the runbooks are typed, word for word, at live targets: what they say comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.test_pages_typed import NOT_HERE, USING, shell_at, typed
from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.doors import Doors, parameters
from simulator import defaults

NIGHTS, RUNBOOKS = USING / "nights.md", USING / "runbooks.md"
TYPED_HERE = r"aws scheduler create-schedule"
LEFT_OUT = [pattern for pattern in NOT_HERE if pattern != TYPED_HERE]
SECONDS = 300
CRM = defaults.GROUPS[1]["id"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """Give a stack called standdown, of which only the pages have put targets and calendars."""
    given = parameters("erp-prod-")
    with LocalCloud(wait_scale=0.2, simulator=("--job-seconds", "1"), parameters=given) as made:
        yield made


@pytest.fixture(scope="module")
def nights(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Type the page about nights; return the parameters below the stack's prefix."""
    folder = tmp_path_factory.mktemp("nights")
    shell = shell_at(cloud, folder, sleep=anew(cloud))
    result = typed(NIGHTS.read_text("utf-8"), shell, folder, LEFT_OUT, SECONDS)
    assert result.status == 0, result.said
    found = cloud.client("ssm").get_parameters_by_path(Path="/standdown", Recursive=True)["Parameters"]
    return {one["Name"].removeprefix("/standdown/"): one["Value"] for one in found}


def anew(cloud: LocalCloud) -> str:
    """Return the line that is run for the page's `sleep 60`: a process that begins now believes no target as it was.

    That a minute does is tried by test_doors_without_deploy.py.
    """
    trigger = cloud.client("lambda").get_function_configuration(FunctionName=cloud.outputs["TriggerFunctionName"])
    name, timeout = trigger["FunctionName"], trigger["Timeout"]
    return f"exec aws lambda update-function-configuration --function-name {name} --timeout {timeout} > /dev/null"


@pytest.fixture(scope="module")
def morning(cloud: LocalCloud, nights: dict[str, str]) -> dict[str, Any]:
    """Let the schedule that the page makes fire now; return the operation that comes of it."""
    assert nights
    group = cloud.outputs["ScheduleGroupName"]
    made = cloud.client("scheduler").get_schedule(GroupName=group, Name="chg0042-ends")
    assert made["ScheduleExpression"].endswith("T06:00:00)")
    Doors(cloud).schedule(made["Target"]["Input"])
    return resumed(cloud, "crm-prod")


def resumed(cloud: LocalCloud, target: str, count: int = 1) -> dict[str, Any]:
    """Wait for the resumes of a target, and return the last one."""
    found = wait_for(
        lambda: [one for one in Case(cloud, target).operations() if one["request"].get("action") == "resume"],
        lambda seen: len(seen) >= count and all(one["state"] == "published" for one in seen),
    )
    return found[-1]


def results(cloud: LocalCloud, target: str) -> list[str]:
    """Return how everything ended that was asked about a target."""
    return [
        f"{one['request'].get('action') or 'stop'} {one['outcome']['result']} by {one['request']['source']}"
        for one in Case(cloud, target).operations()
    ]


def test_the_page_about_nights_leaves_live_targets_and_its_calendars(nights: dict[str, str]) -> None:
    erp, crm = json.loads(nights["targets/erp-prod"]), json.loads(nights["targets/crm-prod"])

    assert (erp["mode"], erp["resume_at"], erp["skip_on"]) == ("live", "06:00 Europe/Berlin", ["holidays"])
    assert (crm["mode"], crm["resume_sources"]) == ("live", ["schedule", "direct"])
    assert "2026-12-25" in json.loads(nights["calendars/holidays"])["dates"]
    assert {"on": "2099-12-24", "reason": "Christmas Eve"} in json.loads(nights["calendars/erp-prod"])["dates"]


def test_the_second_schedule_resumes_the_stop_whose_hold_it_names(cloud: LocalCloud, morning: dict[str, Any]) -> None:
    assert (morning["request"]["source"], morning["outcome"]["result"]) == ("schedule", "resumed")
    assert results(cloud, "crm-prod")[:3] == [  # the runbooks may have been typed before
        "stop dry_run by direct",
        "stop succeeded by direct",
        "resume resumed by schedule",
    ]
    assert cloud.simulator.group(CRM)["status"] == "protected"


def test_the_runbooks_stop_resume_and_say_what_comes_next(
    cloud: LocalCloud, morning: dict[str, Any], tmp_path: Path
) -> None:
    assert morning
    cloud.simulator.put_groups({"id": CRM, "priority_station": "target"})  # after the failover, and step 1 of runbook B

    result = typed(RUNBOOKS.read_text("utf-8"), shell_at(cloud, tmp_path), tmp_path, seconds=SECONDS)

    assert result.status == 0, result.said
    done = ["stop succeeded by direct", "resume resumed by direct"]
    assert results(cloud, "erp-prod") == ["stop dry_run by direct", *done]
    assert results(cloud, "crm-prod")[-2:] == done
    assert resumed(cloud, "erp-prod")["request"]["reason"] == "CHG0042 went well"
    assert [cloud.simulator.group(name)["status"] for name in ("erp-prod", CRM)] == ["protected"] * 2
    assert cloud.simulator.group(CRM)["priority_station"] == "target"
    said = (tmp_path / "reports.txt").read_text("utf-8")
    assert [one for one in ("STOP", "FAILOVER", "FAILBACK") if one not in said] == []  # each was answered with yes
