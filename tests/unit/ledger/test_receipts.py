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


# --- Alarms that last ------------------------------------------------------------------------------------------------

ALARM = "topic\nerp-prod-corruption\nal1"
LATER = NOW + timedelta(minutes=5)


def test_an_alarm_lasts_from_its_first_message_until_it_has_ended(receipts: Receipts) -> None:
    before = receipts.lasts(ALARM, NOW)
    receipts.alarm_taken(ALARM, NOW, NOW)
    meanwhile = receipts.lasts(ALARM, NOW)
    receipts.alarm_ended(ALARM, LATER, LATER)

    assert (before, meanwhile, receipts.lasts(ALARM, LATER)) == (False, True, False)
    assert not receipts.lasts("topic\nanother\nal1", NOW)


@pytest.mark.parametrize(("seconds", "lasts"), [(0, True), (1, False)])
def test_an_alarm_of_which_nothing_was_said_for_longer_than_any_repeat_does_not_last(
    receipts: Receipts, seconds: int, lasts: bool
) -> None:
    receipts.alarm_taken(ALARM, NOW, NOW)

    assert receipts.lasts(ALARM, NOW + timedelta(hours=25, seconds=seconds)) is lasts


def test_what_was_sent_before_the_alarm_does_not_end_it(receipts: Receipts) -> None:
    receipts.alarm_taken(ALARM, NOW, NOW)
    receipts.alarm_ended(ALARM, NOW - timedelta(seconds=1), LATER)

    assert receipts.lasts(ALARM, LATER)


def test_what_ends_in_the_second_of_the_alarm_ends_it(receipts: Receipts) -> None:
    receipts.alarm_taken(ALARM, NOW, NOW)
    receipts.alarm_ended(ALARM, NOW, LATER)

    assert not receipts.lasts(ALARM, LATER)


def test_the_end_of_an_alarm_that_was_never_taken_is_not_written(receipts: Receipts, dynamodb: DynamoDBClient) -> None:
    receipts.alarm_ended(ALARM, NOW, NOW)

    assert dynamodb.scan(TableName="ledger")["Items"] == []


def test_what_is_remembered_of_an_alarm_is_kept_for_three_days_under_a_key_of_the_webhook_s(
    receipts: Receipts, dynamodb: DynamoDBClient
) -> None:
    receipts.agrees(ALARM, "aa", NOW)
    receipts.alarm_taken(ALARM, NOW, LATER)

    items = dynamodb.scan(TableName="ledger")["Items"]

    (item,) = (one for one in items if "lasts" in one)
    assert len(items) == 2  # a delivery of that very name is another item
    assert item["pk"]["S"].startswith("webhook#")
    assert item["at"]["N"] == str(int(NOW.timestamp()))
    assert item["expires_at"]["N"] == str(int((LATER + timedelta(days=3)).timestamp()))
