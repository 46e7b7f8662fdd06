"""Switches that make a call go wrong: which calls, how often, before or after they took effect, and in what way."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

KINDS = ("answer", "reset", "refuse", "hang", "drip")


@dataclass(slots=True)
class Fault:
    """One switch.

    `endpoint` is stop, start, failover, reverse, get-group, list-groups, get-job, failure-jobs, token, projects,
    own-projects, catalog, iam-version, versions or *. `when` is
    before (nothing happens) or after (the call takes effect, then its answer goes wrong). `kind`: answer (`status`,
    `headers`, `body` where given), reset, refuse (in-process only; over a socket a reset), hang (`seconds` of silence),
    drip (a byte each `seconds`). `delay` seconds come first. It strikes after `skip` calls, `count` times (None: for
    ever), each with `probability`.
    """

    endpoint: str = "*"
    method: str = "*"
    when: str = "before"
    kind: str = "answer"
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    delay: float = 0.0
    seconds: float = 30.0
    skip: int = 0
    count: int | None = None
    probability: float = 1.0
    struck: int = 0

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Fault:
        """Read a fault as the admin API takes it; raise ValueError that names what is wrong."""
        known = {entry.name for entry in fields(cls)}
        if unknown := sorted(set(data) - known):
            raise ValueError(f"unknown in a fault: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        fault = cls(**data)
        if fault.kind not in KINDS or fault.when not in ("before", "after"):
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, when must be before or after")
        return fault

    def matches(self, endpoint: str, method: str) -> bool:
        """Return whether it is meant for a call."""
        return self.endpoint in ("*", endpoint) and self.method in ("*", method)


@dataclass(slots=True)
class Faults:
    """All switches that are on; the first that strikes decides. Chance is seeded, so that a run can be repeated."""

    switches: list[Fault] = field(default_factory=list)
    seed: int = 1
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - chance to be repeated, not to be secret

    def add(self, faults: Iterable[dict[str, Any]]) -> None:
        """Switch on some more."""
        self.switches.extend([Fault.from_dict(fault) for fault in faults])

    def clear(self) -> None:
        """Switch all off."""
        self.switches.clear()

    def strike(self, endpoint: str, method: str) -> Fault | None:
        """Return the fault that this call meets, and count it."""
        for fault in self.switches:
            if not fault.matches(endpoint, method) or (fault.count is not None and fault.struck >= fault.count):
                continue
            if fault.skip > 0:
                fault.skip -= 1
            elif self._chance.random() < fault.probability:
                fault.struck += 1
                return fault
        return None
