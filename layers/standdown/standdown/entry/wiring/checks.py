"""Where the last check of all targets is kept, for those who make one and for the one who answers with it."""

from __future__ import annotations

from standdown.aws.settings import Environment
from standdown.entry.wiring.aws import client
from standdown.entry.wiring.ledger import LedgerSettings
from standdown.ledger.checks import Checks
from standdown.ledger.table import Table


def checks() -> Checks:
    """Return the last checks of the stack whose environment this is; raise SettingsError if a variable is missing."""
    settings = LedgerSettings.read(Environment.as_it_is())
    return Checks(Table(client("dynamodb"), settings.table_name))
