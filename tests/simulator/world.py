"""The protection groups and their jobs: the state machine, driven by a clock, free of HTTP."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.errors import RefusedError
from simulator.group import Group
from simulator.jobs import Job, stamp
from simulator.scenarios import Plan

STATUSES = (
    "creating", "available", "deleting", "error-deleting", "error", "protected", "starting", "error-starting",
    "stopping", "error-stopping", "reprotecting", "error-reprotecting", "reversing", "error-reversing",
    "failing-over", "failed-over", "error-failing-over",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    """What an action is called in jobs and failed tasks, what the group goes through, and how it ends: well, badly."""

    word: str
    meanwhile: str
    well: str
    badly: str


_STOP = Course("stop", "stopping", "available", "error-stopping")
_START = Course("start", "starting", "protected", "error-starting")
_REPROTECT = Course("reprotect", "reprotecting", "protected", "error-reprotecting")
_FAIL_OVER = Course("failover", "failing-over", "failed-over", "error-failing-over")
_REVERSE = Course("reverse", "reversing", "protected", "error-reversing")
# Where a group is put while somebody else's action runs on it.
_UNDER_WAY = {course.meanwhile: course for course in (_STOP, _START, _REPROTECT, _FAIL_OVER, _REVERSE)}
# What each action does in the statuses that take it: one word enables, or protects the other way round.
COURSES = {
    "stop": {"protected": _STOP, "error-stopping": _STOP},
    "start": {
        "available": _START,
        "error-starting": _START,
        "failed-over": _REPROTECT,
        "error-reprotecting": _REPROTECT,
    },
    "failover": dict.fromkeys(("protected", "error-failing-over", "error-reversing"), _FAIL_OVER),
    "reverse": dict.fromkeys(("protected", "error-reversing"), _REVERSE),
}
_OTHER = {"source": "target", "target": "source"}
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class World:
    """All groups and jobs of one project. Call `advance` before looking at anything."""

    clock: Callable[[], float]
    plan: Plan = field(default_factory=Plan)
    scale: float = 1.0
    wrong_state_code: str = "SDRS.1002"
    error_key: str = "error"
    unknown_job: str = "404"
    fresh_id: Callable[[], str] = lambda: uuid.uuid4().hex
    groups: dict[str, Group] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    _running: dict[str, tuple[Job, Course]] = field(default_factory=dict)
    _copying: dict[str, Job] = field(default_factory=dict)
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
        self._copied(group)
        if group.status in _UNDER_WAY:
            self._run(group, _UNDER_WAY[group.status], self._plan_of_others(group))
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
                group.status, group.progress = course.badly if job.fails else course.well, None
                group.updated_at = job.settles_at
                if job.fails:
                    self._note_failure(job, group)
                elif job.station:
                    group.priority_station = job.station
                elif course in (_START, _REPROTECT):
                    self._copying[group_id] = job
            elif course in (_START, _REPROTECT):
                group.progress = job.progress(now)
        for group_id, job in list(self._copying.items()):
            if now < job.copied_at:
                self.groups[group_id].copying = job.plan.copy_status, job.progress(now)
            else:
                self._copied(self.groups[group_id])

    def _copied(self, group: Group) -> None:
        self._copying.pop(group.id, None)
        group.copying = None

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
            raise self._no_job(job_id)
        return job

    def _no_job(self, job_id: str) -> RefusedError:
        """Return what an unknown job gets: no source says, so it is `unknown_job`, a code or an HTTP status."""
        if self.unknown_job.startswith("SDRS."):
            return RefusedError(self.unknown_job, 500, key=self.error_key)
        words = f"Job {job_id} could not be found."
        return RefusedError(self.unknown_job, int(self.unknown_job), words, "itemNotFound")

    def act(self, word: str, group_id: str, station: str | None = None) -> Job:
        """Begin one of the four actions; return its job, or raise RefusedError and change nothing.

        `station` is where production shall run after a reversal: source or target.
        """
        group = self.find(group_id)
        course = COURSES[word].get(group.status)
        if course is None:
            raise RefusedError(self.wrong_state_code, key=self.error_key)
        if not group.pairs:
            raise RefusedError("SDRS.1015", key=self.error_key)
        if word == "stop":
            self._refuse_as_planned(group)
            if group.copying:
                raise RefusedError("SDRS.1830", key=self.error_key)
        if word == "failover":
            station = _OTHER[group.priority_station]
        return self._run(group, course, group.plan or self.plan, station)

    def end(self, group_id: str) -> None:
        """Have a group's job end well, and the group settle, now; where none is running, its pairs' copying."""
        if group_id in self._copying:
            self._copied(self.groups[group_id])
            return
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

    def _run(self, group: Group, course: Course, plan: Plan, station: str | None = None) -> Job:
        named = f"ff80{self.fresh_id()[4:]}"
        job = Job(named, course.word, group.id, group.pair_ids(), self.clock(), plan, self.scale, station)
        self.jobs[job.job_id] = job
        self._running[group.id] = (job, course)
        self._copied(group)
        group.status, group.progress, group.updated_at = course.meanwhile, None, job.accepted_at
        return job

    def _note_failure(self, job: Job, group: Group) -> None:
        pairs = [pair for place, (pair, _) in enumerate(job.pairs) if job.failing(place)]
        rows = [("replications", pair, f"pair of {group.name}") for pair in pairs]
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
