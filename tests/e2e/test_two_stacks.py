"""Two stacks side by side in one account: what one is asked, records and tells is nothing to the other."""

from __future__ import annotations

from typing import Any

import pytest

from local.beside import beside
from local.case import Case, documents, group_id, wait_for
from local.cloud import LocalCloud
from local.inbox import Inbox

NEIGHBOUR = "neighbour"
SECONDS = 20.0


@pytest.fixture(scope="module")
def neighbour(stack: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> LocalCloud:
    """Give a second stack in the same cloud, with groups of its own."""
    stack.simulator.put_groups({"id": group_id(NEIGHBOUR), "name": NEIGHBOUR, "status": "protected", "pairs": 2})
    log = tmp_path_factory.mktemp(NEIGHBOUR) / "deploy.log"
    return beside(stack, NEIGHBOUR, log, documents([NEIGHBOUR]))


def of(inbox: Inbox, operation_id: str) -> list[dict[str, Any]]:
    """Return what an inbox has got so far about one operation."""
    return [one for one in inbox.outcomes() if one["operation_id"] == operation_id]


def test_two_stacks_share_no_queue_topic_table_workflow_or_function(stack: LocalCloud, neighbour: LocalCloud) -> None:
    shared = {
        name: value
        for name, value in neighbour.outputs.items()
        if name in stack.outputs and stack.outputs[name] == value and name != "Version"
    }

    assert len(neighbour.outputs) > 10
    assert not shared


def seen(cloud: LocalCloud, inbox: Inbox) -> dict[str, set[str]]:
    """Return everything that a stack has recorded, run, logged of requests, set aside and told, by its ids."""
    return {
        "operations": {one["pk"] for one in cloud.ledger()},
        "executions": {one["name"] for one in cloud.executions()},
        "requests in the log": {str(one.get("operation_id")) for one in cloud.logs("trigger")},
        "set aside": {one["MessageId"] for one in (*cloud.dead_letters(), *cloud.dead_letters("Notify"))},
        "told": {one["operation_id"] for one in inbox.outcomes()},
    }


def test_a_stop_in_one_stack_is_nothing_to_the_other(stack: LocalCloud, neighbour: LocalCloud, case: Case) -> None:
    """The same target's name in both stacks, each for a group of its own; then the other way round."""
    ours, theirs, next_door = stack.subscribe(), neighbour.subscribe(), Case(neighbour, NEIGHBOUR)
    neighbour.put_target(case.target, documents([NEIGHBOUR])[NEIGHBOUR])
    before = seen(neighbour, theirs)

    case.request()
    (operation,) = case.published()
    wait_for(lambda: of(ours, operation["pk"]), bool, SECONDS)

    assert len(case.stops()) == 1
    assert seen(neighbour, theirs) == before
    assert not next_door.stops()

    asked = len(next_door.operations())
    next_door.request()
    (*_, other) = next_door.published(asked + 1)
    wait_for(lambda: of(theirs, other["pk"]), bool, SECONDS)

    assert other["outcome"]["result"] == "succeeded"
    assert len(next_door.stops()) == 1
    assert other["pk"] not in set().union(*seen(stack, ours).values())


def test_what_is_said_of_one_stack_holds_its_name_alone(stack: LocalCloud, neighbour: LocalCloud) -> None:
    """Metrics are told apart by their dimension, so that alarms of one stack do not count for the other."""
    theirs = Case(neighbour, NEIGHBOUR)
    before = len(theirs.operations())
    theirs.request(dry_run=True)
    theirs.published(before + 1)

    counted = [line["stack"] for line in neighbour.logs("trigger") if "_aws" in line]

    assert counted
    assert set(map(str, counted)) == {neighbour.stack}
    assert neighbour.stack != stack.stack
