"""Jobs: what runs after a stop or a start was accepted, as a function of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulator.scenarios import Plan


def stamp(at: float | None) -> str | None:
    """Return a time as the API writes it: UTC, milliseconds, Z."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zoneless(at: float) -> str:
    """Return a time as the API writes a group's: UTC, a space, milliseconds, no zone."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted action. All times are epoch seconds; where nothing ends, they are infinite."""

    job_id: str
    word: str  # stop, start, reprotect, failover or reverse
    group_id: str
    pairs: tuple[tuple[str, str], ...]  # replication pair, protected instance
    accepted_at: float
    plan: Plan
    scale: float = 1.0
    station: str | None = None  # at which production runs after it, where that changes

    @property
    def runs_at(self) -> float:
        """Return when INIT becomes RUNNING."""
        return self.accepted_at + self.plan.init_seconds / self.scale

    @property
    def ends_at(self) -> float:
        """Return when the job ends."""
        stuck = self.plan.ending == "stuck"
        return float("inf") if stuck else self.runs_at + self.plan.job_seconds / self.scale

    @property
    def settles_at(self) -> float:
        """Return when the group shows that the job has ended."""
        return self.ends_at + self.plan.settle_seconds / self.scale

    @property
    def copied_at(self) -> float:
        """Return when the pairs of a start are in step."""
        return self.settles_at + self.plan.copy_seconds / self.scale

    @property
    def fails(self) -> bool:
        """Return whether it ends in FAIL."""
        return self.plan.ending == "fail"

    def forgotten(self, now: float) -> bool:
        """Return whether the job can no longer be looked up."""
        after = self.plan.forget_seconds
        return after is not None and now >= self.accepted_at + after / self.scale

    def status(self, now: float) -> str:
        """Return the status at a time."""
        if now < self.runs_at:
            return "INIT"
        if now < self.ends_at:
            return "RUNNING"
        return "FAIL" if self.fails else "SUCCESS"

    def progress(self, now: float) -> int:
        """Return the per cent done at a time, never 100 before the end; the copying after it is a part of the whole."""
        if self.plan.ending == "stuck":
            return 50
        whole = max(self.ends_at + self.plan.copy_seconds / self.scale - self.accepted_at, 0.001)
        return max(0, min(99, int(100 * (now - self.accepted_at) / whole)))

    def to_api(self, now: float) -> dict[str, Any]:
        """Return what the API answers about the job at a time."""
        status = self.status(now)
        children = [] if status == "INIT" else [self._child(place, now) for place in range(len(self.pairs))]
        return {
            **_head(self.job_id, f"{self.word}ProtectionGroupNoCG", status, self.accepted_at),
            "end_time": stamp(self.ends_at) if status in ("SUCCESS", "FAIL") else None,
            "error_code": self.plan.error_code if status == "FAIL" else None,
            "fail_reason": self.plan.fail_reason if status == "FAIL" else None,
            "entities": {"sub_jobs": children},
        }

    def failing(self, place: int) -> bool:
        """Return whether the pair at a place is one that fails."""
        count = len(self.pairs)
        return self.fails and place in {at % count for at in self.plan.failing_pairs if count}

    def _child(self, place: int, now: float) -> dict[str, Any]:
        pair, instance = self.pairs[place]
        named = (
            {"replication_pair_id": pair, "protected_instance_id": instance} if self.plan.children_name_pairs else {}
        )
        share = (place + 1) / (len(self.pairs) + 1)
        ends_at = self.ends_at if self.failing(place) else self.runs_at + share * (self.ends_at - self.runs_at)
        ended = now >= ends_at
        failed = ended and self.failing(place)
        status = ("FAIL" if failed else "SUCCESS") if ended else "RUNNING"
        return {
            **_head(f"{self.job_id[:28]}{place:04x}", f"{self.word}ProtectionGroupRepNoCG", status, self.runs_at),
            "end_time": stamp(ends_at) if ended else None,
            "error_code": self.plan.sub_error_code if failed else None,
            "fail_reason": self.plan.sub_fail_reason if failed else None,
            "entities": {"server_group_id": self.group_id, **named},
        }


def _head(job_id: str, job_type: str, status: str, begin: float) -> dict[str, Any]:
    return {"job_id": job_id, "job_type": job_type, "status": status, "begin_time": stamp(begin)}
