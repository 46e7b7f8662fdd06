"""Receipts: one delivery id never means two things, and is remembered as long as the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from standdown.ledger.receipts import Receipts
from standdown.ledger.table import LedgerError, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def dynamodb() -> Iterator[DynamoDBClient]:
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="ledger",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def receipts(dynamodb: DynamoDBClient) -> Receipts:
    return Receipts(Table(dynamodb, "ledger"), timedelta(days=400))


def test_a_repeat_agrees_and_another_body_does_not(receipts: Receipts) -> None:
    first = receipts.agrees("msg_1", "aa", NOW)
    repeat = receipts.agrees("msg_1", "aa", NOW + timedelta(minutes=4))
    other_body = receipts.agrees("msg_1", "bb", NOW)
    other_id = receipts.agrees("msg_2", "bb", NOW)

    assert (first, repeat, other_body, other_id) == (True, True, False, True)


def test_a_receipt_is_kept_as_long_as_an_operation_under_a_key_of_its_own(
    receipts: Receipts, dynamodb: DynamoDBClient
) -> None:
    receipts.agrees("m\x00sg \ud800" * 40, "aa", NOW)

    (item,) = dynamodb.scan(TableName="ledger")["Items"]

    assert item["pk"]["S"].startswith("webhook#")
    assert item["expires_at"]["N"] == str(int((NOW + timedelta(days=400)).timestamp()))
    assert item.keys() == {"pk", "body_sha256", "expires_at"}


def test_a_table_that_is_down_is_no_agreement(receipts: Receipts, dynamodb: DynamoDBClient) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_client_error("transact_write_items", "InternalServerError")

        with pytest.raises(LedgerError):
            receipts.agrees("msg_1", "aa", NOW)
