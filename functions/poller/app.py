"""Poller: one look at a stop that is under way."""

# ruff: noqa: E402 - nothing is searched for garbage while the rest is imported
from standdown.entry.wiring.start import begin

begin()

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.poller import handle
from standdown.entry.wiring.poller import PollerSettings, prepare

prepare()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Look once and return the workflow's next state."""
    return handle(event, PollerSettings.from_env())
