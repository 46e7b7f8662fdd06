"""The recipe "after the stop": its rules start what follows a verified stop, once, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from local import sam
from local.case import Case, wait_for
from local.cloud import ARTEFACTS, LocalCloud
from local.inbox import Inbox
from local.places import ROOT
from simulator import defaults

RECIPE = (ROOT / "docs" / "using" / "recipes.md").read_text("utf-8")
PATTERN = re.compile(r"cat > after-the-stop\.json <<'JSON'\n(?P<json>.+?)\nJSON", re.DOTALL)
EXAMPLES = ROOT / "examples"
VAULT = "3b5816b5-f29c-4172-9d9a-76c719a659ce"


@pytest.fixture
def followed(case: Case, stack: LocalCloud) -> Inbox:
    """Give the inbox in the place of the reader's workflow, with the page's rule for this test's target."""
    found = PATTERN.search(RECIPE)
    assert found is not None
    pattern: dict[str, Any] = json.loads(found["json"])
    pattern["detail"]["target"] = [case.target]
    inbox = Inbox(stack.client("sqs"), f"after-{time.monotonic_ns()}")
    events = stack.client("events")
    events.put_rule(Name=inbox.name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=inbox.name, Targets=[{"Id": "workflow", "Arn": inbox.arn}])
    return inbox


@pytest.fixture
def backed_up(case: Case, stack: LocalCloud, tmp_path: Path) -> Case:
    """Give a target whose verified stop has a vault backed up: the example's stack is deployed as it stands."""
    shutil.copytree(EXAMPLES / "after-the-stop", tmp_path / "after-the-stop")
    shutil.copy(EXAMPLES / "after-the-stop.yaml", tmp_path / "template.yaml")
    key = json.dumps({"access_key": defaults.ACCESS_KEY, "secret_key": defaults.SECRET_KEY})
    stack.client("secretsmanager").create_secret(Name="standdown/cbr", SecretString=key)
    given = {
        "Target": case.target,
        "CbrEndpoint": stack.simulator.url,
        "ProjectId": defaults.PROJECT_ID,
        "VaultId": VAULT,
    }
    sam.deploy(tmp_path, stack.endpoint, "after-the-stop", ARTEFACTS, given, tmp_path / "deploy.log")
    return case


def test_a_verified_stop_starts_what_follows_it_and_says_what_the_copy_holds(case: Case, followed: Inbox) -> None:
    case.request(reason="corruption")

    (operation,) = case.published()
    wait_for(lambda: (followed.fetch(wait_seconds=1), followed.seen)[1], bool, 20.0)

    [event] = followed.seen
    assert event["detail"]["operation_id"] == operation["pk"]
    assert event["detail"]["verified"] is True
    assert event["detail"]["pairs"]["stopped"] == event["detail"]["pairs"]["total"] == 2
    assert event["detail"]["copy_as_of"] < event["detail"]["copy_until"]


def test_a_dry_run_starts_nothing(case: Case, followed: Inbox) -> None:
    case.request(dry_run=True)

    case.published()
    followed.fetch(wait_seconds=3)

    assert followed.seen == []


def test_a_vault_is_backed_up_by_a_signed_call_after_a_verified_stop_and_after_nothing_else(backed_up: Case) -> None:
    case, events = backed_up, backed_up.cloud.client("events")
    case.request(dry_run=True)
    case.published()
    half = json.loads((ROOT / "events" / "outcomes" / "succeeded-half-stopped.json").read_text("utf-8"))
    detail = json.dumps(half["detail"] | {"target": case.target})
    entry = {"Source": half["source"], "DetailType": half["detail-type"], "Detail": detail}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    case.request(reason="corruption")
    *_, whole = case.published(2)

    calls = wait_for(lambda: case.cloud.simulator.calls("checkpoint"), bool, 30.0)

    assert (half["detail"]["outcome"], half["detail"]["verified"]) == ("succeeded", False)
    assert (whole["outcome"]["result"], whole["outcome"]["verified"]) == ("succeeded", True)
    [call] = calls
    body = json.loads(call["body"])["checkpoint"]
    assert (call["status"], call["path"]) == (200, f"/v3/{defaults.PROJECT_ID}/checkpoints")
    assert call["headers"]["authorization"].startswith(f"SDK-HMAC-SHA256 Access={defaults.ACCESS_KEY}, ")
    assert (body["vault_id"], body["parameters"]["name"]) == (VAULT, f"after-stop-{whole['pk']}")
