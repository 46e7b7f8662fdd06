"""What a storm left behind, and what of it must not be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local import back_and_forth
from local.case import group_id

if TYPE_CHECKING:
    from local.cloud import LocalCloud
    from local.storm import Storm
    from local.switchboard import Switchboard

GOOD_ENDS = ("succeeded", "joined", "already_stopped")
NAMED = 20
"""How many problems of a storm that went wrong are listed one by one."""


@dataclass(slots=True)
class Aftermath:
    """What the storm left behind."""

    operations: list[dict[str, Any]] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    troubled: int = 0
    aws: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    letters: list[str] = field(default_factory=list)
    left: int = 0
    sent: int = 0
    late: list[str] = field(default_factory=list)
    moved: int = 0

    def take_stock(self, cloud: LocalCloud, switchboard: Switchboard) -> None:
        """Look at what the stack, the simulator and the switchboard hold now."""
        calls = cloud.simulator.calls()
        self.operations = cloud.ledger()
        self.calls, self.troubled = len(calls), sum(bool(call.get("fault")) for call in calls)
        jobs = cloud.simulator.state()["jobs"]
        self.taken = Counter((str(job["group_id"]), str(job["word"])) for job in jobs)
        self.accepted = Counter(str(job["group_id"]) for job in jobs)
        self.deaths = Counter(deed.split(" ")[0].rstrip(":") for deed in switchboard.deeds())
        self.left = len(cloud.dead_letters())

    def problems(self, storm: Storm) -> list[str]:
        """Return everything that must not be."""
        found = [f"{one['pk']} is {one['state']}" for one in self.operations if one["state"] != "published"]
        wanted = {delivery for delivery, _ in storm.deliveries()}
        recorded = Counter(one["request"]["delivery_id"] for one in self.operations)
        found += back_and_forth.problems(storm.both_ways, self.operations, self.taken)
        found += [f"{delivery} is lost" for delivery in sorted(wanted - recorded.keys())]
        found += [f"{delivery} has {count} operations" for delivery, count in recorded.items() if count > 1]
        found += [f"{one['pk']} was told to nobody" for one in self.operations if not self.told[one["pk"]]]
        found += self._groups(storm)
        ends = Counter(str((one.get("outcome") or {}).get("result")) for one in self._one_way(storm))
        found += [f"{count} ended as {end}" for end, count in ends.items() if end not in GOOD_ENDS]
        found += [f"{self.left} dead letters are left"] if self.left else []
        more = [f"and {len(found) - NAMED} more like these"] if len(found) > NAMED else []
        return found[:NAMED] + more + self.late

    def _groups(self, storm: Storm) -> list[str]:
        """Return which groups were not stopped exactly once: those of a target, and those that a name moved to."""
        named = {group_id(name): name for name in storm.names}
        named |= {group_id(f"new-{name}"): f"the new {name}" for name in storm.by_name()}
        both = {group_id(name) for name in back_and_forth.names(storm.both_ways)}
        located = {str(one["group"]["server_group_id"]) for one in self._one_way(storm) if one.get("group")}
        wanted = located | {group_id(name) for name in storm.names} | (self.accepted.keys() - both)
        return [
            f"{named.get(group, group)} was stopped {self.accepted[group]} times"
            for group in sorted(wanted)
            if self.accepted[group] != 1 or group not in located
        ]

    def _one_way(self, storm: Storm) -> list[dict[str, Any]]:
        """Return the operations of the groups that are only stopped."""
        both = back_and_forth.names(storm.both_ways)
        return [one for one in self.operations if one.get("target") not in both]

    def summary(self) -> str:
        """Return the numbers, in a few lines."""
        ends = Counter(str((one.get("outcome") or {}).get("result")) for one in self.operations)
        taken = dict(Counter(word for _, word in self.taken.elements()))
        deaths = ", ".join(f"{count} {function}" for function, count in self.deaths.items())
        return "\n".join((
            f"operations: {len(self.operations)} ({', '.join(f'{n} {end}' for end, n in sorted(ends.items()))})",
            f"calls that SDRS took: {taken}, for {len(self.accepted)} groups",
            f"names that moved to another group: {self.moved}",
            f"calls to SDRS: {self.calls}, of which {self.troubled} met trouble",
            *([f"calls to AWS that met trouble: {sum(self.aws.values())}, {dict(self.aws)}"] if self.aws else []),
            f"functions that died: {sum(self.deaths.values())} ({deaths})",
            f"notifications: {sum(self.told.values())} of {len(self.told)} outcomes",
            f"dead letters moved back: {len(self.letters)} {self.letters or ''}",
        ))  # fmt: skip
