"""The parts of the poller: the ledger, and the read-only credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from standdown.aws.settings import Environment
from standdown.entry.wiring.aws import client, now, secrets
from standdown.entry.wiring.huawei import HuaweiSettings, huawei
from standdown.entry.wiring.ledger import LedgerSettings, ledger
from standdown.entry.wiring.start import ready, starts_in_lambda

__all__ = ["PollerSettings", "huawei", "ledger", "now", "prepare"]


@dataclass(frozen=True, slots=True)
class PollerSettings:
    """Where the ledger and the credential are."""

    ledger: LedgerSettings
    huawei: HuaweiSettings

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now; raise SettingsError if a variable is missing."""
        environment = Environment.as_it_is()
        return cls(LedgerSettings.read(environment), HuaweiSettings.read(environment))


def prepare() -> None:
    """Make the clients of a look while Lambda starts the process; call nobody."""
    if starts_in_lambda():
        secrets()
        client("dynamodb")
        ready()
