"""The parts of the trigger. Its start delays the stop, so nothing is imported that a stop does not need."""

from __future__ import annotations

from typing import NamedTuple, Self

from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.aws.settings import Environment
from standdown.entry.trigger import RequestIntake
from standdown.entry.wiring.acting import ActingSettings, invocation, queue
from standdown.entry.wiring.aws import client
from standdown.entry.wiring.start import ahead, ready, starts_in_lambda
from standdown.intake.trust import Trust


class TriggerSettings(NamedTuple):
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
    """End the start: make the client that a stop needs last, and wait for the calls that were made ahead."""
    if not starts_in_lambda():
        return
    client("stepfunctions")
    if calls := ahead():
        calls.wait(calls.ends())
    ready()


def request_intake(settings: TriggerSettings, context: LambdaContext) -> RequestIntake:
    """Return the intake of this invocation."""
    return RequestIntake(
        invocation(settings.acting, context), _trust(settings, context), queue(settings.acting), settings.own_sender_id
    )


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
