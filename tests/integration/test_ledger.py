"""The ledger on DynamoDB as moto has it: who acts, who joins, how it ended, under every condition that can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from standdown.core.hold import HoldState
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Result
from standdown.core.request import Action, Source, StopRequest
from standdown.ledger.answers import Begun, Busy, Cooling, HoldChanged, Repeated
from standdown.ledger.ledger import Ledger, LedgerError
from standdown.ledger.table import Table
from standdown.ledger.writes import MOST_CAUSES
from support.inmemory.aws import refused, silent
from support.inmemory.clock import START
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.template import indexes, table_keys

GROUP = GroupRef("cn-north-4", "p", "40df180b-9fe2-471a-8c64-1b758dc84189")
NONE = timedelta()
LEASE = timedelta(seconds=65)
DONE = Outcome(Result.SUCCEEDED, START, "Protection is off.")
FAILED = Outcome(Result.FAILED, START, "No stop was sent.")


@pytest.fixture(params=["moto", "memory"])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The same tests on both: so the table in memory is what moto is."""
    if request.param == "memory":
        yield MemoryDynamo(indexes())
        return
    with mock_aws():
        found = boto3.client("dynamodb")
        found.create_table(TableName="ledger", **table_keys())
        yield found


@pytest.fixture
def ledger(client: Any) -> Ledger:
    return Ledger(Table(client, "ledger"))


def operation(delivery: str = "first", **more: Any) -> Operation:
    request = StopRequest(delivery, Source.QUEUE, START, target="erp-prod")
    given: dict[str, Any] = {"lock": GROUP.key, "lease_until": START + LEASE} | more
    return Operation(request.operation_id, request, START, target="erp-prod", group=GROUP, **given)


def begun(ledger: Ledger, delivery: str = "first") -> Operation:
    intent = operation(delivery)
    assert ledger.begin(intent, NONE) == Begun()
    return intent


def stored(ledger: Ledger, intent: Operation) -> Operation:
    found = ledger.get(intent.operation_id)
    assert found is not None
    return found


def test_what_is_begun_is_recorded_whole(ledger: Ledger) -> None:
    intent = begun(ledger)

    assert ledger.get(intent.operation_id) == intent
    assert ledger.get("0" * 32) is None
    assert [one.operation_id for one in ledger.unfinished()] == [intent.operation_id]


def test_a_request_begins_once(ledger: Ledger) -> None:
    intent = begun(ledger)

    assert ledger.begin(replace(intent, attempts=7), NONE) == Repeated(intent)
    assert stored(ledger, intent).attempts == 1


def test_a_group_has_one_operation_at_a_time(ledger: Ledger) -> None:
    first = begun(ledger)

    assert ledger.begin(operation("second"), NONE) == Busy(first.operation_id, f"group#{GROUP.key}")
    assert ledger.get(operation("second").operation_id) is None
    elsewhere = operation("third", lock="another group")
    assert ledger.begin(elsewhere, NONE) == Begun()


def test_a_group_is_free_again_once_its_operation_has_ended(ledger: Ledger) -> None:
    ledger.end(begun(ledger), DONE)

    assert ledger.begin(operation("second"), NONE) == Begun()


def test_a_group_cools_down_from_when_its_stop_was_taken(ledger: Ledger) -> None:
    first = ledger.accept(begun(ledger), "job", START)
    ledger.end(first, DONE)
    later = replace(operation("second"), received_at=START + timedelta(minutes=9))

    assert ledger.begin(later, timedelta(minutes=10)) == Cooling(START)
    assert ledger.get(later.operation_id) is None
    assert ledger.begin(replace(later, received_at=START + timedelta(minutes=10)), timedelta(minutes=10)) == Begun()


def test_a_stop_that_was_never_taken_starts_no_cooldown(ledger: Ledger) -> None:
    ledger.end(begun(ledger), FAILED)

    assert ledger.begin(operation("second"), timedelta(days=7)) == Begun()


def test_without_a_cooldown_no_stop_is_too_recent_also_by_another_clock(ledger: Ledger) -> None:
    ledger.end(ledger.accept(begun(ledger), "job", START + timedelta(seconds=3)), DONE)

    assert ledger.begin(operation("second"), NONE) == Begun()


