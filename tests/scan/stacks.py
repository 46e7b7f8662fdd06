"""What the scanners look at: stacks with their parameters' values put in, since most scanners decide no condition."""

from __future__ import annotations

import re
from typing import Any

from local.translated import ON, deployed, translated

YOURS = {
    "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "Tracing": "true",
    "ReservedConcurrency": "12",
    "HuaweiReadSecretName": "standdown/huawei-read",
    "OutgoingWebhookSecretName": "standdown/endpoints",
    "NotificationEmail": "people@example.com",
    "OperatorEmail": "operators@example.com",
}
STACKS = {"by default": {}, "every way in": ON, "everything": ON | YOURS}


def stack(name: str) -> dict[str, Any]:
    """Return one stack's template, without parameters and conditions."""
    parameters = translated()["Parameters"]
    given: dict[str, Any] = {key: str(one["Default"]) for key, one in parameters.items()} | STACKS[name]
    for key, one in parameters.items():
        if one["Type"] == "CommaDelimitedList":
            given[key] = given[key].split(",")
        elif one["Type"] == "Number":
            given[key] = int(given[key])
    resources = {}
    for key, one in deployed(**STACKS[name]).items():
        resources[key] = {k: _filled(inner, given) for k, inner in one.items() if k != "Condition"}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def _filled(value: Any, given: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"Ref"} and value["Ref"] in given:
            return given[value["Ref"]]
        if value.keys() == {"Fn::Sub"}:
            return _substituted(value["Fn::Sub"], given)
        filled = {key: _filled(inner, given) for key, inner in value.items()}
        return {key: inner for key, inner in filled.items() if inner != {"Ref": "AWS::NoValue"}}
    if isinstance(value, list):
        return [_filled(inner, given) for inner in value]
    return value


def _substituted(content: Any, given: dict[str, Any]) -> Any:
    text, names = content if isinstance(content, list) else (content, {})
    known = given | {key: inner for key, inner in _filled(names, given).items() if isinstance(inner, str)}
    text = re.sub(r"\$\{(\w+)\}", lambda found: str(known.get(found[1], found[0])), text)
    left = {key: inner for key, inner in names.items() if key not in known}
    return {"Fn::Sub": [text, _filled(left, given)] if left else text} if "${" in text else text
