"""The question `status`: what is open, not delivered, and when each target was last stopped, rehearsed and seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import EndpointConnectionError

from standdown.core.operation import Operation, State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Result
from standdown.core.request import Source, StopRequest
from standdown.entry.wiring import aws
from standdown.entry.wiring.checks import checks
from standdown.publish import status as publish_status
from support.deployed import Deployed, deployment


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployment(monkeypatch) as deployed:
        yield deployed


def operation(days: float, target: str, result: Result | None, **more: Any) -> Operation:
    """Return an operation of so many days ago that ended like this, or has not."""
    then = (aws.now() - timedelta(days=days)).replace(microsecond=0)
    request = StopRequest(f"{target}-{days}", Source.QUEUE, then, target, requested_by="Ada")
    known = {key: more.pop(key) for key in ("group_status", "verified") if key in more}
    outcome = Outcome(result, then + timedelta(minutes=1), "It ended.", **known) if result else None
    state = State.PUBLISHED if result else State.FOLLOWING
    made = Operation(request.operation_id, request, then, state, target, outcome=outcome)
    return replace(made, dry_run=result is Result.DRY_RUN, **more)


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def test_a_target_s_last_stop_its_last_dry_run_and_what_was_last_seen_are_told(deployed: Deployed) -> None:
    rehearsed = operation(1, "erp-prod", Result.DRY_RUN, group_status="protected")
    stopped = operation(3, "erp-prod", Result.SUCCEEDED, group_status="available", verified=True)
    for one in (operation(9, "erp-prod", Result.SUCCEEDED), stopped, rehearsed, operation(2, "crm", Result.REFUSED)):
        deployed.ledger.record(one)

    told = deployed.invoke("notifier", {"status": {}})

    crm, erp = told["targets"]
    assert (erp["target"], erp["protection"], erp["seen_by"]) == ("erp-prod", "on", rehearsed.operation_id)
    assert erp["last_stopped_at"].startswith(at(stopped.ended.ended_at))
    assert erp["last_rehearsed_at"].startswith(at(rehearsed.ended.ended_at))
    assert (crm["target"], crm["protection"], crm["last_stopped_at"]) == ("crm", None, None)
    assert (told["open"], told["undelivered"], told["complete"]) == ([], [], True)


def test_a_group_that_a_stop_left_off_is_off(deployed: Deployed) -> None:
    deployed.ledger.record(operation(2, "erp-prod", Result.ALREADY_STOPPED))

    (erp,) = deployed.invoke("notifier", {"status": {}})["targets"]

    assert (erp["protection"], erp["last_stopped_at"]) == ("off", None)


def test_what_is_open_and_what_was_not_delivered_are_told(deployed: Deployed) -> None:
    lost = {"sns": DeliveryState(Delivery.UNDELIVERED), "eventbridge": DeliveryState(Delivery.DONE)}
    deployed.ledger.record(operation(1, "erp-prod", None))
    deployed.ledger.record(operation(2, "erp-prod", Result.FAILED, channels=lost))

    told = deployed.invoke("notifier", {"status": {}})

    assert [one["state"] for one in told["open"]] == ["following"]
    assert [one["undelivered"] for one in told["undelivered"]] == [["sns"]]


def test_a_ledger_with_more_than_is_read_says_so(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_status, "MOST", 2)
    for days in range(3):
        deployed.ledger.record(operation(days, "erp-prod", Result.SUCCEEDED))

    assert deployed.invoke("notifier", {"status": {}})["complete"] is False


def test_the_mode_the_targets_and_the_invalid_documents_are_told_as_they_are_now(deployed: Deployed) -> None:
    deployed.target("erp-prod", mode="dry-run")
    deployed.target("crm", mode="on")
    aws.client("ssm").put_parameter(Name="/standdown/mode", Value="off", Type="String")

    told = deployed.invoke("notifier", {"status": {}})

    assert told["stack_mode"] == "off"
    assert told["configured"] == [{"target": "erp-prod", "mode": "dry-run"}]
    assert [one["target"] for one in told["invalid"]] == ["crm"]
    assert "key 'mode'" in told["invalid"][0]["problem"]


def test_a_mode_that_was_put_a_moment_ago_is_told_at_once(deployed: Deployed) -> None:
    aws.client("ssm").put_parameter(Name="/standdown/mode", Value="live", Type="String")
    before = deployed.invoke("notifier", {"status": {}})["stack_mode"]

    aws.client("ssm").put_parameter(Name="/standdown/mode", Value="off", Type="String", Overwrite=True)

    assert (before, deployed.invoke("notifier", {"status": {}})["stack_mode"]) == ("live", "off")


def test_a_stack_s_mode_that_is_none_is_told_as_off_and_as_invalid(deployed: Deployed) -> None:
    aws.client("ssm").put_parameter(Name="/standdown/mode", Value="on", Type="String")

    told = deployed.invoke("notifier", {"status": {}})

    assert (told["stack_mode"], [one["target"] for one in told["invalid"]]) == ("off", ["mode"])


def test_targets_that_cannot_be_read_do_not_keep_the_rest_back(deployed: Deployed) -> None:
    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://ssm.example.com")

    deployed.ledger.record(operation(1, "erp-prod", Result.SUCCEEDED))
    events = aws.client("ssm").meta.events
    events.register("before-call.ssm.GetParametersByPath", down)

    told = deployed.invoke("notifier", {"status": {}})

    events.unregister("before-call.ssm.GetParametersByPath", down)
    assert (told["stack_mode"], told["configured"], told["invalid"]) == (None, None, None)
    assert [one["target"] for one in told["targets"]] == ["erp-prod"]


def test_the_last_check_with_each_credential_is_told(deployed: Deployed) -> None:
    deployed.target("erp-prod", mode="on")
    for function in ("trigger", "sweeper"):
        deployed.invoke(function, {"check": True})

    stop, read = deployed.invoke("notifier", {"status": {}})["checks"]

    assert (stop["tried"], read["tried"]) == ("stop", "read")
    assert (stop["targets"], stop["not_ready"], stop["stack_mode"]) == (1, 1, "live")
    (wrong,) = stop["wrong"]
    assert (wrong["target"], wrong["cause"]) == ("erp-prod", "document")
    assert at(aws.now())[:15] == stop["checked_at"][:15]


def test_a_check_of_one_target_is_not_the_last_check_and_an_older_one_does_not_replace_it(deployed: Deployed) -> None:
    deployed.target("erp-prod", mode="on")
    deployed.invoke("trigger", {"check": True})
    deployed.target("crm", mode="off")
    deployed.invoke("trigger", {"check": True, "target": "crm"})
    with time_machine.travel(aws.now() - timedelta(hours=1), tick=False):
        checks().note("stop", {"not_ready": 0}, aws.now())

    (stop,) = deployed.invoke("notifier", {"status": {}})["checks"]

    assert (stop["targets"], stop["not_ready"]) == (1, 1)


def test_a_check_that_cannot_be_kept_is_answered(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed.target("erp-prod", mode="on")
    monkeypatch.setattr(deployed, "values", deployed.values | {"TABLE_NAME": "gone"})

    told = deployed.invoke("trigger", {"check": True})

    assert [one["verdict"] for one in told["verdicts"]] == ["broken document"]


def test_a_sample_goes_to_people_once_a_minute_and_is_no_outcome(deployed: Deployed) -> None:
    first = deployed.invoke("notifier", {"sample": True})
    again = deployed.invoke("notifier", {"sample": True})
    with time_machine.travel(aws.now() + timedelta(seconds=61), tick=False):
        later = deployed.invoke("notifier", {"sample": True})

    assert first["channels"] == later["channels"] == {"sns": "done"}
    assert (again["rejected"]["code"], "less than a minute ago" in again["rejected"]["message"]) == ("too_soon", True)
    assert list(deployed.ledger.history()) == []


def test_a_sample_for_machines_is_not_sent(deployed: Deployed) -> None:
    told = deployed.invoke("notifier", {"sample": True, "channels": ["eventbridge"]})

    assert told["channels"]["eventbridge"].startswith("not sent")


def test_one_operation_can_be_asked_for_by_its_id(deployed: Deployed) -> None:
    one = operation(1, "erp-prod", Result.SUCCEEDED)
    for each in (one, operation(2, "erp-prod", Result.FAILED)):
        deployed.ledger.record(each)

    told = deployed.invoke("notifier", {"history": {"operation_id": one.operation_id}})
    none = deployed.invoke("notifier", {"history": {"operation_id": "0" * 32}})
    mixed = deployed.invoke("notifier", {"history": {"operation_id": one.operation_id, "target": "erp-prod"}})

    assert [each["operation_id"] for each in told["operations"]] == [one.operation_id]
    assert none["operations"] == []
    assert "remove the other keys" in mixed["rejected"]["message"]
