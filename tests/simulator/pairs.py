"""The replication pairs of a group, as the API lists them; a test plants what differs, by a pair's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.jobs import stamp

if TYPE_CHECKING:
    from simulator.group import Group


def pairs_of(group: Group) -> list[dict[str, Any]]:
    """Return the rows of a group's pairs; one that is stopped says `active` and progress 0, as in the documentation."""
    return [_pair(group, place) | group.planted_pairs.get(str(place), {}) for place in range(group.pairs)]


def _pair(group: Group, place: int) -> dict[str, Any]:
    pair, instance = group.pair_ids()[place]
    starting = group.status in ("starting", "reprotecting")
    volume = f"{pair[:-4]}d{place:03x}"
    return {
        "id": pair,
        "name": f"{group.name}-disk{place + 1}",
        "description": None,
        "replication_model": "hypermetro",
        "status": group.copying[0] if group.copying else group.status,
        "progress": group.synchronised if starting or group.copying else 0 if group.status == "available" else 100,
        "replication_status": "copying" if starting or group.copying else "active",
        "attachment": [{"device": "/dev/vdb", "protected_instance": instance}],
        "server_group_id": group.id,
        "volume_ids": f"{volume},{volume}",
        "priority_station": group.priority_station,
        "fault_level": "0",
        "created_at": (stamp(group.created_at) or "").removesuffix("Z"),
        "updated_at": (stamp(group.updated_at) or "").removesuffix("Z"),
        "record_metadata": {"multiattach": False, "bootable": False, "volume_size": 100, "volume_type": "SAS"},
    }
