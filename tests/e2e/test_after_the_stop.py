"""The recipe "after the stop": the page's own rule starts what follows a verified stop, once, and nothing else."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.inbox import Inbox
from local.places import ROOT

RECIPE = (ROOT / "docs" / "using" / "recipes.md").read_text("utf-8")
PATTERN = re.compile(r"cat > after-the-stop\.json <<'JSON'\n(?P<json>.+?)\nJSON", re.DOTALL)


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
