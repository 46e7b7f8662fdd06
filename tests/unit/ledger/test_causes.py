"""How many requests one operation lists that joined it: bounded by their number and, to the byte, by their size."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from standdown.base.text import canonical
from standdown.core.operation import GroupRef, Operation
from standdown.core.request import Source, StopRequest
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import Table
from standdown.ledger.writes import MOST_BYTES
from support.inmemory.clock import START
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.template import indexes

GROUP = GroupRef("cn-north-4", "p", "40df180b-9fe2-471a-8c64-1b758dc84189")


def request(delivery: str, size: int = 0) -> StopRequest:
    """Return a request that takes so many bytes of its holder's list, or as few as it can."""
    made = StopRequest(delivery, Source.QUEUE, START, target="erp-prod", reason="保")
    return replace(made, reason="保" + "x" * (size - len(canonical(made.to_dict()).encode())))


def operation(of: StopRequest) -> Operation:
    return Operation(of.operation_id, of, START, target="erp-prod", group=GROUP, lock=GROUP.key)


@pytest.mark.parametrize(("over", "listed"), [(0, ["first", "last"]), (1, ["first", "later"])])
def test_who_joined_is_listed_up_to_the_last_byte(over: int, listed: list[str]) -> None:
    client: Any = MemoryDynamo(indexes())
    ledger = Ledger(Table(client, "ledger"))
    holder = operation(request("holder"))
    ledger.begin(holder, timedelta())
    half = MOST_BYTES // 2

    for cause in (request("first", half), request("last", half + over), request("later")):
        assert ledger.join(operation(cause), holder.operation_id) is not None

    found = ledger.get(holder.operation_id)
    assert found is not None
    assert [cause.delivery_id for cause in found.causes] == listed
