"""A protection group as the simulator keeps it, and as the API shows it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from simulator.jobs import zoneless
from simulator.scenarios import Plan


@dataclass(slots=True)
class Group:
    """One protection group; `plan` overrides the world's for this group alone.

    `lasts` is for how many seconds it keeps a status such as starting, in which it was put; None: for ever. `progress`
    is the per cent of its data that is synchronised; None: what its status makes of it. `copying` is the status of its
    pairs and their per cent while they copy on, though the group is protected.
    """

    id: str
    name: str
    status: str = "protected"
    pairs: int = 1
    description: str | None = None
    source_availability_zone: str = "cn-north-4a"
    target_availability_zone: str = "cn-north-4b"
    priority_station: str = "source"
    disaster_recovery_drill_num: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0
    progress: int | None = None
    plan: Plan | None = None
    planted_pairs: dict[str, dict[str, Any]] = field(default_factory=dict)
    lasts: float | None = None
    copying: tuple[str, int] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def pair_ids(self) -> tuple[tuple[str, str], ...]:
        """Return the ids of the replication pairs with their protected instances, the same every time."""
        space = uuid.uuid5(uuid.NAMESPACE_OID, self.id)
        return tuple(
            (str(uuid.uuid5(space, f"pair-{place}")), str(uuid.uuid5(space, f"instance-{place}")))
            for place in range(self.pairs)
        )

    @property
    def production_site(self) -> str:
        """Return the availability zone in which production runs now."""
        return self.source_availability_zone if self.priority_station == "source" else self.target_availability_zone

    @property
    def synchronised(self) -> int:
        """Return the per cent of its data that is synchronised."""
        if self.copying is not None:
            return self.copying[1]
        if self.progress is not None:
            return self.progress
        return 100 if self.status in ("protected", "reversing", "error-reversing") else 0

    def to_api(self) -> dict[str, Any]:
        """Return the group as the API shows it: the three old statuses are null, as on newer groups."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "progress": self.synchronised,
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
            "created_at": zoneless(self.created_at),
            "updated_at": zoneless(self.updated_at),
            "protection_type": "replication-pair",
            "replication_model": None,
            **self.extra,
        }
