"""One DynamoDB table in memory: the calls that the ledger makes, with AWS's conditions and errors. Not thread-safe.

A differential test holds it equal to moto.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any

from support.inmemory.aws import refused
from support.inmemory.expressions import Expression, ExpressionError, copied

Item = dict[str, Any]
WRITES = {"Put", "Update", "ConditionCheck"}
LARGEST = 400 * 1024
TOO_LARGE = "Item size to update has exceeded the maximum allowed size"


def _atomic(call: Callable[..., Any]) -> Callable[..., Any]:
    """Have a call end before another one begins."""

    @wraps(call)
    def alone(self: MemoryDynamo, **given: Any) -> Any:
        with self._one_at_a_time:
            return call(self, **given)

    return alone


class MemoryDynamo:
    """The table's items by `pk`, in wire form; `indexes` are the hash and range keys of its secondary indexes.

    `updates` are those that were made, in order: key and expression.
    """

    def __init__(self, indexes: dict[str, tuple[str, str]]) -> None:
        self.items: dict[str, Item] = {}
        self.updates: list[tuple[str, str]] = []
        self.page = 2
        self._indexes = indexes
        self._one_at_a_time = RLock()  # as at DynamoDB: nobody sees an item between a condition and its write

    @_atomic
    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> Any:  # noqa: N803, ARG002
        """Answer GetItem."""
        item = self.items.get(Key["pk"]["S"])
        return {} if item is None else {"Item": copied(item)}

    @_atomic
    def update_item(self, *, ReturnValues: str, **write: Any) -> Any:  # noqa: N803, ARG002
        """Answer UpdateItem with the item as it stands then."""
        if not self._meets(write, "UpdateItem"):
            raise refused("UpdateItem", "ConditionalCheckFailedException", "The conditional request failed")
        if size_of(self._after("Update", write)) > LARGEST:
            raise refused("UpdateItem", "ValidationException", TOO_LARGE)
        self._do({"Update": write})
        return {"Attributes": copied(self.items[write["Key"]["pk"]["S"]])}

    @_atomic
    def transact_write_items(self, *, TransactItems: list[Any]) -> Any:  # noqa: N803
        """Do all of the writes or none of them."""
        kinds = {kind for write in TransactItems for kind in write}
        if not kinds <= WRITES:
            raise refused("TransactWriteItems", "ValidationException", f"no such writes: {sorted(kinds - WRITES)}")
        writes = [next(iter(write.values())) for write in TransactItems]
        keys = [_pk(write) for write in writes]
        if len(set(keys)) < len(keys):
            raise refused("TransactWriteItems", "ValidationException", "one item twice in one transaction")
        reasons = [self._reason(kind, parts) for write in TransactItems for kind, parts in write.items()]
        if any(reason["Code"] != "None" for reason in reasons):
            codes = ", ".join(reason["Code"] for reason in reasons)
            raise refused(
                "TransactWriteItems",
                "TransactionCanceledException",
                f"cancelled [{codes}]",
                CancellationReasons=reasons,
            )
        for write in TransactItems:
            self._do(write)
        return {}

    def query(
        self,
        *,
        TableName: str,  # noqa: N803, ARG002
        IndexName: str,  # noqa: N803
        KeyConditionExpression: str,  # noqa: N803, ARG002
        ExpressionAttributeNames: dict[str, str],  # noqa: N803
        ExpressionAttributeValues: Item,  # noqa: N803
        ScanIndexForward: bool,  # noqa: N803
        ExclusiveStartKey: Any = None,  # noqa: N803
    ) -> Any:
        """Answer Query on an index, two items a page if nothing else is said, so that paging is met."""
        hash_key, range_key = self._indexes[IndexName]
        assert ExpressionAttributeNames == {"#key": hash_key}
        found = [
            item
            for item in self.items.values()
            if item.get(hash_key) == ExpressionAttributeValues[":value"] and range_key in item
        ]
        found.sort(key=lambda item: (item[range_key]["S"], item["pk"]["S"]), reverse=not ScanIndexForward)
        if ExclusiveStartKey is not None:
            places = [place for place, item in enumerate(found) if item["pk"] == ExclusiveStartKey["pk"]]
            found = found[places[0] + 1 :] if places else []
        page = {"Items": [copied(item) for item in found[: self.page]]}
        left = len(found) > self.page
        return page | {"LastEvaluatedKey": {"pk": found[self.page - 1]["pk"]}} if left else page

    def _reason(self, kind: str, write: Any) -> Item:
        if self._meets(write, "TransactWriteItems"):
            large = kind != "ConditionCheck" and size_of(self._after(kind, write)) > LARGEST
            return {"Code": "ValidationError", "Message": TOO_LARGE} if large else {"Code": "None"}
        reason: Item = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        stands = self.items.get(_pk(write))
        if stands is not None and write.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
            reason["Item"] = copied(stands)
        return reason

    def _meets(self, write: Any, operation: str) -> bool:
        names, values = write.get("ExpressionAttributeNames", {}), write.get("ExpressionAttributeValues", {})
        condition = Expression(write.get("ConditionExpression", ""), names, values)
        stands = self.items.get(_pk(write), {})
        try:
            met = "ConditionExpression" not in write or condition.holds(stands)
            update = Expression(write.get("UpdateExpression", ""), names, values)
            if met:
                update.applied(stands)
        except ExpressionError as error:
            raise refused(operation, "ValidationException", str(error)) from error
        unused = (set(names) | set(values)) - condition.used - update.used
        if met and unused:
            raise refused(operation, "ValidationException", f"unused in expressions: {sorted(unused)}")
        return met

    def _do(self, write: Any) -> None:
        kind, parts = next(iter(write.items()))
        if kind == "Update":
            self.updates.append((_pk(parts), parts["UpdateExpression"]))
        if kind != "ConditionCheck":
            self.items[_pk(parts)] = self._after(kind, parts)

    def _after(self, kind: str, parts: Any) -> Item:
        """Return the item as the write leaves it."""
        if kind == "Put":
            return copied(parts["Item"])
        names, values = parts.get("ExpressionAttributeNames", {}), parts.get("ExpressionAttributeValues", {})
        stands = self.items.get(_pk(parts), dict(parts["Key"]))
        return Expression(parts["UpdateExpression"], names, values).applied(stands)


def size_of(item: Item) -> int:
    """Return an item's size in bytes as DynamoDB counts it: its attributes' names and values."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Any) -> int:
    kind, held = next(iter(value.items()))
    if kind == "L":
        return 3 + sum(1 + _size(one) for one in held)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size(one) for name, one in held.items())
    return len(held.encode("utf-8", "surrogatepass")) if kind in "SN" else 1


def _pk(write: Any) -> str:
    return str((write["Item"] if "Item" in write else write["Key"])["pk"]["S"])
