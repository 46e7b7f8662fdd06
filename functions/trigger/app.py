"""Trigger: a request comes in; one SDRS stop goes out, and its job is handed to the workflow."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.aws.batch import take_each
from standdown.base.log import logger
from standdown.entry.questions import ask_trigger, asks
from standdown.entry.trigger import is_batch
from standdown.entry.wiring.trigger import TriggerSettings, prepare, request_intake

prepare()


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Issue the stop for each request that the event carries, report the ones to be delivered again; answer a check."""
    entry = request_intake(TriggerSettings.from_env(), context)
    if is_batch(event):
        return take_each(event, entry.take_record)
    if asks(event):
        return ask_trigger(event, entry.invocation)
    return entry.take_direct(event, context.aws_request_id)
