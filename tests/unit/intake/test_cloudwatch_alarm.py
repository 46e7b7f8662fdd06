"""A CloudWatch alarm by each of its three ways: one incident, and only a change to ALARM, for targets that name it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from standdown.core.request import Source, StopRequest
from standdown.intake.cloudwatch_alarm import AlarmChange, from_sns_message, requests_for
from standdown.intake.direct_invocation import read_direct
from standdown.intake.errors import IgnoredError, IntakeError, MalformedError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from support.wire import ACCOUNT, GONE, NOW, TARGETS, TRUST, Target, altered, event, record, sns

METRIC = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:erp-prod-corruption-checksums"
WAYS = ["sns", "bare", "eventbridge", "direct"]


def read(way: str, document: dict[str, Any], trust: Trust = TRUST, now: datetime = NOW) -> list[StopRequest]:
    if way == "direct":
        return read_direct(document, TARGETS, request_id="r-1", now=now, trust=trust)
    body = sns(document) if way == "sns" else document
    return read_queue_record(record(body), TARGETS, now=now, trust=trust)


def file_of(way: str, kind: str = "alarm") -> dict[str, Any]:
    return event(f"{kind}-{'sns' if way == 'bare' else way}")


@pytest.mark.parametrize("way", WAYS)
def test_a_metric_alarm_stops_the_targets_that_name_it(way: str) -> None:
    (request,) = read(way, file_of(way))

    assert (request.source, request.target, request.flaw) == (Source.ALARM, "erp-prod", None)
    assert request.alarm == "erp-prod-corruption-checksums"
    assert request.delivery_id == f"{METRIC}|2026-01-02T03:04:05.678Z"
    assert request.requested_at == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert request.reason.startswith("Threshold Crossed")


def test_one_change_is_one_incident_whichever_way_it_comes() -> None:
    ids = {read(way, file_of(way))[0].operation_id for way in WAYS}

    assert len(ids) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_composite_alarm_stops_like_any_other(way: str) -> None:
    (request,) = read(way, file_of(way, "alarm-composite"))

    assert (request.target, request.alarm) == ("erp-prod", "erp-prod-corruption-confirmed")


def paths(way: str) -> dict[str, str]:
    """Return where each of an alarm's words stands in one of its forms."""
    if way in {"sns", "bare"}:
        return {
            "name": "AlarmName", "state": "NewStateValue", "previous": "OldStateValue", "time": "StateChangeTime",
            "arn": "AlarmArn", "account": "AWSAccountId", "reason": "NewStateReason",
        }  # fmt: skip
    data = "detail" if way == "eventbridge" else "alarmData"
    return {
        "name": f"{data}.alarmName", "state": f"{data}.state.value", "previous": f"{data}.previousState.value",
        "time": f"{data}.state.timestamp", "arn": "resources" if way == "eventbridge" else "alarmArn",
        "account": "account" if way == "eventbridge" else "accountId", "reason": f"{data}.state.reason",
    }  # fmt: skip


