"""A deployed stack, one function at a time: its environment as the template names it, AWS by moto, its app by path."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from standdown.aws.settings import Environment
from standdown.entry.wiring import authorities, aws, connections, huawei, ledger, parameters, start
from standdown.ledger.ledger import Ledger
from support.calls_made import only_calls_of
from support.http import Wire
from support.inmemory.template import properties, table_keys, template

FUNCTIONS = Path(__file__).parents[2] / "functions"
ACCOUNT, REGION = "123456789012", "eu-central-1"
PROJECT, GROUP = "0605767a9980d5762f6bc00b8e0d2a8c", "40df180b-9fe2-471a-8c64-1b758dc84189"
SDRS = f"https://sdrs.cn-north-4.myhuaweicloud.com/v1/{PROJECT}"
SECRET = "canary-token-of-no-account"
WORKFLOW_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:standdown-stop"


class Context(LambdaContext):
    """What Lambda tells a function of its invocation."""

    def __init__(self, function: str, request_id: str = "8e3b1c8e-0d4c-4a7a-9c64-0d6b5a1f2c3d") -> None:
        self._function_name = f"standdown-{function}"
        self._function_version = "$LATEST"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:standdown-{function}"
        self._aws_request_id = request_id
        self._log_group_name = f"/standdown/{function}"
        self._log_stream_name = "2026/01/02/[$LATEST]0123"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Return what is left of the invocation."""
        return 60_000


@dataclass(slots=True)
class Deployed:
    """The stack's resources, by the names that its functions are given."""

    values: dict[str, str]
    http: Wire
    environment: pytest.MonkeyPatch
    handlers: dict[str, ModuleType] = field(default_factory=dict)

    def invoke(self, function: str, event: Any, request_id: str = "8e3b1c8e-0d4c-4a7a-9c64-0d6b5a1f2c3d") -> Any:
        """Invoke a function with its own environment; the event and the answer go through JSON, as they do at AWS."""
        for name in environment_of(function):
            self.environment.setenv(name, self.values.get(name, ""))
        handler = self.handlers.setdefault(function, load(function)).lambda_handler
        with only_calls_of(function):
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), Context(function, request_id))))

    def target(self, name: str = "erp-prod", **keys: Any) -> None:
        """Configure a target."""
        document = json.dumps({"server_group_id": GROUP} | keys)
        aws.client("ssm").put_parameter(Name=f"/standdown/targets/{name}", Value=document, Type="String")

    def letters(self) -> list[dict[str, Any]]:
        """Return the dead letters."""
        asked = {"QueueUrl": self.values["DEAD_LETTER_QUEUE_URL"], "MaxNumberOfMessages": 10}
        return list(aws.client("sqs").receive_message(**asked, MessageAttributeNames=["All"]).get("Messages", []))

    def executions(self) -> list[str]:
        """Return the names of the workflow's executions."""
        found = aws.client("stepfunctions").list_executions(stateMachineArn=self.values["WORKFLOW_ARN"])
        return [execution["name"] for execution in found["executions"]]

    @property
    def ledger(self) -> Ledger:
        """Return the ledger."""
        return ledger.ledger(ledger.LedgerSettings.read(Environment(self.values)))


def load(function: str) -> ModuleType:
    """Import a function's app as Lambda does, by its path."""
    spec = importlib.util.spec_from_file_location(f"app_of_{function}", FUNCTIONS / function / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def environment_of(function: str) -> list[str]:
    """Return the names of the variables that the template gives a function."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = properties(f"{function.capitalize()}Function")["Environment"]["Variables"]
    return sorted({**shared, **own})


@contextmanager
def deployment(environment: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """Deploy; the functions know as little as in a new process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        environment.setenv(name, "made-up")
    environment.setenv("AWS_DEFAULT_REGION", REGION)
    environment.setenv("AWS_REGION", REGION)
    http = Wire()
    environment.setattr(connections, "Dialer", lambda: http)
    with mock_aws():
        _forget()
        yield Deployed(_resources(), http, environment)
        _forget()


def _resources() -> dict[str, str]:
    client = aws.client
    client("dynamodb").create_table(TableName="ledger", **table_keys())
    client("secretsmanager").create_secret(Name="standdown/huawei", SecretString=json.dumps({"token": SECRET}))
    role, nothing = f"arn:aws:iam::{ACCOUNT}:role/r", '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}'
    client("stepfunctions").create_state_machine(name="standdown-stop", definition=nothing, roleArn=role)
    return {
        "STACK_NAME": "standdown",
        "POWERTOOLS_METRICS_NAMESPACE": "Standdown",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "CONFIG_PREFIX": "/standdown",
        "TABLE_NAME": "ledger",
        "HUAWEI_SECRET_NAME": "standdown/huawei",
        "HUAWEI_REGION": "cn-north-4",
        "HUAWEI_PROJECT_ID": PROJECT,
        "WORKFLOW_ARN": WORKFLOW_ARN,
        "REQUEST_QUEUE_URL": client("sqs").create_queue(QueueName="requests")["QueueUrl"],
        "DEAD_LETTER_QUEUE_URL": client("sqs").create_queue(QueueName="dead-letters")["QueueUrl"],
        "NOTIFY_DEAD_LETTER_QUEUE_URL": client("sqs").create_queue(QueueName="notify-dead-letters")["QueueUrl"],
        "TOPIC_ARN": client("sns").create_topic(Name="outcomes")["TopicArn"],
        "EVENT_BUS_NAME": "default",
        "DEADLINE_MINUTES": "60",
        "MAX_AGE_MINUTES": "60",
        "LEDGER_DAYS": "400",
    }


def _forget() -> None:
    """Forget what one process would remember, but for the clients, which take long to make."""
    for cached in (huawei.huawei, connections.dialer, start.ahead, parameters.parameters, aws.secrets):
        cached.cache_clear()


def forget_clients() -> None:
    """Forget the clients too."""
    _forget()
    aws.client.cache_clear()
    aws.quick_client.cache_clear()
    authorities.forget()
