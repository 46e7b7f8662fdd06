"""Policies as scanners and the evaluator read them: plain JSON with ARNs in the place of references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from scan.stacks import stack

_ACCOUNT, _REGION = "111122223333", "us-east-1"
_ARNS = {
    "AWS::SQS::Queue": "arn:aws:sqs:{place}:{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{place}:{name}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{place}:table/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{place}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{place}:log-group:{name}:*",
    "AWS::Events::Rule": "arn:aws:events:{place}:rule/{name}",
    "AWS::Scheduler::ScheduleGroup": "arn:aws:scheduler:{place}:schedule-group/{name}",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:{place}:stateMachine:{name}",
}


def policies() -> Iterator[tuple[str, str]]:
    """Yield each policy of each role, and its name."""
    resources = stack("everything")["Resources"]
    for name, one in resources.items():
        properties = one.get("Properties", {})
        if one["Type"] == "AWS::IAM::Role":
            for policy in properties["Policies"]:
                yield f"{name}.{policy['PolicyName']}", json.dumps(plain(policy["PolicyDocument"], resources))
        if one["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, json.dumps(plain(properties["PolicyDocument"], resources))


def plain(value: Any, resources: dict[str, Any]) -> Any:
    """Return a part of a template with every reference filled in."""
    if isinstance(value, dict):
        if value.keys() in ({"Ref"}, {"Fn::GetAtt"}, {"Fn::Sub"}):
            return arn(value, resources)
        return {key: plain(inner, resources) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, resources) for inner in value]
    return value


def arn(value: dict[str, Any], resources: dict[str, Any]) -> str:
    """Return a reference as CloudFormation would fill it in."""
    if "Fn::Sub" not in value:
        name = value.get("Ref") or value["Fn::GetAtt"][0]
        if name == "AWS::AccountId":
            return _ACCOUNT
        return _ARNS[resources[name]["Type"]].format(place=f"{_REGION}:{_ACCOUNT}", name=name)
    content = value["Fn::Sub"]
    text, names = content if isinstance(content, list) else (content, {})
    known = {"AWS::Partition": "aws", "AWS::Region": _REGION, "AWS::AccountId": _ACCOUNT}
    known |= {"AWS::StackName": "standdown", "AWS::URLSuffix": "amazonaws.com"}
    known |= {key: plain(inner, resources) for key, inner in names.items()}

    def fill(found: re.Match[str]) -> str:
        name, _, attribute = found[1].partition(".")
        if attribute == "Arn":
            return arn({"Ref": name}, resources)
        return str(known.get(found[1], name))

    while "${" in text:
        text = re.sub(r"\$\{([\w:.]+)\}", fill, text)
    return str(text)
