"""What the trigger is invoked with directly, by people, consoles and AWS: what AWS sends is never answered away."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from integration.cases.alarms import COMPOSITE, EARLIER, by_rule, by_topic, message, state
from integration.cases.scene import Became, Case, cases, check
from standdown.intake.errors import MalformedError
from support.deployed import Deployed, deployment
from support.inmemory.stack import ACCOUNT, AWS_REGION

_HELD = base64.b64encode(b'{"target": "payroll"}').decode()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployment(monkeypatch) as deployed:
        deployed.target("payroll")
        yield deployed


def _invoked(deployed: Deployed, event: Any) -> Became:
    """Return what the function answered, or that it raised; no answer of SDRS is prepared, so nothing can stop."""
    try:
        answer = deployed.invoke("trigger", event)
    except MalformedError as error:
        return Became("raised", 0, str(error), "")
    operations = answer.get("operations", [])
    ends = [f"{one['outcome']}: {one['refusal']}" for one in operations] + sorted(answer.keys() - {"operations"})
    return Became(", ".join(ends), len(deployed.http.calls), json.dumps(answer), "")


@cases(
    Case(
        "a topic that is subscribed to the function is raised",
        {
            "Records": [
                {
                    "EventSource": "aws:sns",
                    "EventVersion": "1.0",
                    "EventSubscriptionArn": f"arn:aws:sns:{AWS_REGION}:{ACCOUNT}:storage-watch:0c9d",
                    "Sns": by_topic(message("payroll-damage-seen")),
                }
            ]
        },
        "raised",
        (r"unknown_shape",),
    ),
    Case(
        "a rule whose target is the function is raised",
        by_rule("payroll-damage-seen", state(), state("OK", EARLIER), COMPOSITE),
        "raised",
    ),
    Case(
        "a batch of a stream is raised",
        {"Records": [{"kinesis": {"data": _HELD}, "eventSource": "aws:kinesis", "eventID": "shard-1:497"}]},
        "raised",
        (r"unknown_shape",),
    ),
    Case("the console's first example is rejected", {"key1": "a", "key2": "b"}, "rejected", (r"'target'",)),
    Case("an empty event is rejected", {}, "rejected", (r"'target'",)),
    Case(
        "the event of a function's address is rejected",
        {"version": "2.0", "rawPath": "/", "body": '{"target": "payroll"}', "isBase64Encoded": False},
        "rejected",
        (r"'target'",),
    ),
    Case("a command as text is rejected", '{"target": "payroll"}', "rejected", (r"is text",)),
    Case(
        "a name in capitals is called a wrong name",
        {"target": "PAYROLL"},
        "refused: malformed",
        (r"'PAYROLL'", r"lower-case"),
    ),
    Case(
        "a schedule to the function may not name its source",
        {"target": "payroll", "source": "schedule"},
        "refused: malformed",
        (r"'source'",),
    ),
)
def test_a_direct_invocation(case: Case, deployed: Deployed) -> None:
    check(case, _invoked(deployed, case.given))
