"""How it stands with a group's lock, as `Ledger.begin` answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from standdown.core.operation import Operation


@dataclass(frozen=True, slots=True)
class Begun:
    """The operation is recorded and has the group's lock: this caller acts, and nobody else."""


class Repeated(NamedTuple):
    """The request is already recorded: here is its operation."""

    operation: Operation


class Busy(NamedTuple):
    """Another operation has the group's lock, which may be one that 0.1.0 took under a key of its own."""

    holder: str
    lock: str


class Cooling(NamedTuple):
    """The group was stopped too short a while ago."""

    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """The hold that a resume names is not the one that is open now."""


Answer = Begun | Repeated | Busy | Cooling | HoldChanged
"""Every answer."""
