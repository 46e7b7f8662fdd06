"""How the groups stand at Huawei Cloud: one list per project in a run, with the targets that mean each group.

A list that fails, or that is not whole, is left out: nothing begins or ends by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from standdown.action.invocation import Invocation
from standdown.base.log import logger
from standdown.core.admission import group_of
from standdown.core.operation import GroupRef
from standdown.core.targets import Target
from standdown.sdrs.errors import HuaweiError
from standdown.sdrs.models import ProtectionGroup

__all__ = ["Listed", "Seen", "listed"]

EACH = 10.0
"""Seconds that the list of one project may take."""
SPARE = 5.0
"""Seconds of the invocation that are kept."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One group as its project's list shows it, and the targets that mean it."""

    ref: GroupRef
    group: ProtectionGroup
    targets: tuple[Target, ...] = ()

    @property
    def target(self) -> str | None:
        """Return the name by which the group is reported, None where it is no target's."""
        return self.targets[0].name if self.targets else None

    @property
    def remind_after_minutes(self) -> int:
        """Return when the first reminder is due, by the target that wants it first."""
        return min((target.remind_after_minutes for target in self.targets), default=240)


@dataclass(frozen=True, slots=True)
class Listed:
    """The groups of one project, all of them."""

    place: GroupRef
    groups: tuple[Seen, ...]

    def has(self, group: GroupRef) -> bool:
        """Return whether a located group is, or was, in this project."""
        return replace(group, server_group_id=None, server_group_name=None) == self.place


def listed(others: Iterable[GroupRef], invocation: Invocation, turn: int) -> Iterator[Listed]:
    """Yield the list of each project that has a target or one of the other groups; log the ones that fail.

    Each run begins with another project, so that none is always the one for which no time is left.
    """
    targets = list(invocation.targets)
    wanted = list(dict.fromkeys([*map(_project_of, map(group_of, targets)), *map(_project_of, others)]))
    begun = turn % len(wanted) if wanted else 0
    done: set[GroupRef] = set()
    for project in wanted[begun:] + wanted[:begun]:
        if invocation.remaining() < SPARE:
            logger.warning("out of time, the other projects are for the next run")
            return
        try:
            place = invocation.huawei.place(project, _time(invocation))
            if place not in done:
                done.add(place)
                yield Listed(place, _groups_at(place, targets, invocation))
        except HuaweiError as error:
            said = {"region": project.region, "project": project.project_id, "problem": str(error)}
            logger.warning("groups not listed", extra=said)


def _groups_at(place: GroupRef, targets: Iterable[Target], invocation: Invocation) -> tuple[Seen, ...]:
    found = invocation.huawei.groups(place, _time(invocation))
    here = [one for one in targets if _is_at(group_of(one), place, invocation)]
    names = [group.name for group in found]
    return tuple(
        Seen(
            replace(place, server_group_id=group.id.lower()),
            group,
            tuple(one for one in here if _means(one, group, unique=names.count(group.name) == 1)),
        )
        for group in found
    )


def _is_at(group: GroupRef, place: GroupRef, invocation: Invocation) -> bool:
    """Return whether a target's group is at a place; its project was looked up before, or is not known."""
    try:
        return invocation.huawei.place(group, _time(invocation)) == place
    except HuaweiError:
        return False


def _means(target: Target, group: ProtectionGroup, *, unique: bool) -> bool:
    """Return whether a target means a group; a name that several groups have means none of them."""
    if target.server_group_id is not None:
        return target.server_group_id.lower() == group.id.lower()
    return unique and target.server_group_name == group.name


def _project_of(group: GroupRef) -> GroupRef:
    return replace(group, server_group_id=None, server_group_name=None)


def _time(invocation: Invocation) -> float:
    return max(min(EACH, invocation.remaining() - SPARE), 0.1)
