"""Functions that die at a chosen step, on the deployed stack: nothing is lost, and nothing is stopped twice.

The functions are a test build: the very artefacts, with a wrapper that kills them. Its trigger has 10 seconds, and a
message that was not acknowledged comes again after 3, so that a test need not wait for minutes. Every crash is on its
way at the same time, each with a group and a message of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.case import Case, documents, group_id, wait_for
from local.cloud import LocalCloud
from local.inbox import Inbox
from local.switchboard import Switchboard
from standdown.core.request import Source, StopRequest

TRIGGER_SECONDS = 10
SEEN_AGAIN_SECONDS = 3
PATIENCE = 110.0


@dataclass(frozen=True, slots=True)
class Crash:
    """Where a function dies, or hangs until its time-out kills it, while it works on one request."""

    function: str
    step: str
    deed: str = "die"


CRASHES = {
    "f4-before-the-ledger-is-written": Crash("trigger", "before dynamodb.TransactWriteItems"),
    "f5-after-the-intent-before-the-post": Crash("trigger", "before sdrs.stop"),
    "f6-after-the-post-before-its-job-is-recorded": Crash("trigger", "after sdrs.stop"),
    "f7-before-the-workflow-is-started": Crash("trigger", "before sfn.StartExecution"),
    "f8-after-the-workflow-is-started": Crash("trigger", "after sfn.StartExecution"),
    "f10-hanging-before-the-post": Crash("trigger", "before sdrs.stop", "hang"),
    "f10-hanging-after-the-post": Crash("trigger", "after sdrs.stop", "hang"),
    "f22-before-the-job-is-looked-at": Crash("poller", "before sdrs.job"),
    "f22-after-the-job-was-looked-at": Crash("poller", "after sdrs.job"),
    "f22-after-the-outcome-is-written": Crash("poller", "after dynamodb.TransactWriteItems"),
}
NOTIFIER = "f27-after-publishing"
POISON, BEFORE, BEHIND = "f33-poison", "f33-before-it", "f33-behind-it"


@pytest.fixture(scope="module")
def switchboard(tmp_path_factory: pytest.TempPathFactory) -> Switchboard:
    return Switchboard(Path(tmp_path_factory.mktemp("switchboard")))


@pytest.fixture(scope="module")
def frail(switchboard: Switchboard) -> Iterator[LocalCloud]:
    """Give a stack of its own whose functions can be killed."""
    names = [*CRASHES, NOTIFIER, POISON, BEFORE, BEHIND]
    job = ("--job-seconds", "2", "--init-seconds", "0.2")
    overlays = switchboard.overlays()
    with LocalCloud(auth=True, wait_scale=0.2, simulator=job, targets=documents(names), overlays=overlays) as cloud:
        cloud.simulator.put_groups(
            *({"id": group_id(name), "name": name, "status": "protected", "pairs": 2} for name in names)
        )
        cloud.hasten(TRIGGER_SECONDS, SEEN_AGAIN_SECONDS)
        yield cloud


@pytest.fixture(scope="module")
def people(frail: LocalCloud) -> Inbox:
    return frail.subscribe()


@pytest.fixture(scope="module")
def crashed(frail: LocalCloud, switchboard: Switchboard, people: Inbox) -> dict[str, dict[str, Any]]:
    """Give how each operation ended after its crash."""
    assert people.seen == []
    for name, crash in CRASHES.items():
        switchboard.order(crash.function, crash.step, *words_of(name), deed=crash.deed)
    switchboard.order("notifier", "after sns.Publish", *words_of(NOTIFIER))
    for name in (*CRASHES, NOTIFIER):
        Case(frail, name).request(delivery_id=name)
    return {name: Case(frail, name).published(seconds=PATIENCE)[0] for name in CRASHES}


@pytest.mark.parametrize("name", CRASHES)
def test_a_function_dies_and_the_stop_ends_well_all_the_same(
    frail: LocalCloud, switchboard: Switchboard, crashed: dict[str, dict[str, Any]], name: str
) -> None:
    crash, operation = CRASHES[name], crashed[name]

    carried_out = [deed for deed in switchboard.deeds() if operation["pk"] in deed]
    assert carried_out == [f"{crash.function}: {crash.deed} {crash.step} {list(words_of(name))}"]
    assert operation["outcome"]["result"] == "succeeded"
    assert Case(frail, name).operations() == [operation]
    assert accepted(Case(frail, name)) == 1
    # Who died between SDRS's answer and the ledger has lost the job's id: the group is followed instead.
    assert (operation.get("job_id") is None) is (crash.step == "after sdrs.stop")


@pytest.mark.usefixtures("crashed")
def test_f27_the_notifier_dies_after_publishing_and_the_repeat_has_the_same_id(
    frail: LocalCloud, people: Inbox
) -> None:
    def look() -> list[dict[str, Any]]:
        return [one for one in people.outcomes() if one["target"] == NOTIFIER]

    wait_for(look, bool)
    (letter,) = wait_for(lambda: frail.dead_letters("Notify"), bool)
    told = json.loads(letter["Body"])

    # Lambda's name for it would have the workflow call again; the local cloud has another one, so this does.
    frail.invoke("notifier", {"schema_version": 1, "operation_id": told["operation_id"]})
    (operation,) = Case(frail, NOTIFIER).published()

    first, second = wait_for(look, lambda found: len(found) > 1)
    assert first == second
    assert first["event_id"] == operation["pk"] == told["operation_id"]


def test_f33_a_message_that_kills_the_trigger_holds_up_nobody_and_is_done_once_it_no_longer_does(
    frail: LocalCloud, switchboard: Switchboard
) -> None:
    switchboard.order("trigger", "before dynamodb.TransactWriteItems", *words_of(POISON), for_ever=True)
    for name in (BEFORE, POISON, BEHIND):
        Case(frail, name).request(delivery_id=name)

    done = [Case(frail, name).published(seconds=PATIENCE)[0]["outcome"]["result"] for name in (BEFORE, BEHIND)]
    nothing = Case(frail, POISON).operations()
    letters = [one for one in frail.dead_letters() if POISON in one["Body"]]
    switchboard.calm()
    (operation,) = Case(frail, POISON).published(seconds=PATIENCE)

    assert (done, nothing) == (["succeeded", "succeeded"], [])
    assert letters == []  # it is fresh: only a message that is too old is dead-lettered
    assert operation["outcome"]["result"] == "succeeded"
    assert [accepted(Case(frail, name)) for name in (BEFORE, POISON, BEHIND)] == [1, 1, 1]


def words_of(name: str) -> tuple[str, str]:
    """Return by what the calls for a target's one request are known: its operation's id, its group's id."""
    request = StopRequest(name, Source.QUEUE, datetime.now(UTC), target=name)
    return request.operation_id, group_id(name)


def accepted(case: Case) -> int:
    """Return how many stops of the group SDRS has taken."""
    return sum(stop["status"] == 200 for stop in case.stops())
