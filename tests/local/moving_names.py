"""Groups whose names move during a storm: what a target names is another group from then on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from local.case import group_id
from simulator import defaults

if TYPE_CHECKING:
    from local.cloud import LocalCloud


class MovingNames:
    """Gives the name of a group whose stop was taken to another group, which nobody stopped yet."""

    def __init__(self, cloud: LocalCloud, names: Iterable[str]) -> None:
        self._cloud, self._waiting, self.moved = cloud, list(names), list[str]()

    def move(self) -> None:
        """Move the name of each group that is stopping or stopped by now; a name moves once."""
        named = {group["name"]: group for group in self._cloud.simulator.state()["groups"]}
        for name in [one for one in self._waiting if named[one]["status"] in ("stopping", "available")]:
            new = {"id": group_id(f"new-{name}"), "name": name, "status": "protected", "pairs": 2}
            self._cloud.simulator.put_groups({"id": named[name]["id"], "name": f"old-{name}"}, new)
            self._waiting.remove(name)
            self.moved.append(name)


def by_name(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return for each name a target's document that knows its group by this name alone."""
    return {name: {"server_group_name": name, "project_id": defaults.PROJECT_ID} for name in names}
