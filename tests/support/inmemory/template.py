"""template.yaml as the tests read it: the table's keys, the workflow's states, numbers that code must agree with."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[3] / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as `{"Ref": …}` and the like."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


yaml.add_multi_constructor("!", _short_form, _Loader)


@cache
def template() -> Any:
    """Return the template as plain values."""
    return yaml.load(TEMPLATE.read_text("utf-8"), _Loader)  # noqa: S506 - a SafeLoader of our own


def properties(resource: str) -> Any:
    """Return the properties of a resource."""
    return template()["Resources"][resource]["Properties"]


def table_keys() -> dict[str, Any]:
    """Return what creates the ledger's table as the template has it, without its name."""
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {key: properties("LedgerTable")[key] for key in wanted}


def indexes() -> dict[str, tuple[str, str]]:
    """Return the hash and the range key of every secondary index."""
    found = properties("LedgerTable")["GlobalSecondaryIndexes"]
    return {each["IndexName"]: tuple(key["AttributeName"] for key in each["KeySchema"]) for each in found}


def workflow() -> Any:
    """Return the workflow's definition."""
    return properties("StopWorkflow")["Definition"]
