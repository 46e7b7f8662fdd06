"""A deployed stack for a command: topics, bus, alarms at moto; CloudFormation and functions at a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

READY = {"target": "erp-prod", "verdict": "ready", "why": ""}
FUNCTIONS = {"trigger": "dr-Trigger", "notifier": "dr-Notifier", "sweeper": "dr-Sweeper"}
WORKFLOW = "arn:aws:states:us-east-1:123456789012:stateMachine:dr-stop"
ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/dr/0f"


@dataclass(slots=True)
class AnsweringStack:
    """A stack that is deployed: what CloudFormation says of it, what its functions answer, and what they were asked."""

    topics: dict[str, str]
    status: str = "UPDATE_COMPLETE"
    parameters: dict[str, str] = field(
        default_factory=lambda: {"HuaweiSecretName": "s", "EventBusName": "default", "OutgoingWebhookSecretName": ""}
    )
    addresses: dict[str, str] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=lambda: [READY])
    subscriptions: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    events: list[list[dict[str, Any]]] | None = field(default_factory=list)
    """What the history of an execution is, each time that it is read, the last one ever after; None: it may not be."""
    executions: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    """What a function answers to an event that has the key, the first key that fits; a list is answered one by one."""

    def subscribe(self, topic: str, address: str = "queue") -> None:
        """Subscribe to one of the topics: a queue is confirmed at once."""
        arn = f"arn:aws:sqs:us-east-1:123456789012:{address}"
        boto3.client("sns").subscribe(TopicArn=self.topics[topic], Protocol="sqs", Endpoint=arn)

    def ring(self, name: str, *, mine: bool) -> None:
        """Have an alarm ring, one of this stack's resources or not."""
        cloudwatch = boto3.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Standdown",
            MetricName="Errors",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
            Statistic="Sum",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
        if mine:
            self.alarms.append(name)

    def requests(self) -> list[dict[str, Any]]:
        """Return what the trigger was sent that is a request."""
        return [event for function, event in self.asked if function == "trigger" and "check" not in event]

    def answer(self, request: Request) -> Response:
        """Answer as CloudFormation or Lambda does."""
        if "X-Amz-Target" in request.headers:
            return self._history(request)
        if request.path == "/":
            action = request.form["Action"]
            answers = {
                "DescribeStacks": self._described,
                "ListStackResources": self._resources,
                "ListSubscriptionsByTopic": self._subscribed,
            }
            body = answers[action]()
            return Response(f"<{action}Response><{action}Result>{body}</{action}Result></{action}Response>", 200)
        name = request.path.split("/")[-2]
        function = next(key for key, value in FUNCTIONS.items() if value == name)
        event = json.loads(request.get_data())
        self.asked.append((function, event))
        return Response(json.dumps(self._said(function, event)), 200)

    def _history(self, request: Request) -> Response:
        """Answer as Step Functions does, which is asked for one thing alone."""
        self.executions.append(json.loads(request.get_data()))
        if self.events is None:
            return Response(json.dumps({"__type": "AccessDeniedException", "message": "not authorized"}), 400)
        found = (self.events.pop(0) if len(self.events) > 1 else self.events[0]) if self.events else []
        numbered = [one | {"id": number + 1, "timestamp": 0} for number, one in enumerate(found)]
        return Response(json.dumps({"events": numbered}), 200)

    def _said(self, function: str, event: dict[str, Any]) -> Any:
        for key, said in self.answers.items():
            if key in event:
                return (said.pop(0) if len(said) > 1 else said[0]) if isinstance(said, list) else said
        if function == "sweeper":
            return {"seen": 0, "moved": []}
        ended = {"operation_id": "0" * 32, "target": "erp-prod", "state": "published", "outcome": "dry_run"}
        if "check" in event or "history" in event:
            head = {"credential": "access key", "stack_mode": "live", "table": "(table)"}
            return {"verdicts": self.verdicts, "operations": [ended], **head}
        return {"operations": [ended]}

    def _described(self) -> str:
        functions = {f"{key.capitalize()}FunctionName": name for key, name in FUNCTIONS.items()}
        outputs = functions | self.topics | self.addresses | {"StopWorkflowArn": WORKFLOW}
        given, made = members(self.parameters, "Parameter"), members(outputs, "Output")
        state = f"<StackName>dr</StackName><StackId>{ARN}</StackId><StackStatus>{self.status}</StackStatus>"
        return f"<Stacks><member>{state}<Parameters>{given}</Parameters><Outputs>{made}</Outputs></member></Stacks>"

    def _resources(self) -> str:
        kinds = dict.fromkeys(self.alarms, "AWS::CloudWatch::Alarm") | {"dr-Ledger": "AWS::DynamoDB::Table"}
        found = "".join(
            f"<member><PhysicalResourceId>{name}</PhysicalResourceId><ResourceType>{kind}</ResourceType></member>"
            for name, kind in kinds.items()
        )
        return f"<StackResourceSummaries>{found}</StackResourceSummaries>"

    def _subscribed(self) -> str:
        found = (f"<member><SubscriptionArn>{arn}</SubscriptionArn></member>" for arn in self.subscriptions)
        return f"<Subscriptions>{''.join(found)}</Subscriptions>"


def members(values: dict[str, str], kind: str) -> str:
    """Return keys and values as CloudFormation lists its parameters and outputs."""
    rows = (
        f"<member><{kind}Key>{key}</{kind}Key><{kind}Value>{value}</{kind}Value></member>"
        for key, value in values.items()
    )
    return "".join(rows)


@contextmanager
def answering(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnsweringStack]:
    """Give a stack with which nothing is wrong, and whose outcomes and troubles are heard."""
    for service in ("CLOUDFORMATION", "LAMBDA", "SFN"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", httpserver.url_for("").rstrip("/"))
    with mock_aws():
        create = boto3.client("sns").create_topic
        topics = {f"{name}TopicArn": create(Name=name)["TopicArn"] for name in ("Outcome", "Operator")}
        made = AnsweringStack(topics)
        for topic in topics:
            made.subscribe(topic)
        httpserver.expect_request("/").respond_with_handler(made.answer)
        for name in FUNCTIONS.values():
            httpserver.expect_request(f"/2015-03-31/functions/{name}/invocations").respond_with_handler(made.answer)
        yield made
