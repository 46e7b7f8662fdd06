"""The AWS clients and caches of a process: each made once, when it is first needed.

A snapshot of a started function (SnapStart) holds these parts; nothing here is made when the package is imported.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.config import Config

SECRET_SECONDS = 300
"""For how long a secret that was read is believed."""


def now() -> datetime:
    """Return the time (UTC)."""
    return datetime.now(UTC)


def starts_in_lambda() -> bool:
    """Return whether Lambda starts this process: then clients are made before the first event."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


@cache
def client(service: str) -> Any:
    """Return the process's client of an AWS service, with time-outs that fit into an invocation."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client(service, config=config)  # type: ignore[call-overload]


class UnmadeClient:
    """A client that is made when it is first used: the trigger's of SQS is for what goes wrong."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(client(self._service), name)


@cache
def quick_client(service: str) -> Any:
    """Return a client that gives up in less than 3 seconds: the webhook's sender is waiting, and can send again."""
    # Twice, as a connection that was kept through a pause of the function may be dead; a second at most between them.
    config = Config(connect_timeout=0.8, read_timeout=0.8, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client(service, config=config)  # type: ignore[call-overload]


@cache
def secrets() -> SecretsProvider:
    """Return a reader of secrets that leaves an invocation time for everything else, also where the store hangs."""
    config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    # A client of the one session: a session of its own would read all of boto3's data once more.
    return SecretsProvider(boto3_client=boto3.client("secretsmanager", config=config))
