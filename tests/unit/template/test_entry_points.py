"""The ways in, on the template as SAM translates it: none but the queue by default, and each one narrow."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from local.places import ROOT
from local.template import load
from local.translated import ON, deployed, of_type, translated

SERVICES = {
    "events.amazonaws.com": {"aws:SourceArn", "aws:SourceAccount"},
    "cloudwatch.amazonaws.com": {"aws:SourceArn", "aws:SourceAccount"},
    "sns.amazonaws.com": {"aws:SourceArn"},
}
"""What AWS documents that each service says of itself to a queue or a topic."""


def statements(resources: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every statement of every policy of a queue or topic."""
    policies = {**of_type(resources, "AWS::SQS::QueuePolicy"), **of_type(resources, "AWS::SNS::TopicPolicy")}
    return [one for policy in policies.values() for one in policy["PolicyDocument"]["Statement"]]


def test_a_default_stack_has_no_public_address_and_no_entry_point_but_its_queue() -> None:
    resources = deployed()

    kinds = {one["Type"] for one in resources.values()}
    allowed = [one for one in statements(resources) if one["Effect"] == "Allow"]
    invokers = {one["Principal"] for one in of_type(resources, "AWS::Lambda::Permission").values()}

    assert not [kind for kind in kinds if "Api" in kind or "Scheduler" in kind or kind == "AWS::Lambda::Url"]
    # To the operators and to what is set aside, not to the queue.
    assert {one["Sid"] for one in allowed} == {"AlarmsOfThisStackMayPublish", "RulesOfTheSweeperMaySend"}
    assert not [one for one in allowed if one["Resource"] == REQUESTS]
    assert invokers == {"events.amazonaws.com"}  # the sweeper's, and the daily check's
    assert "WebhookFunction" not in resources


def test_a_default_stack_can_stop_nothing_as_no_target_is_configured() -> None:
    kinds = {one["Type"] for one in deployed(**ON).values()}

    assert "AWS::SSM::Parameter" not in kinds


def test_a_way_in_that_is_not_deployed_may_be_claimed_by_nobody() -> None:
    off, on = (deployed(**given)["TriggerFunction"]["Properties"]["Environment"]["Variables"] for given in ({}, ON))
    names = ("SCHEDULE_SENDER_ID", "WEBHOOK_SENDER_ID", "ALARM_TOPIC_ARNS")

    assert [off[name] for name in names] == ["", "", ""]
    assert [on[name] for name in names] == [
        {"Fn::GetAtt": ["ScheduleRole", "RoleId"]},
        {"Fn::GetAtt": ["WebhookRole", "RoleId"]},
        {"Ref": "AlarmTopic"},
    ]


@pytest.mark.parametrize(
    ("parameters", "added"),
    [
        (
            {"AlarmPrefix": "erp-"},
            {"AlarmTopic", "AlarmTopicPolicy", "AlarmSubscription", "AlarmRule", "AlarmMayInvoke"},
        ),
        ({"RequestEventSource": "example.runbook"}, {"RequestRule"}),
        ({"ScheduleExpression": "cron(0 22 * * ? *)"}, {"Schedule", "ScheduleGroup", "ScheduleRole"}),
    ],
)
def test_a_way_in_is_switched_on_alone(parameters: dict[str, str], added: set[str]) -> None:
    assert deployed(**parameters).keys() - deployed().keys() == added


def test_the_webhook_is_switched_on_alone() -> None:
    added = deployed(EnableWebhook="true").keys() - deployed().keys()

    assert all(name.startswith(("Webhook", "Smn", "DailyCheck")) for name in added)
    assert "WebhookFunction" in added


def test_every_permission_to_invoke_names_its_source() -> None:
    permissions = of_type(deployed(**ON), "AWS::Lambda::Permission")

    for name, permission in permissions.items():
        own = {"Fn::GetAtt"} == permission["SourceArn"].keys()  # a resource of this stack, so of this account
        assert permission["Principal"] != "*", name
        assert own or ":${AWS::AccountId}:" in permission["SourceArn"]["Fn::Sub"], name
    assert {permission["Principal"] for permission in permissions.values()} == {
        "apigateway.amazonaws.com",
        "events.amazonaws.com",
        "lambda.alarms.cloudwatch.amazonaws.com",
    }


