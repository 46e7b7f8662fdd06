"""The template reads from top to bottom: the way of a request, other ways in, the rights, what operators look at."""

from __future__ import annotations

import json
import re
from enum import IntEnum
from typing import Any

from local.places import ROOT
from local.template import load, resources

TEMPLATE = load()
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
PLACES = {name: place for place, name in enumerate(RESOURCES)}
FLOW = {
    "The queue": "RequestQueue",
    "The trigger": "TriggerFunction",
    "The workflow": "StopWorkflow",
    "The poller": "PollerFunction",
    "The notifier": "NotifierFunction",
    "The sweeper": "SweeperFunction",
    "The ledger": "LedgerTable",
}
"""What a request passes, as the headings call it, in the order in which one asks."""
WAYS_IN = {"AlarmsOn", "RequestEventsOn", "ScheduleOn", "WebhookOn"}
RIGHTS = {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}
OPERATING = {"AWS::Logs::LogGroup", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"}
LINE = re.compile(r"^  # --- (?P<heading>.+?) -+$|^  (?P<name>\w+):", re.MULTILINE)


class Part(IntEnum):
    """The four parts of the template, in their order."""

    FLOW = 1
    WAYS_IN = 2
    RIGHTS = 3
    OPERATING = 4


BEGINNINGS = {"The": Part.FLOW, "Way in": Part.WAYS_IN, "Rights": Part.RIGHTS, "Operating": Part.OPERATING}


def part(name: str) -> Part:
    """Return where a resource belongs, by what it is."""
    kind, condition = RESOURCES[name]["Type"], RESOURCES[name].get("Condition")
    if kind in RIGHTS:
        return Part.RIGHTS
    if kind in OPERATING or name.startswith(("Operator", "DailyCheck")):
        return Part.OPERATING
    return Part.WAYS_IN if condition in WAYS_IN else Part.FLOW


def sections() -> dict[str, list[str]]:
    """Return the resources under each heading."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    _, _, text = text.partition("\nResources:\n")
    text, _, _ = text.partition("\nOutputs:\n")
    found: dict[str, list[str]] = {}
    for line in LINE.finditer(text):
        if line["heading"]:
            found[line["heading"]] = []
        else:
            found[list(found)[-1]].append(line["name"])
    return found


def announced(heading: str) -> Part:
    """Return the part to which a section belongs, by the beginning of its heading."""
    (found,) = (which for beginning, which in BEGINNINGS.items() if re.match(rf"{beginning}\b", heading))
    return found


def test_the_flow_comes_first_then_the_other_ways_in_then_the_rights_then_what_operators_look_at() -> None:
    order = [part(name) for name in RESOURCES]

    late = [name for name, here, allowed in zip(RESOURCES, order, sorted(order), strict=True) if here != allowed]

    assert set(order) == set(Part)
    assert not late


def test_the_flow_is_told_in_the_order_in_which_one_asks() -> None:
    told = [(heading.partition(":")[0], names[0]) for heading, names in sections().items()]

    assert told[: len(FLOW)] == list(FLOW.items())


def test_every_resource_stands_under_a_heading_of_its_part() -> None:
    found = sections()

    assert [name for names in found.values() for name in names] == list(RESOURCES)
    for heading, names in found.items():
        assert {part(name) for name in names} == {announced(heading)}, heading


def test_the_roles_stand_in_the_order_of_what_has_them() -> None:
    roles = list(resources(TEMPLATE, "AWS::IAM::Role"))
    had = {role: json.dumps({"Fn::GetAtt": [role, "Arn"]}) for role in roles}

    holders = {
        role: min(PLACES[name] for name, one in RESOURCES.items() if text in json.dumps(one))
        for role, text in had.items()
    }

    assert roles == sorted(roles, key=holders.__getitem__)


def test_parameters_stand_in_the_order_of_their_groups_and_conditions_in_that_of_the_parameters() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    parameters = list(TEMPLATE["Parameters"])
    asked = [re.search(r'"Ref": "([\w:]+)"', json.dumps(one)) for one in TEMPLATE["Conditions"].values()]
    known = [*parameters, "AWS::Partition"]  # what AWS says of itself comes last

    places = [known.index(one[1]) for one in asked if one]

    assert parameters == [name for group in groups for name in group["Parameters"]]
    assert len(places) == len(asked)
    assert places == sorted(places)


def test_outputs_stand_in_the_order_of_the_resources_that_they_name() -> None:
    places = []
    for output in TEMPLATE["Outputs"].values():
        named = re.findall(r"\w+", json.dumps(output["Value"]))
        # A role's output stands with what has the role.
        places += [PLACES[name] for name in named if name in RESOURCES and part(name) != Part.RIGHTS]

    assert places == sorted(places)
