"""The way back to 0.1.0 with a plain stop under way: its own code reads what today's code has recorded of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.earlier import FIRST, checked_out, has_history
from standdown.core.operation import State
from support.inmemory import Stack

# In a process of its own: both versions have the package's name. Reads as the functions of 0.1.0 do.
READ = """
import json, sys
from standdown.ledger import Ledger
from standdown.table import Table
class Client:
    def __init__(self, items): self.items = items
    def get_item(self, TableName, Key, ConsistentRead):
        item = self.items.get(Key["pk"]["S"])
        return {"Item": item} if item else {}
    def query(self, **asked):
        [value] = [one for key, one in asked["ExpressionAttributeValues"].items()]
        found = [one for one in self.items.values() if one.get("unfinished") == value]
        return {"Items": found}
given = json.load(sys.stdin)
ledger = Ledger(Table(Client(given["items"]), "ledger"))
found = [ledger.get(pk) for pk in given["ids"]]
listed = sorted(one.operation_id for one in ledger.unfinished())
print(json.dumps({"unfinished": listed, "read": {one.operation_id: [
    one.state.value, one.job_id, one.execution_name, one.group.server_group_id, one.joined_to,
    one.outcome.result.value if one.outcome else None, len(one.all_causes), one.fresh_until.isoformat(),
] for one in found}}))
"""


# A copy of the files alone has no earlier version.
VERSIONS = [FIRST] if has_history() else []


@pytest.fixture(scope="module", params=VERSIONS)
def first(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the code of 0.1.0."""
    return checked_out(request.param, tmp_path_factory.mktemp("first")) / "layers" / "standdown"


def read_by(first: Path, stack: Stack) -> Any:
    """Return what the code of 0.1.0 reads of the operations in a stack's ledger."""
    given = {"items": stack.dynamodb.items, "ids": [one.operation_id for one in stack.operations]}
    env = {**os.environ, "PYTHONPATH": str(first), "POWERTOOLS_SERVICE_NAME": "standdown"}
    ran = subprocess.run(  # noqa: S603 - words of this test
        [sys.executable, "-c", READ], input=json.dumps(given), env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def stopping() -> Stack:
    """Return a stack with a plain stop under way, and one that joined it."""
    stack = Stack()
    stack.send(delivery_id="first")
    stack.deliver()
    stack.send(delivery_id="second")
    stack.deliver()
    return stack


def test_a_plain_stop_under_way_and_who_joined_it_are_read_as_they_are(first: Path) -> None:
    stack = stopping()

    read = read_by(first, stack)

    assert read["unfinished"] == sorted(one.operation_id for one in stack.operations)
    assert [one.state for one in stack.operations] == [State.FOLLOWING, State.JOINED]
    for one in stack.operations:
        assert read["read"][one.operation_id] == [
            one.state.value,
            one.job_id,
            one.execution_name,
            one.located.server_group_id,
            one.joined_to,
            None,
            len(one.all_causes),
            one.fresh_until.isoformat(),
        ]


def test_the_outcome_of_a_plain_stop_is_read_and_its_hold_is_in_nobodys_way(first: Path) -> None:
    stack = stopping()
    stack.run(90, sweeps=False)
    stack.sweep()
    stack.run(60, sweeps=False)
    assert stack.hold() is not None

    read = read_by(first, stack)

    assert read["unfinished"] == []
    assert [one[5] for one in read["read"].values()] == ["succeeded", "joined"]
