"""What an action is done with: targets, ledger, Huawei Cloud and workflow, for the trigger and the sweeper."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple, Self

from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from aws_lambda_powertools.utilities.typing import LambdaContext

from standdown.action.invocation import Invocation
from standdown.aws.request_queue import RequestQueue
from standdown.aws.settings import Environment
from standdown.aws.workflow import Workflow
from standdown.core.retry import RetryLaterError
from standdown.core.targets import TargetDefaults, Targets, read_targets
from standdown.entry.wiring.aws import SECRET_SECONDS, UnmadeClient, client, now, secrets
from standdown.entry.wiring.huawei import HuaweiSettings, huawei
from standdown.entry.wiring.ledger import LedgerSettings, ledger
from standdown.entry.wiring.parameters import has_all, read_all, read_named
from standdown.entry.wiring.targets import TargetsOnDemand


class ActingSettings(NamedTuple):
    """Where targets, ledger, credential, workflow and queue are, and what a target's document may leave out."""

    config_prefix: str
    defaults: TargetDefaults
    ledger: LedgerSettings
    huawei: HuaweiSettings
    workflow_arn: str
    request_queue_url: str
    dead_letter_queue_url: str = ""

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """Read them; raise SettingsError where one is missing."""
        return cls(
            config_prefix=environment.text("CONFIG_PREFIX"),
            defaults=_defaults(environment),
            ledger=LedgerSettings.read(environment),
            huawei=HuaweiSettings.read(environment),
            workflow_arn=environment.text("WORKFLOW_ARN"),
            request_queue_url=environment.text("REQUEST_QUEUE_URL"),
            dead_letter_queue_url=environment.optional("DEAD_LETTER_QUEUE_URL") or "",
        )


def _defaults(environment: Environment) -> TargetDefaults:
    return TargetDefaults(
        region=environment.text("HUAWEI_REGION"),
        project_id=environment.optional("HUAWEI_PROJECT_ID"),
        max_age_minutes=environment.number("MAX_AGE_MINUTES"),
        deadline_minutes=environment.number("DEADLINE_MINUTES"),
    )


def targets(settings: ActingSettings) -> Targets:
    """Return the targets and the stack's mode as they are believed now: read where they are asked for.

    What they are asked raises RetryLaterError where the Parameter Store is down.
    """
    if has_all(settings.config_prefix):
        return _all_targets(settings)
    return TargetsOnDemand(partial(_all_targets, settings), partial(_named_target, settings))


def _all_targets(settings: ActingSettings) -> Targets:
    with _read(settings):
        found = read_all(settings.config_prefix)
    return _targets(frozenset(found.items()), settings.defaults)


def _named_target(settings: ActingSettings, name: str) -> Targets | None:
    with _read(settings):
        found = read_named(settings.config_prefix, name)
    return None if found is None else read_targets(found, settings.defaults)


@contextmanager
def _read(settings: ActingSettings) -> Iterator[None]:
    """Read parameters, and the secret meanwhile; raise RetryLaterError where the parameters cannot be read."""
    try:
        with _read_meanwhile(settings.huawei.secret_name):
            yield
    except GetParameterError as error:
        raise RetryLaterError(f"the targets below {settings.config_prefix} could not be read") from error


@lru_cache(maxsize=1)
def _targets(documents: frozenset[tuple[str, str]], defaults: TargetDefaults) -> Targets:
    """Read the documents once for as long as they stay as they are: a thousand take 10 ms of every event."""
    return read_targets(dict(documents), defaults)


def invocation(settings: ActingSettings, context: LambdaContext) -> Invocation:
    """Return what a stop is done with in this invocation."""
    return Invocation(
        targets_now=lambda: targets(settings),
        ledger=ledger(settings.ledger),
        huawei=huawei(settings.huawei),
        workflow=Workflow(client("stepfunctions"), settings.workflow_arn),
        clock=now,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
    )


def queue(settings: ActingSettings) -> RequestQueue:
    """Return the RequestQueue."""
    sqs: Any = UnmadeClient("sqs")
    return RequestQueue(
        sqs,
        settings.request_queue_url,
        settings.dead_letter_queue_url,
        max_age=timedelta(minutes=settings.defaults.max_age_minutes),
        clock=now,
    )


@contextmanager
def _read_meanwhile(secret_name: str) -> Iterator[None]:
    """Read the secret into its cache while something else is waited for; who needs it raises any error.

    Never left running: a thread that is frozen with the process would hold up what comes next.
    """
    if secrets().has_not_expired_in_cache((secret_name, None, False)):  # by name, transformation, and whether several
        yield
        return

    def read() -> None:
        with suppress(GetParameterError):
            secrets().get(secret_name, max_age=SECRET_SECONDS)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        yield
    finally:
        reading.join()
