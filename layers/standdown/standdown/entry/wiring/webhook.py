"""What the webhook is made of: it has neither the other functions' rights nor their imports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Self

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from standdown.aws.request_queue import RequestQueue
from standdown.aws.settings import Environment
from standdown.base.redaction import conceal
from standdown.core.retry import RetryLaterError
from standdown.entry.webhook import WebhookEndpoint
from standdown.entry.wiring.aws import SECRET_SECONDS, now, quick_client
from standdown.entry.wiring.start import ready, starts_in_lambda
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.senders import read_secrets
from standdown.ledger.receipts import Receipts
from standdown.ledger.table import Table


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where the senders' secrets, the receipts and the queue are, and for how many days a receipt is kept."""

    secret_name: str
    table_name: str
    keep: timedelta
    request_queue_url: str

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now; raise SettingsError where a variable is missing."""
        environment = Environment.as_it_is()
        return cls(
            secret_name=environment.text("WEBHOOK_SECRET_NAME"),
            table_name=environment.text("TABLE_NAME"),
            keep=timedelta(days=environment.number("LEDGER_DAYS")),
            request_queue_url=environment.text("REQUEST_QUEUE_URL"),
        )


@cache
def _secret() -> SecretsProvider:
    return SecretsProvider(boto3_client=quick_client("secretsmanager"))


def prepare() -> None:
    """Make the clients while Lambda starts the process: the first sender waits for them otherwise; calls nobody."""
    if starts_in_lambda():
        _secret()
        for service in ("dynamodb", "sqs"):
            quick_client(service)
        ready()


def secrets(name: str) -> WebhookSecrets:
    """Return who may send webhooks; raise RetryLaterError where Secrets Manager is down."""
    try:
        found = read_secrets(str(_secret().get(name, max_age=SECRET_SECONDS)))
    except GetParameterError as error:
        raise RetryLaterError(f"the secret {name!r} with the webhooks' secrets could not be read") from error
    for secret in (*found.standard, *found.github, *found.bearer, *found.grafana):
        conceal(secret)
    return found


def endpoint(settings: WebhookSettings) -> WebhookEndpoint:
    """Return the endpoint that takes webhooks."""
    return WebhookEndpoint(
        secrets=partial(secrets, settings.secret_name),
        receipts=Receipts(Table(quick_client("dynamodb"), settings.table_name), settings.keep),
        queue=RequestQueue(quick_client("sqs"), settings.request_queue_url),
        clock=now,
    )
