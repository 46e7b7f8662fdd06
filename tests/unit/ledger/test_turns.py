"""The turns of an endpoint: one after another, no moment twice, however many ask."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from standdown.ledger.table import LedgerError, Table
from standdown.ledger.turns import Turns
from support.inmemory.dynamodb import MemoryDynamo

NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
SPACING = timedelta(seconds=3.5)


def memory() -> Turns:
    return Turns(Table(MemoryDynamo({}), "ledger", lambda _: None))  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "moto"])
def turns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    if request.param == "memory":
        yield memory()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Turns(Table(client, "ledger"))


def test_turns_are_given_out_one_after_another(turns: Turns) -> None:
    given = [turns.take("ops", SPACING, NOW) for _ in range(4)]

    assert given == [NOW, *(NOW + SPACING * n for n in (1, 2, 3))]


def test_an_endpoint_that_was_idle_is_free_at_once(turns: Turns) -> None:
    turns.take("ops", SPACING, NOW)

    assert turns.take("ops", SPACING, NOW + SPACING) == NOW + SPACING
    assert turns.take("ops", SPACING, NOW + timedelta(hours=1)) == NOW + timedelta(hours=1)


def test_one_endpoint_does_not_wait_for_another(turns: Turns) -> None:
    turns.take("ops", SPACING, NOW)

    assert turns.take("people", SPACING, NOW) == NOW


def test_a_chat_that_is_shut_has_no_turn_before_it_opens(turns: Turns) -> None:
    opens = NOW + timedelta(minutes=10)
    turns.take("ops", SPACING, NOW)

    turns.hold("ops", opens)
    turns.hold("ops", NOW + timedelta(minutes=1))

    assert turns.take("ops", SPACING, NOW) == opens
    assert turns.take("ops", SPACING, NOW) == opens + SPACING


def test_a_chat_that_nobody_wrote_to_can_be_shut(turns: Turns) -> None:
    turns.hold("ops", NOW + SPACING)

    assert turns.take("ops", SPACING, NOW) == NOW + SPACING


def test_no_two_of_many_get_the_same_turn() -> None:
    turns = memory()

    with ThreadPoolExecutor(16) as pool:
        given = list(pool.map(lambda _: turns.take("ops", SPACING, NOW), range(200)))

    assert sorted(given) == [NOW + SPACING * n for n in range(200)]


def test_an_item_that_never_stays_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = memory()
    monkeypatch.setattr(turns._table, "change", lambda *_, **__: None)

    with pytest.raises(LedgerError, match="taken by others"):
        turns.take("ops", SPACING, NOW)
