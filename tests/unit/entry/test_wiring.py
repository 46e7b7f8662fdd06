"""What each function is made of: which variable says what, and which client waits how long."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
import time_machine
from botocore.config import Config

from standdown.action.invocation import Invocation
from standdown.aws.settings import SettingsError
from standdown.core.retry import RetryLaterError
from standdown.core.targets import TargetDefaults
from standdown.entry.trigger import RequestIntake
from standdown.entry.webhook import WebhookEndpoint
from standdown.entry.wiring import acting, aws, notifier, parameters, poller, sweeper, trigger, webhook
from standdown.entry.wiring.ahead import begin_ahead
from standdown.entry.wiring.huawei import HuaweiSettings
from standdown.entry.wiring.ledger import LedgerSettings
from standdown.intake.trust import Trust
from standdown.publish.channels.webhook import Sender
from standdown.publish.render.links import Links
from standdown.publish.render.locale import ENGLISH, Locale, locale, zone
from support.deployed import ACCOUNT, REGION, SECRET, Context, Deployed, deployment, environment_of, forget_clients
from support.inmemory.clock import START

MINUTES = {"MAX_AGE_MINUTES": "30", "DEADLINE_MINUTES": "90", "LEDGER_DAYS": "400"}
LEDGER = LedgerSettings("the TABLE_NAME", timedelta(days=400))
HUAWEI = HuaweiSettings("the HUAWEI_SECRET_NAME", "the SDRS_ENDPOINT", "the IAM_ENDPOINT")
ACTING = acting.ActingSettings(
    config_prefix="the CONFIG_PREFIX",
    defaults=TargetDefaults("the HUAWEI_REGION", "the HUAWEI_PROJECT_ID", 30, 90),
    ledger=LEDGER,
    huawei=HUAWEI,
    workflow_arn="the WORKFLOW_ARN",
    request_queue_url="the REQUEST_QUEUE_URL",
    dead_letter_queue_url="the DEAD_LETTER_QUEUE_URL",
)
LINKS = Links(
    workflow_arn="the WORKFLOW_ARN",
    log_groups=("a", "b"),
    aws_region="the AWS_REGION",
    huawei_region="the HUAWEI_REGION",
    console="the SDRS_CONSOLE_URL",
    stack="the STACK_NAME",
    runbook="the RUNBOOK_URL",
    queue_url="the REQUEST_QUEUE_URL",
    config_prefix="the CONFIG_PREFIX",
)
WHOLE: dict[str, Any] = {
    "trigger": trigger.TriggerSettings(
        acting=ACTING,
        alarm_prefix="the ALARM_PREFIX",
        alarm_topic_arns=("a", "b"),
        schedule_sender_id="the SCHEDULE_SENDER_ID",
        webhook_sender_id="the WEBHOOK_SENDER_ID",
        own_sender_id="the TRIGGER_SENDER_ID",
    ),
    "poller": poller.PollerSettings(LEDGER, HUAWEI),
    "notifier": notifier.NotifierSettings(
        ledger=LEDGER,
        topic_arn="the TOPIC_ARN",
        event_bus_name="the EVENT_BUS_NAME",
        dead_letter_queue_url="the NOTIFY_DEAD_LETTER_QUEUE_URL",
        links=LINKS,
        locale=locale("zh-CN", zone("Asia/Shanghai")),
        webhooks_secret_name="the OUTGOING_WEBHOOK_SECRET_NAME",
    ),
    "sweeper": sweeper.SweeperSettings(ACTING._replace(dead_letter_queue_url="")),
    "webhook": webhook.WebhookSettings(
        secret_name="the WEBHOOK_SECRET_NAME",
        table_name="the TABLE_NAME",
        keep=timedelta(days=400),
        request_queue_url="the REQUEST_QUEUE_URL",
    ),
}
BARE_ACTING = ACTING._replace(
    defaults=ACTING.defaults._replace(project_id=None),
    huawei=HuaweiSettings("the HUAWEI_SECRET_NAME"),
    dead_letter_queue_url="",
)
BARE: dict[str, Any] = {
    "trigger": trigger.TriggerSettings(BARE_ACTING),
    "poller": poller.PollerSettings(LEDGER, BARE_ACTING.huawei),
    "notifier": replace(WHOLE["notifier"], links=Links(), locale=locale(ENGLISH), webhooks_secret_name=None),
    "sweeper": sweeper.SweeperSettings(BARE_ACTING),
    "webhook": WHOLE["webhook"],
}
MUST: dict[str, set[str]] = {
    "poller": {"TABLE_NAME", "LEDGER_DAYS", "HUAWEI_SECRET_NAME"},
    "notifier": {"TABLE_NAME", "LEDGER_DAYS", "TOPIC_ARN", "EVENT_BUS_NAME", "NOTIFY_DEAD_LETTER_QUEUE_URL"},
    "webhook": {"WEBHOOK_SECRET_NAME", "TABLE_NAME", "LEDGER_DAYS", "REQUEST_QUEUE_URL"},
} | dict.fromkeys(
    ("trigger", "sweeper"),
    {"TABLE_NAME", "LEDGER_DAYS", "HUAWEI_SECRET_NAME", "CONFIG_PREFIX", "HUAWEI_REGION", "MAX_AGE_MINUTES"}
    | {"DEADLINE_MINUTES", "WORKFLOW_ARN", "REQUEST_QUEUE_URL"},
)  # fmt: skip
READ: dict[str, Callable[[], Any]] = {
    "trigger": trigger.TriggerSettings.from_env,
    "poller": poller.PollerSettings.from_env,
    "notifier": notifier.NotifierSettings.from_env,
    "sweeper": sweeper.SweeperSettings.from_env,
    "webhook": webhook.WebhookSettings.from_env,
}


def given(monkeypatch: pytest.MonkeyPatch, function: str, *, bare: bool = False, without: str = "") -> None:
    """Give a function the variables that the template gives it, each with its own name in its value."""
    known = {"ALARM_TOPIC_ARNS": "a,b", "LOG_GROUPS": "a,b", "LANGUAGE": "zh-CN", "TIMEZONE": "Asia/Shanghai"} | MINUTES
    for name in {*environment_of(function), "AWS_REGION"}:
        left_out = name == without or (bare and name not in MUST[function])
        monkeypatch.setenv(name, "" if left_out else known.get(name, f"the {name}"))


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", sorted(READ))
def test_each_setting_is_the_variable_that_the_template_gives(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, function)

    # By their texts: two objects of one time zone need not be equal.
    assert repr(READ[function]()) == repr(WHOLE[function])


@pytest.mark.parametrize("function", sorted(READ))
def test_what_a_stack_does_not_use_is_left_empty_and_no_trouble(
    function: str, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    given(monkeypatch, function, bare=True)

    assert repr(READ[function]()) == repr(BARE[function])
    assert lines.getvalue() == ""


@pytest.mark.parametrize(
    ("function", "name"), [(function, name) for function in sorted(MUST) for name in sorted(MUST[function])]
)
def test_a_variable_that_a_function_needs_is_named_where_it_is_missing(
    function: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, function, without=name)

    with pytest.raises(SettingsError, match=f"variable {name} is not set"):
        READ[function]()


@pytest.mark.parametrize(
    ("name", "value", "said", "problem"),
    [
        ("LANGUAGE", "xx", locale(ENGLISH, zone("Asia/Shanghai")), "is not one of"),
        ("TIMEZONE", "Asia/Nowhere", locale(ENGLISH), "no time zone"),
    ],
)
def test_a_language_or_a_zone_that_nobody_knows_keeps_no_outcome_back_and_is_logged(
    name: str, value: str, said: Locale, problem: str, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    given(monkeypatch, "notifier")
    monkeypatch.setenv(name, value)

    assert repr(notifier.NotifierSettings.from_env().locale) == repr(said)
    assert problem in json.loads(lines.getvalue())["problem"]


# --- clients ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def _new_process() -> Iterator[None]:
    forget_clients()
    yield
    forget_clients()


def waits(config: Config) -> tuple[float, float, int, str]:
    """Return the seconds to connect and to read, how many attempts there are, and of which kind."""
    seconds = (getattr(config, name) for name in ("connect_timeout", "read_timeout"))
    retries = getattr(config, "retries")  # noqa: B009 - not in its types
    return *seconds, retries["total_max_attempts"], retries["mode"]


@pytest.mark.usefixtures("_new_process")
def test_a_client_is_made_once_and_waits_no_longer_than_an_invocation_allows() -> None:
    client = aws.client("dynamodb")

    assert aws.client("dynamodb") is client
    assert client.meta.service_model.service_name == "dynamodb"
    assert waits(client.meta.config) == (2, 5, 3, "standard")
    assert waits(aws.quick_client("sqs").meta.config) == (0.8, 0.8, 2, "standard")
    assert waits(aws.secrets().client.meta.config) == (2, 3, 2, "standard")


@pytest.mark.usefixtures("_new_process")
def test_a_client_that_is_seldom_needed_is_made_on_its_first_use() -> None:
    unmade: Any = aws.UnmadeClient("sqs")
    made_before = aws.client.cache_info().currsize

    assert made_before == 0
    assert unmade.meta.service_model.service_name == "sqs"
    assert unmade.send_message.__self__ is aws.client("sqs")


def test_the_time_is_utc() -> None:
    assert aws.now().tzinfo is UTC


def start_of_the_trigger() -> None:
    """Start it as its app does."""
    begin_ahead()
    trigger.prepare()


MADE: dict[str, tuple[Callable[[], None], list[int], set[str]]] = {
    "trigger": (start_of_the_trigger, [3, 0, 1, 1, 0], {"dynamodb", "ssm", "stepfunctions"}),
    "webhook": (webhook.prepare, [0, 3, 0, 0, 1], {"dynamodb", "secretsmanager", "sqs"}),
    "poller": (poller.prepare, [1, 0, 1, 0, 0], {"dynamodb"}),
    "notifier": (notifier.prepare, [3, 0, 1, 0, 0], {"dynamodb", "events", "sns"}),
    "sweeper": (sweeper.prepare, [3, 0, 1, 1, 0], {"dynamodb", "ssm", "stepfunctions"}),
}
"""How each function prepares, how many clients of each kind it then has, and the services of its clients."""


@pytest.mark.usefixtures("_new_process")
@pytest.mark.parametrize("function", sorted(MADE))
def test_clients_are_made_before_the_first_event_in_lambda_alone(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made() -> list[int]:
        caches = (aws.client, aws.quick_client, aws.secrets, parameters.parameters, webhook._secret)
        return [cached.cache_info().currsize for cached in caches]

    prepare, expected, services = MADE[function]
    webhook._secret.cache_clear()
    monkeypatch.setenv("OUTGOING_WEBHOOK_SECRET_NAME", "standdown/outgoing")
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    prepare()
    elsewhere = made()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "standdown")
    prepare()

    assert elsewhere == [0, 0, 0, 0, 0]
    assert made() == expected
    client = aws.quick_client if function == "webhook" else aws.client
    for service in services:
        hits = client.cache_info().hits
        client(service)
        assert client.cache_info().hits == hits + 1, service


@pytest.mark.usefixtures("_new_process")
def test_a_stack_without_endpoints_makes_no_reader_of_secrets_for_its_notifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "standdown")
    monkeypatch.setenv("OUTGOING_WEBHOOK_SECRET_NAME", "")

    notifier.prepare()

    assert aws.secrets.cache_info().currsize == 0


# --- parts -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def _clients() -> Iterator[None]:
    forget_clients()
    yield
    forget_clients()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployment(monkeypatch) as deployed:
        for name, value in deployed.values.items():
            monkeypatch.setenv(name, value)
        yield deployed


SETTINGS = WHOLE["trigger"]


def test_the_request_queue_is_the_stacks_with_the_stacks_age() -> None:
    queue = acting.queue(ACTING)

    assert (queue.url, queue.dead_letter_url) == ("the REQUEST_QUEUE_URL", "the DEAD_LETTER_QUEUE_URL")
    assert queue.max_age == timedelta(minutes=30)
    assert queue.clock is aws.now
    assert isinstance(queue.sqs, aws.UnmadeClient)
    assert queue.sqs._service == "sqs"


def test_the_trigger_trusts_its_own_account_and_region_and_whom_the_stack_was_deployed_for(deployed: Deployed) -> None:
    acting_here = trigger.TriggerSettings.from_env().acting

    intake = trigger.request_intake(SETTINGS._replace(acting=acting_here), Context("trigger"))

    assert isinstance(intake, RequestIntake)
    assert intake.trust == Trust(
        account=ACCOUNT,
        region=REGION,
        alarm_prefix="the ALARM_PREFIX",
        topic_arns=("a", "b"),
        schedule_sender_id="the SCHEDULE_SENDER_ID",
        webhook_sender_id="the WEBHOOK_SENDER_ID",
    )
    assert intake.own_sender_id == "the TRIGGER_SENDER_ID"
    assert intake.invocation.remaining() == 60
    assert intake.queue.url == deployed.values["REQUEST_QUEUE_URL"]


def test_an_invocation_has_the_stacks_means_and_its_own_time(deployed: Deployed) -> None:
    deployed.target()

    invocation = acting.invocation(trigger.TriggerSettings.from_env().acting, Context("trigger"))

    assert isinstance(invocation, Invocation)
    assert list(invocation.targets.valid) == ["erp-prod"]
    assert invocation.remaining() == 60
    assert invocation.clock is aws.now
    assert list(invocation.ledger.unfinished()) == []
    assert invocation.ledger._keep == timedelta(days=400)
    assert invocation.workflow.status("stop-" + "0" * 32) is None
    assert invocation.huawei.credential() == "token"


@pytest.mark.usefixtures("deployed")
def test_targets_are_believed_for_50_seconds_so_that_a_kill_switch_takes_effect_within_a_minute() -> None:
    settings = trigger.TriggerSettings.from_env().acting
    modes = []

    with time_machine.travel(aws.now(), tick=False) as clock:
        assert acting.targets(settings).mode == "live"
        aws.client("ssm").put_parameter(Name="/standdown/mode", Value="off", Type="String")
        for seconds in (49, 2):
            clock.shift(seconds)
            modes.append(acting.targets(settings).mode)

    assert modes == ["live", "off"]


@pytest.mark.usefixtures("deployed")
def test_a_credential_is_read_beside_the_targets_once_for_as_long_as_it_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings, started = trigger.TriggerSettings.from_env().acting, []
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)

    assert list(acting.invocation(settings, Context("trigger")).targets) == []
    kept = aws.secrets().fetch_from_cache((settings.huawei.secret_name, None, False))
    assert list(acting.invocation(settings, Context("trigger")).targets) == []

    assert kept == f'{{"token": "{SECRET}"}}'
    assert len(started) == 1
    assert not started[0].is_alive()


def test_a_credential_that_cannot_be_read_keeps_no_request_out(deployed: Deployed) -> None:
    deployed.target()
    aws.client("secretsmanager").delete_secret(SecretId="standdown/huawei", ForceDeleteWithoutRecovery=True)

    invocation = acting.invocation(trigger.TriggerSettings.from_env().acting, Context("trigger"))

    assert list(invocation.targets.valid) == ["erp-prod"]


def asked(target: str) -> dict[str, Any]:
    return {"target": target, "reason": "a test", "requested_by": "a test"}


def test_where_the_targets_cannot_be_read_nothing_is_taken(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = trigger.TriggerSettings.from_env()
    forget_clients()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:9")

    answer = trigger.request_intake(settings, Context("trigger")).take_direct(asked("erp-prod"), "request-1")

    why = "the targets below /standdown could not be read"
    assert answer == {"operations": [], "queued": {"code": "retried_later", "message": why}}
    assert len(deployed.http.calls) == 0
    with pytest.raises(RetryLaterError, match=why):
        list(acting.targets(settings.acting))
    forget_clients()


@pytest.mark.usefixtures("deployed")
def test_a_stack_without_endpoints_publishes_to_its_topic_and_its_bus() -> None:
    settings = replace(WHOLE["notifier"], webhooks_secret_name=None)

    publication = notifier.publication(settings)
    undelivered = notifier.undelivered(settings)

    sns, bus = publication.channels
    assert (sns.name, sns.topic_arn) == ("sns", "the TOPIC_ARN")  # type: ignore[attr-defined]
    assert (bus.name, bus.bus_name) == ("eventbridge", "the EVENT_BUS_NAME")  # type: ignore[attr-defined]
    assert sns.client is aws.client("sns")  # type: ignore[attr-defined]
    assert bus.client is aws.client("events")  # type: ignore[attr-defined]
    assert (publication.links, publication.clock) == (LINKS, aws.now)
    assert publication.locale is settings.locale
    assert undelivered.sqs is not None
    assert undelivered.sqs.send_message.__self__ is aws.client("sqs")  # type: ignore[attr-defined]
    assert undelivered.url == "the NOTIFY_DEAD_LETTER_QUEUE_URL"


def outgoing(name: str) -> str:
    chat = {"name": name, "kind": "feishu", "url": "https://open.feishu.cn/open-apis/bot/v2/hook/5f0c"}
    hook = {"name": "ops", "url": "https://ops.example.com/", "secrets": ["whsec_" + "A" * 43 + "="]}
    return json.dumps({"endpoints": [hook, chat]})


@pytest.mark.usefixtures("deployed")
def test_the_endpoints_of_a_stack_stand_in_its_secret_and_chats_take_turns_at_its_table() -> None:
    settings = replace(WHOLE["notifier"], ledger=LedgerSettings("ledger", timedelta(days=400)))
    name, sender = settings.webhooks_secret_name, Sender()
    aws.client("secretsmanager").create_secret(Name=name, SecretString=outgoing("first"))

    with time_machine.travel(aws.now(), tick=False) as clock:
        hook, chat = notifier.publication(settings, sender).channels[2:]
        aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString=outgoing("second"))
        told = [hook.name, chat.name]
        for seconds in (299, 2):
            clock.shift(seconds)
            told.append(notifier.publication(settings).channels[-1].name)

    assert told == ["webhook:ops", "webhook:first", "webhook:first", "webhook:second"]
    assert hook.sender is chat.sender is sender  # type: ignore[attr-defined]
    first, second = (chat.turns.take("first", timedelta(seconds=1), START) for _ in range(2))  # type: ignore[attr-defined]
    assert (first, second) == (START, START + timedelta(seconds=1))


@pytest.fixture
def endpoint(deployed: Deployed) -> Iterator[WebhookEndpoint]:
    """Give the webhook's endpoint in a stack whose secret has one key."""
    aws.quick_client.cache_clear()
    webhook._secret.cache_clear()
    aws.client("secretsmanager").create_secret(Name="hooks", SecretString=hooks("A"))
    settings = webhook.WebhookSettings("hooks", "ledger", timedelta(days=400), deployed.values["REQUEST_QUEUE_URL"])
    yield webhook.endpoint(settings)
    aws.quick_client.cache_clear()
    webhook._secret.cache_clear()


