"""A deployed stack as its operator may read it: the one place that asks AWS, with the operator's own credentials."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from standdown.core.operation import execution_arn
from standdown.huawei.account import SecretError

_CONFIRMED = "arn:"  # until then a subscription's ARN reads PendingConfirmation
_AT_ONCE = 100
"""How many alarms CloudWatch tells of in one call by their names."""
_EVENTS = 30
"""Events of an execution among which its last poll is: a poll makes eight."""


class StackError(Exception):
    """Raised when AWS does not tell what it was asked of the stack; the message says what, and why."""


@dataclass(frozen=True, slots=True)
class Subscribers:
    """How many subscriptions a topic has that get its messages, and how many that nobody has confirmed yet."""

    confirmed: int
    pending: int


class Stack:
    """One stack of this application, and what belongs to it."""

    def __init__(self, name: str) -> None:
        """Read its status, parameters and outputs (cloudformation:DescribeStacks); raise StackError."""
        with _asking(f"the stack {name!r} cannot be read"):
            [found] = _client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        self.name: str = name
        self.arn: str = found.get("StackId", "")
        self.status: str = found["StackStatus"]
        given = found.get("Parameters", ())
        self.parameters: dict[str, str] = {one["ParameterKey"]: one.get("ParameterValue", "") for one in given}
        self.outputs: dict[str, str] = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
        if "HuaweiSecretName" not in self.parameters:
            raise StackError(f"the stack {name!r} is not one of this application")

    @property
    def place(self) -> str:
        """Return which stack it is, for people who are about to act on it: its name, account and region."""
        parts = self.arn.split(":") + [""] * 6
        return f"stack {self.name}, account {parts[4] or 'unknown'}, region {parts[3] or 'unknown'}"

    @property
    def prefix(self) -> str:
        """Return the path in the Parameter Store below which the stack's mode and targets are."""
        return self.outputs.get("ConfigPrefix") or self.parameters.get("ConfigPrefix") or f"/{self.name}"

    def ask(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function (lambda:InvokeFunction) and return its answer; raise StackError where it fails."""
        with _asking(f"the {function} cannot be invoked"):
            name = self.output(f"{function.capitalize()}FunctionName")
            answer = _client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise StackError(f"the {function} failed: {said.get('errorType')}: {said.get('errorMessage')}")
        return said

    def configuration(self) -> dict[str, str]:
        """Return the parameters below the stack's prefix, by their paths in it (ssm:GetParametersByPath)."""
        prefix = self.prefix
        with _asking(f"the targets below {prefix} cannot be read"):
            pages = _client("ssm").get_paginator("get_parameters_by_path")
            asked = pages.paginate(Path=prefix, Recursive=True, WithDecryption=True)
            found = [one for page in asked for one in page["Parameters"]]
        return {one["Name"].removeprefix(prefix).lstrip("/"): one["Value"] for one in found}

    def ringing(self) -> list[str]:
        """Return the stack's own alarms that are in ALARM (cloudformation:ListStackResources, cloudwatch:Describe…)."""
        with _asking("the stack's alarms cannot be read"):
            pages = _client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
            resources = [one for page in pages for one in page["StackResourceSummaries"]]
            names = [one["PhysicalResourceId"] for one in resources if one["ResourceType"] == "AWS::CloudWatch::Alarm"]
            found: list[str] = []
            for start in range(0, len(names), _AT_ONCE):
                asked = {"AlarmNames": names[start : start + _AT_ONCE], "StateValue": "ALARM"}
                alarms = _client("cloudwatch").describe_alarms(**asked)["MetricAlarms"]
                found += [one["AlarmName"] for one in alarms]
        return found

    def ringing_by_name(self) -> list[str]:
        """Return the same in one call (cloudwatch:DescribeAlarms), by the names that CloudFormation gives them.

        An alarm of another stack whose name begins alike has one more hyphen.
        """
        ours = re.compile(rf"{re.escape(self.name)}-[A-Za-z0-9]+Alarm-[A-Za-z0-9]+")
        with _asking("the stack's alarms cannot be read"):
            pages = _client("cloudwatch").get_paginator("describe_alarms")
            asked = pages.paginate(AlarmNamePrefix=f"{self.name}-", StateValue="ALARM")
            names = [one["AlarmName"] for page in asked for one in page["MetricAlarms"]]
        return [name for name in names if ours.fullmatch(name)]

    def execution_events(self, name: str) -> list[dict[str, Any]]:
        """Return the newest events of an execution of the workflow, newest first (states:GetExecutionHistory)."""
        arn = execution_arn(self.output("StopWorkflowArn"), name)
        with _asking(f"the execution {name} cannot be read"):
            said = _client("stepfunctions").get_execution_history(
                executionArn=arn, reverseOrder=True, maxResults=_EVENTS, includeExecutionData=True
            )
        return list(said["events"])

    def parameter(self, path: str) -> str | None:
        """Return the parameter below the stack's prefix (ssm:GetParameter), None where there is none."""
        from botocore.exceptions import ClientError

        with _asking(f"{self.prefix}/{path} cannot be read"):
            try:
                return str(_client("ssm").get_parameter(Name=f"{self.prefix}/{path}")["Parameter"]["Value"])
            except ClientError as error:
                if error.response["Error"]["Code"] != "ParameterNotFound":
                    raise
                return None

    def put_parameter(self, path: str, value: str) -> None:
        """Put a parameter below the stack's prefix (ssm:PutParameter), over the one that is there."""
        with _asking(f"{self.prefix}/{path} cannot be put"):
            _client("ssm").put_parameter(Name=f"{self.prefix}/{path}", Value=value, Type="String", Overwrite=True)

    def request(self, body: str) -> str:
        """Put a message into the RequestQueue (sqs:SendMessage) and return its id."""
        with _asking("the message cannot be sent"):
            sent = _client("sqs").send_message(QueueUrl=self.output("RequestQueueUrl"), MessageBody=body)
        return str(sent["MessageId"])

    def subscribers(self, output: str) -> Subscribers:
        """Return who is subscribed to the topic of an output (sns:ListSubscriptionsByTopic)."""
        with _asking("the topics' subscriptions cannot be read"):
            pages = _client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.output(output))
            arns = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"]]
        confirmed = sum(arn.startswith(_CONFIRMED) for arn in arns)
        return Subscribers(confirmed, len(arns) - confirmed)

    def has_event_bus(self) -> bool:
        """Return whether the bus for outcomes exists (events:DescribeEventBus): to publish on none is no error."""
        from botocore.exceptions import ClientError

        with _asking("the event bus cannot be read"):
            try:
                _client("events").describe_event_bus(Name=self.parameters["EventBusName"])
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                return False
        return True

    def output(self, name: str) -> str:
        """Return one of the stack's outputs; raise StackError where it has none of the name."""
        if name not in self.outputs:
            raise StackError(f"the stack {self.name!r} has no output {name}")
        return self.outputs[name]


def read_secret(name: str) -> str:
    """Return a secret's document (secretsmanager:GetSecretValue); raise SecretError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(_client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    except (ClientError, BotoCoreError, KeyError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        raise SecretError(f"the secret {name!r} with the credential could not be read ({code})") from error


@contextmanager
def _asking(problem: str) -> Iterator[None]:
    """Turn what AWS or the way to it refuses into a StackError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ClientError, BotoCoreError, ValueError) as error:
        raise StackError(f"{problem}: {error}") from error


def region() -> str | None:
    """Return the region that AWS_REGION names, as the AWS CLI takes it: boto3 alone knows AWS_DEFAULT_REGION only."""
    return os.environ.get("AWS_REGION") or None


def _client(service: str) -> Any:
    import boto3  # before deploying, the doctor needs no AWS at all
    from botocore.config import Config

    # A call of the trigger may take its whole minute, and is not to be given up before; no repeat stops anything twice.
    patient = Config(connect_timeout=5, read_timeout=70, retries={"total_max_attempts": 3, "mode": "standard"})
    return boto3.client(service, region_name=region(), config=patient)  # type: ignore[call-overload]