def test_alarms_are_let_in_by_their_prefix_alone() -> None:
    resources = deployed(**ON)
    arn = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AlarmPrefix}*"
    (publish,) = (one for one in statements(resources) if one.get("Sid") == "AlarmsMayPublish")
    pattern = resources["AlarmRule"]["Properties"]["EventPattern"]

    assert publish["Condition"]["ArnLike"] == {"aws:SourceArn": {"Fn::Sub": arn}}
    assert resources["AlarmMayInvoke"]["Properties"]["SourceArn"] == {"Fn::Sub": arn}
    assert pattern["detail"] == {"alarmName": [{"prefix": {"Ref": "AlarmPrefix"}}], "state": {"value": ["ALARM"]}}
    assert pattern["account"] == [{"Ref": "AWS::AccountId"}]


@pytest.mark.parametrize("parameters", [{}, ON])
def test_queues_and_topics_refuse_what_comes_without_tls_and_open_to_nobody_but_one_sender(
    parameters: dict[str, str],
) -> None:
    resources = deployed(**parameters)

    for statement in statements(resources):
        if statement["Effect"] == "Deny":
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        else:
            condition = {key for keys in statement["Condition"].values() for key in keys}
            assert statement["Principal"].keys() == {"Service"}
            assert condition == SERVICES[statement["Principal"]["Service"]]
    policies = of_type(resources, "AWS::SQS::QueuePolicy").values()
    guarded = {json.dumps(queue) for policy in policies for queue in policy["Queues"]}
    assert {json.dumps({"Ref": "RequestQueue"}), json.dumps({"Ref": "RequestDeadLetterQueue"})} <= guarded


DEAD_LETTERS = {"Fn::GetAtt": ["RequestDeadLetterQueue", "Arn"]}
REQUESTS = {"Fn::GetAtt": ["RequestQueue", "Arn"]}


def test_every_hop_on_the_way_in_has_its_dead_letter_queue() -> None:
    resources = deployed(**ON)
    rules = of_type(resources, "AWS::Events::Rule").values()
    targets = [one for rule in rules for one in rule["Targets"] if one["Arn"] == REQUESTS]
    schedules = [one["Target"] for one in of_type(resources, "AWS::Scheduler::Schedule").values()]
    subscriptions = of_type(resources, "AWS::SNS::Subscription").values()
    queued = [one for one in subscriptions if one["Protocol"] == "sqs"]
    (invoked,) = (
        one for one in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
        if one["FunctionName"] == {"Ref": "TriggerFunction"}
    )  # fmt: skip

    assert [one["DeadLetterConfig"]["Arn"] for one in targets] == [DEAD_LETTERS] * 2  # alarms, requests
    assert [one["DeadLetterConfig"]["Arn"] for one in schedules] == [DEAD_LETTERS]
    assert [one["RedrivePolicy"]["deadLetterTargetArn"] for one in queued] == [DEAD_LETTERS]
    assert invoked["DestinationConfig"]["OnFailure"]["Destination"] == DEAD_LETTERS
    assert resources["RequestQueue"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS


def test_every_hop_to_the_sweeper_has_its_dead_letter_queue_and_may_use_it() -> None:
    resources, letters = deployed(**ON), {"Fn::GetAtt": ["SweeperDeadLetterQueue", "Arn"]}
    function = {"Fn::GetAtt": ["SweeperFunction", "Arn"]}
    rules = {
        name: one
        for name, rule in of_type(resources, "AWS::Events::Rule").items()
        for one in rule["Targets"]
        if one["Arn"] == function
    }
    (invoked,) = (
        one for one in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
        if one["FunctionName"] == {"Ref": "SweeperFunction"}
    )  # fmt: skip
    (policy,) = (
        one for one in of_type(resources, "AWS::SQS::QueuePolicy").values()
        if one["Queues"] == [{"Ref": "SweeperDeadLetterQueue"}]
    )  # fmt: skip
    (allowed,) = (one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow")
    (rights,) = resources["SweeperRole"]["Properties"]["Policies"]
    sends = [one["Resource"] for one in rights["PolicyDocument"]["Statement"] if one["Action"] == "sqs:SendMessage"]

    assert rules.keys() == {"SweeperFunctionEveryFiveMinutes", "SweeperFunctionWorkflowBroke"}
    assert [one["DeadLetterConfig"]["Arn"] for one in rules.values()] == [letters] * 2
    assert {one["RetryPolicy"]["MaximumEventAgeInSeconds"] for one in rules.values()} == {600}
    assert invoked["DestinationConfig"]["OnFailure"]["Destination"] == letters
    assert letters in sends
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    named = [one["Fn::GetAtt"][0] for one in allowed["Condition"]["ArnEquals"]["aws:SourceArn"]]
    daily = deployed(HuaweiReadSecretName="read", EnableWebhook="true")["DailyCheckRule"]["Properties"]["Targets"]
    assert named == [*rules, "DailyCheckRule"]
    assert [one["DeadLetterConfig"]["Arn"] for one in daily] == [letters] * 3


def test_whoever_delivers_may_also_put_a_letter_aside() -> None:
    resources = deployed(**ON)

    senders: dict[str, set[str]] = {name: set() for name in of_type(resources, "AWS::SQS::Queue")}
    for one in statements(resources):
        if one["Effect"] == "Allow" and one["Action"] == "sqs:SendMessage":
            senders[one["Resource"]["Fn::GetAtt"][0]].add(one["Principal"]["Service"])
    (policy,) = resources["ScheduleRole"]["Properties"]["Policies"]

    assert senders["RequestQueue"] == senders["RequestDeadLetterQueue"] == {"sns.amazonaws.com", "events.amazonaws.com"}
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == [REQUESTS, DEAD_LETTERS]


def test_a_schedule_is_given_up_soon_and_identified_by_its_time() -> None:
    schedule = deployed(**ON)["Schedule"]["Properties"]
    text, names = schedule["Target"]["Input"]["Fn::Sub"]
    filled = re.sub(r"\$\{[A-Za-z:]+\}", "x", text)

    document = json.loads(filled)

    assert schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 900
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert names == {"Names": {"Fn::Join": ['", "', {"Fn::Split": [",", {"Ref": "ScheduleTargets"}]}]}}
    assert document["requested_at"] == "<aws.scheduler.scheduled-time>"
    assert document["delivery_id"].endswith("/<aws.scheduler.scheduled-time>")
    assert document["source"] == "schedule"


@pytest.mark.parametrize("text", ['say "stop"', "a\\b", "a\nb", "${AWS::StackName}", "{", "x" * 201])
def test_a_schedules_reason_cannot_break_out_of_its_text(text: str) -> None:
    assert not re.fullmatch(translated()["Parameters"]["ScheduleReason"]["AllowedPattern"], text)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True), ("cron(0 22 ? * MON-FRI *)", True), ("cron(0/5 8-17 L * ? 2026)", True),
        ("at(2026-01-02T03:04:05)", True), ("now", False), ("cron()", False), ("cron(0 22)\n", False),
    ],
)  # fmt: skip
def test_a_schedules_expression_is_one_of_the_schedulers_and_names_a_time(text: str, allowed: bool) -> None:
    pattern = translated()["Parameters"]["ScheduleExpression"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, text)) is allowed


