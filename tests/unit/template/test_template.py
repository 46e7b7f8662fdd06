"""The template: what a reviewer would check by hand."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from local.places import ROOT
from local.template import load, resources
from standdown.publish.notify import ENOUGH

TEMPLATE = load()
PARAMETERS: dict[str, dict[str, Any]] = TEMPLATE["Parameters"]
FUNCTIONS = resources(TEMPLATE, "AWS::Serverless::Function")
ROLES = resources(TEMPLATE, "AWS::IAM::Role")
SHARED = TEMPLATE["Globals"]["Function"]


def words(function: str) -> str:
    """Return a function's one word: `TriggerFunction` is `trigger` everywhere else."""
    return function.removesuffix("Function").lower()


def timeout(function: str) -> int:
    return int(FUNCTIONS[function].get("Timeout", SHARED["Timeout"]))


def environment(function: str) -> dict[str, Any]:
    return {**SHARED["Environment"]["Variables"], **FUNCTIONS[function]["Environment"]["Variables"]}


def statements(role: str) -> list[dict[str, Any]]:
    policies = [policy.get("Fn::If", [None, policy])[1] for policy in ROLES[role]["Policies"]]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]


def actions(role: str) -> set[str]:
    found = [statement["Action"] for statement in statements(role)]
    return {action for one in found for action in ([one] if isinstance(one, str) else one)}


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_typed_described_defaulted_and_bounded(name: str) -> None:
    parameter = PARAMETERS[name]

    bounds = {"AllowedPattern", "AllowedValues", "MaxValue"} & parameter.keys()

    assert {"Type", "Description", "Default"} <= parameter.keys()
    assert bounds


def test_every_parameter_stands_in_exactly_one_group() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(PARAMETERS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_s_word_names_its_folder_service_logs_role_and_build(function: str) -> None:
    word, properties = words(function), FUNCTIONS[function]
    log_group = properties["LoggingConfig"]["LogGroup"]["Ref"]
    makefile = (ROOT / "functions" / "Makefile").read_text()

    assert environment(function)["POWERTOOLS_SERVICE_NAME"] == f"standdown-{word}"
    assert properties["Role"] == {"Fn::GetAtt": [f"{word.capitalize()}Role", "Arn"]}
    assert log_group == f"{word.capitalize()}Logs"
    assert resources(TEMPLATE, "AWS::Logs::LogGroup")[log_group]["LogGroupName"] == {
        "Fn::Sub": f"/${{AWS::StackName}}/{word}"
    }
    assert TEMPLATE["Resources"][function]["Metadata"]["BuildMethod"] == "makefile"
    assert f"build-{function}:\n\t$(call put,{word})" in makefile


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_s_handler_exists(function: str) -> None:
    module, _, handler = SHARED["Handler"].partition(".")
    source = (ROOT / "functions" / words(function) / f"{module}.py").read_text()

    defined = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}

    assert handler in defined


@pytest.mark.parametrize("name", resources(TEMPLATE, "AWS::Logs::LogGroup"))
def test_logs_are_kept_as_long_as_the_operator_says(name: str) -> None:
    group = resources(TEMPLATE, "AWS::Logs::LogGroup")[name]

    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_no_function_has_a_switch_of_powertools_that_shows_or_skips_too_much() -> None:
    forbidden = {"POWERTOOLS_DEV", "POWERTOOLS_LOGGER_LOG_EVENT", "POWERTOOLS_IDEMPOTENCY_DISABLED"}

    given = {name for function in FUNCTIONS for name in environment(function)}

    assert not given & forbidden


def test_no_function_has_a_secret_in_its_environment() -> None:
    named = {name for function in FUNCTIONS for name in environment(function) if "SECRET" in name or "KEY" in name}

    assert named == {"HUAWEI_SECRET_NAME", "OUTGOING_WEBHOOK_SECRET_NAME", "WEBHOOK_SECRET_NAME"}


def test_a_message_stays_hidden_for_more_than_six_timeouts_of_the_function_that_has_it() -> None:
    queue = resources(TEMPLATE, "AWS::SQS::Queue")["RequestQueue"]

    assert timeout("TriggerFunction") < queue["VisibilityTimeout"] / 6