def stopped(ledger: Ledger) -> Operation:
    """Return a stop that SDRS took and carried out: its group's hold is open, under its id."""
    off = replace(DONE, group_status="available")
    return ledger.end(ledger.accept(begun(ledger), "job", START + timedelta(seconds=3)), off)


def resume(hold: str) -> Operation:
    """Return the intent of a resume that names a hold."""
    intent = operation("back")
    asked = replace(intent.request, action=Action.RESUME, hold=hold)
    return replace(intent, request=asked, operation_id=asked.operation_id)


def test_a_resume_begins_by_the_hold_that_it_names_alone(ledger: Ledger) -> None:
    shown = stopped(ledger).operation_id
    other = ledger.begin(resume("f" * 32), NONE)
    locked = ledger.lock_on(operation().located)[0]

    assert (other, locked, ledger.get(resume("f" * 32).operation_id)) == (HoldChanged(), None, None)
    assert ledger.begin(resume(shown), NONE) == Begun()


def test_a_resume_does_not_begin_once_its_hold_is_over(ledger: Ledger) -> None:
    stop = stopped(ledger)
    hold = ledger.holds.get(stop.located)
    assert hold is not None
    assert ledger.holds.save(replace(hold, state=HoldState.OVER)) is not None

    assert ledger.begin(resume(stop.operation_id), NONE) == HoldChanged()


def test_a_resume_that_succeeded_leaves_no_cooldown(ledger: Ledger) -> None:
    back = resume(stopped(ledger).operation_id)
    ledger.begin(back, NONE)
    on = Outcome(Result.RESUMED, START + timedelta(minutes=1), "Protection is on.", group_status="protected")
    ledger.end(ledger.accept(back, "job-2", START + timedelta(seconds=30)), on)

    assert ledger.lock_on(back.located) == (None, None)
    assert ledger.begin(operation("second"), timedelta(days=7)) == Begun()


def test_what_is_decided_at_the_door_is_recorded_once(ledger: Ledger) -> None:
    refused_one = operation(lock=None).with_outcome(FAILED)

    assert ledger.record(refused_one) is refused_one
    assert ledger.record(refused_one.with_outcome(DONE)) == refused_one


def test_who_joins_is_recorded_and_told_to_the_holder_in_order(ledger: Ledger) -> None:
    holder = begun(ledger)
    joined = [ledger.join(operation(name), holder.operation_id) for name in ("second", "third")]

    assert [one and (one.state, one.joined_to, one.lock) for one in joined] == [
        (State.JOINED, holder.operation_id, None)
    ] * 2
    assert [cause.delivery_id for cause in stored(ledger, holder).all_causes] == ["first", "second", "third"]


def test_who_joined_before_joins_once(ledger: Ledger) -> None:
    holder = begun(ledger)
    first = ledger.join(operation("second"), holder.operation_id)

    assert ledger.join(operation("second"), holder.operation_id) == first
    assert len(stored(ledger, holder).causes) == 1


def test_nobody_joins_one_that_has_ended(ledger: Ledger) -> None:
    holder = begun(ledger)
    ledger.end(holder, DONE)

    assert ledger.join(operation("second"), holder.operation_id) is None
    assert ledger.join(operation("second"), "0" * 32) is None
    assert ledger.get(operation("second").operation_id) is None


def test_who_joins_one_that_lists_enough_joins_without_being_listed(ledger: Ledger) -> None:
    causes = tuple(StopRequest(f"d{n}", Source.QUEUE, START, target="erp-prod") for n in range(MOST_CAUSES))
    holder = operation(causes=causes)
    ledger.begin(holder, NONE)

    joined = ledger.join(operation("one too many"), holder.operation_id)

    assert joined is not None
    assert joined.state is State.JOINED
    assert len(stored(ledger, holder).causes) == MOST_CAUSES


def test_an_intent_is_taken_over_once_its_lease_has_run_out(ledger: Ledger) -> None:
    intent = begun(ledger)
    late = START + LEASE

    assert ledger.claim(intent.operation_id, late - timedelta(milliseconds=1), LEASE) is None
    claimed = ledger.claim(intent.operation_id, late, LEASE)

    assert claimed == replace(intent, attempts=2, lease_until=late + LEASE)
    assert ledger.claim(intent.operation_id, late, LEASE) is None


