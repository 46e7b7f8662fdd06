"""What replication pairs say of a stop: which are stopped, which still copy, and whether the production site fails.

A pair is judged by its `status` alone: in a documented sample a stopped pair's `replication_status` says `active`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from standdown.base.text import one_line
from standdown.core.outcome import Pairs
from standdown.core.reasons import Reason, Why
from standdown.sdrs.pairs import ReplicationPair

STOPPED, PROTECTED = "available", "protected"
_BEHIND = ("copying", "inactive")
COPYING = frozenset({
    "protected", "stopping", "error-stopping", "starting", "reprotecting", "reversing", "error-reversing",
})  # fmt: skip
"""In which a pair's data may still be replicated."""
PRODUCTION_FAILED, LINK_BROKEN = "2", "5"
"""Fault levels: the production site's disks cannot be read or written; the link is down, so no failover is possible."""

_MOST_NAMED = 5


class PairsSeen(NamedTuple):
    """The pairs, or None and why they could not be read; `passing` says that another look may show them."""

    pairs: tuple[ReplicationPair, ...] | None = None
    problem: str = "they were not read"
    passing: bool = False


def counted(pairs: Sequence[ReplicationPair], expected: int | None) -> Pairs | None:
    """Return the counts; `expected` is how many pairs the group itself says it has.

    Pairs that are missing from the list count as unknown. None where no pair is listed and none is known to be missing.
    """
    total = max(len(pairs), expected or 0)
    if not pairs and expected != 0:
        return None
    stopped = sum(pair.status == STOPPED for pair in pairs)
    copying = sum(pair.status in COPYING for pair in pairs)
    return Pairs(total, stopped, copying, total - stopped - copying)


def named(pairs: Sequence[ReplicationPair]) -> str:
    """Return pairs by name and status for a sentence, the first ones of many."""
    shown = [f"{one_line(pair.name or pair.id, 60)} ({one_line(pair.status, 30) or 'no status'})" for pair in pairs]
    more = len(shown) - _MOST_NAMED
    return ", ".join(shown[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def not_stopped(pairs: Sequence[ReplicationPair]) -> list[ReplicationPair]:
    """Return the pairs whose status is not that of a stopped one."""
    return [pair for pair in pairs if pair.status != STOPPED]


def at_level(pairs: Sequence[ReplicationPair], level: str) -> list[ReplicationPair]:
    """Return the pairs with this fault level; a level that is not told or unknown is not this one."""
    return [pair for pair in pairs if pair.fault_level == level]


def in_step(seen: PairsSeen, expected: int | None) -> bool | None:
    """Return whether every pair is protected and none copies any more; None where SDRS did not tell."""
    if not seen.pairs or len(seen.pairs) < (expected or 0):
        return None
    return all(pair.status == PROTECTED and pair.replication_status not in _BEHIND for pair in seen.pairs)


def after_stop(seen: PairsSeen, expected: int | None, stopped: Why) -> tuple[Pairs | None, Why]:
    """Return the counts of a group that is `available`, and why it ended so: `stopped` where every pair is stopped."""
    count = counted(seen.pairs, expected) if seen.pairs is not None else None
    if count is None:
        problem = seen.problem if seen.pairs is None else "no pair is listed"
        return None, Why.of(Reason.PAIRS_NOT_TOLD, problem=problem)
    if count.all_stopped:
        return count, stopped
    still = not_stopped(seen.pairs or ())
    names = named(still) or "they are not listed"
    return count, Why.of(Reason.PAIRS_NOT_STOPPED, count=count.total - count.stopped, total=count.total, pairs=names)
