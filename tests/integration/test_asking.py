"""Questions by direct invocation, to the functions as they are deployed: check, history, replay. None ever stops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from standdown.base.text_table import places
from standdown.core.operation import Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.request import Source, StopRequest
from standdown.entry.wiring import aws
from support.deployed import GROUP, SDRS, Deployed, deployment

GROUP_URL = f"{SDRS}/server-groups/{GROUP}"
PAIRS_URL = f"{SDRS}/replications"


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployment(monkeypatch) as deployed:
        yield deployed


def protected(deployed: Deployed, status: str = "protected") -> None:
    deployed.http.get(GROUP_URL, json={"server_group": {"id": GROUP, "name": "ERP", "status": status}})
    deployed.http.get(PAIRS_URL, json={"count": 0, "replications": []})


def recorded(deployed: Deployed, number: int, target: str = "erp-prod", **request: Any) -> Operation:
    now = aws.now() - timedelta(days=number)
    asked = StopRequest(f"d-{number}", Source.WEBHOOK, now, target, requested_by="Ada", reason="drill", **request)
    operation = Operation(asked.operation_id, asked, now, target=target)
    return deployed.ledger.record(operation.with_outcome(Outcome(Result.REFUSED, now, "Too late.", Refusal.STALE)))


# --- check -----------------------------------------------------------------------------------------------------------


def test_a_check_tells_of_every_target_and_stops_none(deployed: Deployed) -> None:
    protected(deployed)
    deployed.target("erp-prod")
    deployed.target("broken", mode="on")

    told = deployed.invoke("trigger", {"check": True})

    assert {one["target"]: one["verdict"] for one in told["verdicts"]} == {
        "broken": "broken document",
        "erp-prod": "ready",
    }
    assert (told["stack_mode"], told["credential"], told["all_ready"]) == ("live", "token", False)
    assert "erp-prod" in told["table"]
    assert {call.request.method for call in deployed.http.calls} == {"GET"}
    assert list(deployed.ledger.history()) == []


def test_a_check_of_one_target_looks_at_it_alone(deployed: Deployed) -> None:
    protected(deployed, "available")
    deployed.target("erp-prod")
    deployed.target("broken", mode="on")

    told = deployed.invoke("trigger", {"check": True, "target": "erp-prod"})

    assert [(one["target"], one["verdict"]) for one in told["verdicts"]] == [("erp-prod", "already off")]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"check": False}, "'check' must be true"),
        ({"check": "yes", "target": "erp-prod"}, "'check' must be true"),
        ({"check": True, "target": ["erp-prod"]}, "'target' must be the name of a target"),
        ({"check": True, "target": "erp-prod", "reason": "x"}, "'reason' does not belong beside 'check'"),
        ({"check": True, "history": {}}, "ask acknowledge or check, one at a time"),
        ({"history": {}, "target": "erp-prod"}, "the trigger does not answer 'history': ask the notifier"),
        ({"replay": "0" * 32}, "the trigger does not answer 'replay': ask the notifier"),
    ],
)
def test_a_question_that_the_trigger_does_not_understand_stops_nothing(
    deployed: Deployed, event: dict[str, Any], said: str
) -> None:
    deployed.target("erp-prod")

    told = deployed.invoke("trigger", event)

    assert said in told["rejected"]["message"]
    assert len(deployed.http.calls) == 0


# --- history ---------------------------------------------------------------------------------------------------------


def test_the_history_of_all_targets_tells_who_asked_and_how_it_ended(deployed: Deployed) -> None:
    old, new = recorded(deployed, 2), recorded(deployed, 1, "crm-prod")

    told = deployed.invoke("notifier", {"history": {}})

    assert [one["operation_id"] for one in told["operations"]] == [new.operation_id, old.operation_id]
    first = told["operations"][0]
    assert (first["who"], first["reason"], first["outcome"], first["refusal"], first["detail"]) == (
        "Ada (by a webhook call)", "drill", "refused", "stale", "Too late.",
    )  # fmt: skip
    assert told["after"] is None
    lines = told["table"].splitlines()
    assert lines[0].split() == ["WHEN", "(UTC)", "TARGET", "WHO", "ASKED", "HOW", "IT", "ENDED", "OPERATION"]
    assert new.operation_id in lines[1]
    assert max(places(line) for line in lines) <= 120


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ({"target": "erp-prod"}, [0, 1, 2, 3, 4]),
        ({"target": "crm-prod"}, []),
        ({"target": "erp-prod", "limit": 2}, [0, 1]),
        ({"limit": 200}, [0, 1, 2, 3, 4]),
        ({"since": 1.5}, [0, 1]),
        ({"target": "erp-prod", "since": 3.5}, [0, 1, 2, 3]),
    ],
)
def test_the_history_can_be_narrowed(deployed: Deployed, question: dict[str, Any], numbers: list[int]) -> None:
    ids = [recorded(deployed, number).operation_id for number in range(5)]
    if "since" in question:
        question = question | {"since": (aws.now() - timedelta(days=question["since"])).isoformat()}

    told = deployed.invoke("notifier", {"history": question})

    assert [one["operation_id"] for one in told["operations"]] == [ids[number] for number in numbers]


@pytest.mark.parametrize("target", [None, "erp-prod"])
def test_the_history_can_be_read_page_by_page(deployed: Deployed, target: str | None) -> None:
    ids = [recorded(deployed, number).operation_id for number in range(5)]
    read: list[str] = []
    question: dict[str, Any] = {"limit": 2, "target": target}

    while question.get("after", "") is not None:
        told = deployed.invoke("notifier", {"history": question})
        read += [one["operation_id"] for one in told["operations"]]
        question["after"] = told["after"]

    assert read == ids


def test_an_operation_under_way_has_not_ended_yet(deployed: Deployed) -> None:
    request = StopRequest("d-1", Source.ALARM, aws.now(), "erp-prod", alarm="erp-pages")
    deployed.ledger.record(Operation(request.operation_id, request, request.requested_at, target="erp-prod"))

    told = deployed.invoke("notifier", {"history": {}})

    assert (told["operations"][0]["outcome"], told["operations"][0]["who"]) == (None, "the alarm erp-pages")
    assert "not yet" in told["table"]


def test_no_history_is_said(deployed: Deployed) -> None:
    assert deployed.invoke("notifier", {"history": {}}) == {
        "schema_version": 1, "operations": [], "after": None, "table": "No operation is recorded.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("erp-prod", "history must be an object"),
        (None, "history must be an object"),
        ({"targets": "x"}, "'targets' is not a key of history"),
        ({"target": 5}, "'target' must be"),
        ({"target": ""}, "'target' must be"),
        ({"limit": 0}, "'limit' must be a whole number from 1 to 200"),
        ({"limit": True}, "'limit' must be"),
        ({"limit": 1000}, "'limit' must be"),
        ({"since": "yesterday"}, "'since' must be a day or a time"),
        ({"since": "2026-01-02T03:04:05"}, "'since' must be a day or a time"),
        ({"since": 5}, "'since' must be"),
        ({"after": "x"}, "'after' must be what an earlier answer gave"),
        ({"after": "9" * 20 + "/" + "0" * 32}, "'after' must be"),
        ({"after": 5}, "'after' must be"),
    ],
)
def test_a_question_about_the_past_that_is_not_understood_says_what_to_write(
    deployed: Deployed, question: Any, said: str
) -> None:
    told = deployed.invoke("notifier", {"history": question})

    assert told["rejected"]["code"] == "malformed"
    assert said in told["rejected"]["message"]


def test_a_day_is_a_time_too(deployed: Deployed) -> None:
    operation = recorded(deployed, 0)

    told = deployed.invoke("notifier", {"history": {"since": operation.received_at.strftime("%Y-%m-%d")}})

    assert len(told["operations"]) == 1


# --- replay ----------------------------------------------------------------------------------------------------------


def test_an_outcome_is_published_again(deployed: Deployed) -> None:
    operation = recorded(deployed, 1)
    deployed.invoke("notifier", {"operation_id": operation.operation_id, "finished": True})

    told = deployed.invoke("notifier", {"replay": operation.operation_id})

    assert (told["operation_id"], told["outcome"]) == (operation.operation_id, "refused")
    assert told["channels"] == {"sns": "done", "eventbridge": "done"}


def test_an_outcome_is_published_again_on_one_channel(deployed: Deployed) -> None:
    operation = recorded(deployed, 1)

    told = deployed.invoke("notifier", {"replay": operation.operation_id, "channels": ["sns", "webhook:ops"]})

    assert told["channels"]["sns"] == "done"
    assert "no such channel" in told["channels"]["webhook:ops"]
    assert "eventbridge" not in told["channels"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"replay": "0" * 32}, f"no operation {'0' * 32} is in the ledger"),
        ({"replay": "x"}, "'replay' must be an operation's id"),
        ({"replay": None}, "'replay' must be an operation's id"),
        ({"replay": "0" * 32, "channels": "sns"}, "'channels' must be a list"),
        ({"replay": "0" * 32, "channels": []}, "'channels' must be a list"),
        ({"replay": "0" * 32, "operation_id": "0" * 32}, "'operation_id' does not belong beside 'replay'"),
        ({"check": True}, "the notifier does not answer 'check': ask the trigger"),
        ({"histroy": {}}, "ask history or holds or notices or replay or sample or status, one at"),
    ],
)
def test_a_question_that_the_notifier_does_not_understand_publishes_nothing(
    deployed: Deployed, event: dict[str, Any], said: str
) -> None:
    told = deployed.invoke("notifier", event)

    assert said in told["rejected"]["message"]


def test_an_operation_that_has_not_ended_has_no_outcome_to_publish(deployed: Deployed) -> None:
    request = StopRequest("d-1", Source.QUEUE, aws.now(), "erp-prod")
    deployed.ledger.record(Operation(request.operation_id, request, request.requested_at, target="erp-prod"))

    told = deployed.invoke("notifier", {"replay": request.operation_id})

    assert told["rejected"]["code"] == "no_outcome"
    operation = deployed.ledger.get(request.operation_id)
    assert operation is not None
    assert operation.outcome is None


def test_a_ledger_that_cannot_be_asked_is_said(deployed: Deployed) -> None:
    aws.client("dynamodb").delete_table(TableName="ledger")

    told = deployed.invoke("notifier", {"history": {}})

    assert told["rejected"] == {"code": "unavailable", "message": "the ledger refused Query: ResourceNotFoundException"}
    assert json.dumps(told)
