"""What the notifier is made of: the ledger, and the channels for outcomes. It has no way to Huawei Cloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from standdown.aws.settings import Environment
from standdown.base.log import logger
from standdown.entry.wiring.aws import SECRET_SECONDS, UnmadeClient, client, now, secrets
from standdown.entry.wiring.ledger import LedgerSettings, ledger
from standdown.entry.wiring.start import ready, starts_in_lambda
from standdown.ledger.table import Table
from standdown.publish.channels.eventbridge import EventBridgeChannel
from standdown.publish.channels.sns import SnsChannel
from standdown.publish.delivery import Publication
from standdown.publish.render.links import Links
from standdown.publish.render.locale import ENGLISH, Locale, english, locale, zone
from standdown.publish.render.rendered import Channel
from standdown.publish.undelivered import Undelivered

if TYPE_CHECKING:
    from standdown.ledger.turns import Turns
    from standdown.publish.channels.post import Sender

__all__ = ["NotifierSettings", "ledger", "now", "prepare", "publication", "undelivered"]


@dataclass(frozen=True, slots=True)
class NotifierSettings:
    """Where the ledger and the channels are, and what the links of a message lead to."""

    ledger: LedgerSettings
    topic_arn: str
    event_bus_name: str
    dead_letter_queue_url: str
    links: Links
    webhooks_secret_name: str | None = None
    locale: Locale = field(default_factory=english)

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now; raise SettingsError where a variable is missing."""
        environment = Environment.as_it_is()
        return cls(
            ledger=LedgerSettings.read(environment),
            topic_arn=environment.text("TOPIC_ARN"),
            event_bus_name=environment.text("EVENT_BUS_NAME"),
            dead_letter_queue_url=environment.text("NOTIFY_DEAD_LETTER_QUEUE_URL"),
            links=_links(environment),
            locale=_locale(environment),
            webhooks_secret_name=environment.optional("OUTGOING_WEBHOOK_SECRET_NAME"),
        )


def _links(environment: Environment) -> Links:
    return Links(
        workflow_arn=environment.optional("WORKFLOW_ARN") or "",
        log_groups=environment.words("LOG_GROUPS"),
        aws_region=environment.optional("AWS_REGION") or "",
        huawei_region=environment.optional("HUAWEI_REGION") or "",
        console=environment.optional("SDRS_CONSOLE_URL") or "",
        stack=environment.optional("STACK_NAME") or "",
        runbook=environment.optional("RUNBOOK_URL") or "",
        queue_url=environment.optional("REQUEST_QUEUE_URL") or "",
        config_prefix=environment.optional("CONFIG_PREFIX") or "",
    )


def _locale(environment: Environment) -> Locale:
    """Return the stack's language and zone; what is not known does not keep an outcome back."""
    language, timezone = environment.optional("LANGUAGE") or ENGLISH, None
    try:
        timezone = zone(environment.optional("TIMEZONE") or "")
        return locale(language, timezone)
    except ValueError as error:
        logger.error("a language or time zone is not known", extra={"problem": str(error)})
        return locale(ENGLISH, timezone)


def prepare() -> None:
    """Make the clients of a publication while Lambda starts the process; call nobody."""
    if starts_in_lambda():
        for service in ("dynamodb", "sns", "events"):
            client(service)
        if Environment.as_it_is().optional("OUTGOING_WEBHOOK_SECRET_NAME"):
            secrets()
        ready()


def undelivered(settings: NotifierSettings) -> Undelivered:
    """Return who reports the outcomes that a channel did not get."""
    sqs: Any = UnmadeClient("sqs")
    return Undelivered(sqs, settings.dead_letter_queue_url)


def publication(settings: NotifierSettings, sender: Sender | None = None) -> Publication:
    """Return the channels on which outcomes are published; `sender` is how tests reach endpoints of their own."""
    channels: tuple[Channel, ...] = (
        SnsChannel(client("sns"), settings.topic_arn),
        EventBridgeChannel(client("events"), settings.event_bus_name),
        *_endpoints(settings, sender),
    )
    return Publication(channels, settings.links, clock=now, stacks=settings.locale)


def _endpoints(settings: NotifierSettings, sender: Sender | None) -> tuple[Channel, ...]:
    secret_name = settings.webhooks_secret_name
    if secret_name is None:
        return ()
    from standdown.publish.channels.webhook import webhook_channels  # a stack without endpoints does not wait for it

    return webhook_channels(
        lambda: str(secrets().get(secret_name, max_age=SECRET_SECONDS)), sender, lambda: _turns(settings.ledger)
    )


def _turns(settings: LedgerSettings) -> Turns:
    from standdown.ledger.turns import Turns  # for chats alone

    return Turns(Table(client("dynamodb"), settings.table_name))
