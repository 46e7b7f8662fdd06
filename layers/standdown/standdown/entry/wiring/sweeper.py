"""What the sweeper is made of: all that an action is done with, and the queue that brings requests back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from standdown.aws.settings import Environment
from standdown.entry.wiring.acting import ActingSettings, invocation, queue

__all__ = ["SweeperSettings", "invocation", "queue"]


@dataclass(frozen=True, slots=True)
class SweeperSettings:
    """What the sweeper acts with."""

    acting: ActingSettings

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now; raise SettingsError where a variable is missing."""
        return cls(ActingSettings.read(Environment.as_it_is()))
