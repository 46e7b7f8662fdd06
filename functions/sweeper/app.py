"""Sweeper: operations that nobody works on any more are found and finished."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown import wiring
from standdown.log import logger
from standdown.settings import Settings
from standdown.sweep import sweep


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Move on every operation that is not published yet and that others have left; say what was found."""
    settings = Settings.from_env()
    means = wiring.means(settings, context)
    swept = sweep(means.ledger.unfinished(), means, wiring.queue(settings))
    return {"seen": swept.seen, "moved": list(swept.moved)}
