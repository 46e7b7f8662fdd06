"""One protection group of its own for one test: what was asked of it, what was sent to SDRS, how it ended."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from local.cloud import LocalCloud
from simulator import defaults

T = TypeVar("T")

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """A target of the stack and its group at the simulator; no other test uses either."""

    cloud: LocalCloud
    target: str

    @property
    def group_id(self) -> str:
        """Return the group's id, derived from the target's name."""
        return group_id(self.target)

    def request(self, *, delivery_id: str | None = None, **more: Any) -> str:
        """Ask for a stop through the RequestQueue and return the message's id."""
        body = {"target": self.target, "reason": "e2e", "requested_by": "e2e"} | more
        return self.cloud.request(body, **({"delivery_id": delivery_id} if delivery_id else {}))

    def set_group(self, **changes: Any) -> None:
        """Change the group at the simulator, such as its status."""
        self.cloud.simulator.put_groups({"id": self.group_id, **changes})

    def stops(self) -> list[dict[str, Any]]:
        """Return the calls that asked SDRS to stop this group."""
        return [call for call in self.cloud.simulator.calls("stop") if self.group_id in call["path"]]

    def operations(self) -> list[dict[str, Any]]:
        """Return the ledger's operations of this target, oldest first."""
        return [operation for operation in self.cloud.ledger() if operation.get("target") == self.target]

    def published(self, count: int = 1, seconds: float = PATIENCE_SECONDS) -> list[dict[str, Any]]:
        """Wait until that many operations are published, and return them all."""
        return wait_for(
            self.operations,
            lambda found: len(found) >= count and all(one["state"] == "published" for one in found),
            seconds,
        )

    def under_way(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait until SDRS has taken the stop and the workflow follows it; return the operation."""
        found = wait_for(self.operations, lambda all_: any(one["state"] == "following" for one in all_), seconds)
        return next(one for one in found if one["state"] == "following")


def group_id(target: str) -> str:
    """Return the id of the group that belongs to a test's target."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"standdown:{target}"))


def documents(names: Iterable[str], **more: Any) -> dict[str, dict[str, Any]]:
    """Return a target's document for each name, with a group of its own."""
    return {name: {"server_group_id": group_id(name), "project_id": defaults.PROJECT_ID, **more} for name in names}


def wait_for(look: Callable[[], T], enough: Callable[[T], bool], seconds: float = PATIENCE_SECONDS) -> T:
    """Look until it is enough and return what was seen; fail with it where time runs out."""
    ends = time.monotonic() + seconds
    while not enough(seen := look()):
        if time.monotonic() > ends:
            raise AssertionError(f"not after {seconds:.0f} s; seen: {str(seen)[:2000]}")
        time.sleep(0.1)
    return seen