def test_a_request_that_cannot_be_worked_on_is_set_aside_for_two_weeks() -> None:
    queues = resources(TEMPLATE, "AWS::SQS::Queue")

    redrive = queues["RequestQueue"]["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["RequestDeadLetterQueue", "Arn"]}
    assert redrive["maxReceiveCount"] >= 5
    assert queues["RequestDeadLetterQueue"]["MessageRetentionPeriod"] == 14 * 86_400
    assert TEMPLATE["Resources"]["RequestDeadLetterQueue"]["DeletionPolicy"] == "Retain"


def test_the_ledger_outlives_the_stack_and_every_redelivery() -> None:
    table = resources(TEMPLATE, "AWS::DynamoDB::Table")["LedgerTable"]
    resource = TEMPLATE["Resources"]["LedgerTable"]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert table["SSESpecification"]["SSEEnabled"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert PARAMETERS["LedgerDays"]["MinValue"] >= 90


def test_a_partial_failure_of_a_batch_is_reported_message_by_message() -> None:
    event = FUNCTIONS["TriggerFunction"]["Events"]["Request"]["Properties"]

    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_request_shares_its_call_with_no_other_and_many_are_worked_on_at_once() -> None:
    event = FUNCTIONS["TriggerFunction"]["Events"]["Request"]["Properties"]

    assert event["BatchSize"] == 1
    assert event["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaxConcurrency"}}
    assert PARAMETERS["MaxConcurrency"]["Default"] >= 10


def test_a_fresh_stack_has_no_public_door() -> None:
    kinds = {resource["Type"] for resource in TEMPLATE["Resources"].values() if "Condition" not in resource}
    events = {event["Type"] for function in FUNCTIONS.values() for event in function.get("Events", {}).values()}

    assert not [kind for kind in kinds if "Api" in kind or kind == "AWS::Lambda::Url"]
    assert not events & {"Api", "HttpApi"}
    assert not any("FunctionUrlConfig" in function for function in FUNCTIONS.values())


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_rights_that_the_template_does_not_show(role: str) -> None:
    shown = resources(TEMPLATE, "AWS::IAM::ManagedPolicy")

    for condition, given, otherwise in (one["Fn::If"] for one in ROLES[role].get("ManagedPolicyArns", [])):
        assert condition in ("HasKey", "TracingOn")
        assert given["Ref"] in shown
        assert otherwise == {"Ref": "AWS::NoValue"}


def test_only_trigger_and_sweeper_start_workflows_and_nobody_stops_one() -> None:
    starters = {role for role in ROLES if "states:StartExecution" in actions(role)}

    assert starters == {"TriggerRole", "SweeperRole"}
    assert not any("states:StopExecution" in actions(role) for role in ROLES)


def test_only_the_notifier_publishes_and_it_has_no_credential_of_huawei_cloud() -> None:
    publishers = {role for role in ROLES if actions(role) & {"sns:Publish", "events:PutEvents"}}

    assert publishers == {"NotifierRole"}
    assert not [
        name for name in ("HuaweiSecretName", "HuaweiReadSecretName") if name in str(statements("NotifierRole"))
    ]


def test_the_notifier_reads_the_endpoints_secret_and_only_where_there_is_one() -> None:
    *_, webhooks = ROLES["NotifierRole"]["Policies"]
    condition, given, otherwise = webhooks["Fn::If"]
    (statement,) = given["PolicyDocument"]["Statement"]

    assert condition == "HasOutgoingWebhooks"
    assert statement["Action"] == "secretsmanager:GetSecretValue"
    assert statement["Resource"]["Fn::Sub"].endswith(":secret:${OutgoingWebhookSecretName}-??????")
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_the_notifier_has_time_for_one_operation_on_channels_that_hang() -> None:
    assert timeout("NotifierFunction") >= 2 * ENOUGH


def test_what_a_channel_did_not_get_is_kept_for_two_weeks_and_outlives_the_stack() -> None:
    queue = resources(TEMPLATE, "AWS::SQS::Queue")["NotifyDeadLetterQueue"]
    senders = {role for role in ROLES if "{'Fn::GetAtt': ['NotifyDeadLetterQueue', 'Arn']}" in str(statements(role))}

    assert queue["MessageRetentionPeriod"] == 14 * 86_400
    assert TEMPLATE["Resources"]["NotifyDeadLetterQueue"]["DeletionPolicy"] == "Retain"
    assert senders == {"NotifierRole", "WorkflowRole"}


def test_only_the_trigger_reads_the_credential_that_may_stop_where_there_is_another() -> None:
    readers = {role for role in ROLES if "${HuaweiSecretName}" in str(statements(role))}
    name = {"Fn::If": ["OneCredential", {"Ref": "HuaweiSecretName"}, {"Ref": "HuaweiReadSecretName"}]}

    assert readers == {"TriggerRole"}
    assert environment("PollerFunction")["HUAWEI_SECRET_NAME"] == name
    assert environment("SweeperFunction")["HUAWEI_SECRET_NAME"] == name


def test_every_setting_that_the_code_must_have_is_given_to_some_function() -> None:
    asked = re.compile(r'environment\.(?:text|number)\("([A-Z_]+)"\)')
    sources = (ROOT / "layers" / "standdown" / "standdown").rglob("*.py")

    needed = {name for source in sources for name in asked.findall(source.read_text())}

    assert needed
    assert needed <= {name for function in FUNCTIONS for name in environment(function)}


def test_the_notifier_is_told_nothing_that_it_does_not_read() -> None:
    assert "HUAWEI_SECRET_NAME" not in environment("NotifierFunction")


def test_the_link_to_the_logs_of_a_stop_searches_every_function_that_works_on_one() -> None:
    (_, searched) = environment("NotifierFunction")["LOG_GROUPS"]["Fn::Join"]
    working = {"TriggerFunction", "PollerFunction", "NotifierFunction", "SweeperFunction"}

    assert {one["Ref"] for one in searched} == {FUNCTIONS[one]["LoggingConfig"]["LogGroup"]["Ref"] for one in working}
