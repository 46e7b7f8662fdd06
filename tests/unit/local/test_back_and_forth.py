"""What a storm must not have done to a group that goes both ways is found."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from local.back_and_forth import names, problems
from local.case import group_id

[NAME] = names(1)
GROUP = group_id(NAME)


def operation(kind: str, result: str, accepted: str | None, ended: str, **request: str) -> dict[str, Any]:
    outcome = {"result": result, "ended_at": ended}
    return {
        "request": {"delivery_id": f"{kind}-{NAME}", **request},
        "target": NAME,
        "accepted_at": accepted,
        "outcome": outcome,
    }


def played(*, stop_at: str = "T7", resumed: str = "resumed") -> list[dict[str, Any]]:
    """Return a stop, a resume, and a stop that waited for its end."""
    return [
        operation("before", "succeeded", "T1", "T2"),
        operation("resume", resumed, "T4", "T6", action="resume"),
        operation("stop", "succeeded", stop_at, "T9"),
    ]


TAKEN = Counter({(GROUP, "start"): 1, (GROUP, "stop"): 2})


def test_one_after_the_other_is_as_it_must_be() -> None:
    assert list(problems(1, played(), TAKEN)) == []


@pytest.mark.parametrize(
    ("operations", "taken", "found"),
    [
        (played(stop_at="T5"), TAKEN, f"{NAME}: a stop was accepted while a resume was under way"),
        (played(), TAKEN + Counter({(GROUP, "start"): 1}), f"{NAME}: SDRS took 2 calls to start"),
        (played(), TAKEN + Counter({(GROUP, "stop"): 1}), f"{NAME}: SDRS took 3 calls to stop"),
        (played()[:2], TAKEN, f"{NAME}: a request is lost"),
        (played(resumed="failed"), TAKEN, f"{NAME}: ended as failed (None): None"),
    ],
)
def test_what_must_not_be_is_found(operations: list[dict[str, Any]], taken: Counter[Any], found: str) -> None:
    assert found in list(problems(1, operations, taken))


def test_a_resume_that_may_have_been_sent_may_end_unseen_where_others_asked_for_its_hold() -> None:
    ends = played(resumed="unknown")
    for one in ends:
        one["outcome"]["why"] = {"code": "no_other_resume", "because": [{"code": "hold_changed"}]}

    assert list(problems(1, ends, TAKEN)) == []
    assert list(problems(1, played(resumed="unknown"), TAKEN)) != []
