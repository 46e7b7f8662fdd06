"""The targets' documents and the stack's mode, for a function that only shows them."""

from __future__ import annotations

from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from standdown.base.log import logger
from standdown.entry.wiring.parameters import read_all


def documents(prefix: str) -> dict[str, str] | None:
    """Return the parameters below a stack's prefix by their paths in it, None where they cannot be read."""
    try:
        return read_all(prefix, 0)  # who asks how it stands is answered with what stands there now
    except GetParameterError as error:
        logger.warning("targets not readable", extra={"problem": str(error)})
        return None
