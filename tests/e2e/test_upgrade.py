"""An upgrade with stops under way, joined and in the queue: each ends once and is told once; what holds data stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local import sam
from local.beside import beside
from local.case import Case, documents, group_id, wait_for
from local.cloud import ARTEFACTS, LocalCloud
from local.earlier import FIRST, NEWER, OLD_MEMORY, checked_out, commit_before, has_history, poorer
from local.moving_names import by_name
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


def switch_queue(cloud: LocalCloud, *, on: bool) -> None:
    """Have the trigger take messages from the stack's queue, or leave them in it."""
    functions = cloud.client("lambda")
    name = cloud.outputs["TriggerFunctionName"]
    for mapping in functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)


def built(version: str, folder: Path) -> Path:
    """Return what `sam build` made of an earlier version."""
    if version == POORER:
        return poorer(sam.build(), folder)
    commit = FIRST if version == RELEASED else commit_before()
    return sam.build(checked_out(commit, folder / "before"))


class Upgraded:
    """A stack of an earlier version with a stop under way, one joined, one of a group by its name, one in the queue."""

    def __init__(self, stack: LocalCloud, version: str, folder: Path) -> None:
        name = f"upgraded-{VERSIONS.index(version)}"
        names = (name, f"{name}-by-name", f"{name}-queued")
        stack.simulator.put_groups(
            *({"id": group_id(one), "name": one, "status": "protected", "pairs": 2} for one in names)
        )
        targets = documents(names) | by_name([names[1]])
        self.cloud = beside(stack, name, folder / "before.log", targets, built(version, folder))
        self.case, self.named, self.queued = (Case(self.cloud, one) for one in names)

    def begin(self) -> None:
        """Have the earlier version begin what is under way, and leave one request in the queue."""
        for one in (self.case, self.named):
            one.set_group(plan={"job_seconds": 3600})
        self.case.request()
        self.first = self.case.under_way()["pk"]
        self.case.request()
        self.joined = wait_for(lambda: [one for one in self.case.operations() if one["state"] == "joined"], bool)[0]
        self.named.request()
        self.holder = self.named.under_way()["pk"]
        switch_queue(self.cloud, on=False)
        self.queued.request()

    def end(self) -> dict[str, dict[str, Any]]:
        """Have another request meet the lock that is there, let everything end, and return the operations."""
        assert self.queued.operations() == []
        switch_queue(self.cloud, on=True)
        self.named.request()
        wait_for(lambda: [one.get("joined_to") for one in self.named.operations()], lambda found: self.holder in found)
        for one in (self.case, self.named):
            self.cloud.simulator.end_job(one.group_id)
        found = [*self.case.published(2), *self.named.published(2), *self.queued.published()]
        return {one["pk"]: one for one in found}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_under_way_ends_and_is_published_once_by_the_version_after(
    stack: LocalCloud, tmp_path: Path, version: str
) -> None:
    upgraded = Upgraded(stack, version, tmp_path)
    cloud = upgraded.cloud
    before, inbox = resources(cloud), cloud.subscribe()
    newer = laid_over(sam.build(), tmp_path, [Overlay(one, "asked") for one in ON_THE_WAY])
    upgraded.begin()

    cloud.deploy(newer, tmp_path / "after.log")
    still_under_way = upgraded.case.operations()[0]["state"]
    ended = upgraded.end()

    asked = {"call-of-a-test": ["sts", "get_caller_identity", {}]}
    assert all(cloud.invoke(one, asked) == {"error": None} for one in ON_THE_WAY)  # the new code
    assert still_under_way == "following"
    results = {pk: one["outcome"]["result"] for pk, one in ended.items()}
    assert sorted(results.values()) == ["joined", "joined", "succeeded", "succeeded", "succeeded"]
    assert (results[upgraded.first], results[upgraded.holder]) == ("succeeded", "succeeded")
    assert ended[upgraded.joined["pk"]]["joined_to"] == upgraded.first
    assert [len(one.stops()) for one in (upgraded.case, upgraded.named, upgraded.queued)] == [1, 1, 1]
    wait_for(inbox.outcomes, lambda found: len(found) >= len(ended), SECONDS)
    assert sorted(one["operation_id"] for one in inbox.outcomes()) == sorted(ended)
    assert [one["name"] for one in cloud.executions()].count(f"stop-{upgraded.first}") == 1
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
