"""The parts of the trigger. Its start delays the stop, so nothing is imported that a stop does not need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.aws.settings import Environment
from standdown.base.log import logger
from standdown.core.retry import RetryLaterError
from standdown.entry.trigger import RequestIntake, UnavailableIntake
from standdown.entry.wiring.acting import ActingSettings, invocation, parameters, queue, targets
from standdown.entry.wiring.aws import SECRET_SECONDS, client, now, secrets
from standdown.entry.wiring.short_try import short_try
from standdown.entry.wiring.start import ahead, ready, starts_in_lambda
from standdown.intake.trust import Trust
from standdown.ledger.table import Table


@dataclass(frozen=True, slots=True)
class TriggerSettings:
    """The settings of the parts that the trigger shares with the sweeper, and whom it trusts."""

    acting: ActingSettings
    alarm_prefix: str | None = None
    alarm_topic_arns: tuple[str, ...] = ()
    schedule_sender_id: str = ""
    webhook_sender_id: str = ""
    own_sender_id: str = ""

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment as it is now; raise SettingsError if a variable is missing."""
        environment = Environment.as_it_is()
        return cls(
            acting=ActingSettings.read(environment),
            alarm_prefix=environment.optional("ALARM_PREFIX"),
            alarm_topic_arns=environment.words("ALARM_TOPIC_ARNS"),
            schedule_sender_id=environment.optional("SCHEDULE_SENDER_ID") or "",
            webhook_sender_id=environment.optional("WEBHOOK_SENDER_ID") or "",
            own_sender_id=environment.optional("TRIGGER_SENDER_ID") or "",
        )


def prepare() -> None:
    """Make the clients of a stop while Lambda starts the process, and what its first event will read or call for.

    If a test imports the module, nothing is made.
    """
    if not starts_in_lambda():
        return
    calls = ahead()
    ends = calls.ends() if calls else 0.0
    for make, read in ((parameters, _read_targets), (secrets, _read_secret), (_dynamodb, _ask_ledger)):
        made = make()
        if calls:
            calls.make(partial(read, made, ends))
    client("stepfunctions")
    if calls:
        calls.wait(ends)
    ready()


def _read_targets(provider: Any, ends: float) -> None:
    with short_try(provider.client, ends):
        targets(TriggerSettings.from_env().acting)


def _read_secret(provider: Any, ends: float) -> None:
    with short_try(provider.client, ends):
        secrets().get(TriggerSettings.from_env().acting.huawei.secret_name, max_age=SECRET_SECONDS)


def _dynamodb() -> Any:
    return client("dynamodb")


def _ask_ledger(dynamodb: Any, ends: float) -> None:
    """Ask for an item that cannot be there: the ledger's first write finds an open connection."""
    with short_try(dynamodb, ends):
        Table(dynamodb, TriggerSettings.from_env().acting.ledger.table_name).get("start")


def request_intake(settings: TriggerSettings, context: LambdaContext) -> RequestIntake | UnavailableIntake:
    """Return the intake of this invocation; it returns every message to the queue while the targets cannot be read."""
    try:
        return RequestIntake(
            invocation(settings.acting, context),
            _trust(settings, context),
            queue(settings.acting),
            settings.own_sender_id,
        )
    except RetryLaterError as error:
        logger.warning("no targets, nothing is taken now", extra={"problem": str(error)})
        return UnavailableIntake(error, queue(settings.acting), now)


def _trust(settings: TriggerSettings, context: LambdaContext) -> Trust:
    """Return whom the intake trusts: this account and region, and the senders that the stack was deployed for."""
    _, _, _, region, account, *_ = context.invoked_function_arn.split(":")
    return Trust(
        account=account,
        region=region,
        alarm_prefix=settings.alarm_prefix,
        topic_arns=settings.alarm_topic_arns,
        schedule_sender_id=settings.schedule_sender_id,
        webhook_sender_id=settings.webhook_sender_id,
    )
