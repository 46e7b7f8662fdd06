"""The parts of the poller: the ledger, and the read-only credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from standdown.aws.settings import Environment
from standdown.entry.wiring.aws import now
from standdown.entry.wiring.huawei import HuaweiSettings, huawei
from standdown.entry.wiring.ledger import LedgerSettings, ledger

__all__ = ["PollerSettings", "huawei", "ledger", "now"]


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
