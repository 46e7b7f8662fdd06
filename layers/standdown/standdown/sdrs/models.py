"""What SDRS answers, as frozen values. Reading never fails: an unknown word is kept as text beside UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from standdown.sdrs.fields import mapping, mappings, moment, text, whole

_DEEPEST = 5


class JobStatus(StrEnum):
    """How far a job is. UNKNOWN stands for every word that the API does not document: never take it for an end."""

    INIT = "INIT"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def read(cls, word: str | None) -> JobStatus:
        """Return the status that is spelt exactly so, else UNKNOWN."""
        return cls(word) if word is not None and word in cls.__members__ else cls.UNKNOWN

    @property
    def ended(self) -> bool:
        """Return whether the job has come to its end."""
        return self in (JobStatus.SUCCESS, JobStatus.FAIL)


class GroupStatus(StrEnum):
    """The 17 documented statuses of a protection group, and UNKNOWN for any other word."""

    CREATING = "creating"
    AVAILABLE = "available"
    DELETING = "deleting"
    ERROR_DELETING = "error-deleting"
    ERROR = "error"
    PROTECTED = "protected"
    STARTING = "starting"
    ERROR_STARTING = "error-starting"
    STOPPING = "stopping"
    ERROR_STOPPING = "error-stopping"
    REPROTECTING = "reprotecting"
    ERROR_REPROTECTING = "error-reprotecting"
    REVERSING = "reversing"
    ERROR_REVERSING = "error-reversing"
    FAILING_OVER = "failing-over"
    FAILED_OVER = "failed-over"
    ERROR_FAILING_OVER = "error-failing-over"
    UNKNOWN = "unknown"

    @classmethod
    def read(cls, word: str | None) -> GroupStatus:
        """Return the status that is spelt exactly so, else UNKNOWN."""
        return cls(word) if word is not None and word in _GROUP_WORDS else cls.UNKNOWN

    @property
    def stoppable(self) -> bool:
        """Return whether SDRS takes a stop in this status."""
        return self in (GroupStatus.PROTECTED, GroupStatus.ERROR_STOPPING)

    @property
    def stopping(self) -> bool:
        """Return whether a stop, of whoever's, is under way."""
        return self is GroupStatus.STOPPING

    @property
    def stopped(self) -> bool:
        """Return whether protection is off."""
        return self is GroupStatus.AVAILABLE


_GROUP_WORDS = frozenset(status.value for status in GroupStatus)


class JobEntities(NamedTuple):
    """What a job is about, as far as the answer says."""

    server_group_id: str | None = None
    replication_id: str | None = None
    protected_instance_id: str | None = None
    native_server_id: str | None = None
    volume_ids: str | None = None
    nic_id: str | None = None

    @classmethod
    def from_api(cls, data: Mapping[str, Any]) -> JobEntities:
        """Read a job's `entities`; a replication pair goes by either of two names."""
        return cls(
            server_group_id=text(data, "server_group_id"),
            replication_id=text(data, "replication_pair_id", "replication_id"),
            protected_instance_id=text(data, "protected_instance_id"),
            native_server_id=text(data, "native_server_id"),
            volume_ids=text(data, "volume_ids"),
            nic_id=text(data, "nic_id"),
        )


class Job(NamedTuple):
    """A job and its children. Times are UTC; `request_id` is that of the answer, empty for children."""

    job_id: str
    status: JobStatus
    raw_status: str = ""
    job_type: str = ""
    begin_time: datetime | None = None
    end_time: datetime | None = None
    error_code: str | None = None
    fail_reason: str | None = None
    sub_jobs: tuple[Job, ...] = ()
    entities: JobEntities = JobEntities()
    request_id: str | None = None

    @property
    def failed_sub_jobs(self) -> tuple[Job, ...]:
        """Return the failed jobs at the bottom of the tree, this one itself not counted."""
        found: list[Job] = []
        for child in self.sub_jobs:
            below = child.failed_sub_jobs
            found.extend(below or ((child,) if child.status is JobStatus.FAIL else ()))
        return tuple(found)

    @property
    def server_group_id(self) -> str | None:
        """Return the group's id: SDRS names it in the children, not always in the parent."""
        named = (self.entities.server_group_id, *(child.server_group_id for child in self.sub_jobs))
        return next(filter(None, named), None)

    @classmethod
    def from_api(cls, data: Mapping[str, Any], *, job_id: str = "", request_id: str | None = None) -> Job:
        """Read the answer of GET /v1/{project_id}/jobs/{job_id}; `job_id` stands in where the answer names none."""
        return _job(data, job_id, request_id, _DEEPEST)


