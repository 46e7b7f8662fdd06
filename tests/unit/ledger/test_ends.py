"""How an end leaves the lock, what stands of each channel, and what becomes of an item that is full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Result
from standdown.core.request import Source, StopRequest
from standdown.ledger.answers import Begun, Busy, Cooling
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import Table
from support.inmemory.clock import START
from support.inmemory.dynamodb import LARGEST, MemoryDynamo, size_of
from support.inmemory.template import indexes

GROUP = GroupRef("cn-north-4", "p", "40df180b-9fe2-471a-8c64-1b758dc84189")
NONE, COOLDOWN = timedelta(), timedelta(hours=1)
FAILED, DONE = Outcome(Result.FAILED, START, "It failed."), Outcome(Result.SUCCEEDED, START, "Protection is off.")


@pytest.fixture
def client() -> Any:
    return MemoryDynamo(indexes())


@pytest.fixture
def ledger(client: Any) -> Ledger:
    return Ledger(Table(client, "ledger"))


def operation(delivery: str = "first", **more: Any) -> Operation:
    request = StopRequest(delivery, Source.QUEUE, START, target="erp-prod")
    given: dict[str, Any] = {"lock": GROUP.key, "lease_until": START + timedelta(minutes=1)} | more
    return Operation(request.operation_id, request, START, target="erp-prod", group=GROUP, **given)


def stored(ledger: Ledger, of: Operation) -> Operation:
    found = ledger.get(of.operation_id)
    assert found is not None
    return found


# --- the lock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "outcome", "cools"),
    [(True, FAILED, False), (True, DONE, True), (False, FAILED, False), (False, DONE, False)],
)
def test_the_cooldown_counts_stops_that_have_not_failed(
    ledger: Ledger, taken: bool, outcome: Outcome, cools: bool
) -> None:
    first = operation()
    ledger.begin(first, NONE)
    ledger.end(ledger.accept(first, "j-1", START) if taken else first, outcome)

    again = ledger.begin(operation("second"), COOLDOWN)

    assert again == (Cooling(START) if cools else Begun())


def test_who_failed_without_a_stop_does_not_take_back_that_the_group_was_stopped_before(ledger: Ledger) -> None:
    first, second = operation(), operation("second")
    ledger.begin(first, NONE)
    ledger.end(ledger.accept(first, "j-1", START), DONE)
    ledger.begin(second, NONE)

    ledger.end(second, FAILED)

    assert ledger.begin(operation("third"), COOLDOWN) == Cooling(START)


# --- what is written down --------------------------------------------------------------------------------------------


def test_whoever_publishes_is_noted_once_there_is_an_outcome(ledger: Ledger) -> None:
    first = operation()
    ledger.begin(first, NONE)

    ledger.publish_by(first.operation_id, "too-early")
    before = stored(ledger, first).publisher
    ledger.end(first, DONE)
    ledger.publish_by(first.operation_id, "publish-1")

    assert (before, stored(ledger, first).publisher) == (None, "publish-1")


PENDING, SENT = DeliveryState(Delivery.PENDING, 1, problem="down"), DeliveryState(Delivery.DONE, 2)
GIVEN_UP = DeliveryState(Delivery.UNDELIVERED, 9, problem="gone")


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        (PENDING, SENT, SENT),
        (PENDING, GIVEN_UP, GIVEN_UP),
        (PENDING, replace(PENDING, attempts=2), replace(PENDING, attempts=2)),
        (GIVEN_UP, SENT, SENT),
        (SENT, PENDING, SENT),
        (SENT, GIVEN_UP, SENT),
        (SENT, replace(SENT, attempts=3), replace(SENT, attempts=3)),
    ],
)
def test_nobody_takes_back_that_a_channel_got_the_outcome(
    ledger: Ledger, first: DeliveryState, then: DeliveryState, stands: DeliveryState
) -> None:
    ended = operation()
    ledger.begin(ended, NONE)
    ledger.end(ended, DONE)

    ledger.mark(ended.operation_id, "sns", first)
    ledger.mark(ended.operation_id, "eventbridge", PENDING)
    ledger.mark(ended.operation_id, "sns", then)

    assert stored(ledger, ended).channels == {"sns": stands, "eventbridge": PENDING}


def test_unless_it_is_said_nobody_knows_that_nothing_was_sent(ledger: Ledger) -> None:
    intent = operation()
    ledger.begin(intent, NONE)

    ledger.release(intent, "SDRS is busy")

    assert stored(ledger, intent).unsent_attempts == 0


# --- items that are full ---------------------------------------------------------------------------------------------

CAUSE = StopRequest("joined", Source.QUEUE, START, target="erp-prod", reason="r")


def full(client: Any, ledger: Ledger, of: Operation) -> Operation:
    """Have an operation be there whose item has no room: its list of those that joined takes it all."""
    holder = replace(of, causes=(CAUSE,))
    ledger.begin(holder, NONE)
    item = client.items[holder.operation_id]
    reason = item["causes"]["L"][0]["M"]["reason"]
    reason["S"] = "x" * (LARGEST - size_of(item))
    return holder


WRITES: dict[str, tuple[Callable[[Ledger, Operation], object], Callable[[Operation], bool]]] = {
    "accept": (lambda ledger, of: ledger.accept(of, "j-1", START), lambda now: now.job_id == "j-1"),
    "end": (lambda ledger, of: ledger.end(of, DONE), lambda now: now.outcome == DONE),
    "release": (lambda ledger, of: ledger.release(of, "p" * 99), lambda now: now.problem == "p" * 99),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_full_item_is_written_without_the_list_of_those_that_joined(client: Any, ledger: Ledger, write: str) -> None:
    do, done = WRITES[write]
    holder = full(client, ledger, operation())

    do(ledger, holder)

    now = stored(ledger, holder)
    assert done(now)
    assert now.causes == ()
    assert now.lease_until is None
    assert "causes_bytes" not in client.items[holder.operation_id]


def test_a_full_item_that_has_ended_still_says_who_publishes_and_what_each_channel_got(
    client: Any, ledger: Ledger
) -> None:
    ended = full(client, ledger, replace(operation(), state=State.ENDED, outcome=DONE))

    ledger.mark(ended.operation_id, "sns", SENT)
    ledger.publish_by(ended.operation_id, "publish-1")

    now = stored(ledger, ended)
    assert (now.channels, now.publisher, now.causes) == ({"sns": SENT}, "publish-1", ())


def test_an_end_frees_the_lock_also_where_its_item_was_full(client: Any, ledger: Ledger) -> None:
    holder = full(client, ledger, operation())

    ledger.end(holder, DONE)

    assert ledger.begin(operation("second"), NONE) == Begun()


def test_a_full_item_whose_lock_somebody_else_has_by_now_is_written_alone(client: Any, ledger: Ledger) -> None:
    holder = full(client, ledger, operation())
    del client.items[f"group#{GROUP.key}"]
    other = operation("second")
    ledger.begin(other, NONE)

    ended = ledger.end(holder, DONE)

    assert ended.outcome == DONE
    assert ledger.begin(operation("third"), NONE) == Busy(other.operation_id, f"group#{GROUP.key}")


def test_a_request_joins_a_holder_that_is_full_without_being_listed(client: Any, ledger: Ledger) -> None:
    holder = full(client, ledger, operation())

    joined = ledger.join(operation("second"), holder.operation_id)

    assert joined is not None
    assert (joined.state, joined.joined_to, joined.lease_until) == (State.JOINED, holder.operation_id, None)
    assert len(stored(ledger, holder).causes) == 1


# --- turns -----------------------------------------------------------------------------------------------------------


def test_something_is_done_once_in_its_time_and_what_is_done_else_has_a_turn_of_its_own(
    client: Any, ledger: Ledger
) -> None:
    hour = timedelta(hours=1)
    moments = (timedelta(), hour - timedelta(seconds=1), hour, hour + timedelta(seconds=1))

    taken = [ledger.take_turn("sample", hour, START + passed) for passed in moments]

    assert taken == [True, False, True, False]
    assert ledger.take_turn("check", hour, START)
    [sample, check] = client.items.values()
    assert [item["pk"]["S"] for item in (sample, check)] == ["turn#sample", "turn#check"]
    assert int(sample["expires_at"]["N"]) == int((START + 2 * hour + timedelta(days=1)).timestamp())
