"""Trigger: a request comes in; one SDRS stop goes out, and its job is handed to the workflow."""

# ruff: noqa: E402 - connections are opened and targets read while the rest is imported
from standdown.entry.wiring.ahead import begin_ahead

begin_ahead()

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.trigger import handle
from standdown.entry.wiring.trigger import TriggerSettings, prepare, request_intake

prepare()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Issue the stop for each request that the event carries, report the ones to be delivered again; answer a check."""
    return handle(event, request_intake(TriggerSettings.from_env(), context), context.aws_request_id)
