"""What outlives an update and the stack itself, what is encrypted, and what two stacks in one account do not share."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.places import ROOT
from local.template import load
from local.translated import ON, deployed, of_type, outputs

RESOURCES = deployed(**ON)
TEMPLATE = load()
GOLDEN = Path(__file__).with_name("kept.json")
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"
# Whatever of these changes has CloudFormation make a new resource in the place of the old one.
REPLACED_BY = {
    "AWS::DynamoDB::Table": {"TableName", "KeySchema", "LocalSecondaryIndexes", "ImportSourceSpecification"},
    "AWS::SQS::Queue": {"QueueName", "FifoQueue"},
    "AWS::SNS::Topic": {"TopicName", "FifoTopic"},
    "AWS::Logs::LogGroup": {"LogGroupName"},
    "AWS::StepFunctions::StateMachine": {"StateMachineName", "StateMachineType"},
    "AWS::Lambda::Function": {"FunctionName", "PackageType"},
    "AWS::IAM::Role": {"RoleName", "Path"},
    "AWS::Scheduler::ScheduleGroup": {"Name"},  # and with it every schedule of yours that is in it
}
NAMES = re.compile(r"(Name|GroupName|LogGroupName)$")
NOT_NAMES = {
    "AttributeName",
    "IndexName",
    "MetricName",
    "PolicyName",
    "StageName",
    "DisplayName",
    "EventBusName",
    "alarmName",
}


def test_an_update_replaces_nothing_that_holds_something() -> None:
    """The golden file is what earlier versions were deployed with: whoever changes it loses a queue, a table, a log."""
    pinned = {
        name: {
            "type": one["Type"],
            "named": {
                key: one["Properties"][key] for key in sorted(REPLACED_BY[one["Type"]] & one["Properties"].keys())
            },
        }
        for name, one in sorted(RESOURCES.items())
        if one["Type"] in REPLACED_BY
    }

    assert pinned == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_the_ledger_and_what_was_set_aside_outlive_the_stack() -> None:
    kept = {
        name
        for name, one in TEMPLATE["Resources"].items()
        if one.get("DeletionPolicy") == one.get("UpdateReplacePolicy") == "Retain"
    }

    assert kept == {"LedgerTable", "RequestDeadLetterQueue", "NotifyDeadLetterQueue"}


def test_an_index_is_never_changed_only_added() -> None:
    """DynamoDB makes one index at a time and CloudFormation replaces what has changed: the first three stay."""
    indexes = RESOURCES["LedgerTable"]["Properties"]["GlobalSecondaryIndexes"]

    first = [(one["IndexName"], [key["AttributeName"] for key in one["KeySchema"]]) for one in indexes[:3]]

    assert first == [
        ("by-time", ["kind", "received_at"]),
        ("by-target", ["target", "received_at"]),
        ("unfinished", ["unfinished", "received_at"]),
    ]


def names(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        found = [(f"{path}.{key}", inner) for key, inner in value.items() if NAMES.search(key) and key not in NOT_NAMES]
        return found + [one for key, inner in value.items() for one in names(inner, f"{path}.{key}")]
    if isinstance(value, list):
        return [one for inner in value for one in names(inner, path)]
    return []


def test_two_stacks_in_one_account_share_no_name() -> None:
    found = [(name, *one) for name, resource in RESOURCES.items() for one in names(resource.get("Properties", {}))]
    given = [(name, value) for name, path, value in found if not path.endswith(".Dimensions.Name")]

    assert given
    for name, value in given:
        referred = isinstance(value, dict) and value.keys() <= {"Ref", "Fn::GetAtt"}
        assert referred or "AWS::StackName" in json.dumps(value) or "AWS::StackId" in json.dumps(value), (name, value)


def test_a_stack_s_name_may_have_as_many_characters_as_the_page_on_operating_says() -> None:
    """The limits are those of the services; what CloudFormation names itself it shortens itself."""
    limits = {"AWS::StepFunctions::StateMachine": 80, "AWS::ApiGatewayV2::Api": 128, "AWS::Lambda::LayerVersion": 140}
    page = (ROOT / "docs" / "using" / "operations.md").read_text(encoding="utf-8")
    given = [
        (limits[one["Type"]], value["Fn::Sub"])
        for one in RESOURCES.values()
        if one["Type"] in limits
        for _, value in names(one["Properties"])
    ]

    room = min(limit - len(text.replace("${AWS::StackName}", "")) for limit, text in given)

    assert {limit for limit, _ in given} == set(limits.values())
    assert f"at most {room} characters" in page


def test_the_schedules_group_is_named_within_its_64_characters_whatever_the_stack_s_name() -> None:
    (group,) = of_type(RESOURCES, "AWS::Scheduler::ScheduleGroup").values()

    assert group["Name"] == {
        "Fn::Join": ["-", ["standdown", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]]
    }  # a stack's id ends in /NAME/UUID


def test_nothing_is_exported_to_other_stacks() -> None:
    assert not [one for one in TEMPLATE["Outputs"].values() if "Export" in one]


@pytest.mark.parametrize("key", ["", KEY])
def test_everything_that_is_kept_is_encrypted_with_your_own_key_where_there_is_one(key: str) -> None:
    resources = deployed(**ON, KmsKeyArn=key)
    own = {"Ref": "KmsKeyArn"} if key else None

    for queue in of_type(resources, "AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is not bool(key)
        assert queue.get("KmsMasterKeyId", {"Ref": "AWS::NoValue"}) == (own or {"Ref": "AWS::NoValue"})
    for name, topic in of_type(resources, "AWS::SNS::Topic").items():
        # CloudWatch may not use SNS's own key: an alarm's action on a topic with it fails.
        default = "alias/aws/sns" if name == "OutcomeTopic" else {"Ref": "AWS::NoValue"}
        assert topic["KmsMasterKeyId"] == (own or default)
    for group in of_type(resources, "AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == (own or {"Ref": "AWS::NoValue"})
    table = resources["LedgerTable"]["Properties"]["SSESpecification"]
    assert table["SSEEnabled"] is True
    assert table["KMSMasterKeyId"] == (own or {"Ref": "AWS::NoValue"})


@pytest.mark.parametrize(
    ("given", "reserved"), [("0", {"Ref": "AWS::NoValue"}), ("12", {"Ref": "ReservedConcurrency"})]
)
def test_the_concurrency_of_every_function_is_reserved_where_there_is_some(given: str, reserved: object) -> None:
    functions = of_type(deployed(ReservedConcurrency=given), "AWS::Lambda::Function")

    assert [one["ReservedConcurrentExecutions"] for one in functions.values()] == [reserved] * 4


def test_w15d_a_concurrency_that_would_throttle_the_queue_s_own_requests_is_refused() -> None:
    """A template can compare no numbers: the rules list them, for the default of MaxConcurrency and for the least."""
    rules, limits = TEMPLATE["Rules"], TEMPLATE["Parameters"]["MaxConcurrency"]
    too_few = {
        name: [str(one) for one in range(1, limits[bound] + 2)]
        for name, bound in (("ConcurrencyIsEnoughByDefault", "Default"), ("ConcurrencyIsEnough", "MinValue"))
    }

    refused = {
        name: one["Assertions"][0]["Assert"]["Fn::Not"][0]["Fn::Contains"]
        for name, one in rules.items()
        if name.startswith("Concurrency")
    }

    assert refused == {name: [numbers, {"Ref": "ReservedConcurrency"}] for name, numbers in too_few.items()}
    condition = {"Fn::Equals": [{"Ref": "MaxConcurrency"}, str(limits["Default"])]}
    assert rules["ConcurrencyIsEnoughByDefault"]["RuleCondition"] == condition


@pytest.mark.parametrize(
    ("partition", "domain"),
    [("aws", "aws.amazon.com"), ("aws-cn", "amazonaws.cn"), ("aws-us-gov", "amazonaws-us-gov.com")],
)
def test_w12_the_dashboard_is_linked_where_the_partition_has_its_console(partition: str, domain: str) -> None:
    place = "https://${AWS::Region}.${Console}/cloudwatch/home?region=${AWS::Region}#dashboards:name=${Dashboard}"

    url = outputs(**{"AWS::Partition": partition})["DashboardUrl"]["Value"]["Fn::Sub"]

    assert url == [place, {"Console": f"console.{domain}"}]


def test_w11_the_workflow_keeps_its_name_and_the_page_says_what_a_new_one_would_do() -> None:
    page = (ROOT / "docs" / "using" / "operations.md").read_text(encoding="utf-8")

    assert RESOURCES["StopWorkflow"]["Properties"]["StateMachineName"] == {"Fn::Sub": "${AWS::StackName}-stop"}
    assert "A new name would replace the state machine, and end the executions under way" in page


def test_w14_the_indexes_stay_as_they_are_and_the_page_says_what_a_changed_one_would_do() -> None:
    page = (ROOT / "docs" / "using" / "operations.md").read_text(encoding="utf-8")
    indexes = RESOURCES["LedgerTable"]["Properties"]["GlobalSecondaryIndexes"]

    assert [one["Projection"] for one in indexes] == [{"ProjectionType": "ALL"}] * 3
    assert "A changed projection would be a new index" in page


def test_w09_the_page_says_that_a_deletion_waits_for_executions_and_how_to_end_them() -> None:
    page = (ROOT / "docs" / "using" / "operations.md").read_text(encoding="utf-8")

    removing = page.partition("\n## Removing\n")[2].partition("\n## ")[0]
    assert "aws stepfunctions stop-execution" in removing


def test_w13_the_page_says_how_many_targets_a_stack_may_have() -> None:
    page = (ROOT / "docs" / "using" / "operations.md").read_text(encoding="utf-8")

    (line,) = [one for one in page.splitlines() if one.startswith("| Parameter Store |")]
    assert "100 targets in a stack" in line


def test_tracing_is_off_unless_asked_for() -> None:
    def modes(**given: str) -> set[Any]:
        resources = deployed(**given)
        functions = of_type(resources, "AWS::Lambda::Function").values()
        (machine,) = of_type(resources, "AWS::StepFunctions::StateMachine").values()
        return {one["TracingConfig"]["Mode"] for one in functions} | {machine["TracingConfiguration"]["Enabled"]}

    assert modes() == {"PassThrough", False}
    assert modes(Tracing="true") == {"Active", True}


def test_the_workflow_logs_what_broke_and_nothing_of_what_it_was_given() -> None:
    (machine,) = of_type(RESOURCES, "AWS::StepFunctions::StateMachine").values()

    assert machine["LoggingConfiguration"]["Level"] == "ERROR"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_the_stages_of_the_configuration_give_parameters_that_exist() -> None:
    given = re.findall(r'parameter_overrides = "(.*)"', (ROOT / "samconfig.toml").read_text(encoding="utf-8"))

    assert given
    assert {pair.partition("=")[0] for one in given for pair in one.split()} <= TEMPLATE["Parameters"].keys()
