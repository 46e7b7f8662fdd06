"""The smoke test as a command: topics, bus and alarms at moto, CloudFormation and the functions at a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from standdown_cli.smoke import main as smoke

READY = {"target": "erp-prod", "verdict": "ready", "why": ""}
FUNCTIONS = {"trigger": "dr-Trigger", "notifier": "dr-Notifier", "sweeper": "dr-Sweeper"}


@dataclass(slots=True)
class Stack:
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

    def _said(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        if function == "sweeper":
            return {"seen": 0, "moved": []}
        ended = {"operation_id": "0" * 32, "target": "erp-prod", "state": "published", "outcome": "dry_run"}
        if "check" in event or "history" in event:
            head = {"credential": "access key", "stack_mode": "live", "table": "(table)"}
            return {"verdicts": self.verdicts, "operations": [ended], **head}
        return {"operations": [ended]}

    def _described(self) -> str:
        outputs = (
            {f"{key.capitalize()}FunctionName": name for key, name in FUNCTIONS.items()} | self.topics | self.addresses
        )
        given, made = members(self.parameters, "Parameter"), members(outputs, "Output")
        state = f"<StackName>dr</StackName><StackStatus>{self.status}</StackStatus>"
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


@pytest.fixture
def stack(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Give a stack with which nothing is wrong, and whose outcomes and troubles are heard."""
    for service in ("CLOUDFORMATION", "LAMBDA"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", httpserver.url_for("").rstrip("/"))
    with mock_aws():
        create = boto3.client("sns").create_topic
        topics = {f"{name}TopicArn": create(Name=name)["TopicArn"] for name in ("Outcome", "Operator")}
        made = Stack(topics)
        for topic in topics:
            made.subscribe(topic)
        httpserver.expect_request("/").respond_with_handler(made.answer)
        for name in FUNCTIONS.values():
            httpserver.expect_request(f"/2015-03-31/functions/{name}/invocations").respond_with_handler(made.answer)
        yield made


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit status and what was printed."""
    status = smoke(["--stack", "dr", *arguments])
    return status, capsys.readouterr().out


def test_a_stack_with_which_nothing_is_wrong_is_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.ring("dr-TriggerErrors", mine=False)  # a user's own alarm, named like the stack
    stack.ring("dr-prod-TriggerErrors", mine=False)
    status, out = told(capsys)

    assert (status, "NOT OK" in out) == (0, False), out
    assert stack.requests() == []


def test_the_public_addresses_are_named_and_nothing_is_sent_to_them(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.addresses = {"WebhookUrl": "https://a.example/stop", "SmnUrl": "https://b.example/smn"}

    _, out = told(capsys)

    assert "address    webhooks: POST https://a.example/stop\n" in out
    assert "address    SMN: POST https://b.example/smn\n" in out
    assert stack.requests() == []


def test_an_alarm_of_this_stack_that_rings_is_not_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.ring("elsewhere-named", mine=True)

    status, out = told(capsys)

    assert (status, "elsewhere-named" in out) == (1, True), out


# --- who hears of it -------------------------------------------------------------------------------------------------


def unsubscribe(stack: Stack, topic: str) -> None:
    sns = boto3.client("sns")
    for one in sns.list_subscriptions_by_topic(TopicArn=stack.topics[topic])["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def test_outcomes_that_nobody_is_subscribed_to_are_not_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    unsubscribe(stack, "OutcomeTopicArn")

    status, out = told(capsys, "--target", "erp-prod")

    assert (status, "NOBODY is subscribed to the outcomes" in out) == (1, True), out
    assert stack.requests() == []


def test_an_operators_topic_that_nobody_is_subscribed_to_is_a_warning(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    unsubscribe(stack, "OperatorTopicArn")

    status, out = told(capsys)

    assert status == 0
    assert "operators  WARNING" in out, out


def test_a_subscription_that_is_not_confirmed_hears_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", httpserver.url_for("").rstrip("/"))
    stack.subscriptions = ["PendingConfirmation"]

    status, out = told(capsys)

    assert (status, "NOBODY is subscribed to the outcomes (1 not confirmed: open the link" in out) == (1, True), out


def test_outcomes_that_only_webhooks_are_told_are_a_warning(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    unsubscribe(stack, "OutcomeTopicArn")
    stack.parameters["OutgoingWebhookSecretName"] = "standdown/outgoing"

    status, out = told(capsys)

    assert (status, "outcomes   WARNING: only webhooks are told" in out) == (0, True), out


# --- a dry run that would be refused is not sent ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "refused", "said"),
    [
        ("nope", None, "there is no target 'nope'"),
        ("erp-prod", "'erp-prod' takes requests from alarm, not from direct", "not from direct"),
    ],
)
def test_a_dry_run_that_would_be_refused_is_not_sent(
    stack: Stack, capsys: pytest.CaptureFixture[str], target: str, refused: str | None, said: str
) -> None:
    stack.verdicts = [READY | {"direct_refused": refused}]

    status, out = told(capsys, "--target", target)

    assert stack.requests() == [], out
    assert (status, said in out) == (1, True), out


def test_a_dry_run_of_a_target_that_would_take_it_is_sent_and_waited_for(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out = told(capsys, "--target", "erp-prod")

    assert (status, "ended as dry_run and was told" in out) == (0, True), out
    assert [event["dry_run"] for event in stack.requests()] == [True]


# --- the stack itself ------------------------------------------------------------------------------------------------


def test_o03b_an_event_bus_that_does_not_exist_is_not_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.parameters["EventBusName"] = "no-such-bus"

    status, out = told(capsys)

    assert (status, "event bus 'no-such-bus' does not exist" in out) == (1, True), out


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("CREATE_COMPLETE", 0),
        ("UPDATE_COMPLETE", 0),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 0),
        ("UPDATE_ROLLBACK_COMPLETE", 0),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", 0),
        ("IMPORT_COMPLETE", 0),
        ("ROLLBACK_COMPLETE", 1),
        ("UPDATE_ROLLBACK_FAILED", 1),
        ("UPDATE_IN_PROGRESS", 1),
        ("DELETE_COMPLETE", 1),
        ("REVIEW_IN_PROGRESS", 1),
    ],
)
def test_a_stack_whose_update_was_rolled_back_is_a_stack_that_works(
    stack: Stack, capsys: pytest.CaptureFixture[str], state: str, status: int
) -> None:
    stack.status = state

    found, out = told(capsys)

    assert (found, state in out) == (status, status == 1 or "ROLLBACK" in state), out
