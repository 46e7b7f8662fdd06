"""Whatever is delivered twice, and whoever else asks meanwhile: one stop, and an outcome for each request."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest

from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.inbox import Inbox
from local.message import batch, record

LEASE_SECONDS = 90.0
"""More than the trigger's lease on an operation: its whole timeout of a minute, and some seconds."""
NONE_FAILED: dict[str, Any] = {"batchItemFailures": []}


def test_a_redelivered_message_stops_nothing_twice_while_the_job_runs_nor_after(stack: LocalCloud, case: Case) -> None:
    inbox = stack.subscribe()
    message_id = case.request()
    before = case.under_way()
    same = batch(record({"target": case.target, "reason": "e2e", "requested_by": "e2e"}, message_id))

    during = stack.invoke("trigger", same)
    (after,) = case.published()
    afterwards = stack.invoke("trigger", same)

    assert during == afterwards == NONE_FAILED
    assert len(case.stops()) == 1
    assert [one["pk"] for one in case.operations()] == [before["pk"]]
    assert case.operations() == [after]
    assert told(inbox, after["pk"]) == 1
    assert len([one for one in stack.executions() if one["name"].endswith(after["pk"])]) == 1


@pytest.mark.timeout(200)
def test_a_sender_that_repeats_itself_under_its_own_delivery_id_stops_nothing_twice(case: Case) -> None:
    delivery_id = f"ticket-{uuid.uuid4()}"

    case.request(delivery_id=delivery_id)
    case.under_way()
    for _ in range(3):
        case.request(delivery_id=delivery_id)
    (operation,) = case.published()
    case.request(delivery_id=delivery_id)
    settled(case.cloud)

    assert operation["request"]["delivery_id"] == delivery_id
    assert case.operations() == [operation]
    assert len(case.stops()) == 1


def test_the_same_message_delivered_to_several_invocations_at_once_is_one_stop(stack: LocalCloud, case: Case) -> None:
    body, message_id = {"target": case.target, "reason": "e2e"}, str(uuid.uuid4())
    answers: list[Any] = []

    def deliver() -> None:
        answers.append(stack.invoke("trigger", batch(record(body, message_id))))

    stack.client("lambda")  # made before the threads need it
    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (operation,) = case.published()

    # Whoever came while the first was at work is to come again: the queue sees to that.
    assert NONE_FAILED in answers
    assert len(answers) == len(threads)
    assert len(case.stops()) == 1
    assert operation["outcome"]["result"] == "succeeded"


def test_a_second_request_for_the_group_joins_the_first_and_both_are_told(stack: LocalCloud, case: Case) -> None:
    inbox = stack.subscribe()
    case.request(reason="the first")
    first = case.under_way()

    case.request(reason="the second")
    both = case.published(count=2)

    results = {one["request"]["reason"]: one["outcome"] for one in both}
    assert results["the first"]["result"] == "succeeded"
    assert results["the second"]["result"] == "joined"
    assert results["the second"]["joined_to"] == first["pk"]
    assert results["the second"]["joined_result"] == "succeeded"
    assert len(case.stops()) == 1
    assert [told(inbox, one["pk"]) for one in both] == [1, 1]
    (worker,) = [one for one in both if one["pk"] == first["pk"]]
    assert [cause["reason"] for cause in worker["causes"]] == ["the second"]


def test_a_request_after_the_stop_finds_nothing_left_to_stop(case: Case) -> None:
    case.request(reason="the first")
    case.published()

    case.request(reason="much later")
    both = case.published(count=2)

    assert {one["request"]["reason"]: one["outcome"]["result"] for one in both} == {
        "the first": "succeeded",
        "much later": "already_stopped",
    }
    assert [stop["status"] for stop in case.stops()][1:] in ([], [400])


def told(inbox: Inbox, operation_id: str) -> int:
    """Return how often an inbox was told of an operation: it waits for the first time, and for nothing more."""

    def look() -> int:
        return sum(one["operation_id"] == operation_id for one in inbox.outcomes())

    wait_for(look, bool)
    return look()


def settled(cloud: LocalCloud) -> None:
    """Wait until the RequestQueue is empty and nothing of it is being worked on.

    It is every test's queue. A repeat that met its first at work is out of sight until that one's lease would be over.
    """
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def left() -> int:
        url = cloud.outputs["RequestQueueUrl"]
        found = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return sum(int(count) for count in found.values())

    wait_for(left, lambda count: count == 0, LEASE_SECONDS)
