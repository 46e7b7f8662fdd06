"""Alarms and dashboard: they watch what is published, of this stack alone, and each alarm has its section."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.places import ROOT
from local.template import load
from local.translated import ON, deployed, of_type
from standdown.base.metrics import DIMENSIONS, NAMESPACE, STACK, Metric
from standdown.core.outcome import Refusal, Result
from standdown.entry.wiring.sweeper import SweeperSettings
from support.inmemory import Stack

RESOURCES = deployed(**ON)
ALARMS = of_type(RESOURCES, "AWS::CloudWatch::Alarm")
TEMPLATE = load()
RUNBOOK = (ROOT / "docs" / "using" / "operations.md").read_text(encoding="utf-8")
# What AWS publishes, by the reference of each service.
OF_AWS: dict[str, tuple[str, set[str]]] = {
    "AWS/Lambda": ("FunctionName", {"Errors", "Throttles", "Duration", "Invocations"}),
    "AWS/SQS": ("QueueName", {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}),
    "AWS/States": (
        "StateMachineArn",
        {"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"},
    ),
    "AWS/ApiGateway": ("ApiId", {"4xx", "5xx", "Count"}),
}
_NEVER = (
    Metric.MESSAGES_BROKEN, Metric.BROKEN_TARGETS, Metric.UNDELIVERED, Metric.MOVED_ON, Metric.STOPS_HELD_UP,
    Metric.DEAD_LETTERED, Metric.TARGETS_NOT_READY, Metric.BROKEN_SECRETS,
)  # fmt: skip
VALUES = {"outcome": {one.value for one in Result}, "reason": {one.value for one in Refusal}}


def check_published(namespace: str, name: str, dimensions: dict[str, Any]) -> None:
    """Fail unless somebody publishes this very metric with these very dimensions."""
    if namespace == NAMESPACE:
        metric = Metric(name)
        more = dimensions.keys() - {STACK}
        assert STACK in dimensions
        assert not more or more == set(DIMENSIONS[metric])
        assert all(dimensions[one] in VALUES[one] for one in more)
    else:
        dimension, names = OF_AWS[namespace]
        assert name in names
        assert dimensions.keys() == {dimension}


def body(*, webhook: bool = False) -> dict[str, Any]:
    """Return the dashboard, of a stack with webhooks or without; each reference is its name in angle brackets."""
    text, _ = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    more = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][1]["WebhookAlarms"]["Fn::If"]
    text = text.replace("${WebhookAlarms}", more[1]["Fn::Sub"] if webhook else more[2])
    found: dict[str, Any] = json.loads(re.sub(r"\$\{([^}]+)\}", r"<\1>", text))
    return found


def widgets(kind: str, *, webhook: bool = False) -> list[dict[str, Any]]:
    return [one["properties"] for one in body(webhook=webhook)["widgets"] if one["type"] == kind]


def query(title: str) -> str:
    """Return the query of the log table whose title begins so."""
    (found,) = (one["query"] for one in widgets("log") if one["title"].startswith(title))
    return str(found)


def lines() -> Iterator[tuple[str, list[Any]]]:
    for one in widgets("metric"):
        for line in one["metrics"]:
            yield one["title"], line


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_what_is_published(name: str) -> None:
    alarm = ALARMS[name]

    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}

    check_published(alarm["Namespace"], alarm["MetricName"], dimensions)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_of_this_stack_tells_the_operators_and_says_what_to_do(name: str) -> None:
    alarm = ALARMS[name]

    values = [one["Value"] for one in alarm["Dimensions"] if one["Name"] not in ("outcome", "channel", "reason")]

    assert alarm["AlarmActions"] == [{"Ref": "OperatorTopic"}]
    assert all(isinstance(value, dict) for value in values)  # a reference, never a name that two stacks share
    assert "AlarmName" not in alarm
    assert alarm["TreatMissingData"] in ("notBreaching", "breaching")
    assert 80 < len(alarm["AlarmDescription"]) < 1024
    assert alarm["AlarmDescription"].endswith(f" docs/using/operations.md, {name}.")


def test_silence_is_an_alarm_for_the_sweeper_alone() -> None:
    assert [name for name, one in ALARMS.items() if one["TreatMissingData"] == "breaching"] == ["SweeperSilentAlarm"]


def test_the_runbook_has_a_section_for_each_alarm_and_for_no_other() -> None:
    sections = re.findall(r"^### (\w+Alarm)$", RUNBOOK, re.MULTILINE)

    assert sorted(sections) == sorted(ALARMS)


def test_every_dead_letter_queue_and_every_function_has_its_alarm() -> None:
    watched = {
        (one["MetricName"], json.dumps(value["Value"])) for one in ALARMS.values() for value in one["Dimensions"]
    }
    queues = [name for name in of_type(RESOURCES, "AWS::SQS::Queue") if "DeadLetter" in name]

    for queue in queues:
        assert ("ApproximateNumberOfMessagesVisible", json.dumps({"Fn::GetAtt": [queue, "QueueName"]})) in watched
    for function in of_type(RESOURCES, "AWS::Lambda::Function"):
        assert ("Errors", json.dumps({"Ref": function})) in watched
        assert ("Throttles", json.dumps({"Ref": function})) in watched


@pytest.mark.parametrize("metric", [*_NEVER])
def test_what_should_never_be_counted_is_an_alarm_from_the_first_on(metric: Metric) -> None:
    (alarm,) = (one for one in ALARMS.values() if one["MetricName"] == metric.value)

    assert alarm["Dimensions"] == [{"Name": STACK, "Value": {"Ref": "AWS::StackName"}}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
    assert alarm["EvaluationPeriods"] == 1


def test_the_pages_count_the_alarms_rightly() -> None:
    always, ever = len(of_type(deployed(), "AWS::CloudWatch::Alarm")), len(ALARMS)
    security = (ROOT / "docs" / "using" / "security.md").read_text(encoding="utf-8")

    assert f"| {always} alarms ({ever} with webhooks)" in RUNBOOK
    assert f"dashboard, {always} alarms with a runbook" in security


def test_the_trigger_is_slow_from_four_fifths_of_its_time_on() -> None:
    alarm = ALARMS["TriggerSlowAlarm"]

    assert alarm["ExtendedStatistic"] == "p99"
    assert alarm["Threshold"] == 0.8 * 1000 * TEMPLATE["Globals"]["Function"]["Timeout"]


def test_an_alarm_of_a_way_in_is_there_with_its_way_in_alone() -> None:
    added = ALARMS.keys() - of_type(deployed(), "AWS::CloudWatch::Alarm").keys()

    assert added == {
        "WebhookErrorsAlarm", "WebhookUnavailableAlarm", "WebhookRejectedAlarm", "WebhookThrottledAlarm",
        "SmnUnavailableAlarm", "SmnRejectedAlarm",
    }  # fmt: skip


@pytest.mark.parametrize("api", ["WebhookApi", "SmnApi"])
@pytest.mark.parametrize("metric", ["4xx", "5xx"])
def test_h01c_each_api_has_an_alarm_on_its_4xx_and_on_its_5xx_and_no_stranger_rings_it_more_than_once_an_hour(
    api: str, metric: str
) -> None:
    found = [
        [one[key] for key in ("Statistic", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold")]
        for one in ALARMS.values()
        if one["MetricName"] == metric and one["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": api}}]
    ]

    assert found == [["Sum", 3600, 1, "GreaterThanThreshold", 0]]


def test_the_daily_check_rings_once_on_each_day_on_which_a_target_is_not_ready() -> None:
    alarm = ALARMS["TargetsNotReadyAlarm"]

    assert (alarm["Statistic"], alarm["Period"], alarm["TreatMissingData"]) == ("Maximum", 3600, "notBreaching")


def test_the_operators_have_a_topic_of_their_own_to_which_alarms_of_this_stack_may_publish() -> None:
    (allowed,) = (
        one
        for one in of_type(RESOURCES, "AWS::SNS::TopicPolicy")["OperatorTopicPolicy"]["PolicyDocument"]["Statement"]
        if one["Effect"] == "Allow"
    )

    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":alarm:${AWS::StackName}-*")


@pytest.mark.parametrize(("title", "line"), list(lines()), ids=lambda one: str(one)[:40])
def test_the_dashboard_shows_what_is_published(title: str, line: list[Any]) -> None:
    *words, _ = line if isinstance(line[-1], dict) else [*line, {}]
    if not words:
        expression = line[-1]["expression"]
        searched = re.fullmatch(r"SEARCH\('\{(\w+),([\w,]+)\} MetricName=\"(\w+)\" stack=\"(.+)\"', .*\)", expression)
        assert searched
        namespace, dimensions, name, stack = searched.groups()
        assert namespace == NAMESPACE
        assert set(dimensions.split(",")) == {STACK, *DIMENSIONS[Metric(name)]}
        assert stack == "<AWS::StackName>"
        return

    namespace, name, *pairs = words
    check_published(namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)))
    assert title


def test_the_dashboard_answers_its_four_questions_first() -> None:
    first = [one["properties"]["title"] for one in body()["widgets"] if one["y"] == 3]

    assert [title.split()[0] for title in first] == ["Unprotected", "Under", "Failed", "Refused,"]


def test_the_dashboard_refers_to_nothing_that_may_not_be_there() -> None:
    names = re.findall(r"<(\w+)[.>]", json.dumps(body()))

    always = deployed().keys() | {"AWS", "Webhook"}

    assert set(names) <= always


def test_the_dashboard_shows_every_alarm_that_is_always_there_and_no_widget_over_another() -> None:
    (shown,) = widgets("alarm")
    places = [(one["x"], one["y"], one["width"], one["height"]) for one in body()["widgets"]]
    cells = [(x + i, y + j) for x, y, width, height in places for i in range(width) for j in range(height)]

    assert {one.strip("<>").removesuffix(".Arn") for one in shown["alarms"]} == {
        *of_type(deployed(), "AWS::CloudWatch::Alarm")
    }
    assert len(cells) == len(set(cells))
    assert all(x + width <= 24 for x, _, width, _ in places)


def test_o08_the_dashboard_of_a_stack_with_webhooks_shows_the_alarms_of_its_webhooks_too() -> None:
    (shown,) = widgets("alarm", webhook=True)

    assert {one.strip("<>").removesuffix(".Arn") for one in shown["alarms"]} == set(ALARMS)


@pytest.mark.parametrize("metric", [Metric.STOPS_HELD_UP, Metric.DEAD_LETTERED])
def test_o04c_an_alarm_speaks_within_a_minute_and_is_quiet_again_when_nothing_more_happens(metric: Metric) -> None:
    (alarm,) = (one for one in ALARMS.values() if one["MetricName"] == metric.value)

    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 60, 1)
    assert alarm["TreatMissingData"] == "notBreaching"


def test_w07_what_the_trigger_dead_letters_has_a_metric_of_its_own_and_the_runbook_says_how_late_sqs_is() -> None:
    """SQS reports a queue that was idle up to 15 minutes late: nobody would act on a request meanwhile."""
    dead_lettered = [one for one in ALARMS.values() if one["MetricName"] == "DeadLettered"]
    late = RUNBOOK.partition("### RequestDeadLettersAlarm")[2].partition("###")[0]

    assert [(one["Namespace"], one["Period"]) for one in dead_lettered] == [(NAMESPACE, 60)]
    assert "up to 15 minutes late" in late
    assert "RequestDeadLetteredAlarm comes within a minute" in late


def test_o05_the_alarm_of_waiting_requests_names_only_what_it_can_see() -> None:
    words = ALARMS["RequestsWaitingAlarm"]["AlarmDescription"]
    section = RUNBOOK.partition("### RequestsWaitingAlarm")[2].partition("###")[0]

    assert "Huawei" not in words + section
    assert "StopsHeldUpAlarm" in section


def test_o06b_the_dashboard_shows_how_the_latest_ended_by_the_lines_of_the_notifier() -> None:
    latest = query("How the latest ended")

    assert "SOURCE '<NotifierLogs>'" in latest
    assert "message = 'outcome published' and ispresent(result)" in latest
    assert latest.endswith("| sort @timestamp desc | dedup operation_id | limit 20")


def test_the_dashboard_reads_the_lines_that_the_code_writes() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "layers" / "standdown" / "standdown").rglob("*.py"))

    messages = [one for log in widgets("log") for one in re.findall(r"message = '([^']+)'", log["query"])]

    assert len(messages) == 4
    assert all(f'logger.info("{message}"' in sources for message in messages)


def test_the_table_of_groups_without_protection_shows_what_the_sweeper_logs(caplog: pytest.LogCaptureFixture) -> None:
    stack = Stack()
    stack.set_group("available")
    stack.watch()
    (logged,) = (vars(one) for one in caplog.records if one.getMessage() == "group unprotected")

    table = query("Groups without protection")

    source, fields, filtered, *rest = table.split(" | ")
    assert source == "SOURCE '<SweeperLogs>'"
    assert filtered == "filter message = 'group unprotected'"
    assert rest == ["sort @timestamp desc", "dedup group", "limit 50"]
    assert set(fields.removeprefix("fields @timestamp, ").split(", ")) <= logged.keys()


def test_a_group_without_protection_rings_after_a_day_unless_the_operator_says_otherwise() -> None:
    alarm, parameter = ALARMS["UnprotectedAlarm"], TEMPLATE["Parameters"]["UnprotectedAlarmMinutes"]

    assert (alarm["MetricName"], alarm["Statistic"]) == (Metric.UNPROTECTED_MINUTES.value, "Maximum")
    assert alarm["Dimensions"] == [{"Name": STACK, "Value": {"Ref": "AWS::StackName"}}]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "GreaterThanThreshold", {"Ref": "UnprotectedAlarmMinutes"},
    )  # fmt: skip
    assert parameter["Default"] == 24 * 60


def test_the_sweeper_watches_every_group_where_the_parameter_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = RESOURCES["SweeperFunction"]["Properties"]["Environment"]["Variables"]
    words = TEMPLATE["Parameters"]["WatchAllGroups"]["AllowedValues"]
    for name in variables.keys() | TEMPLATE["Globals"]["Function"]["Environment"]["Variables"].keys():
        monkeypatch.setenv(name, "1")
    seen = {}

    for word in words:
        monkeypatch.setenv("WATCH_ALL_GROUPS", word)
        seen[word] = SweeperSettings.from_env().watch_all_groups

    assert variables["WATCH_ALL_GROUPS"] == {"Ref": "WatchAllGroups"}
    assert seen == {"true": True, "false": False}
