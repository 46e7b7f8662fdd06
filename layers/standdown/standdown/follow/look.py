"""One look at a stop or a resume that is under way: the job, or the group, is read, and what it means is written down.

Sends neither.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from standdown.base.log import about, logger
from standdown.core.actions import COURSES
from standdown.core.huawei_answer import answer_of_error, answer_of_failures, answer_of_job, says_little
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome
from standdown.follow.verdict import LONGEST_ASKED, LONGEST_WAIT, Sighting, judge
from standdown.follow.watch_state import WatchState
from standdown.huawei.account import CALL, HuaweiAccount
from standdown.huawei.located import located
from standdown.huawei.pairs import see_pairs
from standdown.ledger.ledger import Ledger, LedgerError
from standdown.sdrs.classify import ErrorClass, classify, is_not_found, is_unknown_job
from standdown.sdrs.errors import HuaweiError, SdrsError
from standdown.sdrs.models import FailureJob, Job, JobStatus

PATIENT_LOOKS = 3
"""After how many looks in a row at which the job could not be read the group decides."""


def follow(watch: WatchState, ledger: Ledger, huawei: HuaweiAccount, now: datetime) -> WatchState:
    """Look once; write the outcome if this was the end; return the watch as the workflow goes on with it."""
    try:
        operation = ledger.get(watch.operation_id) if watch.operation_id else None
        if operation is None or operation.outcome is not None:
            return replace(watch, finished=True)
        about(operation.operation_id, operation.request.delivery_id, operation.target)
        sight = see(operation, watch, huawei, last=now >= operation.deadline_at)
        after = judge(operation, watch, sight, now)
        if isinstance(after, Outcome):
            ended = ledger.end(located(operation, huawei), after).outcome or after
            logger.info("operation ended", extra={"result": ended.result.value, "looks": ended.looks})
            return replace(watch, finished=True, looks=watch.looks + 1, seen=sight.word)
    except LedgerError as error:
        logger.warning("ledger not usable", extra={"problem": str(error)})
        return replace(watch, errors=watch.errors + 1, wait_seconds=LONGEST_WAIT // 4)
    shown = {key: value for key, value in after.to_dict().items() if key != "pairs"}  # a line of every poll stays short
    logger.info("looked", extra=shown | {"trouble": sight.trouble})
    return after


def see(operation: Operation, watch: WatchState, huawei: HuaweiAccount, *, last: bool = False) -> Sighting:
    """Read the job as long as it is known and running, else the group; never raises for what Huawei Cloud does.

    The group decides, too, where the job has been out of sight for some looks, says an unknown word, or at the `last`
    look, which is at the deadline: a job may be forgotten, or stay as it is, while its group has long been stopped.
    """
    job: Job | None = None
    lost = watch.job_lost or operation.job_id is None
    hidden = False
    try:
        if not lost and watch.succeeded_at is None:
            try:
                job = huawei.job(operation.located, str(operation.job_id), CALL)
            except SdrsError as error:
                lost, hidden = is_unknown_job(error), True
                if not (lost or last or watch.errors >= PATIENT_LOOKS):
                    raise
            if job and not job.status.ended and job.status is not JobStatus.UNKNOWN and not last:
                return Sighting(job)
            if job and job.status is JobStatus.FAIL:
                return _failed(operation, job, huawei)
        return _by_group(operation, job, huawei, job_lost=lost or hidden, last=last)
    except SdrsError as error:
        gone = is_not_found(error)
        patience = error.retry_after or (LONGEST_ASKED if classify(error) is ErrorClass.CREDENTIALS else None)
        return Sighting(job, None, lost, gone, str(error), answer_of_error(error), patience)
    except HuaweiError as error:
        return Sighting(job, None, lost, trouble=str(error))


def _by_group(operation: Operation, job: Job | None, huawei: HuaweiAccount, *, job_lost: bool, last: bool) -> Sighting:
    """Read the group, and its pairs where it is as wanted; where the action failed, what its failed tasks say."""
    group = huawei.group(operation.located, CALL)
    course = COURSES[operation.action]
    if job_lost and group.status is course.failed:
        answer = answer_of_failures(_failures(operation, huawei), operation.job_id)
        return Sighting(None, group, job_lost=True, answer=answer)
    if group.status is course.wanted:
        return Sighting(job, group, job_lost, pairs=see_pairs(huawei, operation.located, CALL), last=last)
    return Sighting(job, group, job_lost)


def _failed(operation: Operation, job: Job, huawei: HuaweiAccount) -> Sighting:
    """Add to a failed job what the group and the failed tasks say; either may be silent."""
    try:
        group = huawei.group(operation.located, CALL)
    except SdrsError:
        group = None
    return Sighting(job, group, answer=answer_of_job(job, _failures(operation, huawei) if says_little(job) else ()))


def _failures(operation: Operation, huawei: HuaweiAccount) -> tuple[FailureJob, ...]:
    try:
        return huawei.failure_jobs(operation.located, CALL, COURSES[operation.action].failures)
    except SdrsError as error:
        logger.info("failed tasks could not be read", extra={"problem": str(error)})
        return ()
