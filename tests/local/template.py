"""template.yaml as plain values: short-form functions such as `!Ref X` read as `{"Ref": "X"}`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from local.places import ROOT


class _Loader(yaml.SafeLoader):
    """A YAML loader that knows CloudFormation's tags."""


def _function(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".")
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _function)


def load(path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """Return the template."""
    template: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    return template


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of one type, by logical id."""
    found = template["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in found if resource["Type"] == kind}


def workflow(template: dict[str, Any], **arns: str) -> dict[str, Any]:
    """Return the state machine's definition with its substitutions (Poller=…, Notifier=…) filled in."""
    text = json.dumps(template["Resources"]["StopWorkflow"]["Properties"]["Definition"])
    for name, arn in arns.items():
        text = text.replace("${" + name + "}", arn)
    definition: dict[str, Any] = json.loads(text)
    return definition
