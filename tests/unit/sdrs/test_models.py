from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standdown.sdrs.models import FailureJob, GroupPage, GroupStatus, Job, JobStatus, ProtectionGroup

# The documented sample of a stop job that went well, shortened to one child.
SAMPLE_JOB = {
    "status": "SUCCESS",
    "entities": {
        "sub_jobs": [
            {
                "status": "SUCCESS",
                "entities": {"server_group_id": "group-1", "replication_pair_id": "pair-1"},
                "job_id": "ff80808269e2e7a50169e2ea4e9f0006",
                "job_type": "stopProtectionGroupRepNoCG",
                "begin_time": "2019-06-13T09:40:46.000Z",
                "end_time": "2019-06-13T09:40:53.000Z",
                "error_code": None,
                "fail_reason": None,
            }
        ]
    },
    "job_id": "ff80808269e2e7a50169e2ea4e9f0005",
    "job_type": "stopProtectionGroupNoCG",
    "begin_time": "2019-06-13T09:40:45.930Z",
    "end_time": "2019-06-13T09:40:53.930Z",
    "error_code": None,
    "fail_reason": None,
}
GROUP_WORDS = [
    "creating", "available", "deleting", "error-deleting", "error", "protected", "starting", "error-starting",
    "stopping", "error-stopping", "reprotecting", "error-reprotecting", "reversing", "error-reversing",
    "failing-over", "failed-over", "error-failing-over",
]  # fmt: skip

odd_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
JOB_KEYS = [
    "job_id",
    "job_type",
    "status",
    "begin_time",
    "end_time",
    "error_code",
    "fail_reason",
    "entities",
    "sub_jobs",
]
odd_jobs = st.recursive(
    st.dictionaries(st.sampled_from(JOB_KEYS), odd_json, max_size=9),
    lambda inner: st.builds(lambda children: {"entities": {"sub_jobs": children}}, st.lists(inner, max_size=3)),
    max_leaves=6,
)
GROUP_KEYS = [field for field in ProtectionGroup._fields if field not in ("raw_status", "request_id")]


def test_the_documented_job_is_read_whole() -> None:
    job = Job.from_api(SAMPLE_JOB, request_id="req-1")

    assert job.status is JobStatus.SUCCESS
    assert job.status.ended
    assert job.begin_time == datetime(2019, 6, 13, 9, 40, 45, 930_000, tzinfo=UTC)
    assert job.end_time == datetime(2019, 6, 13, 9, 40, 53, 930_000, tzinfo=UTC)
    assert job.server_group_id == "group-1"
    assert job.sub_jobs[0].entities.replication_id == "pair-1"
    assert job.failed_sub_jobs == ()
    assert job.request_id == "req-1"


def test_failed_sub_jobs_are_the_leaves_however_deep() -> None:
    leaf = {"job_id": "leaf", "status": "FAIL"}
    middle = {
        "job_id": "middle",
        "status": "FAIL",
        "entities": {"sub_jobs": [leaf, {"job_id": "ok", "status": "SUCCESS"}]},
    }
    lone = {"job_id": "lone", "status": "FAIL"}

    job = Job.from_api({"job_id": "top", "status": "FAIL", "entities": {"sub_jobs": [middle, lone]}})

    assert [child.job_id for child in job.failed_sub_jobs] == ["leaf", "lone"]


def test_children_nested_without_end_are_cut_off() -> None:
    data: dict[str, Any] = {"status": "FAIL"}
    for _ in range(400):
        data = {"status": "FAIL", "entities": {"sub_jobs": [data]}}

    job = Job.from_api(data)

    assert len(job.failed_sub_jobs) == 1


@pytest.mark.parametrize("word", ["INIT", "RUNNING", "SUCCESS", "FAIL"])
def test_every_documented_job_status_is_read(word: str) -> None:
    assert JobStatus.read(word).value == word


@pytest.mark.parametrize("word", [None, "", "success", "Success", "SUCCESS ", "SUCCEEDED", "CANCELLED", "UNKNOWN"])
def test_any_other_job_status_is_unknown_and_no_end(word: str | None) -> None:
    assert JobStatus.read(word) is JobStatus.UNKNOWN
    assert not JobStatus.read(word).ended


@pytest.mark.parametrize("word", GROUP_WORDS)
def test_every_documented_group_status_is_read_and_says_what_a_stop_is(word: str) -> None:
    status = GroupStatus.read(word)

    assert status.value == word
    assert status.stoppable == (word in ("protected", "error-stopping"))
    assert status.stopping == (word == "stopping")
    assert status.stopped == (word == "available")


@pytest.mark.parametrize("word", [None, "", "Protected", "AVAILABLE", "paused", "unknown"])
def test_any_other_group_status_is_unknown_and_allows_nothing(word: str | None) -> None:
    status = GroupStatus.read(word)

    assert status is GroupStatus.UNKNOWN
    assert (status.stoppable, status.stopping, status.stopped) == (False, False, False)


def test_an_unknown_status_is_kept_as_text() -> None:
    assert Job.from_api({"status": "PAUSED"}).raw_status == "PAUSED"
    assert ProtectionGroup.from_api({"status": "dozing"}).raw_status == "dozing"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019-06-13T09:40:53.930Z", datetime(2019, 6, 13, 9, 40, 53, 930_000, tzinfo=UTC)),
        ("2019-06-13T09:40:53", datetime(2019, 6, 13, 9, 40, 53, tzinfo=UTC)),
        ("2019-06-13 09:40:53.0", datetime(2019, 6, 13, 9, 40, 53, tzinfo=UTC)),
        ("2019-06-13T17:40:53+08:00", datetime(2019, 6, 13, 9, 40, 53, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (1560418853, None),
    ],
)
def test_times_are_read_as_utc_or_not_at_all(written: object, read: datetime | None) -> None:
    assert Job.from_api({"begin_time": written}).begin_time == read


@settings(max_examples=300, deadline=None)
@given(odd_jobs)
def test_no_job_is_too_odd_to_be_read_and_written(data: dict[str, Any]) -> None:
    job = Job.from_api(data, job_id="asked")

    json.dumps([job.job_id, job.raw_status, job.fail_reason, job.error_code]).encode()
    assert job.job_id
    assert job.status is JobStatus.read(data.get("status") if isinstance(data.get("status"), str) else None)
    assert isinstance(job.failed_sub_jobs, tuple)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(GROUP_KEYS), odd_json))
def test_no_group_page_or_failure_is_too_odd_to_be_read(data: dict[str, Any]) -> None:
    group = ProtectionGroup.from_api(data)
    page = GroupPage.from_api({"count": data.get("progress"), "server_groups": [data, None, 7]})
    FailureJob.from_api(data)

    assert page.groups == (group,)
    assert isinstance(page.count, int)
    assert (group.name + group.description).encode() is not None
