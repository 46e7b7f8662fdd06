"""A group's replication pairs, as SDRS lists them. A list that is not wholly readable is no list: it decides a stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from standdown.sdrs.errors import UnclearError
from standdown.sdrs.fields import text, whole

PAGE = 1000
"""What a page holds at most, and where nobody says."""
MOST_PAGES = 20


class ReplicationPair(NamedTuple):
    """One pair: its own words, unread. `fault_level` is text: "0", "2", "5"; None where it is not told."""

    id: str
    name: str = ""
    server_group_id: str | None = None
    status: str = ""
    progress: int | None = None
    replication_status: str | None = None
    fault_level: str | None = None

    @classmethod
    def from_api(cls, row: Mapping[str, Any]) -> ReplicationPair:
        """Read one row of `replications`."""
        level = row.get("fault_level")
        return cls(
            id=text(row, "id") or "",
            name=text(row, "name") or "",
            server_group_id=text(row, "server_group_id"),
            status=text(row, "status") or "",
            progress=whole(row, "progress"),
            replication_status=text(row, "replication_status"),
            fault_level=str(level) if isinstance(level, int) else text(row, "fault_level"),
        )


def page_of(data: Mapping[str, Any], request_id: str | None = None) -> list[ReplicationPair]:
    """Return the pairs on one page; raise UnclearError where one of them cannot be read."""
    rows = data.get("replications")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnclearError("the answer holds no list of replication pairs", request_id=request_id)
    pairs = [ReplicationPair.from_api(row) for row in rows]
    if not all(pair.id for pair in pairs):
        raise UnclearError("the answer has a replication pair without an id", request_id=request_id)
    return pairs
