"""The AWS clients and caches of a process: each is made once, on its first use.

Nothing here is made when the package is imported, so a test that imports it needs no AWS.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.config import Config

from standdown.entry.wiring.models import make_client

SECRET_SECONDS = 300
"""Seconds for which a secret that was read is used again."""


def now() -> datetime:
    """Return the time (UTC)."""
    return datetime.now(UTC)


@cache
def client(service: str) -> Any:
    """Return the process's client of an AWS service, with timeouts that fit into an invocation."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return make_client(service, config)


class UnmadeClient:
    """A client that is made on its first use: trigger and notifier need SQS only when something fails."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(client(self._service), name)


@cache
def quick_client(service: str) -> Any:
    """Return a client that gives up in less than 3 seconds: the webhook's sender waits, and can send again."""
    # Two attempts: a connection that was kept while the function was frozen may be dead. At most a second between them.
    config = Config(connect_timeout=0.8, read_timeout=0.8, retries={"mode": "standard", "total_max_attempts": 2})
    return make_client(service, config)


@cache
def secrets() -> SecretsProvider:
    """Return a reader of secrets whose timeouts leave time for the rest of the invocation."""
    config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    return SecretsProvider(boto3_client=make_client("secretsmanager", config))
