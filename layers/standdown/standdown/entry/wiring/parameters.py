"""The stack's parameters in the Parameter Store: its mode, and a document for each target."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import BotoCoreError, ClientError

from standdown.entry.wiring.aws import client

TARGETS_SECONDS = 50
"""For how long targets and modes are believed: a mode that is put takes effect within a minute."""


@cache
def parameters() -> SSMProvider:
    """Return the process's reader of the Parameter Store."""
    client("ssm").get_paginator("get_parameters_by_path")  # its first search of boto3's data takes as long as a call
    return SSMProvider(boto3_client=client("ssm"))


def read_all(prefix: str, seconds: int = TARGETS_SECONDS) -> dict[str, str]:
    """Return every parameter below the prefix, by its name from there on; raise GetParameterError.

    They are believed for so many seconds. One call reads ten, and the Parameter Store takes forty calls a second from
    everybody in an account and region.
    """
    found = parameters().get_multiple(prefix, recursive=True, max_age=seconds)
    return {name: str(value) for name, value in found.items()}


def has_all(prefix: str) -> bool:
    """Return whether every parameter was read a moment ago."""
    return parameters().has_not_expired_in_cache((prefix, None, True))  # by path, transformation, and as several


def read_named(prefix: str, target: str) -> dict[str, str] | None:
    """Return the mode and the document of one target in one call; None where all have to be read to say what is wrong.

    That is where there is no such document, and where the role may not read by name: a right that is new takes a while
    to reach everywhere. Raises GetParameterError.
    """
    document = f"targets/{target}"
    key = (prefix, target)
    if parameters().has_not_expired_in_cache(key):
        return dict(parameters().fetch_from_cache(key))
    try:
        answer = client("ssm").get_parameters(Names=[f"{prefix}/mode", f"{prefix}/{document}"])
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "AccessDeniedException":
            return None
        raise GetParameterError(str(error)) from error
    found = {one["Name"].removeprefix(f"{prefix}/"): one["Value"] for one in answer["Parameters"]}
    if document not in found:
        return None
    parameters().add_to_cache(key=key, value=found, max_age=TARGETS_SECONDS)
    return found
