"""The template as SAM translates it, with its parameters' values decided: what CloudFormation would make of it."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

from local.places import REGION, ROOT
from local.template import load

ON = {
    "AlarmPrefix": "erp-",
    "RequestEventSource": "example.runbook",
    "ScheduleExpression": "cron(0 22 * * ? *)",
    "ScheduleTargets": "erp-prod",
    "EnableWebhook": "true",
}
"""Parameters that switch every way in on."""


@cache
def translated(path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """Return the template after `sam build` and SAM's transform; the caller leaves it as it is."""
    template = load(path)
    for resource in template["Resources"].values():  # what `sam build` does
        for key in ("CodeUri", "ContentUri"):
            if key in resource.get("Properties", {}):
                resource["Properties"][key] = "s3://bucket/key"
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    session = boto3.Session(region_name=REGION)  # the transform asks it for nothing else
    return dict(Translator({}, Parser(), boto_session=session).translate(template, {}))


def deployed(**parameters: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a stack with these parameters, `Fn::If` and conditions decided."""
    return _decided("Resources", parameters)


def outputs(**parameters: str) -> dict[str, dict[str, Any]]:
    """Return its outputs in the same way; the partition is a parameter like any other: `**{"AWS::Partition": …}`."""
    return _decided("Outputs", parameters)


def _decided(section: str, parameters: dict[str, str]) -> dict[str, dict[str, Any]]:
    template = copy.deepcopy(translated())
    given = {name: str(one["Default"]) for name, one in template["Parameters"].items()} | parameters
    given = {"AWS::Partition": "aws"} | given
    holds = {name: _decide(one, given) for name, one in template["Conditions"].items()}
    kept = {name: one for name, one in template[section].items() if holds.get(one.get("Condition"), True)}
    return {name: _resolved(one, holds) for name, one in kept.items()}


def _decide(condition: Any, given: dict[str, str]) -> bool:
    ((function, arguments),) = condition.items()
    if function == "Fn::Not":
        return not _decide(arguments[0], given)
    assert function == "Fn::Equals"
    first, second = (given[one["Ref"]] if isinstance(one, dict) else str(one) for one in arguments)
    return first == second


def _resolved(value: Any, holds: dict[str, bool]) -> Any:
    if isinstance(value, dict) and value.keys() == {"Fn::If"}:
        name, yes, no = value["Fn::If"]
        return _resolved(yes if holds[name] else no, holds)
    if isinstance(value, dict):
        return {key: _resolved(inner, holds) for key, inner in value.items()}
    if isinstance(value, list):
        found = [_resolved(inner, holds) for inner in value]
        return [inner for inner in found if inner != {"Ref": "AWS::NoValue"}]
    return value


def of_type(resources: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of one type, by logical id."""
    return {name: one.get("Properties", {}) for name, one in resources.items() if one["Type"] == kind}