def test_w02_a_rate_is_refused_since_it_would_stop_at_once_and_the_message_says_what_to_do() -> None:
    parameter = translated()["Parameters"]["ScheduleExpression"]

    assert not re.fullmatch(parameter["AllowedPattern"], "rate(1 day)")
    assert "rate" not in parameter["Description"]
    assert "clear or replace a rate(...) before the update" in parameter["ConstraintDescription"]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("erp-prod", True), ("erp-prod,crm-prod", True), ("", True), (",", False), ("erp-prod,", False),
        ("erp-prod, crm-prod", False), ("ERP", False), ('a","b', False), ("a" * 64, False), ("a,,b", False),
    ],
)  # fmt: skip
def test_a_schedules_targets_are_names_with_commas_between_them(text: str, allowed: bool) -> None:
    pattern = translated()["Parameters"]["ScheduleTargets"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, text)) is allowed


def test_a_schedule_without_targets_is_not_deployed() -> None:
    rule = load()["Rules"]["ScheduleStopsSomething"]
    (assertion,) = rule["Assertions"]
    parameter = load()["Parameters"]["ScheduleTargets"]

    assert parameter["Type"] == "String"  # an empty text is an empty text; an empty list may be anything
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ScheduleExpression"}, ""]}]}
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ScheduleTargets"}, ""]}]}


@pytest.mark.parametrize("text", ["*", "erp-*", "erp?", "erp prod", "-erp", "${x}", "x" * 101])
def test_an_alarm_prefix_has_no_wildcard(text: str) -> None:
    assert not re.fullmatch(translated()["Parameters"]["AlarmPrefix"]["AllowedPattern"], text)


