"""The stack's parameters in the Parameter Store: its mode, and a document for each target."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools.utilities.parameters import SSMProvider

from standdown.entry.wiring.aws import client

TARGETS_SECONDS = 50
"""For how long targets and modes are believed: a mode that is put takes effect within a minute."""


@cache
def parameters() -> SSMProvider:
    """Return the process's reader of the Parameter Store."""
    client("ssm").get_paginator("get_parameters_by_path")  # its first search of boto3's data takes as long as a call
    return SSMProvider(boto3_client=client("ssm"))


def read_all(prefix: str) -> dict[str, str]:
    """Return every parameter below the prefix, by its name from there on; raise GetParameterError."""
    found = parameters().get_multiple(prefix, recursive=True, max_age=TARGETS_SECONDS)
    return {name: str(value) for name, value in found.items()}
