"""What the trigger's first event will read, read while Lambda starts the process and the rest is imported."""

from __future__ import annotations

from functools import partial
from typing import Any

from standdown.aws.settings import Environment
from standdown.entry.wiring.aws import SECRET_SECONDS, client, secrets
from standdown.entry.wiring.parameters import parameters, read_all
from standdown.entry.wiring.short_try import short_try
from standdown.entry.wiring.start import ahead, starts_in_lambda
from standdown.ledger.table import Table

PAGES = 10
"""Pages of ten targets that a start reads: with more than a hundred targets it would wait for them."""


def read_ahead() -> None:
    """Make the clients that this needs, and begin each call as soon as its client is made.

    If a test imports the module, nothing is made. Where no call is made ahead, the clients are.
    """
    if not starts_in_lambda():
        return
    calls = ahead()
    ends = calls.ends() if calls else 0.0
    for make, read in ((parameters, _targets), (secrets, _secret), (partial(client, "dynamodb"), _ledger)):
        made = make()
        if calls:
            calls.make(partial(read, made, ends))


def _targets(provider: Any, ends: float) -> None:
    with short_try(provider.client, ends, PAGES):
        read_all(Environment.as_it_is().text("CONFIG_PREFIX"))


def _secret(provider: Any, ends: float) -> None:
    with short_try(provider.client, ends):
        provider.get(Environment.as_it_is().text("HUAWEI_SECRET_NAME"), max_age=SECRET_SECONDS)


def _ledger(dynamodb: Any, ends: float) -> None:
    """Ask for an item that cannot be there: the ledger's first write finds an open connection."""
    with short_try(dynamodb, ends):
        Table(dynamodb, Environment.as_it_is().text("TABLE_NAME")).get("start")
