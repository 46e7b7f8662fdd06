"""The protection groups and their jobs: the state machine, driven by a clock, free of HTTP."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.errors import RefusedError
from simulator.jobs import Job, stamp
from simulator.scenarios import Plan

STATUSES = (
    "creating", "available", "deleting", "error-deleting", "error", "protected", "starting", "error-starting",
    "stopping", "error-stopping", "reprotecting", "error-reprotecting", "reversing", "error-reversing",
    "failing-over", "failed-over", "error-failing-over",
)  # fmt: skip

# What an action needs, what the group goes through, and how it ends: well, badly.
_STOP = ("stopping", "available", "error-stopping")
_START = ("starting", "protected", "error-starting")
_REPROTECT = ("reprotecting", "protected", "error-reprotecting")
_FAIL_OVER = ("failing-over", "failed-over", "error-failing-over")
_REVERSE = ("reversing", "protected", "error-reversing")
# Where a group is put while somebody else's action runs on it: what that action is, and its course.
_UNDER_WAY = {
    "stopping": ("stop", _STOP),
    "starting": ("start", _START),
    "reprotecting": ("reprotect", _REPROTECT),
    "reversing": ("reverse", _REVERSE),
    "failing-over": ("failover", _FAIL_OVER),
}
COURSES = {
    "stop": {"protected": _STOP, "error-stopping": _STOP},
    "start": {
        "available": _START,
        "error-starting": _START,
        "failed-over": _REPROTECT,
        "error-reprotecting": _REPROTECT,
    },
}
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class Group:
    """One protection group; `plan` overrides the world's for this group alone.

    `lasts` is for how many seconds it keeps a status such as starting, in which it was put; None: for ever.
    """

    id: str
    name: str
    status: str = "protected"
    pairs: int = 1
    description: str = ""
    source_availability_zone: str = "cn-north-4a"
    target_availability_zone: str = "cn-north-4b"
    priority_station: str = "source"
    disaster_recovery_drill_num: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0
    progress: int = 0
    plan: Plan | None = None
    planted_pairs: dict[str, dict[str, Any]] = field(default_factory=dict)
    lasts: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def pair_ids(self) -> tuple[tuple[str, str], ...]:
        """Return the ids of the replication pairs with their protected instances, the same every time."""
        space = uuid.uuid5(uuid.NAMESPACE_OID, self.id)
        return tuple(
            (str(uuid.uuid5(space, f"pair-{place}")), str(uuid.uuid5(space, f"instance-{place}")))
            for place in range(self.pairs)
        )

    def to_api(self) -> dict[str, Any]:
        """Return the group as the API shows it: the three old statuses are null, as on newer groups."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "progress": self.progress,
            "source_availability_zone": self.source_availability_zone,
            "target_availability_zone": self.target_availability_zone,
            "domain_id": "523603af-182c-4a60-9b12-2f1a1f6b7a11",
            "domain_name": "domain_001",
            "priority_station": self.priority_station,
            "protected_instance_num": self.pairs,
            "replication_num": self.pairs,
            "disaster_recovery_drill_num": self.disaster_recovery_drill_num,
            "protected_status": None,
            "replication_status": None,
            "health_status": None,
            "source_vpc_id": "f0e4a5b2-0f5e-4b3a-8d6c-0c4d2b1a9f01",
            "target_vpc_id": "f0e4a5b2-0f5e-4b3a-8d6c-0c4d2b1a9f01",
            "test_vpc_id": None,
            "dr_type": "migration",
            "server_type": "ECS",
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
            "protection_type": "replication-pair",
            "replication_model": None,
            **self.extra,
        }


