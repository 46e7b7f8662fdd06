"""The notifier's entry point: the workflow's state, or a question about the past by direct invocation."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.questions import asks_notifier
from standdown.entry.wiring import notifier as wiring
from standdown.entry.wiring.notifier import NotifierSettings
from standdown.publish.notify import notify


def handle(event: dict[str, Any], settings: NotifierSettings, context: LambdaContext) -> dict[str, Any]:
    """Publish the outcome of one operation and return the workflow's next state; answer a question."""
    ledger, publication = wiring.ledger(settings.ledger), wiring.publication(settings)
    if asks_notifier(event):
        from standdown.entry.notifier_questions import ask_notifier  # an outcome need not wait for it to be loaded

        return ask_notifier(event, ledger, publication, lambda: around(settings))
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


def around(settings: NotifierSettings) -> dict[str, Any]:
    """Return what a status says beside its operations: mode, targets, invalid documents, last checks."""
    from standdown.entry.wiring.checks import checks
    from standdown.entry.wiring.documents import documents
    from standdown.publish.configured import configured

    return configured(documents(settings.links.config_prefix)) | {"checks": checks().last()}
