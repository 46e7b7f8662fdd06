"""Huawei Cloud's own words, clipped, as the ledger and the outcome keep them."""

from __future__ import annotations

from standdown.operation import FailedSubJob, HuaweiSaid
from standdown.sdrs.errors import SdrsError
from standdown.sdrs.models import FailureJob, Job
from standdown.wire import clip

MOST_SUB_JOBS = 20
_LONGEST = 600


def said(error: SdrsError) -> HuaweiSaid:
    """Return what an error says."""
    return HuaweiSaid(error.http_status, error.code, clip(error.message, _LONGEST), error.request_id)


def said_by_job(job: Job) -> HuaweiSaid:
    """Return what a failed job says, its failed children first among it."""
    failed = job.failed_sub_jobs
    first = next((sub for sub in failed if sub.error_code or sub.fail_reason), None)
    return HuaweiSaid(
        code=job.error_code or (first.error_code if first else None),
        message=clip(job.fail_reason or (first.fail_reason if first else None) or "no reason given", _LONGEST),
        request_id=job.request_id,
        failed_sub_jobs=tuple(
            FailedSubJob(
                job_id=clip(sub.job_id, 64),
                replication_id=sub.entities.replication_id or sub.entities.protected_instance_id,
                code=sub.error_code,
                reason=clip(sub.fail_reason or "no reason given", _LONGEST),
            )
            for sub in failed[:MOST_SUB_JOBS]
        ),
    )


def said_by_failures(rows: tuple[FailureJob, ...], job_id: str | None) -> HuaweiSaid | None:
    """Return what the task centre's list of failed tasks says of a job, or of the latest one where none is named."""
    ours = [row for row in rows if row.job_id == job_id] if job_id else []
    told = [row for row in ours or rows if row.error_code or row.fail_reason]
    if not told:
        return None
    latest = max(told, key=lambda row: row.begin_time.timestamp() if row.begin_time else 0)
    return HuaweiSaid(code=latest.error_code, message=clip(latest.fail_reason or "no reason given", _LONGEST))
