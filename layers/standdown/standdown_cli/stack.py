"""What the doctor looks at: a deployed stack's targets, credential and endpoints, or those of files before that."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from standdown.core.targets import TargetDefaults, Targets, read_targets
from standdown.huawei.account import HuaweiAccount, SecretError
from standdown_cli.target_files import DocumentsError, read_documents

STDIN = "-"


class PatientError(Exception):
    """Raised when there is nothing to look at: no such stack, no readable file; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Targets, and the way to Huawei Cloud that their stack has, or would have."""

    targets: Targets
    huawei: HuaweiAccount


def from_files(
    paths: Sequence[str], credential: str, defaults: TargetDefaults, endpoint: str | None, iam: str | None
) -> Patient:
    """Read targets' documents and a credential's (`-` for standard input); raise PatientError."""
    try:
        targets = read_documents(paths, defaults)
        document = sys.stdin.read() if credential == STDIN else Path(credential).read_text("utf-8")
    except DocumentsError as error:
        raise PatientError(str(error)) from error
    except (OSError, UnicodeError) as error:
        raise PatientError(f"the credential in {credential} cannot be read ({type(error).__name__})") from error
    return Patient(targets, HuaweiAccount(lambda *, force: document, endpoint=endpoint, iam=iam))  # noqa: ARG005 - no cache


def from_stack(name: str, *, reader: bool = False) -> Patient:
    """Read what a deployed stack has, with the credential of its trigger, or that of its `reader`; raise PatientError.

    Asks AWS as the caller: cloudformation:DescribeStacks, ssm:GetParametersByPath, secretsmanager:GetSecretValue.
    """
    settings = _settings(name)
    defaults = TargetDefaults(
        settings["HuaweiRegion"],
        settings.get("HuaweiProjectId") or None,
        int(settings["MaxAgeMinutes"]),
        int(settings["DeadlineMinutes"]),
    )
    prefix = settings.get("ConfigPrefix") or f"/{name}"
    secret = (reader and settings.get("HuaweiReadSecretName")) or settings["HuaweiSecretName"]
    endpoint, iam = settings.get("SdrsEndpoint") or None, settings.get("IamEndpoint") or None
    return Patient(
        read_targets(_parameters(prefix), defaults),
        HuaweiAccount(lambda *, force: _secret(secret), endpoint=endpoint, iam=iam),  # noqa: ARG005 - no cache
    )


def _client(service: str) -> Any:
    import boto3  # before deploying, the doctor needs no AWS at all

    return boto3.client(service)  # type: ignore[call-overload]


def _settings(name: str) -> dict[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        [stack] = _client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except (ClientError, BotoCoreError, ValueError) as error:
        raise PatientError(f"the stack {name!r} cannot be read: {error}") from error
    found = {one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", ())}
    if "HuaweiSecretName" not in found:
        raise PatientError(f"the stack {name!r} is not one of this application")
    return found


def _parameters(prefix: str) -> dict[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = _client("ssm").get_paginator("get_parameters_by_path")
        found = [
            one
            for page in pages.paginate(Path=prefix, Recursive=True, WithDecryption=True)
            for one in page["Parameters"]
        ]
    except (ClientError, BotoCoreError) as error:
        raise PatientError(f"the targets below {prefix} cannot be read: {error}") from error
    return {one["Name"].removeprefix(prefix).lstrip("/"): one["Value"] for one in found}


def _secret(name: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(_client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    except (ClientError, BotoCoreError, KeyError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        raise SecretError(f"the secret {name!r} with the credential could not be read ({code})") from error
