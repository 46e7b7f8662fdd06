"""The ledger, for every function that uses operations."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple, Self

from standdown.aws.settings import Environment
from standdown.entry.wiring.aws import client
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import Table


class LedgerSettings(NamedTuple):
    """The table, and for how long it keeps an operation."""

    table_name: str
    keep: timedelta

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """Read them; raise SettingsError if one is missing."""
        return cls(environment.text("TABLE_NAME"), timedelta(days=environment.number("LEDGER_DAYS")))


def ledger(settings: LedgerSettings) -> Ledger:
    """Return the stack's ledger."""
    return Ledger(Table(client("dynamodb"), settings.table_name), settings.keep)