def with_word(way: str, word: str, value: Any) -> dict[str, Any]:
    if word == "arn" and way == "eventbridge" and isinstance(value, str):
        value = [value]
    return altered(file_of(way), paths(way)[word], value)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("word", "value", "code"),
    [
        ("state", "OK", "not_an_alarm"),
        ("state", "INSUFFICIENT_DATA", "not_an_alarm"),
        ("previous", "ALARM", "no_change"),
    ],
)
def test_what_is_no_change_to_alarm_is_ignored(way: str, word: str, value: str, code: str) -> None:
    with pytest.raises(IgnoredError) as caught:
        read(way, with_word(way, word, value))

    assert caught.value.code == code


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("name", GONE), ("name", None), ("name", 7), ("name", ""), ("name", "x" * 256), ("name", "erp\x1b[31m"),
        ("name", "other"), ("state", GONE), ("state", "alarm"), ("state", None), ("state", "DANGER"), ("state", {}),
        ("time", GONE), ("time", "yesterday"), ("time", 1767323045), ("time", "2026-01-02T03:04:05"),
        ("time", "0001-01-01T00:00:00+14:00"), ("arn", "arn:aws:sns:us-east-1:000000000000:erp"), ("arn", None),
        ("arn", METRIC.replace(ACCOUNT, "111111111111")), ("arn", METRIC.replace("us-east-1", "eu-west-1")),
        ("arn", METRIC.replace("checksums", "other")), ("arn", []), ("account", "111111111111"), ("account", None),
    ],
)  # fmt: skip
def test_an_alarm_that_is_not_ours_or_not_whole_is_malformed(way: str, word: str, value: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        read(way, with_word(way, word, value))

    assert caught.value.message.isprintable()


@pytest.mark.parametrize("way", WAYS)
def test_an_alarm_two_hours_old_keeps_its_time_so_that_it_is_refused_as_stale(way: str) -> None:
    (request,) = read(way, with_word(way, "time", "2026-01-02T01:04:05.678+0000"))

    assert request.requested_at == datetime(2026, 1, 2, 1, 4, 5, 678000, tzinfo=UTC)


@pytest.mark.parametrize("way", WAYS)
def test_an_alarm_from_the_future_is_flawed(way: str) -> None:
    (request,) = read(way, with_word(way, "time", "9999-12-31T23:59:59Z"))

    assert request.flaw is not None
    assert request.requested_at == NOW


@pytest.mark.parametrize("way", ["eventbridge", "direct"])
@pytest.mark.parametrize("previous", [GONE, None, "OK", {}])
def test_an_alarm_that_does_not_say_where_it_came_from_acts(way: str, previous: Any) -> None:
    data = "detail" if way == "eventbridge" else "alarmData"

    assert read(way, altered(file_of(way), f"{data}.previousState", previous))


@pytest.mark.parametrize("way", ["eventbridge", "direct"])
def test_reason_data_that_is_no_json_is_not_looked_at(way: str) -> None:
    data = "detail" if way == "eventbridge" else "alarmData"

    assert read(way, altered(file_of(way), f"{data}.state.reasonData", "{not json"))


@pytest.mark.parametrize("way", ["eventbridge", "direct"])
def test_an_alarm_whose_actions_are_suppressed_is_ignored(way: str) -> None:
    data = "detail" if way == "eventbridge" else "alarmData"

    with pytest.raises(IgnoredError) as caught:
        read(way, altered(file_of(way), f"{data}.state.actionsSuppressedBy", "Alarm"))

    assert caught.value.code == "suppressed"


@pytest.mark.parametrize("way", ["eventbridge", "direct"])
def test_k01_an_alarm_that_is_released_from_suppression_stops(way: str) -> None:
    data = "detail" if way == "eventbridge" else "alarmData"
    suppressed = {"value": "ALARM", "timestamp": "2026-01-02T03:00:00.000+0000", "actionsSuppressedBy": "WaitPeriod"}

    assert read(way, altered(file_of(way), f"{data}.previousState", suppressed))
    with pytest.raises(IgnoredError):
        read(way, altered(file_of(way), f"{data}.previousState", {"value": "ALARM"}))


@pytest.mark.parametrize("way", WAYS)
def test_where_alarms_are_off_no_alarm_is_listened_to(way: str) -> None:
    with pytest.raises(IgnoredError) as caught:
        read(way, file_of(way), Trust(ACCOUNT))

    assert caught.value.code == "alarms_off"


@pytest.mark.parametrize("way", WAYS)
def test_an_alarm_outside_the_prefix_is_ignored(way: str) -> None:
    with pytest.raises(IgnoredError) as caught:
        read(way, file_of(way), Trust(ACCOUNT, alarm_prefix="dr-"))

    assert caught.value.code == "wrong_prefix"
    assert read(way, file_of(way), Trust(ACCOUNT, alarm_prefix="erp-"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reason", [GONE, None, 7, "line\nline\x1b[31m" + "x" * 5000])
def test_whatever_the_reason_it_is_one_short_line(way: str, reason: Any) -> None:
    (request,) = read(way, with_word(way, "reason", reason))

    assert len(request.reason) <= 500
    assert request.reason.isprintable()


def test_an_older_alarm_message_without_its_arn_gets_the_one_it_must_have() -> None:
    (request,) = read("sns", with_word("sns", "arn", GONE))

    assert request.delivery_id.startswith(METRIC)


@pytest.mark.parametrize("wrong", [{"source": "aws.other"}, {"alarmData": None}, {"alarmData": []}])
def test_a_direct_action_that_is_none_of_cloudwatchs_is_malformed(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        read("direct", {**event("alarm-direct"), **wrong})


@pytest.mark.parametrize("resources", [GONE, None, [], "x", [METRIC, METRIC], [7]])
def test_an_alarms_event_names_the_one_alarm_it_is_of(resources: Any) -> None:
    with pytest.raises(MalformedError):
        read("eventbridge", altered(event("alarm-eventbridge"), "resources", resources))


def change(**changes: Any) -> AlarmChange:
    return AlarmChange(**{"name": "a-1", "state": "ALARM", "changed_at": NOW, "delivery_id": "d", **changes})


@pytest.mark.parametrize(
    ("globs", "stops"),
    [
        (("a-1",), True), (("a-*",), True), (("*",), True), (("a-?",), True), (("a-[0-9]",), True),
        (("b", "a-1"), True),
        ((), False), (("A-1",), False), (("a",), False), (("a-1 ",), False), (("a-[!1]",), False), (("",), False),
    ],
)  # fmt: skip
def test_globs_name_alarms_to_the_letter(globs: tuple[str, ...], stops: bool) -> None:
    targets = [Target("t", globs)]

    if stops:
        assert [request.target for request in requests_for(change(), targets)] == ["t"]
    else:
        with pytest.raises(IgnoredError) as caught:
            requests_for(change(), targets)
        assert caught.value.code == "no_target"


def test_one_alarm_may_stop_several_targets_each_once() -> None:
    targets = [Target("b", ("a-*",)), Target("a", ("a-1", "a-*")), Target("b", ("*",))]

    requests = requests_for(change(), targets)

    assert [request.target for request in requests] == ["a", "b"]
    assert len({request.operation_id for request in requests}) == 2


def test_an_error_says_its_code_and_one_line_that_breaks_no_log() -> None:
    error = IntakeError("code", "first\nsecond\x00\x1b[31m" + "x" * 1000)

    assert str(error).startswith("code: first second\\u0000")
    assert len(error.message) <= 300
    assert error.message.isprintable()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("word", ["previous", "reason"])
@pytest.mark.parametrize("value", [7, ["ALARM"], {"value": "ALARM"}, None])
def test_a_word_that_nothing_depends_on_may_be_anything(way: str, word: str, value: Any) -> None:
    (as_it_is,), (request,) = read(way, file_of(way)), read(way, with_word(way, word, value))

    assert request == (replace(as_it_is, reason="") if word == "reason" else as_it_is)


def test_what_an_alarm_was_before_is_text_or_nothing() -> None:
    change = from_sns_message({**file_of("bare"), "OldStateValue": ["ALARM"]}, now=NOW, trust=TRUST)

    assert change.previous is None