def test_a_lease_is_given_back_by_who_has_it_and_says_why(ledger: Ledger) -> None:
    intent = begun(ledger)
    ledger.release(replace(intent, lease_until=START), "not mine")
    ledger.release(replace(intent, lease_until=None), "no lease")
    assert stored(ledger, intent).lease_until == intent.lease_until

    ledger.release(intent, "SDRS is busy")

    assert stored(ledger, intent).lease_until is None
    assert stored(ledger, intent).problem == "SDRS is busy"
    assert ledger.claim(intent.operation_id, START, LEASE) is not None


@pytest.mark.parametrize("job_id", ["job-1", None])
def test_a_stop_that_was_taken_is_recorded_with_what_is_known_of_it(ledger: Ledger, job_id: str | None) -> None:
    intent = begun(ledger)
    located = replace(intent, group=replace(GROUP, server_group_name="erp"))

    accepted = ledger.accept(located, job_id, START)

    assert accepted == replace(located, state=State.ACCEPTED, job_id=job_id, accepted_at=START, lease_until=None)


def test_a_stop_is_taken_once(ledger: Ledger) -> None:
    intent = begun(ledger)
    first = ledger.accept(intent, "job-1", START)

    assert ledger.accept(intent, "job-2", START + LEASE) == first


def test_a_lock_that_is_another_operations_is_left_to_it(ledger: Ledger, client: Any) -> None:
    """A lock may have been removed by hand, and taken by another operation since."""
    first = begun(ledger)
    ledger.end(first, DONE)
    second = begun(ledger, "second")
    gone = operation("third")
    Table(client, "ledger").together(ledger._put(gone))

    ledger.accept(gone, "job", START)
    ended = ledger.end(gone, FAILED)

    assert ended.outcome == FAILED
    assert ledger.begin(operation("fourth"), NONE) == Busy(second.operation_id, f"group#{GROUP.key}")


def test_only_what_was_taken_is_handed_over(ledger: Ledger) -> None:
    intent = begun(ledger)
    ledger.handed_over(intent.operation_id)
    assert stored(ledger, intent).state is State.INTENT

    ledger.accept(intent, "job", START)
    ledger.handed_over(intent.operation_id)

    assert stored(ledger, intent).state is State.FOLLOWING


def test_the_first_outcome_stands(ledger: Ledger) -> None:
    intent = begun(ledger)

    first, second = ledger.end(intent, DONE), ledger.end(intent, FAILED)

    assert first == second == intent.with_outcome(DONE)


def test_what_is_not_there_cannot_end(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="is not in the ledger"):
        ledger.end(operation(), DONE)


def test_channels_are_marked_one_by_one_once_there_is_an_outcome(ledger: Ledger) -> None:
    intent = begun(ledger)
    done, pending = (
        DeliveryState(Delivery.DONE, 1, START),
        DeliveryState(Delivery.PENDING, 1, START, START + LEASE, "down"),
    )
    ledger.mark(intent.operation_id, "sns", done)
    assert stored(ledger, intent).channels == {}

    ledger.end(intent, DONE)
    ledger.mark(intent.operation_id, "sns", done)
    ledger.mark(intent.operation_id, "webhook:a.b/c", pending)

    assert stored(ledger, intent).channels == {"sns": done, "webhook:a.b/c": pending}


def test_what_is_settled_is_no_longer_unfinished(ledger: Ledger) -> None:
    intent = begun(ledger)
    ledger.settle(intent.operation_id)
    assert len(list(ledger.unfinished())) == 1

    ledger.end(intent, DONE)
    ledger.settle(intent.operation_id)

    assert list(ledger.unfinished()) == []
    assert stored(ledger, intent).state is State.PUBLISHED


def test_history_is_newest_first_and_unfinished_is_oldest_first_over_every_page(ledger: Ledger) -> None:
    for hour in (3, 1, 4, 2, 5):
        ledger.record(replace(operation(f"d{hour}", lock=None), received_at=START + timedelta(hours=hour)))

    assert [one.request.delivery_id for one in ledger.history("erp-prod")] == ["d5", "d4", "d3", "d2", "d1"]
    assert [one.request.delivery_id for one in ledger.unfinished()] == ["d1", "d2", "d3", "d4", "d5"]
    assert list(ledger.history("another")) == []


