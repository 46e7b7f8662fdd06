"""The parts of the sweeper: all that an action needs, and the queue that returns requests to the trigger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from standdown.aws.settings import Environment
from standdown.entry.wiring.acting import ActingSettings, invocation, queue

__all__ = ["SweeperSettings", "invocation", "queue"]


@dataclass(frozen=True, slots=True)
class SweeperSettings:
    """The settings of the parts that the sweeper shares with the trigger."""

    acting: ActingSettings

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now; raise SettingsError if a variable is missing."""
        return cls(ActingSettings.read(Environment.as_it_is()))