def _job(data: Mapping[str, Any], job_id: str, request_id: str | None, depth: int) -> Job:
    entities = mapping(data, "entities")
    children = (mappings(entities, "sub_jobs") or mappings(data, "sub_jobs")) if depth else []
    return Job(
        job_id=text(data, "job_id") or job_id,
        status=JobStatus.read(text(data, "status")),
        raw_status=text(data, "status") or "",
        job_type=text(data, "job_type") or "",
        begin_time=moment(data, "begin_time"),
        end_time=moment(data, "end_time"),
        error_code=text(data, "error_code"),
        fail_reason=text(data, "fail_reason"),
        sub_jobs=tuple(_job(child, "", None, depth - 1) for child in children),
        entities=JobEntities.from_api(entities),
        request_id=request_id,
    )


class ProtectionGroup(NamedTuple):
    """A protection group. Only `status` decides: SDRS leaves protected_status and its kin null on newer groups."""

    id: str
    name: str
    status: GroupStatus
    raw_status: str = ""
    progress: int | None = None
    description: str = ""
    priority_station: str | None = None
    source_availability_zone: str | None = None
    target_availability_zone: str | None = None
    protected_instance_num: int | None = None
    replication_num: int | None = None
    disaster_recovery_drill_num: int | None = None
    server_type: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    request_id: str | None = None

    @classmethod
    def from_api(cls, data: Mapping[str, Any], *, request_id: str | None = None) -> ProtectionGroup:
        """Read one group as it stands under `server_group` or in `server_groups`."""
        return cls(
            id=text(data, "id") or "",
            name=text(data, "name") or "",
            status=GroupStatus.read(text(data, "status")),
            raw_status=text(data, "status") or "",
            progress=whole(data, "progress"),
            description=text(data, "description") or "",
            priority_station=text(data, "priority_station"),
            source_availability_zone=text(data, "source_availability_zone"),
            target_availability_zone=text(data, "target_availability_zone"),
            protected_instance_num=whole(data, "protected_instance_num"),
            replication_num=whole(data, "replication_num"),
            disaster_recovery_drill_num=whole(data, "disaster_recovery_drill_num"),
            server_type=text(data, "server_type"),
            created_at=moment(data, "created_at"),
            updated_at=moment(data, "updated_at"),
            request_id=request_id,
        )


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One page of the list of protection groups; `count` is how many there are on all pages."""

    count: int
    groups: tuple[ProtectionGroup, ...]

    @classmethod
    def from_api(cls, data: Mapping[str, Any], *, request_id: str | None = None) -> GroupPage:
        """Read the answer of GET /v1/{project_id}/server-groups."""
        rows = mappings(data, "server_groups")
        groups = tuple(ProtectionGroup.from_api(row, request_id=request_id) for row in rows)
        return cls(whole(data, "count") or len(groups), groups)


class FailureJob(NamedTuple):
    """One row of the task centre's list of failed tasks."""

    job_id: str = ""
    job_type: str = ""
    job_status: str = ""
    failure_status: str = ""
    resource_id: str = ""
    resource_name: str = ""
    resource_type: str = ""
    begin_time: datetime | None = None
    error_code: str | None = None
    fail_reason: str | None = None

    @classmethod
    def from_api(cls, data: Mapping[str, Any]) -> FailureJob:
        """Read one row of `failure_jobs`."""
        names = ("job_id", "job_type", "job_status", "failure_status", "resource_id", "resource_name", "resource_type")
        return cls(
            **{name: text(data, name) or "" for name in names},
            begin_time=moment(data, "begin_time"),
            error_code=text(data, "error_code"),
            fail_reason=text(data, "fail_reason"),
        )
