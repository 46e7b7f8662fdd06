"""One DynamoDB table of JSON-like items: conditional writes, all or nothing, with the item that stood in the way.

Knows nothing of operations; every other module goes through the ledger.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type_to_wire = TypeSerializer().serialize
type_from_wire = TypeDeserializer().deserialize

_ALWAYS_NAMED = {"#state": "state"}
_CONFLICTS = 6
_BUSY = "the ledger's item was being written by others all the time"
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_ANSWERS = frozenset({
    "ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"
})  # fmt: skip


class LedgerError(Exception):
    """Raised when the ledger could not be read or written: nothing may be sent to Huawei Cloud then."""


class ItemTooLargeError(LedgerError):
    """Raised when a write would make an item larger than the 400 KB that DynamoDB takes; nothing was written."""


class Table:
    """The table's items by their `pk`; raises LedgerError when DynamoDB cannot be used."""

    def __init__(self, client: DynamoDBClient, name: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._name, self._pause = client, name, pause

    def get(self, pk: str) -> dict[str, Any] | None:
        """Return the item as it stands now (a consistent read), or None."""
        answer = self._call(self._client.get_item, TableName=self._name, Key=_key(pk), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def change(
        self, pk: str, update: str, condition: str, values: dict[str, Any], **names: str
    ) -> dict[str, Any] | None:
        """Update one item where the condition holds and return it as it stands then; None where it does not hold."""
        write = self.update(pk, update, condition, values, **names)["Update"]
        write.pop("ReturnValuesOnConditionCheckFailure")
        for attempt in range(_CONFLICTS):
            try:
                answer = self._call(self._client.update_item, **write, ReturnValues="ALL_NEW")
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ConditionalCheckFailedException":
                    return None
                if code != "TransactionConflictException":
                    raise LedgerError(_said(error)) from error
                self._step_aside(attempt)
            else:
                return _plain(answer["Attributes"])
        raise LedgerError(_BUSY)

    def put(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the write that puts an item, whatever stands under its `pk`."""
        return {"Put": {"TableName": self._name, "Item": {key: type_to_wire(value) for key, value in item.items()}}}

    def put_where(self, item: dict[str, Any], condition: str, values: dict[str, Any]) -> dict[str, Any]:
        """Return the write that puts an item where the condition holds of what stands under its `pk`."""
        wire = {key: type_to_wire(value) for key, value in item.items()}
        given = {f":{name}": type_to_wire(value) for name, value in values.items()}
        return {"Put": self._write(Item=wire, ConditionExpression=condition, ExpressionAttributeValues=given)}

    def put_new(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the write that puts an item where none stands under its `pk`."""
        wire = {key: type_to_wire(value) for key, value in item.items() if value is not None}
        return {"Put": self._write(Item=wire, ConditionExpression="attribute_not_exists(pk)")}

    def update(self, pk: str, update: str, condition: str, values: dict[str, Any], **names: str) -> dict[str, Any]:
        """Return the write that changes an item where the condition holds; `#state` is known, other names are given."""
        return {"Update": self._write(UpdateExpression=update, **self._condition(pk, update, condition, values, names))}

    def check(self, pk: str, condition: str, values: dict[str, Any]) -> dict[str, Any]:
        """Return the write that changes nothing and fails the others where the condition does not hold."""
        return {"ConditionCheck": self._write(**self._condition(pk, "", condition, values, {}))}

    def together(self, *writes: dict[str, Any]) -> list[dict[str, Any] | None] | None:
        """Do all of the writes, or none; None when done, else for each write the item that its condition met.

        The list has None for a write that would have passed, and an empty item where nothing stood under its `pk`.
        """
        for attempt in range(_CONFLICTS):
            try:
                self._call(self._client.transact_write_items, TransactItems=writes)
            except ClientError as error:
                reasons: Any = error.response.get("CancellationReasons", ())
                codes = {reason["Code"] for reason in reasons} - {"None"}
                if codes == {"ConditionalCheckFailed"}:
                    return [_stood(reason) for reason in reasons]
                # Where one write met a conflict, what the others met is not the whole of it: all are tried again.
                if not codes or not codes <= _PASSING | {"ConditionalCheckFailed"}:
                    raise _error(error, reasons) from error
                self._step_aside(attempt)
            else:
                return None
        raise LedgerError(_BUSY)

    def query(
        self,
        index: str,
        key: str,
        value: str,
        *,
        forward: bool,
        since: tuple[str, str] | None = None,
        start: dict[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the items of an index under one hash key, in the order of its range key.

        `since` is the range key's name and its least value, `start` the keys of the item after which to begin.
        """
        asked: dict[str, Any] = {
            "TableName": self._name,
            "IndexName": index,
            "KeyConditionExpression": "#key = :value",
            "ExpressionAttributeNames": {"#key": key},
            "ExpressionAttributeValues": {":value": type_to_wire(value)},
            "ScanIndexForward": forward,
        }
        if since is not None:
            asked["KeyConditionExpression"] += " AND #range >= :since"
            asked["ExpressionAttributeNames"]["#range"] = since[0]
            asked["ExpressionAttributeValues"][":since"] = type_to_wire(since[1])
        if start is not None:
            asked["ExclusiveStartKey"] = {name: type_to_wire(part) for name, part in start.items()}
        yield from self._pages(asked)

    def _pages(self, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the items of a query, page after page."""
        while True:
            page = self._call(self._client.query, **asked)
            yield from (_plain(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            asked = asked | {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _step_aside(self, attempt: int) -> None:
        self._pause(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 - jitter, not a secret

    def _condition(
        self, pk: str, update: str, condition: str, values: dict[str, Any], names: dict[str, str]
    ) -> dict[str, Any]:
        used = _ALWAYS_NAMED | {f"#{name}": attribute for name, attribute in names.items()}
        used = {name: attribute for name, attribute in used.items() if name in update + condition}
        parts: dict[str, Any] = {"Key": _key(pk), "ConditionExpression": condition}
        if used:
            parts["ExpressionAttributeNames"] = used
        if values:
            parts["ExpressionAttributeValues"] = {f":{name}": type_to_wire(value) for name, value in values.items()}
        return parts

    def _write(self, **parts: Any) -> dict[str, Any]:
        return {"TableName": self._name, "ReturnValuesOnConditionCheckFailure": "ALL_OLD", **parts}

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return operation(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ANSWERS:
                raise
            raise _error(error) from error
        except BotoCoreError as error:
            raise LedgerError(f"the ledger could not be reached ({type(error).__name__})") from error


def _key(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}}


def _error(error: ClientError, reasons: Any = ()) -> LedgerError:
    """Return what DynamoDB refused; for an item's size it has no code of its own, so its words are read."""
    reported = [error.response["Error"], *(reason for reason in reasons if reason["Code"] == "ValidationError")]
    large = any("item size" in str(one.get("Message", "")).lower() for one in reported)
    return ItemTooLargeError(_said(error)) if large else LedgerError(_said(error))


def _said(error: ClientError) -> str:
    return f"the ledger refused {error.operation_name}: {error.response['Error']['Code']}"


def _stood(reason: dict[str, Any]) -> dict[str, Any] | None:
    return None if reason["Code"] == "None" else _plain(reason.get("Item") or {})


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {key: _undecimal(type_from_wire(value)) for key, value in item.items()}


def _undecimal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [_undecimal(item) for item in value]
    if isinstance(value, dict):
        return {key: _undecimal(item) for key, item in value.items()}
    return value