@dataclass(slots=True)
class World:
    """All groups and jobs of one project. Call `advance` before looking at anything."""

    clock: Callable[[], float]
    plan: Plan = field(default_factory=Plan)
    scale: float = 1.0
    wrong_state_code: str = "SDRS.1002"
    error_key: str = "error"
    groups: dict[str, Group] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    _running: dict[str, tuple[Job, tuple[str, str, str]]] = field(default_factory=dict)
    _refused_since: dict[str, float] = field(default_factory=dict)

    def put(self, group: Group) -> Group:
        """Add a group, or replace the one with its id; one that is changing gets somebody else's action as its job."""
        if group.status not in STATUSES and not group.extra.get("odd"):
            raise ValueError(f"unknown status {group.status!r}; known are {', '.join(STATUSES)}")
        group.extra.pop("odd", None)
        group.created_at = group.created_at or self.clock()
        group.updated_at = group.updated_at or group.created_at
        known = self.groups.get(group.id)
        self.groups[group.id] = group
        if known is not None and known.status == group.status:
            return group  # renamed, say: what it is at goes on
        self._running.pop(group.id, None)
        if group.status in _UNDER_WAY:
            word, course = _UNDER_WAY[group.status]
            self._run(word, group, course, self._plan_of_others(group))
        return group

    def advance(self) -> None:
        """Let everything happen that is due by now."""
        now = self.clock()
        for group_id, (job, course) in list(self._running.items()):
            group = self.groups.get(group_id)
            if group is None:
                del self._running[group_id]
            elif now >= job.settles_at:
                del self._running[group_id]
                group.status, group.progress = course[2] if job.fails else course[1], 100
                group.updated_at = job.settles_at
                if job.fails:
                    self._note_failure(job, group)
            else:
                group.progress = job.progress(now)

    def find(self, group_id: str) -> Group:
        """Return a group; raise RefusedError where the id is malformed or unknown."""
        if not _UUID.fullmatch(group_id):
            raise RefusedError("SDRS.0207", key=self.error_key)
        if group_id not in self.groups:
            raise RefusedError("SDRS.1013", key=self.error_key)
        return self.groups[group_id]

    def find_job(self, job_id: str) -> Job:
        """Return a job; raise RefusedError where it is unknown or forgotten."""
        job = self.jobs.get(job_id)
        if job is None or job.forgotten(self.clock()):
            raise RefusedError("404", 404, f"Job {job_id} could not be found.", "itemNotFound")
        return job

    def act(self, word: str, group_id: str) -> Job:
        """Stop or start a group's protection; return the job, or raise RefusedError and change nothing."""
        group = self.find(group_id)
        course = COURSES[word].get(group.status)
        if course is None:
            raise RefusedError(self.wrong_state_code, key=self.error_key)
        if not group.pairs:
            raise RefusedError("SDRS.1015", key=self.error_key)
        if word == "stop":
            self._refuse_as_planned(group)
        return self._run(word, group, course, group.plan or self.plan)

    def end(self, group_id: str) -> None:
        """Have a group's job end well, and the group settle, now."""
        job, course = self._running[group_id]
        begun = max(0.0, self.clock() - job.accepted_at) * job.scale
        plan = job.plan.changed(ending="success", init_seconds=0.0, job_seconds=begun, settle_seconds=0.0)
        ended = replace(job, plan=plan)
        self.jobs[job.job_id] = ended
        self._running[group_id] = (ended, course)

    def _refuse_as_planned(self, group: Group) -> None:
        plan = group.plan or self.plan
        if plan.refuse_code is None:
            return
        since = self._refused_since.setdefault(group.id, self.clock())
        if plan.refuse_seconds is None or self.clock() < since + plan.refuse_seconds / self.scale:
            raise RefusedError(plan.refuse_code, key=self.error_key)

    def _plan_of_others(self, group: Group) -> Plan:
        """Return how an action goes that was under way when the group was put: a stop as planned, else as it says."""
        plan = group.plan or self.plan
        if group.lasts is not None:
            return plan.changed(init_seconds=0.0, job_seconds=group.lasts)
        return plan if group.status == "stopping" else plan.changed(ending="stuck")

    def _run(self, word: str, group: Group, course: tuple[str, str, str], plan: Plan) -> Job:
        job = Job(f"ff80{uuid.uuid4().hex[4:]}", word, group.id, group.pair_ids(), self.clock(), plan, self.scale)
        self.jobs[job.job_id] = job
        self._running[group.id] = (job, course)
        group.status, group.progress, group.updated_at = course[0], 0, job.accepted_at
        return job

    def _note_failure(self, job: Job, group: Group) -> None:
        pairs = [pair for place, (pair, _) in enumerate(job.pairs) if job.failing(place)]
        rows = [("replication_pairs", pair, f"pair of {group.name}") for pair in pairs]
        for kind, resource, name in rows or [("server_groups", group.id, group.name)]:
            self.failures.append(
                {
                    "job_status": "FAIL",
                    "resource_id": resource,
                    "resource_name": name,
                    "resource_type": kind,
                    "failure_status": f"{job.word}Fail",
                    "job_id": job.job_id,
                    "job_type": f"{job.word}ProtectionGroupNoCG",
                    "begin_time": stamp(job.accepted_at),
                    "error_code": job.plan.sub_error_code,
                    "fail_reason": job.plan.sub_fail_reason,
                    "_group": group.id,
                }
            )
