"""Notifier: an operation has ended; everyone is told, each channel on its own."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.questions import ask_notifier, asks_notifier
from standdown.entry.wiring import notifier as wiring
from standdown.entry.wiring.notifier import NotifierSettings
from standdown.publish.notify import notify


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish the outcome of one operation and return the workflow's next state; answer who asks for the past."""
    settings = NotifierSettings.from_env()
    ledger, publication = wiring.ledger(settings.ledger), wiring.publication(settings)
    if asks_notifier(event):
        return ask_notifier(event, ledger, publication)
    operation_id = str(event.get("operation_id", ""))
    logger.append_keys(operation_id=operation_id)
    return notify(
        operation_id,
        ledger,
        publication,
        wiring.now,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        undelivered=wiring.undelivered(settings),
    ).to_dict()
