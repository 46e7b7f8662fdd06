"""What the functions are made of, put together from the settings: each part once per process.

A snapshot of a started function (SnapStart) holds these parts; nothing here is made when the package is imported. What
one function alone needs is imported late: the trigger's start is on the way to the stop.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from standdown.door import ClosedDoor, Door
from standdown.huawei import Huawei, SecretError
from standdown.intake.trust import Trust
from standdown.later import TryLaterError
from standdown.ledger import Ledger
from standdown.log import logger
from standdown.request_queue import RequestQueue
from standdown.settings import Settings
from standdown.stop import Means
from standdown.table import Table
from standdown.targets import TargetDefaults, Targets, read_targets
from standdown.workflow import Workflow

if TYPE_CHECKING:
    from standdown.publish import Outlet, Publication, Sender
    from standdown.undelivered import Undelivered

TARGETS_SECONDS = 50
"""For how long targets and modes are believed: a brake pulled in the Parameter Store holds within a minute."""
SECRET_SECONDS = 300


def now() -> datetime:
    """Return the time (UTC)."""
    return datetime.now(UTC)


@cache
def client(service: str) -> Any:
    """Return the process's client of an AWS service, with time-outs that fit into an invocation."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client(service, config=config)  # type: ignore[call-overload]


class _Unmade:
    """A client that is made when it is first used: the trigger's of SQS is for what goes wrong."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(client(self._service), name)


@cache
def quick_client(service: str) -> Any:
    """Return a client that gives up in less than 3 seconds: the webhook's sender is waiting, and can send again."""
    # Twice, as a connection that was kept through a pause of the function may be dead; a second at most between them.
    config = Config(connect_timeout=0.8, read_timeout=0.8, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def ledger(settings: Settings) -> Ledger:
    """Return the stack's ledger."""
    return Ledger(Table(client("dynamodb"), settings.text("TABLE_NAME")), settings.keep)


@cache
def _parameters() -> parameters.SSMProvider:
    client("ssm").get_paginator("get_parameters_by_path")  # its first search of boto3's data takes as long as a call
    return parameters.SSMProvider(boto3_client=client("ssm"))


@cache
def _huawei(secret_name: str, endpoint: str | None, iam: str | None) -> Huawei:
    def secret(*, force: bool) -> str:
        try:
            return str(_secrets().get(secret_name, max_age=SECRET_SECONDS, force_fetch=force))
        except GetParameterError as error:
            raise SecretError(f"the secret {secret_name!r} with the credential could not be read") from error

    return Huawei(secret, endpoint=endpoint, iam=iam)


def huawei(settings: Settings) -> Huawei:
    """Return the way to Huawei Cloud with the credential that this function is given."""
    endpoint, iam = settings.optional("SDRS_ENDPOINT"), settings.optional("IAM_ENDPOINT")
    return _huawei(settings.text("HUAWEI_SECRET_NAME"), endpoint, iam)


def targets(settings: Settings) -> Targets:
    """Return the targets and the stack's mode as the Parameter Store has them; raise TryLaterError where it is down."""
    prefix = settings.text("CONFIG_PREFIX")
    try:
        found = _parameters().get_multiple(prefix, recursive=True, max_age=TARGETS_SECONDS)
    except GetParameterError as error:
        raise TryLaterError(f"the targets below {prefix} could not be read") from error
    return _targets(frozenset((name, str(value)) for name, value in found.items()), settings.defaults)


@lru_cache(maxsize=1)
def _targets(documents: frozenset[tuple[str, str]], defaults: TargetDefaults) -> Targets:
    """Read the documents once for as long as they stay as they are: a thousand take 10 ms of every event."""
    return read_targets(dict(documents), defaults)


def prepare(*services: str) -> None:
    """Make the clients of a stop while Lambda starts the process, before there is an event; calls nobody.

    Where the module is only imported, by a test, nothing is made.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        _parameters()
        _secrets()
        for service in services:
            client(service)


def means(settings: Settings, context: LambdaContext) -> Means:
    """Return what a stop is done with in this invocation."""
    with _read_meanwhile(settings.text("HUAWEI_SECRET_NAME")):
        found = targets(settings)
    return Means(
        targets=found,
        ledger=ledger(settings),
        huawei=huawei(settings),
        workflow=Workflow(client("stepfunctions"), settings.text("WORKFLOW_ARN")),
        clock=now,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
    )


def trust(settings: Settings, context: LambdaContext) -> Trust:
    """Return whom the intake believes: this account and region, and whoever the stack was deployed for."""
    _, _, _, region, account, *_ = context.invoked_function_arn.split(":")
    return Trust(
        account=account,
        region=region,
        alarm_prefix=settings.optional("ALARM_PREFIX"),
        topic_arns=tuple(filter(None, (settings.optional("ALARM_TOPIC_ARNS") or "").split(","))),
        schedule_sender_id=settings.optional("SCHEDULE_SENDER_ID") or "",
        webhook_sender_id=settings.optional("WEBHOOK_SENDER_ID") or "",
    )


def queue(settings: Settings) -> RequestQueue:
    """Return the RequestQueue."""
    sqs: Any = _Unmade("sqs")
    return RequestQueue(sqs, settings.text("REQUEST_QUEUE_URL"), settings.optional("DEAD_LETTER_QUEUE_URL") or "")


def door(settings: Settings, context: LambdaContext) -> Door | ClosedDoor:
    """Return the trigger's doors for this invocation; they are closed while the targets cannot be read."""
    try:
        return Door(means(settings, context), trust(settings, context), queue(settings))
    except TryLaterError as error:
        logger.warning("no targets, nothing is taken now", extra={"problem": str(error)})
        return ClosedDoor(error, queue(settings))


@cache
def _secrets() -> parameters.SecretsProvider:
    """Return a reader of secrets that leaves an invocation time for everything else, also where the store hangs."""
    config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    # A client of the one session: a session of its own would read all of boto3's data once more.
    secrets = boto3.client("secretsmanager", config=config)
    return parameters.SecretsProvider(boto3_client=secrets)


@contextmanager
def _read_meanwhile(secret_name: str) -> Iterator[None]:
    """Read the secret into its cache while something else is waited for; who needs it is told of any trouble.

    Never left running: a thread that is frozen with the process would hold up what comes next.
    """
    if _secrets().has_not_expired_in_cache((secret_name, None)):
        yield
        return

    def read() -> None:
        with suppress(GetParameterError):
            _secrets().get(secret_name, max_age=SECRET_SECONDS)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        yield
    finally:
        reading.join()


def _endpoints(settings: Settings, sender: Sender | None) -> tuple[Outlet, ...]:
    from standdown.publish import webhook_channels

    name = settings.optional("OUTGOING_WEBHOOK_SECRET_NAME")
    if name is None:
        return ()
    return webhook_channels(lambda: str(_secrets().get(name, max_age=SECRET_SECONDS)), sender)


def undelivered(settings: Settings) -> Undelivered:
    """Return who reports the outcomes that a channel did not get."""
    from standdown.undelivered import Undelivered

    return Undelivered(client("sqs"), settings.text("NOTIFY_DEAD_LETTER_QUEUE_URL"))


def publication(settings: Settings, sender: Sender | None = None) -> Publication:
    """Return the channels on which outcomes are published; `sender` is how tests reach endpoints of their own."""
    from standdown.publish import EventBridgeChannel, Links, Publication, SnsChannel
    from standdown.publish.links import SDRS_CONSOLE

    links = Links(
        workflow_arn=settings.optional("WORKFLOW_ARN") or "",
        log_groups=tuple(filter(None, (settings.optional("LOG_GROUPS") or "").split(","))),
        aws_region=settings.optional("AWS_REGION") or "",
        huawei_region=settings.optional("HUAWEI_REGION") or "",
        console=settings.optional("SDRS_CONSOLE_URL") or SDRS_CONSOLE,
    )
    channels: tuple[Outlet, ...] = (
        SnsChannel(client("sns"), settings.text("TOPIC_ARN")),
        EventBridgeChannel(client("events"), settings.text("EVENT_BUS_NAME")),
        *_endpoints(settings, sender),
    )
    return Publication(channels, links, clock=now)
