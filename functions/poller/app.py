"""Poller: one look at a stop that is under way."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.base.log import logger
from standdown.entry.wiring.poller import PollerSettings, huawei, ledger, now
from standdown.follow.look import WatchState, follow


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Look once and return the workflow's next state."""
    settings = PollerSettings.from_env()
    watch = WatchState.read(event)
    logger.append_keys(operation_id=watch.operation_id)
    return follow(watch, ledger(settings.ledger), huawei(settings.huawei), now()).to_dict()
