"""An outcome published again: the same ids, each channel once, and the ledger knows what got through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from standdown.core.operation import State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Result
from standdown.ledger.ledger import LedgerError
from standdown.ledger.table import type_to_wire
from standdown.publish.backoff import WEBHOOK
from standdown.publish.channels.broken import BrokenChannel
from standdown.publish.delivery import Publication
from standdown.publish.notify import notify
from standdown.publish.replay import ReplayError, replay
from support.inmemory.aws import refused
from support.inmemory.stack import Stack

UNREADABLE = BrokenChannel("webhook:*", "the webhook document is not valid JSON", WEBHOOK)


@pytest.fixture
def stack() -> Stack:
    """Give a stack with one operation that is published."""
    stack = Stack()
    stack.send()
    stack.deliver()
    operation = stack.ledger.end(stack.operation, Outcome(Result.SUCCEEDED, stack.clock(), "as it went"))
    notify(operation.operation_id, stack.ledger, stack.publication, stack.clock)
    return stack


def fails(stack: Stack, service: str) -> None:
    def fail() -> None:
        raise refused(service, "InternalError")

    stack.boundary.cut(0, fail, name=service)


def test_f27_a_replay_has_the_same_ids_and_the_same_words(stack: Stack) -> None:
    operation_id = stack.operation.operation_id
    stack.clock.pass_(86_400)

    told = replay(operation_id, stack.ledger, stack.publication).to_dict()

    assert told == {
        "schema_version": 1,
        "operation_id": operation_id,
        "outcome": "succeeded",
        "channels": {"sns": "done", "eventbridge": "done"},
    }
    for first, second in (stack.topic.details, stack.bus.details):
        assert first == second
        assert first["event_id"] == operation_id


def test_only_the_channels_that_are_named_are_served(stack: Stack) -> None:
    told = replay(stack.operation.operation_id, stack.ledger, stack.publication, ["sns", "webhook:old"])

    assert told.channels["sns"] == "done"
    assert told.channels["webhook:old"].startswith("not replayed")
    assert (len(stack.topic.details), len(stack.bus.details)) == (2, 1)


def stands(stack: Stack, name: str, channel: DeliveryState) -> None:
    """Have the ledger say how a channel stands, whatever stood there."""
    item = stack.dynamodb.items[stack.operation.operation_id]
    item["channels"]["M"][name] = type_to_wire(channel.to_dict())


def test_what_was_undelivered_and_gets_through_is_done(stack: Stack) -> None:
    operation_id = stack.operation.operation_id
    stands(stack, "sns", DeliveryState(Delivery.UNDELIVERED, 9, stack.clock(), problem="down"))

    replay(operation_id, stack.ledger, stack.publication)

    channel = stack.operation.channels["sns"]
    assert (channel.status, channel.attempts, channel.problem) == (Delivery.DONE, 10, None)
    assert stack.operation.state is State.PUBLISHED


def test_what_fails_is_said_and_what_was_done_before_stays_done(stack: Stack) -> None:
    fails(stack, "sns")

    told = replay(stack.operation.operation_id, stack.ledger, stack.publication)

    assert told.channels["sns"].startswith("failed: SNS refused it")
    assert told.channels["eventbridge"] == "done"
    assert stack.operation.channels["sns"].status is Delivery.DONE


def test_a_document_that_cannot_be_read_stands_for_the_endpoint_that_is_meant(stack: Stack) -> None:
    publication = Publication([UNREADABLE], stack.publication.links, clock=stack.clock)

    told = replay(stack.operation.operation_id, stack.ledger, publication, ["webhook:pager"])

    assert told.channels["webhook:*"] == "failed: the webhook document is not valid JSON"


def test_a_replay_while_the_workflow_still_publishes_takes_nothing_away(stack: Stack) -> None:
    operation_id = stack.operation.operation_id
    later = DeliveryState(Delivery.PENDING, 2, stack.clock(), stack.clock() + timedelta(minutes=5), "busy")
    stands(stack, "eventbridge", later)
    fails(stack, "events")

    replay(operation_id, stack.ledger, stack.publication)

    assert stack.operation.channels["eventbridge"] == later


def test_an_operation_that_never_was_is_said() -> None:
    stack = Stack()

    with pytest.raises(ReplayError, match="no operation ffff"):
        replay("f" * 32, stack.ledger, stack.publication)


def test_an_operation_that_is_under_way_has_nothing_to_replay() -> None:
    stack = Stack()
    stack.send()
    stack.deliver()

    with pytest.raises(ReplayError, match="has not ended"):
        replay(stack.operation.operation_id, stack.ledger, stack.publication)

    assert stack.topic.details == []


def test_a_ledger_that_cannot_be_used_is_raised(stack: Stack) -> None:
    operation_id = stack.operation.operation_id
    fails(stack, "dynamodb")

    with pytest.raises(LedgerError):
        replay(operation_id, stack.ledger, stack.publication)


def test_a_channel_that_is_new_since_is_recorded_with_its_first_attempt(stack: Stack) -> None:
    del stack.dynamodb.items[stack.operation.operation_id]["channels"]["M"]["sns"]

    replay(stack.operation.operation_id, stack.ledger, stack.publication)

    assert stack.operation.channels["sns"] == DeliveryState(Delivery.DONE, 1, at=stack.clock())


@pytest.mark.parametrize("named", ["s", "sn", "snsx", "eventbridge2"])
def test_a_name_that_is_like_a_channels_is_not_the_channel(stack: Stack, named: str) -> None:
    told = replay(stack.operation.operation_id, stack.ledger, stack.publication, [named])

    assert list(told.channels) == [named]
    assert told.channels[named].startswith("not replayed")
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)


@pytest.mark.parametrize("named", ["webhook", "webhooks:pager", "w:pager", "sns"])
def test_a_document_that_cannot_be_read_stands_for_endpoints_alone(stack: Stack, named: str) -> None:
    publication = Publication([UNREADABLE], stack.publication.links, clock=stack.clock)

    told = replay(stack.operation.operation_id, stack.ledger, publication, [named])

    assert list(told.channels) == [named]
