"""The notifier's entry point: the workflow's state, or a question about the past by direct invocation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.questions import asks_notifier
from standdown.entry.wiring import notifier as wiring
from standdown.entry.wiring.notifier import NotifierSettings
from standdown.ledger.ledger import Ledger
from standdown.publish.delivery import Publication
from standdown.publish.notify import Notified, notify


def handle(event: dict[str, Any], settings: NotifierSettings, context: LambdaContext) -> dict[str, Any]:
    """Publish the outcome of one operation, or a notice, and return the workflow's next state; answer a question."""
    ledger, publication = wiring.ledger(settings.ledger), wiring.publication(settings)
    if asks_notifier(event):
        from standdown.entry.notifier_questions import ask_notifier  # an outcome need not wait for it to be loaded

        return ask_notifier(event, ledger, publication, lambda: around(settings))
    operation_id = str(event.get("operation_id", ""))
    logger.append_keys(operation_id=operation_id)
    means: Any = {
        "remaining": lambda: context.get_remaining_time_in_millis() / 1000,
        "undelivered": wiring.undelivered(settings),
    }
    return tell(operation_id, ledger, publication, wiring.now, **means).to_dict()


def tell(
    identity: str, ledger: Ledger, publication: Publication, clock: Callable[[], datetime], **means: Any
) -> Notified:
    """Publish an operation's outcome, or a notice: the workflow names either by its id."""
    if identity.startswith("notice#"):
        from standdown.publish.notices import notify_of  # an outcome need not wait for it to be loaded

        return notify_of(identity, ledger, publication, clock, **means)
    return notify(identity, ledger, publication, clock, **means)


def around(settings: NotifierSettings) -> dict[str, Any]:
    """Return what a status says beside its operations: mode, targets, invalid documents, last checks."""
    from standdown.entry.wiring.checks import checks
    from standdown.entry.wiring.documents import documents
    from standdown.publish.configured import configured

    return configured(documents(settings.links.config_prefix)) | {"checks": checks().last()}
