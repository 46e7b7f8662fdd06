"""The parts of the sweeper: all that an action needs, and the queue that returns requests to the trigger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from standdown.aws.settings import Environment
from standdown.entry.wiring.acting import ActingSettings, invocation, queue
from standdown.entry.wiring.aws import client, secrets
from standdown.entry.wiring.parameters import parameters
from standdown.entry.wiring.start import ready, starts_in_lambda

__all__ = ["SweeperSettings", "invocation", "prepare", "queue"]


@dataclass(frozen=True, slots=True)
class SweeperSettings:
    """The settings of the parts that the sweeper shares with the trigger."""

    acting: ActingSettings

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now; raise SettingsError if a variable is missing."""
        return cls(ActingSettings.read(Environment.as_it_is()))


def prepare() -> None:
    """Make the clients of an action while Lambda starts the process; call nobody."""
    if starts_in_lambda():
        parameters()
        secrets()
        for service in ("dynamodb", "stepfunctions"):
            client(service)
        ready()