def hooks(letter: str) -> str:
    return json.dumps({"standard": [f"whsec_{letter * 42}A="]})


def test_the_webhook_keeps_receipts_and_queues_requests_where_the_stack_says(
    endpoint: WebhookEndpoint, deployed: Deployed
) -> None:
    agreed = [endpoint.receipts.agrees("d-1", body, aws.now()) for body in ("one", "one", "another")]
    endpoint.queue.send({"target": "erp-prod"})

    items = aws.client("dynamodb").scan(TableName="ledger")["Items"]
    assert agreed == [True, True, False]
    assert abs(int(items[0]["expires_at"]["N"]) - (aws.now() + timedelta(days=400)).timestamp()) < 60
    asked = {"QueueUrl": deployed.values["REQUEST_QUEUE_URL"]}
    assert [message["Body"] for message in aws.client("sqs").receive_message(**asked)["Messages"]] == [
        '{"target":"erp-prod"}'
    ]
    assert endpoint.clock is aws.now
    assert endpoint.queue.sqs is aws.quick_client("sqs")


def test_the_webhooks_secrets_are_read_again_after_five_minutes(endpoint: WebhookEndpoint) -> None:
    with time_machine.travel(aws.now(), tick=False) as clock:
        first = endpoint.secrets()
        aws.client("secretsmanager").put_secret_value(SecretId="hooks", SecretString=hooks("B"))
        clock.shift(299)
        kept = endpoint.secrets()
        clock.shift(2)
        again = endpoint.secrets()

    assert [found.standard for found in (first, kept, again)] == [
        (f"whsec_{letter * 42}A=",) for letter in ("A", "A", "B")
    ]
