"""The report of a failed stop: the cause is told, whoever knows it: the job, its children, or the task centre."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from standdown.core.huawei_answer import answer_of_error, answer_of_failures, answer_of_job, says_little
from standdown.core.outcome import FailedSubJob
from standdown.sdrs.errors import ApiError
from standdown.sdrs.models import FailureJob, Job, JobEntities, JobStatus

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = (
    "SdrsStopReplicationPairTask-fail:SDRS.1831:Client error : "
    '{"badRequest": {"message": "the volume is locked", "code": 400}}'
)
CLEAR = "SdrsStopReplicationPairTask failed: Client error: the volume is locked"
SUMMARY = {"error_code": "SDRS.0406", "fail_reason": "Failed to execute the subjob"}
SILENT = Job("j-2", JobStatus.FAIL, "FAIL", entities=JobEntities(replication_id="pair-1"))
TOLD = SILENT._replace(fail_reason=TEXT)
ROW = FailureJob("j-1", resource_id="pair-1", resource_type="replication_pairs", begin_time=AT, fail_reason=TEXT)


def failed(*children: Job, **own: str) -> Job:
    return Job("j-1", JobStatus.FAIL, "FAIL", sub_jobs=children, request_id="r-1", **own)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("job", "little"),
    [
        (failed(), True),
        (failed(error_code="SDRS.0405"), True),
        (failed(fail_reason="SdrsStopTask-fail:SDRS.1830:"), True),
        (failed(fail_reason=TEXT), False),
        (failed(TOLD), False),
        (failed(SILENT), True),
        (failed(SILENT, TOLD), False),
        (failed(SILENT, **SUMMARY), True),
        (failed(TOLD, **SUMMARY), False),
    ],
)
def test_the_task_centre_is_asked_where_the_job_leaves_the_cause_open(job: Job, little: bool) -> None:
    assert says_little(job) is little


@pytest.mark.parametrize(
    ("job", "rows", "code", "message"),
    [
        (failed(fail_reason=TEXT), (), "SDRS.1831", CLEAR),
        (failed(TOLD), (), "SDRS.1831", CLEAR),
        (failed(TOLD, **SUMMARY), (), "SDRS.0406", "Failed to execute the subjob"),
        (failed(error_code="SDRS.0405"), (), "SDRS.0405", "Failed to execute the job"),
        (failed(error_code="SDRS.0405"), (ROW,), "SDRS.0405", CLEAR),
        (failed(), (ROW,), "SDRS.1831", CLEAR),
        (failed(SILENT), (ROW,), "SDRS.1831", CLEAR),
        (failed(), (), None, "no reason given"),
        (failed(error_code="SDRS.9999"), (), "SDRS.9999", "no reason given"),
    ],
)
def test_code_and_cause_come_from_whoever_knows_them(
    job: Job, rows: tuple[FailureJob, ...], code: str | None, message: str
) -> None:
    words = answer_of_job(job, rows)

    assert (words.code, words.message, words.request_id) == (code, message, "r-1")


def test_a_silent_child_is_told_by_the_row_about_its_pair() -> None:
    words = answer_of_job(failed(SILENT, **SUMMARY), (ROW._replace(resource_id="pair-2", fail_reason="another"), ROW))

    assert words.failed_sub_jobs == (FailedSubJob("j-2", "pair-1", "SDRS.1831", CLEAR),)


def test_a_job_without_children_has_its_failed_pairs_from_the_task_centre() -> None:
    group = ROW._replace(resource_type="server_groups", resource_id="g", fail_reason="a pair failed")
    other = ROW._replace(job_id="j-0", resource_id="pair-9")

    words = answer_of_job(failed(), (ROW, group, other))

    assert words.failed_sub_jobs == (FailedSubJob("j-1", "pair-1", "SDRS.1831", CLEAR),)


def test_rows_with_a_code_alone_are_told_by_its_meaning() -> None:
    words = answer_of_failures((ROW._replace(error_code="SDRS.1831", fail_reason=None),), None)

    assert words is not None
    assert words.message == "Disk locked"


def test_an_error_has_its_json_dug_out_too() -> None:
    words = answer_of_error(ApiError(TEXT, http_status=400, request_id="r-2"))

    assert (words.http_status, words.code, words.message, words.request_id) == (400, "SDRS.1831", CLEAR, "r-2")
