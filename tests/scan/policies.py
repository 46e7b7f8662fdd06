"""Policies as parliament reads them: plain JSON with ARNs in the place of references."""

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
    "AWS::Logs::LogGroup": "arn:aws:logs:{place}:log-group:{name}:log-stream:x",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:{place}:stateMachine:{name}",
}


def policies() -> Iterator[tuple[str, str]]:
    """Yield each policy of each role, and its name."""
    resources = stack("everything")["Resources"]
    for name, one in resources.items():
        properties = one.get("Properties", {})
        if one["Type"] == "AWS::IAM::Role":
            for policy in properties["Policies"]:
                yield f"{name}.{policy['PolicyName']}", json.dumps(_plain(policy["PolicyDocument"], resources))
        if one["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, json.dumps(_plain(properties["PolicyDocument"], resources))


def _plain(value: Any, resources: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if value.keys() in ({"Ref"}, {"Fn::GetAtt"}, {"Fn::Sub"}):
            return _arn(value, resources)
        return {key: _plain(inner, resources) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, resources) for inner in value]
    return value


def _arn(value: dict[str, Any], resources: dict[str, Any]) -> str:
    """Return a reference as CloudFormation would fill it in."""
    if "Fn::Sub" not in value:
        name = value.get("Ref") or value["Fn::GetAtt"][0]
        return _ARNS[resources[name]["Type"]].format(place=f"{_REGION}:{_ACCOUNT}", name=name)
    content = value["Fn::Sub"]
    text, names = content if isinstance(content, list) else (content, {})
    known = {"AWS::Partition": "aws", "AWS::Region": _REGION, "AWS::AccountId": _ACCOUNT}
    known |= {"AWS::StackName": "standdown", "AWS::URLSuffix": "amazonaws.com"}
    known |= {key: _plain(inner, resources) for key, inner in names.items()}

    def fill(found: re.Match[str]) -> str:
        name, _, attribute = found[1].partition(".")
        if attribute == "Arn":
            return _arn({"Ref": name}, resources)
        return str(known.get(found[1], name))

    while "${" in text:
        text = re.sub(r"\$\{([\w:.]+)\}", fill, text)
    return str(text)