def test_the_webhook_is_throttled_logged_bounded_and_short() -> None:
    resources = deployed(**ON)
    stage, function = (resources[name]["Properties"] for name in ("WebhookStage", "WebhookFunction"))
    unreserved = deployed(EnableWebhook="true", WebhookConcurrency="0")["WebhookFunction"]["Properties"]

    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "WebhookRate"}
    assert stage["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["WebhookApiLogs", "Arn"]}
    assert function["ReservedConcurrentExecutions"] == {"Ref": "WebhookConcurrency"}
    assert unreserved["ReservedConcurrentExecutions"] == {"Ref": "AWS::NoValue"}
    assert function["Timeout"] == 10
    assert resources["WebhookIntegration"]["Properties"]["TimeoutInMillis"] > function["Timeout"] * 1000


def test_h01b_smn_has_limits_of_its_own_that_take_a_burst_of_alarms() -> None:
    """SMN repeats no 429: who uses up the limit of the other address must not use up this one."""
    resources = deployed(**ON)
    stages = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    limits = {
        route["RouteKey"]: stage["DefaultRouteSettings"]
        for route in of_type(resources, "AWS::ApiGatewayV2::Route").values()
        for stage in stages
        if stage["ApiId"] == route["ApiId"]
    }
    rate = {"ThrottlingRateLimit": {"Ref": "WebhookRate"}, "ThrottlingBurstLimit": {"Ref": "WebhookRate"}}

    assert limits == {
        "POST /stop": rate,
        "ANY /stop": rate,
        "POST /smn": {"ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 500},
    }


def test_the_daily_check_asks_each_function_that_has_a_credential_of_its_own() -> None:
    everything = {"HuaweiReadSecretName": "read", "EnableWebhook": "true"}
    one, all_ = (deployed(**given)["DailyCheckRule"]["Properties"] for given in ({}, everything))

    assert [(target["Arn"]["Fn::GetAtt"][0], target["Input"]) for target in all_["Targets"]] == [
        ("TriggerFunction", '{"check": true}'),
        ("SweeperFunction", '{"check": true}'),
        ("WebhookFunction", '{"check": true}'),
    ]
    assert [target["Id"] for target in one["Targets"] if target != {"Ref": "AWS::NoValue"}] == ["trigger"]
    assert one["ScheduleExpression"] == "cron(1 6 * * ? *)"


def test_w05_the_access_log_costs_no_room_in_the_account_s_policy_of_logs() -> None:
    """In a busy account that policy is full: the update would fail, and be rolled back."""
    resources = deployed(**ON)
    stages = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    (name,) = {stage["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0] for stage in stages}

    assert resources[name]["Properties"]["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/")


# What API Gateway puts in the place of each variable; the string of an error comes with its own quotes.
VARIABLES = {"error.messageString": '"Not Found"', "error.message": "Not Found", "integrationErrorMessage": "-"}


@pytest.mark.parametrize("name", of_type(deployed(**ON), "AWS::ApiGatewayV2::Stage"))
def test_w06_every_line_of_the_access_log_is_json_also_where_it_tells_an_error(name: str) -> None:
    stage = deployed(**ON)[name]["Properties"]

    line = re.sub(
        r"\$context\.([A-Za-z.]+)", lambda found: VARIABLES.get(found[1], "x"), stage["AccessLogSettings"]["Format"]
    )

    told = json.loads(line)
    assert (told["error"], told["integration_error"]) == ("Not Found", "-")


def test_w15c_the_logs_of_the_webhook_stay_when_it_is_switched_off() -> None:
    groups = of_type(deployed(), "AWS::Logs::LogGroup").keys()

    assert {"WebhookLogs", "WebhookApiLogs"} <= groups


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True), ("/standdown", True), ("/ours/aws", True), ("/aws", False), ("/AWS-standdown", False),
        ("/ssm", False), ("/Ssm/standdown", False), ("/standdown/", False), ("standdown", False),
    ],
)  # fmt: skip
def test_w10_a_prefix_under_which_the_parameter_store_takes_nothing_is_refused(text: str, allowed: bool) -> None:
    pattern = translated()["Parameters"]["ConfigPrefix"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, text)) is allowed


def test_w10b_the_page_on_operating_says_which_names_a_stack_cannot_have_without_a_prefix_of_its_own() -> None:
    page = (ROOT / "docs" / "using" / "operations.md").read_text(encoding="utf-8")

    assert "begins with `aws` or `ssm` needs `ConfigPrefix`" in page


def test_the_webhooks_role_can_neither_stop_nor_start_nor_read_an_operation() -> None:
    (policy,) = deployed(**ON)["WebhookRole"]["Properties"]["Policies"]
    rights = {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}

    assert {sid: one["Action"] for sid, one in rights.items()} == {
        "ReadWhoMaySend": "secretsmanager:GetSecretValue",
        "RememberWhatCame": ["dynamodb:GetItem", "dynamodb:PutItem"],
        "Ask": "sqs:SendMessage",
        "SetAsideWhatFailed": "sqs:SendMessage",
        "Log": ["logs:CreateLogStream", "logs:PutLogEvents"],
    }
    assert rights["RememberWhatCame"]["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["webhook#*"]}
    }
    assert "${WebhookSecretName}" in json.dumps(rights["ReadWhoMaySend"]["Resource"])
