"""Notifier: an operation has ended; everyone is told, each channel on its own."""

# ruff: noqa: E402 - nothing is searched for garbage while the rest is imported
from standdown.entry.wiring.start import begin

begin()

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.notifier import handle
from standdown.entry.wiring.notifier import NotifierSettings, prepare

prepare()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish the outcome of one operation and return the workflow's next state; answer who asks for the past."""
    return handle(event, NotifierSettings.from_env(), context)
