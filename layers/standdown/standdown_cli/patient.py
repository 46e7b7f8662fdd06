"""What the doctor looks at: a deployed stack's targets, credential and endpoints, or those of files before that."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from standdown.core.targets import TargetDefaults, Targets, read_targets
from standdown.doctor.check import CREDENTIAL_STEP
from standdown.huawei.account import HuaweiAccount
from standdown_cli.stack import Stack, read_secret
from standdown_cli.target_files import read_documents

STDIN = "-"


class PatientError(Exception):
    """Raised when there is nothing to look at: no readable file; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Targets, the way to Huawei Cloud that their stack has or would have, and what mends a credential that is none."""

    targets: Targets
    huawei: HuaweiAccount
    credential_step: str = CREDENTIAL_STEP


def from_files(
    paths: Sequence[str], credential: str, defaults: TargetDefaults, endpoint: str | None, iam: str | None
) -> Patient:
    """Read targets' documents and a credential's (`-` for standard input); raise PatientError."""
    found = read_documents(paths, defaults)
    if found.unread:
        raise PatientError("\n".join(f"cannot be read: {file}" for file in found.unread))
    try:
        document = sys.stdin.read() if credential == STDIN else Path(credential).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise PatientError(f"the credential in {credential} cannot be read ({type(error).__name__})") from error
    where = "what is given as standard input" if credential == STDIN else credential
    return Patient(
        found.targets,
        HuaweiAccount(lambda *, force: document, endpoint=endpoint, iam=iam),  # noqa: ARG005 - no cache
        f"Put the right credential into {where}.",
    )


def from_stack(stack: Stack, *, reader: bool = False) -> Patient:
    """Read what a deployed stack has, with the credential of its trigger, or that of its `reader`; raise StackError."""
    given = stack.parameters
    defaults = TargetDefaults(
        given["HuaweiRegion"],
        given.get("HuaweiProjectId") or None,
        int(given["MaxAgeMinutes"]),
        int(given["DeadlineMinutes"]),
    )
    secret = (reader and given.get("HuaweiReadSecretName")) or given["HuaweiSecretName"]
    endpoint, iam = given.get("SdrsEndpoint") or None, given.get("IamEndpoint") or None
    return Patient(
        read_targets(stack.configuration(), defaults),
        HuaweiAccount(lambda *, force: read_secret(secret), endpoint=endpoint, iam=iam),  # noqa: ARG005 - no cache
    )
