"""What each replication pair does, for whoever watches a stop: the words of SDRS, by the pair's id."""

from __future__ import annotations

from standdown.base.text import one_line
from standdown.core.pairs import PairsSeen
from standdown.sdrs.models import Job

MOST = 50
"""Pairs of which the words are kept: the workflow's state must stay small."""
_LONGEST = 24


def words_of_pairs(job: Job | None, seen: PairsSeen | None) -> dict[str, str]:
    """Return each pair's own status where the pairs were read, else that of its part of the job; empty if neither."""
    if seen is not None and seen.pairs:
        found = {pair.id: pair.status for pair in seen.pairs}
    else:
        found = {sub.entities.replication_id or sub.job_id: sub.raw_status for sub in _parts(job)}
    return {one_line(name, 64): one_line(word, _LONGEST) for name, word in list(found.items())[:MOST]}


def _parts(job: Job | None) -> tuple[Job, ...]:
    """Return the jobs at the bottom of the tree: each is one pair's."""
    if job is None:
        return ()
    return tuple(part for child in job.sub_jobs for part in (_parts(child) if child.sub_jobs else (child,)))
