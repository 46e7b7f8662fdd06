"""What an operator asks the deployed stack: could it be stopped, what was stopped, tell it again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.case import Case, wait_for
from local.cloud import LocalCloud
from support.command import doctor


def verdict(case: Case) -> dict[str, Any]:
    told = case.cloud.invoke("trigger", {"check": True, "target": case.target})
    [found] = told["verdicts"]
    return dict(found)


def test_a_check_sees_a_target_before_and_after_its_stop(case: Case) -> None:
    before = verdict(case)
    case.request()
    case.published()
    after = verdict(case)

    assert (before["verdict"], before["group_status"]) == ("ready", "protected")
    assert (after["verdict"], after["group_status"]) == ("already off", "available")
    assert len(case.stops()) == 1


def test_a_check_of_everything_tells_each_target_apart(stack: LocalCloud) -> None:
    told = stack.invoke("trigger", {"check": True})

    found = {one["target"]: one["verdict"] for one in told["verdicts"]}
    assert (found["broken"], found["switched-off"], found["rehearsed"]) == ("broken document", "not now", "not now")
    assert told["credential"] == "access key"
    assert told["table"].startswith("Stack mode: live.")


def test_the_doctor_looks_at_a_deployed_stack(
    operator: LocalCloud, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    ready = doctor(["--stack", operator.stack, "--only", case.target, "--json"])
    found = json.loads(capsys.readouterr().out)
    case.set_group(status="failed-over")
    failed_over = doctor(["--stack", operator.stack, "--only", case.target])
    table = capsys.readouterr().out

    assert (ready, [one["verdict"] for one in found["verdicts"]]) == (0, ["ready"])
    assert failed_over == 1
    assert "SDRS takes no stop while the group's status is failed-over" in table


def test_the_history_tells_who_asked_and_how_it_ended(case: Case) -> None:
    case.request(reason="drill", requested_by="Ada")
    case.published()
    case.request(reason="once more", requested_by="Grace")
    case.published(2)

    whole = case.cloud.invoke("notifier", {"history": {"target": case.target}})
    first = case.cloud.invoke("notifier", {"history": {"target": case.target, "limit": 1}})
    second = case.cloud.invoke("notifier", {"history": {"target": case.target, "limit": 1, "after": first["after"]}})
    of_all = case.cloud.invoke("notifier", {"history": {"since": whole["operations"][-1]["received_at"], "limit": 200}})

    assert [(one["who"].split(" (")[0], one["outcome"]) for one in whole["operations"]] == [
        ("Grace", "already_stopped"),
        ("Ada", "succeeded"),
    ]
    assert first["operations"] + second["operations"] == whole["operations"]
    assert [one for one in of_all["operations"] if one["target"] == case.target] == whole["operations"]


def test_an_outcome_is_told_again_with_the_same_ids(case: Case) -> None:
    inbox = case.cloud.subscribe()
    case.request()
    (operation,) = case.published()

    told = case.cloud.invoke("notifier", {"replay": operation["pk"], "channels": ["sns"]})

    def events() -> list[Any]:
        return [event for event in inbox.outcomes() if event["operation_id"] == operation["pk"]]

    found = wait_for(events, lambda seen: len(seen) >= 2)
    assert told["channels"] == {"sns": "done"}
    assert found[0] == found[1]


def test_a_question_that_is_none_is_told_so(stack: LocalCloud) -> None:
    told = [stack.invoke("trigger", {"history": {}}), stack.invoke("notifier", {"replay": "0" * 32})]

    assert "ask the notifier" in told[0]["rejected"]["message"]
    assert "is in the ledger" in told[1]["rejected"]["message"]
