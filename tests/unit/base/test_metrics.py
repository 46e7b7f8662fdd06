"""What is counted: one line of the embedded metric format each, few dimensions, and never in the way of the work."""

from __future__ import annotations

import ast
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from standdown.base import metrics
from standdown.base.metrics import DIMENSIONS, STACK, Metric, record
from support.inmemory.stack import ACCOUNT, AWS_REGION, Stack, Target

LAYER = Path(metrics.__file__).parents[1]
ALARM = Path(__file__).parents[3] / "events" / "alarm-direct.json"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the metric lines that were written since the last time."""
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return [line for line in found if "CloudWatchMetrics" in line["_aws"]]


def counted(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, ...]]:
    """Return name and dimensions of every metric, but for what the sweeper always tells."""
    told = []
    for line in lines(capsys):
        name = line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"]
        told.append((name, *(line[dimension] for dimension in DIMENSIONS[Metric(name)])))
    return [one for one in told if one[0] not in ("OpenOperations", "BrokenTargets")]


def test_a_value_is_written_at_once_under_the_stack_and_under_all_its_dimensions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STACK_NAME", "standdown-prod")

    record(Metric.REQUESTS, source="queue", decision="admitted")

    [line] = lines(capsys)
    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Standdown",
            "Dimensions": [["stack"], ["stack", "source", "decision"]],
            "Metrics": [{"Name": "Requests", "Unit": "Count"}],
        }
    ]
    assert (line["stack"], line["source"], line["decision"]) == ("standdown-prod", "queue", "admitted")
    assert line["Requests"] == [1.0]


def test_times_are_in_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    record(Metric.SECONDS_TO_STOP, 1.25)

    [line] = lines(capsys)
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "SecondsFromRequestToStop", "Unit": "Seconds"}]
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[STACK]]
    assert line["SecondsFromRequestToStop"] == [1.25]


def test_a_metric_that_cannot_be_written_does_not_fail_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    record(Metric.REQUESTS, source="queue")
    record(Metric.LOOKS, "many")  # type: ignore[arg-type]

    assert lines(capsys) == []


def test_every_metric_has_its_dimensions_written_down_and_none_has_an_id() -> None:
    assert DIMENSIONS.keys() == set(Metric)
    assert {name for names in DIMENSIONS.values() for name in names} == {
        "source",
        "decision",
        "outcome",
        "reason",
        "channel",
        "step",
        "cause",
        "target",
    }


def test_every_metric_is_recorded_somewhere_with_its_dimensions() -> None:
    calls = [
        node
        for path in LAYER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"record", "count"}
    ]
    used = {
        (attribute.attr, tuple(sorted(str(keyword.arg) for keyword in call.keywords)))
        for call in calls
        for attribute in ast.walk(call.args[0])
        if isinstance(attribute, ast.Attribute)
    }

    assert used == {(metric.name, tuple(sorted(DIMENSIONS[metric]))) for metric in Metric}


def test_a_stop_from_request_to_outcome_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack()
    stack.send()
    stack.clock.pass_(3)
    stack.deliver()
    stack.send()
    stack.deliver()
    begun = counted(capsys)
    stack.run(120, sweeps=False)

    assert begun == [
        ("Requests", "queue", "admitted"),
        ("StopsIssued",),
        ("SecondsFromRequestToStop",),
        ("Requests", "queue", "joined"),
    ]
    assert counted(capsys) == [
        ("Outcomes", "succeeded"),
        ("LooksPerJob",),
        ("SecondsFromJobEndToOutcome",),
        ("Outcomes", "joined"),
    ]


def test_the_time_from_the_request_to_the_stop_is_that_which_the_request_waited(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = Stack()
    stack.send()
    stack.clock.pass_(42)

    stack.deliver()

    [value] = [line["SecondsFromRequestToStop"] for line in lines(capsys) if "SecondsFromRequestToStop" in line]
    assert value == [pytest.approx(42, abs=1)]


@pytest.mark.parametrize(
    ("more", "decision", "outcome"),
    [({"mode": "off"}, "refused", "refused"), ({"mode": "dry-run"}, "dry_run", "dry_run")],
)
def test_a_request_that_stops_nothing_is_counted_by_what_was_decided(
    more: dict[str, Any], decision: str, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack([Target(more=more)])
    stack.send(delivery_id="once")
    stack.send(delivery_id="once")

    stack.deliver()
    stack.run(60, sweeps=False)

    told = counted(capsys)
    assert told[:2] == [("Requests", "queue", decision), ("Requests", "queue", "repeated")]
    assert ("Outcomes", outcome) in told
    assert (("Refused", "off") in told) == (decision == "refused")
    assert ("StopsIssued",) not in told


def test_events_that_are_no_requests_are_counted_by_reason(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack()
    stack.queues.send_message(QueueUrl="https://sqs/requests", MessageBody="not JSON")

    stack.deliver()
    stack.invoke(recovery())

    assert [name for name, *_ in counted(capsys)] == ["EventsRejected", "DeadLettered", "EventsIgnored"]


def recovery() -> Any:
    """Return the event of an alarm that is over."""
    event = json.loads(ALARM.read_text("utf-8"))
    arn = event["alarmArn"].split(":")
    event |= {"accountId": ACCOUNT, "alarmArn": ":".join([*arn[:3], AWS_REGION, ACCOUNT, *arn[5:]])}
    event["alarmData"]["state"]["value"] = "OK"
    return event


def test_the_sweeper_tells_what_is_open_what_is_broken_and_what_it_moved_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = Stack()
    stack.send()
    stack.deliver()
    stack.parameters |= {"targets/broken": "{", "mode": "offf"}
    stack.executions.abort(stack.operation.execution_name)
    stack.clock.pass_(timedelta(minutes=70).total_seconds())
    capsys.readouterr()

    stack.sweep()

    told = {key: value for line in lines(capsys) for key, value in line.items() if key != "_aws"}
    assert told["OpenOperations"] == [1.0]
    assert told["BrokenTargets"] == [2.0]
    assert told["MovedOn"] == [1.0]
    assert told["step"].startswith("ended: ")
