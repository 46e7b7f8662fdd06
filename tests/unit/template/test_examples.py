"""The examples give parameters and use outputs that the template has, and what they put and send is valid."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from local.places import ROOT
from local.template import load
from standdown.core.request import Source
from standdown.core.targets import TargetDefaults, read_targets
from standdown.intake.command import read_command

EXAMPLES = ROOT / "examples"
NESTED = (EXAMPLES / "nested.yaml").read_text("utf-8")
TERRAFORM = (EXAMPLES / "terraform.tf").read_text("utf-8")
ACROSS = (EXAMPLES / "alarms-from-another-account.yaml").read_text("utf-8")


def test_every_parameter_and_output_of_an_example_is_the_stack_s() -> None:
    template = load()
    application = load(EXAMPLES / "nested.yaml")["Resources"]["Standdown"]["Properties"]
    inner = re.search(r"parameters = \{\n(.*?)\n  \}", TERRAFORM, re.DOTALL)
    assert inner
    given = {*application["Parameters"], *re.findall(r"(?m)^ +(\w+) +=", inner[1])}
    used = {*re.findall(r"Standdown\.Outputs\.(\w+)", NESTED), *re.findall(r'outputs\["(\w+)"\]', TERRAFORM)}
    used |= set(re.findall(r"The output (\w+) of Standdown", ACROSS))

    assert given <= template["Parameters"].keys()
    assert used <= template["Outputs"].keys()
    assert len(given) >= 4
    assert len(used) >= 5


def test_the_target_of_an_example_is_valid_and_begins_as_a_dry_run() -> None:
    document = load(EXAMPLES / "nested.yaml")["Resources"]["ErpProd"]["Properties"]["Value"]

    found = read_targets({"targets/erp-prod": document}, TargetDefaults("cn-north-4"))

    assert not found.broken
    assert found.valid["erp-prod"].mode == "dry-run"


def test_what_the_rule_of_the_other_account_sends_is_a_request() -> None:
    (template,) = re.findall(r"InputTemplate: !Sub '(.*)'", ACROSS)
    filled = template.replace("${ErpProd}", "erp-prod").replace("${WorkloadAccount}", "111122223333")
    for name, value in (("alarm", "erp-prod-pages"), ("id", "7bf73129"), ("time", "2026-01-02T03:04:05Z")):
        filled = filled.replace(f"<{name}>", value)

    now = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
    (request,) = read_command(json.loads(filled), delivery_id="x", source=Source.DIRECT, requested_at=now)

    assert (request.target, request.flaw, request.delivery_id) == ("erp-prod", None, "7bf73129")
    assert request.requested_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
