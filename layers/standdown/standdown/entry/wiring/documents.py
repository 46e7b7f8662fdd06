"""The targets' documents and the stack's mode, for a function that only shows them."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from standdown.base.log import logger
from standdown.entry.wiring.aws import client


def documents(prefix: str) -> dict[str, str] | None:
    """Return the parameters below a stack's prefix by their paths in it, None where they cannot be read."""
    try:
        pages = client("ssm").get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
        found = [one for page in pages for one in page["Parameters"]]
    except (ClientError, BotoCoreError) as error:
        logger.warning("targets not readable", extra={"problem": str(error)})
        return None
    return {one["Name"].removeprefix(prefix).lstrip("/"): one["Value"] for one in found}
