"""Sweeper: operations that nobody works on any more are found and finished."""

# ruff: noqa: E402 - nothing is searched for garbage while the rest is imported
from standdown.entry.wiring.start import begin

begin()

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.sweeper import handle
from standdown.entry.wiring.sweeper import SweeperSettings, prepare

prepare()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Move on what others have left: the operation whose workflow broke, or every one that is not published yet."""
    return handle(event, SweeperSettings.from_env(), context)
