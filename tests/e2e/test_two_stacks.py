"""Two stacks side by side in one account: what one is asked, records and tells is nothing to the other."""

from __future__ import annotations

import json
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
    """Give a second stack in the same cloud, with a group of its own."""
    stack.simulator.put_groups({"id": group_id(NEIGHBOUR), "name": NEIGHBOUR, "status": "protected", "pairs": 2})
    log = tmp_path_factory.mktemp(NEIGHBOUR) / "deploy.log"
    return beside(stack, NEIGHBOUR, log, documents([NEIGHBOUR]))


def told(inbox: Inbox) -> list[dict[str, Any]]:
    """Return the outcomes that an inbox has got so far."""
    inbox.fetch(wait_seconds=1)
    return [json.loads(one["Message"]) for one in inbox.seen]


def of(inbox: Inbox, operation_id: str) -> list[dict[str, Any]]:
    """Return what an inbox has got so far about one operation."""
    return [one for one in told(inbox) if one["operation_id"] == operation_id]


def test_two_stacks_share_no_queue_topic_table_workflow_or_function(stack: LocalCloud, neighbour: LocalCloud) -> None:
    shared = {
        name: value
        for name, value in neighbour.outputs.items()
        if name in stack.outputs and stack.outputs[name] == value
    }

    assert len(neighbour.outputs) > 10
    assert not shared


def test_a_stop_in_one_stack_is_nothing_to_the_other(stack: LocalCloud, neighbour: LocalCloud, case: Case) -> None:
    """The same target's name in both stacks, each for a group of its own; then the other way round."""
    ours, theirs = stack.subscribe(), neighbour.subscribe()
    neighbour.put_target(case.target, documents([NEIGHBOUR])[NEIGHBOUR])

    case.request()
    (operation,) = case.published()
    wait_for(lambda: of(ours, operation["pk"]), bool, SECONDS)

    assert len(case.stops()) == 1
    assert neighbour.ledger() == neighbour.executions() == neighbour.logs("trigger") == told(theirs) == []
    assert not Case(neighbour, NEIGHBOUR).stops()

    Case(neighbour, NEIGHBOUR).request()
    (other,) = Case(neighbour, NEIGHBOUR).published()
    wait_for(lambda: of(theirs, other["pk"]), bool, SECONDS)

    assert other["outcome"]["result"] == "succeeded"
    assert len(Case(neighbour, NEIGHBOUR).stops()) == 1
    assert [one["pk"] for one in neighbour.ledger()] == [other["pk"]]
    assert [one["name"] for one in neighbour.executions()] == [f"stop-{other['pk']}"]
    assert other["pk"] not in {one["pk"] for one in stack.ledger()}
    assert not of(ours, other["pk"])
    assert neighbour.dead_letters() == neighbour.dead_letters("Notify") == []


def test_what_is_said_of_one_stack_holds_its_name_alone(stack: LocalCloud, neighbour: LocalCloud) -> None:
    """Metrics are told apart by their dimension, so that alarms of one stack do not count for the other."""
    Case(neighbour, NEIGHBOUR).request(dry_run=True)
    Case(neighbour, NEIGHBOUR).published(count=2)

    counted = [line["stack"] for line in neighbour.logs("trigger") if "_aws" in line]

    assert counted
    assert set(map(str, counted)) == {neighbour.stack}
    assert neighbour.stack != stack.stack
