"""The ledger's history as DynamoDB answers it: of one target or of all, newest first, from a time, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import boto3
import pytest
from moto import mock_aws

from standdown.core.operation import Operation
from standdown.core.request import Source, StopRequest
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import Table
from support.inmemory.template import table_keys

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def operation(number: int, target: str) -> Operation:
    request = StopRequest(f"d-{number}", Source.QUEUE, AT, target)
    return Operation(request.operation_id, request, AT + timedelta(hours=number), target=target)


OPERATIONS = [operation(number, ("erp-prod", "crm-prod")[number % 2]) for number in range(7)]


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(TableName="ledger", **table_keys())
        yield client


@pytest.fixture
def ledger(client: Any) -> Ledger:
    ledger = Ledger(Table(client, "ledger"))
    for each in OPERATIONS:
        ledger.record(each)
    client.put_item(TableName="ledger", Item={"pk": {"S": "webhook#abc"}, "body_sha256": {"S": "x"}})
    return ledger


def numbers(operations: Iterator[Operation]) -> list[int]:
    return [OPERATIONS.index(each) for each in operations]


@pytest.mark.parametrize(
    ("target", "since", "expected"),
    [
        (None, None, [6, 5, 4, 3, 2, 1, 0]),
        ("erp-prod", None, [6, 4, 2, 0]),
        ("crm-prod", None, [5, 3, 1]),
        ("nobody", None, []),
        (None, 4, [6, 5, 4]),
        ("erp-prod", 3, [6, 4]),
    ],
)
def test_history_is_newest_first_of_one_target_or_of_all(
    ledger: Ledger, target: str | None, since: int | None, expected: list[int]
) -> None:
    begins = None if since is None else AT + timedelta(hours=since)

    assert numbers(ledger.history(target, begins)) == expected


@pytest.mark.parametrize("target", [None, "erp-prod"])
def test_a_history_that_is_read_page_by_page_leaves_nothing_out(ledger: Ledger, target: str | None) -> None:
    whole = list(ledger.history(target))
    read: list[Operation] = []

    while page := list(islice(ledger.history(target, after=last(read)), 2)):
        read += page

    assert read == whole


def last(read: list[Operation]) -> tuple[str, datetime] | None:
    return (read[-1].operation_id, read[-1].received_at) if read else None


def test_an_operation_that_cannot_be_read_does_not_hide_the_others(ledger: Ledger, client: Any) -> None:
    client.update_item(
        TableName="ledger", Key={"pk": {"S": OPERATIONS[3].operation_id}},
        UpdateExpression="SET #state = :odd", ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":odd": {"S": "from the future"}},
    )  # fmt: skip

    assert numbers(ledger.history()) == [6, 5, 4, 2, 1, 0]


def test_an_operation_that_is_recorded_twice_is_told_once(ledger: Ledger) -> None:
    ledger.record(replace(OPERATIONS[6], received_at=AT + timedelta(hours=9)))

    assert numbers(ledger.history()) == [6, 5, 4, 3, 2, 1, 0]
