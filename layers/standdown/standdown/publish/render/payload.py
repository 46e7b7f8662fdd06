"""The outcome for machines: one JSON object, the same on every channel, bounded in size whatever came in.

Its form is published as `docs/outcome.schema.json`, of a resume as `docs/resume-outcome.schema.json`; a change of the
form is a new `schema_version`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from standdown.base.text import canonical, iso, one_line
from standdown.core.operation import SCHEMA_VERSION, Operation
from standdown.core.outcome import FailedSubJob, HuaweiAnswer, Outcome
from standdown.core.reasons import Why
from standdown.core.request import StopRequest
from standdown.publish.render.holds import hold_of, resumes_at
from standdown.publish.render.links import Links
from standdown.publish.render.next_steps import next_steps
from standdown.publish.render.urgency import still_protected
from standdown.sdrs.classify import meaning

__all__ = ["LARGEST", "SCHEMA_VERSION", "detail", "fitting", "moment", "short"]

LARGEST = 20_000
"""Bytes of canonical JSON: what Standard Webhooks asks for, and far below what SNS and EventBridge take."""
_SUB_JOBS_SHARE = 6_000
_REASONS_SHARE = 2_000
_MOST_CAUSES = 100


def detail(operation: Operation, links: Links) -> dict[str, Any]:
    """Return the outcome as JSON-ready values, at most `LARGEST` bytes of canonical JSON.

    Lists that would not fit are cut, and what was left out is counted. Raises ValueError where the operation has not
    ended yet.
    """
    outcome = operation.outcome
    if outcome is None:
        raise ValueError(f"operation {operation.operation_id} has not ended yet")
    known = {
        **_identity(operation, outcome),
        **_times(operation, outcome),
        **_state(operation, outcome),
        "why": _why(outcome.why) if outcome.why else None,
        "huawei": _huawei(outcome.huawei) if outcome.huawei else None,
        "next_steps": [short(step, 600) for step in next_steps(operation, prefix=links.config_prefix)],
        "links": {key: short(link, 1_500) for key, link in links.for_operation(operation).items()},
    }
    room = LARGEST - len(canonical(known)) - 100
    shown = fitting((_cause(cause) for cause in operation.all_causes[:_MOST_CAUSES]), room)
    return {**known, "causes": shown, "causes_omitted": len(operation.all_causes) - len(shown)}


def _identity(operation: Operation, outcome: Outcome) -> dict[str, Any]:
    group, request = operation.group, operation.request
    server_group_id = group.server_group_id if group else request.server_group_id
    return {
        "schema_version": SCHEMA_VERSION,
        "event_id": short(operation.operation_id, 64),
        "operation_id": short(operation.operation_id, 64),
        "action": operation.action.value,
        "outcome": outcome.result.value,
        "refusal": outcome.refusal.value if outcome.refusal else None,
        "target": short(operation.target or request.target, 128),
        "group": {
            "id": short(server_group_id, 128),
            "name": short(outcome.group_name or (group.server_group_name if group else None), 128),
            "region": short(group.region if group else None, 64),
            "project_id": short(group.project_id if group else None, 64),
            "status": short(outcome.group_status, 64),
        },
        "job_id": short(operation.job_id, 128),
    }


def _times(operation: Operation, outcome: Outcome) -> dict[str, Any]:
    taken = (outcome.ended_at - operation.received_at).total_seconds()
    return {
        "requested_at": iso(operation.request.requested_at),
        "received_at": iso(operation.received_at),
        "accepted_at": moment(operation.accepted_at),
        "job_ended_at": moment(outcome.job_ended_at),
        "ended_at": iso(outcome.ended_at),
        "duration_seconds": round(max(0.0, taken), 3),
    }


def _state(operation: Operation, outcome: Outcome) -> dict[str, Any]:
    return {
        "detail": short(outcome.detail, 1_000),
        "verified": outcome.verified,
        "protected": still_protected(outcome, operation.action),
        "unprotected_since": moment(outcome.unprotected_since),
        "hold": short(hold_of(operation, outcome), 64),
        "resumes_at": moment(resumes_at(operation, outcome)),
        "in_step": outcome.in_step,
        "progress": outcome.progress,
        "pairs": outcome.pairs.to_dict() if outcome.pairs else None,
        "copy_as_of": moment(outcome.copy_as_of),
        "copy_until": moment(outcome.copy_until),
        "guard": operation.guard,
        "looks": outcome.looks,
        "joined_to": short(outcome.joined_to or operation.joined_to, 64),
        "joined_result": outcome.joined_result.value if outcome.joined_result else None,
    }


def _why(why: Why) -> dict[str, Any]:
    values = {key: short(value, 300) or "" for key, value in why.values.items()}
    because = fitting((_why(one) for one in why.because), _REASONS_SHARE)
    return {"code": why.code.value, "values": values, "because": because}


def _huawei(said: HuaweiAnswer) -> dict[str, Any]:
    jobs = fitting((_sub_job(job) for job in said.failed_sub_jobs), _SUB_JOBS_SHARE)
    return {
        "http_status": said.http_status,
        "code": short(said.code, 64),
        "meaning": meaning(said.code),
        "message": short(said.message, 1_200),
        "request_id": short(said.request_id, 128),
        "failed_sub_jobs": jobs,
        "failed_sub_jobs_omitted": len(said.failed_sub_jobs) - len(jobs),
    }


def _sub_job(job: FailedSubJob) -> dict[str, Any]:
    return {
        "job_id": short(job.job_id, 128),
        "replication_id": short(job.replication_id, 128),
        "code": short(job.code, 64),
        "meaning": meaning(job.code),
        "reason": short(job.reason, 600),
    }


def _cause(request: StopRequest) -> dict[str, Any]:
    return {
        "operation_id": request.operation_id,
        "delivery_id": short(request.delivery_id, 512),
        "source": request.source.value,
        "target": short(request.target, 128),
        "reason": short(request.reason, 800),
        "requested_by": short(request.requested_by, 300),
        "sender": short(request.sender, 300),
        "requested_at": iso(request.requested_at),
        "alarm": short(request.alarm, 300),
        "force": request.force,
    }


def fitting(items: Iterable[dict[str, Any]], room: int) -> list[dict[str, Any]]:
    """Return the first items whose JSON fits the room in bytes."""
    kept: list[dict[str, Any]] = []
    for item in items:
        room -= len(canonical(item)) + 1
        if room < 0:
            break
        kept.append(item)
    return kept


def short(text: str | None, room: int) -> str | None:
    """Return text on one line, its JSON at most `room` bytes long (a character may take 12); None where it is empty."""
    line = one_line(text or "", room)
    while len(canonical(line)) > room + 2:
        line = one_line(line, len(line) * 4 // 5)
    return line or None


def moment(when: datetime | None) -> str | None:
    """Return a time as text; None where there is none."""
    return iso(when) if when else None
