"""What the webhook function is made of, apart from the others' parts: it has neither their rights nor their imports."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache, partial

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from standdown.intake.http import WebhookSecrets
from standdown.intake.webhook_secrets import read_secrets
from standdown.later import TryLaterError
from standdown.receipts import Receipts
from standdown.redact import conceal
from standdown.request_queue import RequestQueue
from standdown.settings import Settings
from standdown.table import Table
from standdown.webhook import WebhookDoor
from standdown.wiring import SECRET_SECONDS, quick_client


@cache
def _secret() -> SecretsProvider:
    return SecretsProvider(boto3_client=quick_client("secretsmanager"))


def prepare() -> None:
    """Make the clients while Lambda starts the process: the first sender waits for them otherwise; calls nobody."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        _secret()
        for service in ("dynamodb", "sqs"):
            quick_client(service)


def secrets(settings: Settings) -> WebhookSecrets:
    """Return who may send webhooks; raise TryLaterError where Secrets Manager is down."""
    name = settings.text("WEBHOOK_SECRET_NAME")
    try:
        found = read_secrets(str(_secret().get(name, max_age=SECRET_SECONDS)))
    except GetParameterError as error:
        raise TryLaterError(f"the secret {name!r} with the webhooks' secrets could not be read") from error
    for secret in (*found.standard, *found.github):
        conceal(secret)
    return found


def door(settings: Settings) -> WebhookDoor:
    """Return the webhook's door."""
    return WebhookDoor(
        secrets=partial(secrets, settings),
        receipts=Receipts(Table(quick_client("dynamodb"), settings.text("TABLE_NAME")), settings.keep),
        queue=RequestQueue(quick_client("sqs"), settings.text("REQUEST_QUEUE_URL")),
        clock=partial(datetime.now, UTC),
    )