def test_an_item_that_cannot_be_read_says_so_and_is_passed_over_by_the_sweeper(ledger: Ledger, client: Any) -> None:
    intent = begun(ledger)
    broken = {"pk": "0" * 32, "unfinished": "yes", "received_at": "2020-01-01T00:00:00.000Z", "state": "a new one"}
    table = Table(client, "ledger")
    table.together(table.put_new(broken))

    with pytest.raises(LedgerError, match=f"^the ledger's item {'0' * 32} cannot be read: "):
        ledger.get("0" * 32)
    assert [one.operation_id for one in ledger.unfinished()] == [intent.operation_id]


def test_an_operation_and_its_lock_expire_together_and_late(ledger: Ledger, client: Any) -> None:
    intent = begun(ledger)

    items = [client.get_item(TableName="ledger", Key={"pk": {"S": pk}}, ConsistentRead=True)["Item"] for pk in
             (intent.operation_id, f"group#{GROUP.key}")]  # fmt: skip
    assert {item["expires_at"]["N"] for item in items} == {str(int((START + timedelta(days=90)).timestamp()))}


# --- What DynamoDB may answer --------------------------------------------------------------------------------------


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code} for code in codes]
    return refused("TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)


class Answering:
    """A client that answers every call with what comes next."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        def call(**_arguments: Any) -> Any:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def table(*answers: Any) -> tuple[Table, list[float]]:
    waits: list[float] = []
    client: Any = Answering(*answers)
    return Table(client, "ledger", waits.append), waits


@pytest.mark.parametrize(
    "codes",
    [
        ("TransactionConflict", "None"),
        ("None", "ThrottlingError"),
        ("None", "ProvisionedThroughputExceeded"),
        ("TransactionConflict", "ConditionalCheckFailed"),
    ],
)
def test_a_transaction_that_met_another_is_done_once_more(codes: tuple[str, ...]) -> None:
    tried, waits = table(cancelled(*codes), cancelled(*codes), {})

    assert tried.together({}) is None
    assert len(waits) == 2
    assert waits[1] > 0


def test_a_transaction_that_meets_others_all_the_time_is_given_up() -> None:
    tried, waits = table(*[cancelled("TransactionConflict")] * 6)

    with pytest.raises(LedgerError, match="all the time"):
        tried.together({})
    assert len(waits) == 6
    for number, wait in enumerate(waits):
        assert 0.01 * 2**number <= wait <= 0.05 * 2**number


@pytest.mark.parametrize(
    "codes", [("ValidationError",), ("TransactionConflict", "ItemCollectionSizeLimitExceeded"), ()]
)
def test_a_transaction_that_dynamodb_will_never_take_is_not_repeated(codes: tuple[str, ...]) -> None:
    tried, waits = table(cancelled(*codes))

    with pytest.raises(LedgerError, match="TransactionCanceledException"):
        tried.together({})
    assert waits == []


@pytest.mark.parametrize("error", [refused("GetItem", "ProvisionedThroughputExceededException"), silent("dynamodb")])
def test_a_table_that_cannot_be_used_is_a_ledger_error_without_any_item_in_it(error: Exception) -> None:
    with pytest.raises(LedgerError, match="the ledger"):
        table(error)[0].get("pk")
    with pytest.raises(LedgerError, match="the ledger"):
        table(error)[0].change("pk", "SET a = :a", "attribute_exists(pk)", {"a": 1})
    with pytest.raises(LedgerError, match="the ledger"):
        table(error)[0].together({})
    with pytest.raises(LedgerError, match="the ledger"):
        list(table(error)[0].query("unfinished", "unfinished", "yes", forward=True))


def test_a_table_that_is_not_reached_is_said_to_be_so() -> None:
    with pytest.raises(LedgerError, match=r"^the ledger could not be reached \(ReadTimeoutError\)$"):
        table(silent("dynamodb"))[0].get("pk")


def test_a_transaction_that_is_refused_without_reasons_is_not_repeated() -> None:
    tried, waits = table(refused("TransactWriteItems", "TransactionCanceledException"))

    with pytest.raises(LedgerError, match="TransactionCanceledException"):
        tried.together({})
    assert waits == []


def test_a_transaction_that_meets_every_passing_trouble_at_once_is_done_once_more() -> None:
    codes = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "ConditionalCheckFailed")
    tried, waits = table(cancelled(*codes), {})

    assert tried.together({}) is None
    assert len(waits) == 1


def test_an_update_that_is_cancelled_for_another_reason_is_a_ledger_error() -> None:
    with pytest.raises(LedgerError, match="TransactionCanceledException"):
        table(cancelled())[0].change("pk", "SET a = :a", "attribute_exists(pk)", {"a": 1})


def test_an_update_that_met_a_transaction_is_done_once_more() -> None:
    met = refused("UpdateItem", "TransactionConflictException")
    tried, waits = table(met, met, {"Attributes": {"pk": {"S": "pk"}}})

    assert tried.change("pk", "SET a = :a", "attribute_exists(pk)", {"a": 1}) == {"pk": "pk"}
    assert len(waits) == 2


def test_an_update_that_meets_transactions_all_the_time_is_given_up() -> None:
    tried, waits = table(*[refused("UpdateItem", "TransactionConflictException")] * 6)

    with pytest.raises(LedgerError, match="all the time"):
        tried.change("pk", "SET a = :a", "attribute_exists(pk)", {"a": 1})
    assert len(waits) == 6


def test_what_is_read_is_read_as_it_stands_now() -> None:
    asked: dict[str, Any] = {}

    class Asked:
        def get_item(self, **arguments: Any) -> Any:
            asked.update(arguments)
            return {}

    client: Any = Asked()

    assert Table(client, "ledger").get("pk") is None
    assert asked["ConsistentRead"] is True


def test_who_has_a_groups_lock_and_when_it_was_stopped_can_be_read(ledger: Ledger) -> None:
    before = ledger.lock_on(GROUP)
    intent = begun(ledger)
    held = ledger.lock_on(GROUP)
    ledger.accept(intent, "job-1", START + timedelta(seconds=3))
    taken = ledger.lock_on(GROUP)
    ledger.end(intent, DONE)

    assert before == (None, None)
    assert held == (intent.operation_id, None)
    assert taken == (intent.operation_id, START + timedelta(seconds=3))
    assert ledger.lock_on(GROUP) == (None, START + timedelta(seconds=3))
    assert ledger.lock_on(replace(GROUP, project_id="other")) == (None, None)
    assert ledger.lock_on(replace(GROUP, region="cn-east-3")) == (None, None)


@pytest.mark.parametrize("former", [*replace(GROUP, server_group_name="ERP").former_keys])
def test_a_lock_of_the_first_version_counts_and_is_given_back(client: Any, ledger: Ledger, former: str) -> None:
    group = replace(GROUP, server_group_name="ERP")
    old = replace(operation("before the upgrade"), lock=former)
    new = replace(operation("after the upgrade"), group=group)
    Table(client, "ledger").together(
        ledger._put(old), Table(client, "ledger").put_new({"pk": f"group#{former}", "holder": old.operation_id})
    )

    busy = ledger.begin(new, NONE)
    looked_up = ledger.lock_on(group)
    ledger.accept(old, "job-1", START)
    ledger.end(old, DONE)

    assert busy == Busy(old.operation_id, f"group#{former}")
    assert looked_up == (old.operation_id, None)
    assert ledger.begin(new, timedelta(minutes=1)) == Cooling(START)
    assert ledger.lock_on(group) == (None, START)
    assert ledger.begin(new, NONE) == Begun()


def test_a_lock_is_taken_from_a_holder_that_is_not_there_and_from_no_other(client: Any, ledger: Ledger) -> None:
    lock = f"group#{GROUP.key}"
    Table(client, "ledger").together(Table(client, "ledger").put_new({"pk": lock, "holder": "gone"}))

    ledger.free(Busy("another", lock))
    assert ledger.lock_on(GROUP) == ("gone", None)
    ledger.free(Busy("gone", lock))
    first = begun(ledger)
    ledger.free(Busy(first.operation_id, lock))

    assert ledger.lock_on(GROUP) == (first.operation_id, None)


def test_what_was_certainly_not_sent_is_known_to_the_next_attempt(ledger: Ledger) -> None:
    intent = begun(ledger)

    ledger.release(intent, "refused connection", nothing_sent=True)
    second = ledger.claim(intent.operation_id, START, LEASE)
    assert second is not None
    third = ledger.claim(intent.operation_id, START + LEASE, LEASE)

    assert not second.maybe_sent_before
    assert third is not None
    assert third.maybe_sent_before
