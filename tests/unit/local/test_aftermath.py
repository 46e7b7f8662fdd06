"""What a storm must not leave behind is found: a group that was stopped twice, not at all, or for nobody."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from local.aftermath import Aftermath
from local.case import group_id
from local.storm import Storm

STORM = Storm(stops=2, groups=2)
FIRST, SECOND = (group_id(name) for name in STORM.names)
NEW = group_id(f"new-{STORM.names[1]}")


def operation(number: int, group: str, **changes: Any) -> dict[str, Any]:
    return {
        "pk": str(number),
        "state": "published",
        "request": {"delivery_id": f"delivery-{number:04}"},
        "group": {"server_group_id": group},
        "outcome": {"result": "succeeded"},
        **changes,
    }


def problems(*operations: dict[str, Any], accepted: dict[str, int]) -> list[str]:
    after = Aftermath(operations=list(operations), accepted=Counter(accepted))
    after.told = Counter(one["pk"] for one in operations)
    return after.problems(STORM)


def test_a_storm_that_lost_nothing_and_stopped_each_group_once_has_no_problem() -> None:
    both = operation(0, FIRST), operation(1, SECOND)

    assert problems(*both, accepted={FIRST: 1, SECOND: 1}) == []


@pytest.mark.parametrize(
    ("accepted", "told"),
    [
        ({FIRST: 2, SECOND: 1}, "storm-000 was stopped 2 times"),
        ({FIRST: 1}, "storm-001 was stopped 0 times"),
        ({FIRST: 1, SECOND: 1, NEW: 1}, "the new storm-001 was stopped 1 times"),
    ],
)
def test_a_group_that_was_not_stopped_exactly_once_by_a_request_of_its_own_is_named(
    accepted: dict[str, int], told: str
) -> None:
    both = operation(0, FIRST), operation(1, SECOND)

    assert problems(*both, accepted=accepted) == [told]


def test_a_stop_that_was_told_as_refused_is_a_problem() -> None:
    refused = operation(1, SECOND, outcome={"result": "refused"})

    assert problems(operation(0, FIRST), refused, accepted={FIRST: 1, SECOND: 1}) == ["1 ended as refused"]
