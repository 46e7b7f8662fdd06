"""What pairs say: by their status alone, and a list that lacks some of them never counts as whole."""

from __future__ import annotations

from typing import Any

import pytest

from standdown.core.outcome import Pairs
from standdown.core.pairs import COPYING, PairsSeen, after_stop, at_level, counted, named
from standdown.core.reasons import Reason, Why
from standdown.sdrs.pairs import ReplicationPair

OFF = Why(Reason.PROTECTION_OFF)
SAMPLE = ReplicationPair("p-1", "disk-1", status="available", progress=0, replication_status="active", fault_level="0")


def pair(status: str, number: int = 1, **more: Any) -> ReplicationPair:
    return ReplicationPair(f"p-{number}", f"disk-{number}", status=status, **more)


def test_the_documented_sample_of_a_stopped_pair_is_stopped_although_it_says_active() -> None:
    assert after_stop(PairsSeen((SAMPLE,)), 1, OFF) == (Pairs(1, 1, 0, 0), OFF)


@pytest.mark.parametrize("status", sorted(COPYING))
def test_a_pair_that_may_still_be_replicated_counts_as_copying(status: str) -> None:
    assert counted((SAMPLE, pair(status)), 2) == Pairs(2, 1, 1, 0)


@pytest.mark.parametrize("status", ["", "Available", "fault", "invalid", "failed-over", "new-word"])
def test_any_other_word_is_neither_stopped_nor_copying(status: str) -> None:
    assert counted((SAMPLE, pair(status)), None) == Pairs(2, 1, 0, 1)


def test_a_pair_that_the_group_has_and_the_list_lacks_is_unknown() -> None:
    count, why = after_stop(PairsSeen((SAMPLE,)), 2, OFF)

    assert count == Pairs(2, 1, 0, 1)
    assert (why.code, why.values["pairs"]) == (Reason.PAIRS_NOT_STOPPED, "they are not listed")


def test_an_empty_list_tells_nothing_unless_the_group_has_no_pair() -> None:
    assert counted((), None) is None
    assert counted((), 0) == Pairs(0, 0, 0, 0)
    assert counted((), 2) is None


def test_pairs_that_were_not_read_are_not_told() -> None:
    assert after_stop(PairsSeen(None, "no answer"), 2, OFF) == (
        None,
        Why.of(Reason.PAIRS_NOT_TOLD, problem="no answer"),
    )


def test_pairs_are_named_with_their_status_and_the_many_are_counted() -> None:
    shown = named([pair("protected", number) for number in range(7)])

    assert shown.startswith("disk-0 (protected), disk-1 (protected)")
    assert shown.endswith("disk-4 (protected) and 2 more")


def test_only_the_very_level_is_at_that_level() -> None:
    pairs = [pair("protected", place, fault_level=level) for place, level in enumerate(("0", "2", "5", "22", ""))]

    assert [one.id for one in at_level([*pairs, pair("protected", 9)], "2")] == ["p-1"]
