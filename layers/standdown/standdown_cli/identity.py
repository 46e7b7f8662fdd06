"""Who runs the command, as AWS knows them."""

from __future__ import annotations

import getpass
from contextlib import suppress

from standdown_cli.stack import region


def caller() -> str:
    """Return the ARN of the AWS identity (sts:GetCallerIdentity needs no right), else the name on this machine."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    with suppress(BotoCoreError, ClientError):
        quick = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})
        return str(boto3.client("sts", region_name=region(), config=quick).get_caller_identity()["Arn"])[:200]
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return "somebody at the command line"
