"""An upgrade with a stop under way: the stop ends, its outcome is published once, and what holds data stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import sam
from local.beside import beside
from local.case import Case, documents, group_id, wait_for
from local.cloud import ARTEFACTS, LocalCloud
from local.earlier import FIRST, NEWER, OLD_MEMORY, checked_out, commit_before, has_history, poorer
from local.overlay import Overlay, laid_over
from local.process import LocalCloudError

ON_THE_WAY = ("trigger", "poller", "notifier", "sweeper")
KEPT = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")
POORER, RELEASED, BEFORE = "another template", "0.1.0", "the commit before"
# A copy of the files alone has no earlier version: there, the other template is the only one, and the report says so.
VERSIONS = [POORER, *([RELEASED, BEFORE] if has_history() else [])]
SECONDS = 20.0


def resources(cloud: LocalCloud) -> dict[str, tuple[str, str]]:
    """Return the type and the physical id of everything in the stack, by logical id."""
    found = cloud.client("cloudformation").describe_stack_resources(StackName=cloud.stack)["StackResources"]
    return {one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"]) for one in found}


def kept(found: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Return the physical ids of what an upgrade must leave as it is."""
    return {name: physical for name, (kind, physical) in found.items() if kind in KEPT}


def memory(cloud: LocalCloud) -> set[int]:
    """Return how much memory the functions on the way have, in MiB."""
    functions = cloud.client("lambda")
    names = (cloud.outputs[f"{name.capitalize()}FunctionName"] for name in ON_THE_WAY)
    return {functions.get_function_configuration(FunctionName=name)["MemorySize"] for name in names}


def built(version: str, folder: Path) -> Path:
    """Return what `sam build` made of an earlier version."""
    if version == POORER:
        return poorer(sam.build(), folder)
    commit = FIRST if version == RELEASED else commit_before()
    return sam.build(checked_out(commit, folder / "before"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_stop_under_way_ends_and_is_published_once_by_the_version_after(
    stack: LocalCloud, tmp_path: Path, version: str
) -> None:
    name = f"upgraded-{VERSIONS.index(version)}"
    stack.simulator.put_groups({"id": group_id(name), "name": name, "status": "protected", "pairs": 2})
    cloud = beside(stack, name, tmp_path / "before.log", documents([name]), built(version, tmp_path))
    before, case, inbox = resources(cloud), Case(cloud, name), cloud.subscribe()
    case.set_group(plan={"job_seconds": 3600})
    newer = laid_over(sam.build(), tmp_path, [Overlay(one, "asked") for one in ON_THE_WAY])
    case.request()
    operation_id = case.under_way()["pk"]

    cloud.deploy(newer, tmp_path / "after.log")
    still_under_way = case.operations()[0]["state"]
    cloud.simulator.end_job(case.group_id)
    (operation,) = case.published()

    asked = {"call-of-a-test": ["sts", "get_caller_identity", {}]}
    assert all(cloud.invoke(one, asked) == {"error": None} for one in ON_THE_WAY)  # the new code
    assert still_under_way == "following"
    assert (operation["pk"], operation["outcome"]["result"]) == (operation_id, "succeeded")
    assert len(case.stops()) == 1
    published = wait_for(inbox.outcomes, bool, SECONDS)
    assert [one["operation_id"] for one in published] == [operation_id]
    assert [one["name"] for one in cloud.executions()].count(f"stop-{operation_id}") == 1
    after = resources(cloud)
    assert kept(after) == kept(before)
    if version == POORER:
        assert not {kind for kind, _ in before.values()} & set(NEWER)
        assert {kind for kind, _ in after.values()} >= set(NEWER)
        assert OLD_MEMORY not in memory(cloud)


def test_w02b_an_update_of_a_stack_whose_schedule_is_a_rate_is_refused_with_what_to_do(
    stack: LocalCloud, tmp_path: Path
) -> None:
    """A stack of 0.1.0 may have one: the scheduler fires it as soon as it is deployed, and again after an update."""
    given = {"ScheduleExpression": "rate(1 day)", "ScheduleTargets": "erp-prod"}

    with pytest.raises(LocalCloudError) as refused:
        sam.deploy(sam.build(), stack.endpoint, stack.stack, ARTEFACTS, given, tmp_path / "rated.log")

    assert "clear or replace a rate(...) before the update" in " ".join(str(refused.value).split())
