"""Huawei Cloud's own words as the outcome keeps them: the telling ones first, none of them endless."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from standdown.core.huawei_answer import MOST_SUB_JOBS, answer_of_error, answer_of_failures, answer_of_job
from standdown.core.outcome import FailedSubJob, HuaweiAnswer
from standdown.sdrs.errors import ApiError, UnclearError
from standdown.sdrs.models import FailureJob, Job, JobEntities, JobStatus

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GOOD = Job("j-1", JobStatus.SUCCESS, "SUCCESS")
BAD = Job(
    "j-2", JobStatus.FAIL, "FAIL", error_code="SDRS.0011", fail_reason="Client error",
    entities=JobEntities(replication_id="pair-1", protected_instance_id="instance-1"),
)  # fmt: skip
ROW = FailureJob("j", begin_time=AT, error_code="SDRS.0406", fail_reason="a child failed")


def failed(*children: Job, code: str | None = None, reason: str | None = None) -> Job:
    return Job("j", JobStatus.FAIL, "FAIL", error_code=code, fail_reason=reason, sub_jobs=children, request_id="r")


def test_an_error_is_kept_with_status_code_and_request_id() -> None:
    error = ApiError("wrong state", http_status=400, code="SDRS.1002", request_id="r")

    assert answer_of_error(error) == HuaweiAnswer(400, "SDRS.1002", "wrong state", "r")


def test_an_error_without_an_answer_has_its_message_alone() -> None:
    assert answer_of_error(UnclearError("no answer: out of time")) == HuaweiAnswer(message="no answer: out of time")


def test_a_message_is_clipped() -> None:
    assert len(answer_of_error(ApiError("x" * 10_000)).message) == 600


@pytest.mark.parametrize(
    ("job", "code", "message"),
    [
        (failed(code="SDRS.0406", reason="a child failed"), "SDRS.0406", "a child failed"),
        (failed(BAD, code="SDRS.0406"), "SDRS.0406", "Client error"),
        (failed(GOOD, BAD), "SDRS.0011", "Client error"),
        (failed(BAD._replace(error_code=None, fail_reason=None), BAD), "SDRS.0011", "Client error"),
        (failed(GOOD), None, "no reason given"),
        (failed(), None, "no reason given"),
        (failed(reason="x" * 10_000), None, "x" * 599 + "…"),
    ],
)
def test_a_failed_job_speaks_for_itself_or_through_its_first_child_that_does(
    job: Job, code: str | None, message: str
) -> None:
    words = answer_of_job(job)

    assert (words.code, words.message, words.request_id) == (code, message, "r")


def test_failed_children_are_kept_with_their_pair_and_cause() -> None:
    silent = Job("j-3", JobStatus.FAIL, entities=JobEntities(protected_instance_id="instance-1"))
    nested = Job("j-4", JobStatus.FAIL, sub_jobs=(BAD._replace(job_id="j-5"),))

    words = answer_of_job(failed(GOOD, BAD, silent, nested))

    assert words.failed_sub_jobs == (
        FailedSubJob("j-2", "pair-1", "SDRS.0011", "Client error"),
        FailedSubJob("j-3", "instance-1", None, "no reason given"),
        FailedSubJob("j-5", "pair-1", "SDRS.0011", "Client error"),
    )


def test_a_job_with_a_thousand_endless_children_stays_small() -> None:
    child = BAD._replace(job_id="j" * 5000, fail_reason="保" * 100_000)

    words = answer_of_job(failed(*([child] * 1000), reason="x" * 100_000))

    assert len(words.failed_sub_jobs) == MOST_SUB_JOBS
    assert len(str(words.to_dict())) < 20_000


@pytest.mark.parametrize(
    ("rows", "job_id", "code"),
    [
        ((), "j", None),
        ((ROW,), "j", "SDRS.0406"),
        ((ROW,), None, "SDRS.0406"),
        ((ROW,), "another", "SDRS.0406"),
        ((ROW, ROW._replace(job_id="k", error_code="SDRS.0405", begin_time=AT + timedelta(1))), "j", "SDRS.0406"),
        ((ROW, ROW._replace(job_id="k", error_code="SDRS.0405", begin_time=AT + timedelta(1))), None, "SDRS.0405"),
        ((ROW._replace(error_code="SDRS.0405", begin_time=None), ROW), None, "SDRS.0406"),
        ((ROW._replace(error_code=None, fail_reason=None),), "j", None),
        ((ROW._replace(error_code="SDRS.0405", fail_reason=None),), "j", "SDRS.0405"),
    ],
)
def test_the_task_centre_speaks_for_the_job_or_else_for_the_latest_failure(
    rows: tuple[FailureJob, ...], job_id: str | None, code: str | None
) -> None:
    words = answer_of_failures(rows, job_id)

    assert (words.code if words else None) == code
