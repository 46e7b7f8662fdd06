"""Huawei Cloud's own words as the ledger and the outcome keep them: dug out of the JSON around them, and clipped.

Where it gives a code and no words, the documented meaning of the code stands in for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from standdown.base.text import clip
from standdown.core.outcome import FailedSubJob, HuaweiAnswer
from standdown.core.reasons import Reason, Why
from standdown.sdrs.classify import meaning
from standdown.sdrs.errors import HuaweiError, SdrsError
from standdown.sdrs.models import FailureJob, Job

if TYPE_CHECKING:
    from standdown.sdrs import fail_reason

MOST_SUB_JOBS = 20
_MOST_READ = 100
_LONGEST = 600
_NOTHING = "no reason given"


def answer_of_error(error: SdrsError) -> HuaweiAnswer:
    """Return what an error says."""
    said = _read(error.message)
    code = error.code or said.code
    return HuaweiAnswer(error.http_status, code, _words(said.text, code), error.request_id)


def why_of_error(error: HuaweiError) -> Why:
    """Return an error as a reason; its `reason` is one of the codes."""
    return Why.of(Reason(error.reason), **({"problem": error} | error.values))


def says_little(job: Job) -> bool:
    """Return whether a failed job leaves its cause open: then the task centre's list of failed tasks is worth a look.

    A job with failed children only sums them up, so the cause is in theirs.
    """
    failed = job.failed_sub_jobs or (job,)
    return not any(_read(each.fail_reason).words for each in failed)


def answer_of_job(job: Job, rows: tuple[FailureJob, ...] = ()) -> HuaweiAnswer:
    """Return what a failed job says, its failed children first among it; `rows` fill in what both leave open."""
    children = tuple(_child(sub, rows) for sub in job.failed_sub_jobs[:_MOST_READ])
    first = next((child for child in children if child.code or child.reason != _NOTHING), None)
    own = _read(job.fail_reason)
    code = job.error_code or own.code or (first.code if first else None)
    listed = None if first else answer_of_failures(rows, job.job_id)
    if listed and not own.words:
        return HuaweiAnswer(
            None,
            code or listed.code,
            listed.message,
            job.request_id,
            children[:MOST_SUB_JOBS] or listed.failed_sub_jobs,
        )
    message = own.text or (first.reason if first else "")
    return HuaweiAnswer(None, code, _words(message, code), job.request_id, children[:MOST_SUB_JOBS])


def answer_of_failures(rows: tuple[FailureJob, ...], job_id: str | None) -> HuaweiAnswer | None:
    """Return what the task centre's list of failed tasks says of a job, or of the latest one where none is named."""
    ours = [row for row in rows if row.job_id == job_id] if job_id else []
    rows_with_cause = [row for row in ours or rows if row.error_code or row.fail_reason]
    if not rows_with_cause:
        return None
    latest = max(rows_with_cause, key=lambda row: row.begin_time.timestamp() if row.begin_time else 0)
    pairs = [row for row in rows_with_cause if row.job_id == latest.job_id and "replication" in row.resource_type]
    code, words = _cause(latest.error_code, latest.fail_reason)
    return HuaweiAnswer(code=code, message=words, failed_sub_jobs=tuple(_pair(row) for row in pairs[:MOST_SUB_JOBS]))


def _child(sub: Job, rows: tuple[FailureJob, ...]) -> FailedSubJob:
    """Return one failed child; what it leaves open is taken from the row about it, by its job or its pair."""
    pair = sub.entities.replication_id or sub.entities.protected_instance_id
    row = next((row for row in rows if row.job_id == sub.job_id or (pair and row.resource_id == pair)), FailureJob())
    code, words = _cause(sub.error_code or row.error_code, sub.fail_reason or row.fail_reason)
    return FailedSubJob(clip(sub.job_id, 64), pair, code, words)


def _pair(row: FailureJob) -> FailedSubJob:
    return FailedSubJob(clip(row.job_id, 64), row.resource_id or None, *_cause(row.error_code, row.fail_reason))


def _cause(code: str | None, reason: str | None) -> tuple[str | None, str]:
    said = _read(reason)
    return code or said.code, _words(said.text, code or said.code)


def _read(reason: str | None) -> fail_reason.Reason:
    from standdown.sdrs.fail_reason import read_reason  # its patterns are of use where something failed alone

    return read_reason(reason)


def _words(text: str, code: str | None) -> str:
    return clip(text or meaning(code) or _NOTHING, _LONGEST)
