"""Notifier: an operation has ended; everyone is told, each channel on its own."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown import wiring
from standdown.asking import ask_notifier, asks_notifier
from standdown.log import logger
from standdown.notify import notify
from standdown.settings import Settings


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish the outcome of one operation and return the workflow's next state; answer who asks for the past."""
    settings = Settings.from_env()
    if asks_notifier(event):
        return ask_notifier(event, wiring.ledger(settings), wiring.publication(settings))
    operation_id = str(event.get("operation_id", ""))
    logger.append_keys(operation_id=operation_id)
    return notify(
        operation_id,
        wiring.ledger(settings),
        wiring.publication(settings),
        wiring.now,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        undelivered=wiring.undelivered(settings),
    ).to_dict()
