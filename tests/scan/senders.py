"""Who else may send to a queue or a topic, call a function, take a role, or use the key: with what AWS documents of it.

The context of each row is what AWS's documents say that the service sends, and nothing else: a condition on any other
key would never hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scan.evaluator import ACCOUNT, Question
from scan.policies import arn, plain
from scan.rights import REGION, RESOURCES

PLACE = f"{REGION}:{ACCOUNT}"
ELSEWHERE = "999988887777"
ALARM = f"arn:aws:cloudwatch:{PLACE}:alarm:erp-prod-corruption"
OPERATORS = f"arn:aws:cloudwatch:{PLACE}:alarm:standdown-TriggerErrorsAlarm-0F"
API = f"arn:aws:execute-api:{PLACE}:WebhookApi/*/POST/stop"
SMN = f"arn:aws:execute-api:{PLACE}:SmnApi/*/POST/smn"


@dataclass(frozen=True, slots=True)
class Sender:
    """One service that reaches one resource of the stack; `source` and `account` are what it says of itself."""

    service: str
    action: str
    resource: str
    source: str | None = None
    account: bool = False
    tls: bool = True

    def question(self) -> Question:
        """Return it as a question, by the policy of the resource alone."""
        context = {"aws:SecureTransport": "true" if self.tls else "false"}
        context |= {"aws:SourceArn": self.source} if self.source else {}
        if self.account:
            context |= {"aws:SourceAccount": (self.source or PLACE).split(":")[4] if self.source else ACCOUNT}
        return Question(
            f"{self.service}.amazonaws.com", self.action, _arn(self.resource), context, (), policy_on(self.resource)
        )

    def of_a_stranger(self) -> Sender:
        """Return the same call for a source of another account."""
        return replace(self, source=(self.source or "").replace(ACCOUNT, ELSEWHERE))


def senders() -> Iterator[Sender]:
    """Yield every service that must be let in."""
    requests = ("RequestQueue", "RequestDeadLetterQueue")
    for queue in requests:
        yield Sender("sns", "sqs:SendMessage", queue, _arn("AlarmTopic"))  # of an account no document says a word
        for rule in ("AlarmRule", "RequestRule"):
            yield Sender("events", "sqs:SendMessage", queue, _arn(rule), account=True)
    for rule in ("SweeperFunctionEveryFiveMinutes", "SweeperFunctionWorkflowBroke"):
        yield Sender("events", "sqs:SendMessage", "SweeperDeadLetterQueue", _arn(rule), account=True)
        yield Sender("events", "lambda:InvokeFunction", "SweeperFunction", _arn(rule))
    yield Sender("cloudwatch", "sns:Publish", "AlarmTopic", ALARM, account=True)
    yield Sender("cloudwatch", "sns:Publish", "OperatorTopic", OPERATORS, account=True)
    yield Sender("lambda.alarms.cloudwatch", "lambda:InvokeFunction", "TriggerFunction", ALARM, account=True)
    for api in (API, SMN):
        yield Sender("apigateway", "lambda:InvokeFunction", "WebhookFunction", api)  # nor here
    yield Sender("events", "sqs:SendMessage", "SweeperDeadLetterQueue", _arn("DailyCheckRule"), account=True)
    for function in ("TriggerFunction", "SweeperFunction", "WebhookFunction"):
        yield Sender("events", "lambda:InvokeFunction", function, _arn("DailyCheckRule"))


def takers() -> Iterator[Sender]:
    """Yield which service takes which role."""
    for name in ("TriggerRole", "PollerRole", "NotifierRole", "SweeperRole", "WebhookRole"):
        yield Sender("lambda", "sts:AssumeRole", name)  # says neither function nor account
    yield Sender("states", "sts:AssumeRole", "WorkflowRole", _arn("StopWorkflow"), account=True)
    yield Sender("scheduler", "sts:AssumeRole", "ScheduleRole", _arn("ScheduleGroup"), account=True)


def policy_on(name: str) -> Any:
    """Return the policy of a resource as AWS keeps it: what the template says, or what Lambda makes of permissions."""
    one = RESOURCES[name]
    if one["Type"] == "AWS::IAM::Role":
        trusted: Any = plain(one["Properties"]["AssumeRolePolicyDocument"], RESOURCES)
        return trusted
    if one["Type"] == "AWS::Lambda::Function":
        given = (other["Properties"] for other in RESOURCES.values() if other["Type"] == "AWS::Lambda::Permission")
        statements = [_permission(each) for each in given if _arn(name) == _function(each)]
        return {"Version": "2012-10-17", "Statement": statements}
    kinds = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
    policies = (other["Properties"] for other in RESOURCES.values() if other["Type"] in kinds)
    (found,) = (each for each in policies if {"Ref": name} in each.get("Queues", []) + each.get("Topics", []))
    return plain(found["PolicyDocument"], RESOURCES)


def _permission(given: dict[str, Any]) -> dict[str, Any]:
    condition: dict[str, Any] = {"ArnLike": {"aws:SourceArn": plain(given["SourceArn"], RESOURCES)}}
    if "SourceAccount" in given:
        condition["StringEquals"] = {"aws:SourceAccount": plain(given["SourceAccount"], RESOURCES)}
    return {
        "Effect": "Allow",
        "Principal": {"Service": given["Principal"]},
        "Action": given["Action"],
        "Resource": _function(given),
        "Condition": condition,
    }


def _function(given: dict[str, Any]) -> str:
    return arn(given["FunctionName"], RESOURCES)


def _arn(name: str) -> str:
    if RESOURCES[name]["Type"] == "AWS::IAM::Role":
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return arn({"Ref": name}, RESOURCES)
