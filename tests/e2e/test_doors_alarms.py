"""Recipe: an alarm stops the groups whose targets name it, by a topic, by a rule, and by an action that invokes."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

from local.case import Case, wait_for
from local.cloud import LocalCloud
from local.doors import Doors
from local.event import freshened
from local.places import ROOT


def change(name: str, kind: str) -> dict[str, Any]:
    """Return a change to ALARM, of just now, as the sample event has it."""
    text = (ROOT / "events" / f"alarm-{kind}.json").read_text().replace("erp-prod-corruption-checksums", name)
    changed: dict[str, Any] = json.loads(freshened(text, datetime.now(UTC)))
    return changed


def test_an_alarm_by_topic_stops_every_target_that_names_it_once_and_its_recovery_none(
    stack: LocalCloud, doors: Doors
) -> None:
    cases = [Case(stack, "by-topic"), Case(stack, "by-topic-too")]

    doors.alarm("alarm-topic-corruption", "OK", "ALARM", reason="checksums differ")

    operations = [operation for case in cases for operation in case.published()]
    assert [operation["outcome"]["result"] for operation in operations] == ["succeeded", "succeeded"]
    assert {operation["request"]["source"] for operation in operations} == {"alarm"}
    assert {operation["request"]["reason"] for operation in operations} == {"checksums differ"}
    assert [len(case.stops()) for case in cases] == [1, 1]


def test_a_composite_alarm_by_topic_stops_its_target(stack: LocalCloud, doors: Doors) -> None:
    case = Case(stack, "by-composite")

    doors.alarm("alarm-composite", AlarmRule="ALARM(alarm-part-1) OR ALARM(alarm-part-2)")

    (operation,) = case.published()
    assert operation["outcome"]["result"] == "succeeded"
    assert operation["request"]["alarm"] == "alarm-composite"


def test_the_rule_hands_on_a_change_to_alarm_of_its_prefix_and_nothing_else(stack: LocalCloud, doors: Doors) -> None:
    case = Case(stack, "by-rule")
    alarm = change("alarm-rule", "eventbridge")
    recovered = copy.deepcopy(alarm)
    recovered["detail"]["state"]["value"] = "OK"

    taken = [doors.rule(one) for one in (recovered, {**alarm, "account": "111111111111"}, change("x", "eventbridge"))]
    taken.append(doors.rule(alarm))

    (operation,) = case.published()
    assert taken == [False, False, False, True]
    assert operation["outcome"]["result"] == "succeeded"
    assert len(case.stops()) == 1


def test_one_change_by_action_and_by_rule_is_one_stop(stack: LocalCloud, doors: Doors) -> None:
    case, now = Case(stack, "by-action"), datetime.now(UTC)
    action, event = change("alarm-action", "direct"), change("alarm-action", "eventbridge")
    for states in (action["alarmData"], event["detail"]):
        states["state"]["timestamp"] = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}+0000"

    doors.action(action)
    doors.rule(event)

    (operation,) = case.published()
    assert operation["outcome"]["result"] == "succeeded"
    assert operation["request"]["source"] == "alarm"
    assert len(case.stops()) == 1


def test_an_alarm_that_names_no_target_or_is_not_ours_stops_nothing(stack: LocalCloud, doors: Doors) -> None:
    before = caused(stack)
    foreign = change("alarm-rule", "eventbridge")
    foreign["account"] = "111111111111"

    doors.alarm("alarm-of-nobody")
    doors.alarm("other-prefix")
    doors.alarm("alarm-topic-recovers", "OK")
    doors.action(change("alarm-of-nobody-either", "direct"))
    stack.request(foreign)
    stack.request(change("alarm-rule", "sns"))  # as if by another topic, which does not say its name

    wanted = {"no_target", "wrong_prefix", "not_an_alarm", "wrong_account", "wrong_topic"}
    wait_for(lambda: {line.get("reason_code") for line in stack.logs("trigger")}, wanted.issubset)
    assert caused(stack) == before


def caused(stack: LocalCloud) -> tuple[int, int]:
    """Return how many operations alarms have caused, and how many stops there were of anything that they name."""
    operations = [one for one in stack.ledger() if one["request"]["source"] == "alarm"]
    groups = {one["group"]["server_group_id"] for one in operations}
    return len(operations), len(
        [call for call in stack.simulator.calls("stop") if call["path"].split("/")[-2] in groups]
    )
