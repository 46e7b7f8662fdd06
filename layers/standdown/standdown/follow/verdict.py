"""What one look at a stop means: its end, or when to look again. Pure; reads and sends nothing.

Trouble in looking never ends the watch; only an end that was seen, or the deadline, does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.core.huawei_answer import answer_of_job
from standdown.core.operation import Operation
from standdown.core.outcome import HuaweiAnswer, Outcome, Result
from standdown.core.pairs import PairsSeen, after_stop
from standdown.core.reasons import Reason, Why
from standdown.follow.pairs_seen import words_of_pairs
from standdown.follow.watch_state import WatchState
from standdown.sdrs.models import GroupStatus, Job, JobStatus, ProtectionGroup

SETTLES = timedelta(minutes=2)
"""How long after the job's success the group may take to become `available`."""
SHORTEST_WAIT, LONGEST_WAIT, LONGEST_ASKED = 2, 60, 300
"""Seconds; the last for what the service asks for, and after a refused credential, so that no account is locked."""

_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one look showed: the job or the group, or the trouble that hid both; no look follows the `last` one."""

    job: Job | None = None
    group: ProtectionGroup | None = None
    job_lost: bool = False
    gone: bool = False
    trouble: str | None = None
    answer: HuaweiAnswer | None = None
    retry_after: float | None = None
    pairs: PairsSeen | None = None
    last: bool = False

    @property
    def word(self) -> str | None:
        """Return the status that was seen, in SDRS's own word."""
        seen = self.group or self.job
        return seen.raw_status if seen else None


def judge(operation: Operation, watch: WatchState, sight: Sighting, now: datetime) -> WatchState | Outcome:
    """Return the outcome where the look showed an end or the deadline has passed, else the watch that goes on."""
    job_done_at = watch.succeeded_at or (now if sight.job and sight.job.status is JobStatus.SUCCESS else None)
    succeeded_at = job_done_at or (now if sight.group and sight.group.status.stopped else None)
    patient_until = min(succeeded_at + SETTLES, operation.deadline_at) if succeeded_at else None
    ended = _end(operation, sight, patient_until, now) or _deadline(operation, sight, now)
    if ended is not None:
        job_ended = sight.job.end_time if sight.job else None
        return replace(ended, looks=watch.looks + 1, job_ended_at=job_ended or job_done_at)
    if sight.word and sight.trouble is None and _unheard_of(sight):
        logger.warning("unknown status taken for still running", extra={"status": sight.word})
        record(Metric.UNKNOWN_STATUSES)
    return replace(
        watch,
        finished=False,
        wait_seconds=wait(operation, sight, now),
        looks=watch.looks + 1,
        errors=watch.errors + 1 if sight.trouble else 0,
        job_lost=sight.job_lost,
        succeeded_at=succeeded_at,
        seen=sight.word or watch.seen,
        pairs=words_of_pairs(sight.job, sight.pairs) or watch.pairs,
    )


def wait(operation: Operation, sight: Sighting, now: datetime, draw: Callable[[], float] = random.random) -> int:
    """Return the seconds until the next look: a fifth of the time that has passed, 2 to 60, spread by `draw`."""
    elapsed = (now - (operation.accepted_at or operation.received_at)).total_seconds()
    longest = min(max(_SHARE * elapsed, SHORTEST_WAIT), LONGEST_WAIT)
    spread = max(SHORTEST_WAIT, int(longest * (0.75 + 0.25 * draw())))
    asked = min(int(sight.retry_after or 0), LONGEST_ASKED)
    left = int((operation.deadline_at - now).total_seconds()) + 1
    return max(min(max(spread, asked), left), SHORTEST_WAIT)


def _end(operation: Operation, sight: Sighting, patient_until: datetime | None, now: datetime) -> Outcome | None:
    """Return the end that the sight shows; a job that succeeded is waited for no longer than `patient_until`."""
    group = sight.group
    if sight.gone:
        return Outcome.of(Result.UNKNOWN, now, Why(Reason.GROUP_DELETED), huawei=sight.answer)
    if sight.job and sight.job.status is JobStatus.FAIL:
        return _outcome(Result.FAILED, _why(sight.job), sight, now, sight.answer or answer_of_job(sight.job))
    if group and group.status.stopped:
        over = sight.last or patient_until is None or now >= patient_until
        return _stopped(operation, sight, group, now, over=over)
    if patient_until is not None and now >= patient_until:
        unread = Why(Reason.JOB_DONE_GROUP_UNREAD)
        why = Why.of(Reason.JOB_DONE_GROUP_DIFFERS, status=group.raw_status) if group else unread
        return _outcome(Result.SUCCEEDED, why, sight, now)
    if sight.job_lost and group and group.status is GroupStatus.ERROR_STOPPING:
        return _outcome(Result.FAILED, Why(Reason.STOP_FAILED), sight, now)
    return None


def _stopped(
    operation: Operation, sight: Sighting, group: ProtectionGroup, now: datetime, *, over: bool
) -> Outcome | None:
    """Return the end of a group that is off; one whose pairs differ is looked at again until the time is `over`."""
    seen = sight.pairs or PairsSeen()
    pairs, why = after_stop(seen, group.replication_num, Why(Reason.PROTECTION_OFF))
    whole = pairs is not None and pairs.all_stopped
    if not (whole or over or (seen.pairs is None and not seen.passing)):
        return None
    ended = _outcome(Result.SUCCEEDED, why, sight, now)
    job_ended = sight.job.end_time if sight.job else None
    until = (job_ended or now) if whole else None
    return replace(ended, verified=whole, pairs=pairs, copy_as_of=operation.sent_at, copy_until=until)


def _deadline(operation: Operation, sight: Sighting, now: datetime) -> Outcome | None:
    if now < operation.deadline_at:
        return None
    limit = operation.deadline_minutes
    if sight.trouble is None:
        running = Why.of(Reason.STILL_RUNNING, minutes=limit, status=sight.word)
        return _outcome(Result.TIMED_OUT, running, sight, now)
    unseen = Why.of(Reason.UNSEEN_AT_DEADLINE, minutes=limit, problem=sight.trouble)
    return _outcome(Result.UNKNOWN, unseen, sight, now)


def _outcome(result: Result, why: Why, sight: Sighting, now: datetime, words: HuaweiAnswer | None = None) -> Outcome:
    group = sight.group
    return Outcome.of(
        result,
        now,
        why,
        group_status=group.raw_status if group else None,
        group_name=group.name if group else None,
        verified=group.status.stopped if group else (False if result is Result.SUCCEEDED else None),
        huawei=words or sight.answer,
    )


def _why(job: Job) -> Why:
    failed = len(job.failed_sub_jobs)
    return Why.of(Reason.JOB_FAILED_PAIRS, failed=failed, total=len(job.sub_jobs)) if failed else Why(Reason.JOB_FAILED)


def _unheard_of(sight: Sighting) -> bool:
    statuses = (sight.job.status if sight.job else None, sight.group.status if sight.group else None)
    return JobStatus.UNKNOWN in statuses or GroupStatus.UNKNOWN in statuses
