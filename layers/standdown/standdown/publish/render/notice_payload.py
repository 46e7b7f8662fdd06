"""The notice for machines: one JSON object, the same on every channel, bounded in size whatever came in.

Its form is published as `docs/notice.schema.json`; a change of the form is a new `schema_version`.
"""

from __future__ import annotations

from typing import Any

from standdown.base.text import canonical, iso
from standdown.core.hold import Asker, Hold
from standdown.core.notice import Notice, Unwatched
from standdown.core.operation import SCHEMA_VERSION, GroupRef
from standdown.publish.render.links import Links
from standdown.publish.render.locale import english
from standdown.publish.render.notice_text import notice_message
from standdown.publish.render.payload import LARGEST, fitting, moment, short

__all__ = ["notice_detail"]


def notice_detail(notice: Notice, links: Links) -> dict[str, Any]:
    """Return the notice as JSON-ready values, at most `LARGEST` bytes of canonical JSON."""
    hold, said = notice.hold, notice_message(notice, links, english())
    target = notice.target_name or (hold.target_name if hold else None)
    known: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "event_id": notice.notice_id.replace("#", "-"),
        "notice": notice.kind.value,
        "at": iso(notice.at),
        "target": short(target, 128),
        "operation_id": notice.operation_id,
        "group": _group(notice.group or (hold.group if hold else None), notice),
        "hold": _hold(hold) if hold else None,
        "problem": short(notice.problem, 1_000),
        "requested_at": moment(notice.requested_at),
        "pairs": notice.pairs.to_dict() if notice.pairs else None,
        "progress": notice.progress,
        "detail": short(said.state[0], 1_000),
        "next_steps": [short(step, 600) for step in said.steps.lines],
        "links": {
            "execution": short(links.execution(links.execution_of(notice)), 1_500),
            "console": short(links.of_group(notice.group.region if notice.group else None), 1_500),
        },
    }
    room = LARGEST - len(canonical(known)) - 100
    shown = fitting((_unwatched(one) for one in notice.unwatched), room)
    return {**known, "unwatched": shown, "unwatched_omitted": len(notice.unwatched) - len(shown)}


def _group(group: GroupRef | None, notice: Notice) -> dict[str, Any]:
    hold = notice.hold
    name = notice.group_name or (hold.name if hold else None) or (group.server_group_name if group else None)
    return {
        "id": short(group.server_group_id if group else None, 128),
        "name": short(name, 128),
        "region": short(group.region if group else None, 64),
        "project_id": short(group.project_id if group else None, 64),
        "status": short(hold.status if hold else None, 64),
    }


def _hold(hold: Hold) -> dict[str, Any]:
    asked = fitting((_asker(one) for one in reversed(hold.asked)), 6_000)[::-1]
    return {
        "hold": short(hold.hold_id, 64),
        "state": hold.state.value,
        "unprotected_since": iso(hold.since),
        "ended_at": moment(hold.ended_at),
        "alarmed": hold.alarmed,
        "outside": hold.outside,
        "asked": asked,
        "asked_omitted": max(hold.askers, len(hold.asked)) - len(asked),
        "acknowledged_until": moment(hold.acknowledged_until),
        "acknowledged_by": short(hold.acknowledged_by, 300),
        "resumes_at": moment(hold.due_by_itself),
        "resumed_by": short(hold.resumed_by, 64),
    }


def _asker(asker: Asker) -> dict[str, Any]:
    return {
        "operation_id": short(asker.operation_id, 64),
        "source": asker.source.value,
        "at": iso(asker.at),
        "requested_by": short(asker.requested_by, 300),
        "target": short(asker.target, 128),
        "alarm": short(asker.alarm, 300),
    }


def _unwatched(one: Unwatched) -> dict[str, Any]:
    return {
        "id": short(one.server_group_id, 128),
        "name": short(one.name, 128),
        "status": short(one.status, 64),
        "since": moment(one.since),
    }
