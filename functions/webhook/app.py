"""Webhook: a signed HTTP request comes in; a message for the RequestQueue goes out, and an answer to the sender."""

# ruff: noqa: E402 - nothing is searched for garbage while the rest is imported
from standdown.entry.wiring.start import begin

begin()

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.webhook import handle
from standdown.entry.wiring.webhook import WebhookSettings, endpoint, prepare

prepare()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Verify the sender, queue the request, answer with the ids of its operations."""
    return handle(event, endpoint(WebhookSettings.from_env()))
