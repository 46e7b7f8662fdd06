"""Who may do what: every right of every role, as docs/using/security.md tells it, and who may call what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.places import ROOT
from local.translated import ON, deployed, of_type

EVERYTHING = ON | {
    "Tracing": "true",
    "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k",
    "OutgoingWebhookSecretName": "standdown/endpoints",
    "HuaweiReadSecretName": "standdown/huawei-read",
}
STACK = deployed(**EVERYTHING)
ON_EVERYTHING = {
    ("WorkflowRole", "Log"): "a log delivery has no ARN: Step Functions asks for these rights on everything",
    ("every role", "Trace"): "X-Ray has no resource to name",
}
"""The only statements on `*`, each with its reason."""
NAMES_ITS_ACCOUNT = {"events.amazonaws.com", "cloudwatch.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com"}
"""Of whom AWS documents that they send `aws:SourceAccount`: a condition on it would keep the others out for ever."""
GRANTED = re.compile(r"^\| `?(\w+Role|every role)`? \| (\w+) \| (.+) \| (.+) \|$", re.MULTILINE)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def words(resource: Any) -> str:
    """Return a resource as the page shows it: its logical id, or its ARN without what is the same for all."""
    if isinstance(resource, str):
        return resource
    if "Ref" in resource:
        return str(resource["Ref"])
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    text = resource["Fn::Sub"]
    if isinstance(text, list):
        text, names = text
        for name, value in names.items():
            text = text.replace(f"${{{name}}}", words(value))
    for same in ("arn:${AWS::Partition}:", "${AWS::Region}:${AWS::AccountId}:", ".Arn"):
        text = text.replace(same, "")
    return re.sub(r"\$\{(?:AWS::)?([\w.]+)\}", r"\1", text)


def rights() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement that gives a role a right, with the role; `every role` for what all of them have."""
    for name, role in of_type(STACK, "AWS::IAM::Role").items():
        for policy in role["Policies"]:
            yield from ((name, one) for one in policy["PolicyDocument"]["Statement"])
    for policy in of_type(STACK, "AWS::IAM::ManagedPolicy").values():
        yield from (("every role", one) for one in policy["PolicyDocument"]["Statement"])


def row(role: str, statement: dict[str, Any]) -> tuple[str, str, str, str]:
    on = ", ".join(f"`{words(one)}`" for one in listed(statement["Resource"]))
    return role, statement["Sid"], ", ".join(f"`{one}`" for one in listed(statement["Action"])), on


def test_the_page_on_security_tells_every_right_of_every_role_and_no_other() -> None:
    page = (ROOT / "docs" / "using" / "security.md").read_text(encoding="utf-8")
    expected = {row(*right) for right in rights()}

    told = set(GRANTED.findall(page))

    missing = "\n".join("| {} | {} | {} | {} |".format(*one) for one in sorted(expected - told))
    assert told == expected, f"docs/using/security.md lacks\n{missing}\nand has too much: {sorted(told - expected)}"


@pytest.mark.parametrize(("role", "statement"), list(rights()), ids=lambda one: str(one)[:40])
def test_no_right_is_a_wildcard_but_where_aws_knows_nothing_else(role: str, statement: dict[str, Any]) -> None:
    named = [words(one) for one in listed(statement["Resource"])]

    assert not [action for action in listed(statement["Action"]) if "*" in action]
    assert ("*" in named) == ((role, statement["Sid"]) in ON_EVERYTHING)
    assert statement["Effect"] == "Allow"


def test_every_statement_that_is_excused_exists() -> None:
    assert {(role, one["Sid"]) for role, one in rights()} >= ON_EVERYTHING.keys()


@pytest.mark.parametrize("name", of_type(STACK, "AWS::IAM::Role"))
def test_a_role_has_the_rights_that_all_share_before_a_function_can_have_the_role(name: str) -> None:
    """Lambda looks for the rights of tracing and of the key's when a function is made: nothing may come after it."""
    role = of_type(STACK, "AWS::IAM::Role")[name]

    refers_to = [one["Ref"] for one in role["ManagedPolicyArns"]]

    assert refers_to == ["KeyRights"] + ["TraceRights"] * (name != "ScheduleRole")
    for shared in of_type(STACK, "AWS::IAM::ManagedPolicy").values():
        assert not shared.keys() & {"Roles", "Users", "Groups"}  # a policy that refers to roles is made after them
    assert not of_type(STACK, "AWS::IAM::Policy")


def test_the_rights_that_all_roles_share_are_off_by_default() -> None:
    assert not of_type(deployed(), "AWS::IAM::ManagedPolicy")
    assert not any(one["ManagedPolicyArns"] for one in of_type(deployed(), "AWS::IAM::Role").values())


def test_a_key_is_used_through_the_services_that_keep_the_data_alone() -> None:
    (statement,) = of_type(STACK, "AWS::IAM::ManagedPolicy")["KeyRights"]["PolicyDocument"]["Statement"]

    through = statement["Condition"]["StringEquals"]["kms:ViaService"]

    assert [one["Fn::Sub"].partition(".")[0] for one in through] == ["dynamodb", "secretsmanager", "sns", "sqs"]


@pytest.mark.parametrize("name", of_type(STACK, "AWS::IAM::Role"))
def test_a_role_is_assumed_by_one_service_and_for_this_account_where_the_service_can_say_so(name: str) -> None:
    (statement,) = of_type(STACK, "AWS::IAM::Role")[name]["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Action"] == "sts:AssumeRole"
    service = statement["Principal"]["Service"]
    if service == "lambda.amazonaws.com":  # it says neither account nor function when it assumes a role
        assert "Condition" not in statement
    else:
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


@pytest.mark.parametrize("name", of_type(STACK, "AWS::Lambda::Permission"))
def test_whoever_may_call_a_function_is_one_source_of_this_account(name: str) -> None:
    permission = of_type(STACK, "AWS::Lambda::Permission")[name]

    assert permission["Action"] == "lambda:InvokeFunction"
    assert permission["Principal"].endswith(".amazonaws.com")
    assert permission["SourceArn"]
    # The ARN of a rule of this very stack holds the account.
    by_reference = permission["SourceArn"].get("Fn::GetAtt", [""])[0] in of_type(STACK, "AWS::Events::Rule")
    if permission["Principal"] in NAMES_ITS_ACCOUNT and not by_reference:
        assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    else:
        assert "SourceAccount" not in permission
        assert by_reference or ":${AWS::AccountId}:" in permission["SourceArn"]["Fn::Sub"]


@pytest.mark.parametrize("name", of_type(STACK, "AWS::SQS::Queue") | of_type(STACK, "AWS::SNS::Topic"))
def test_every_queue_and_topic_refuses_what_comes_without_tls_and_names_each_service_that_may_send(name: str) -> None:
    policies = {**of_type(STACK, "AWS::SQS::QueuePolicy"), **of_type(STACK, "AWS::SNS::TopicPolicy")}
    (policy,) = (one for one in policies.values() if {"Ref": name} in one.get("Queues", []) + one.get("Topics", []))
    statements = policy["PolicyDocument"]["Statement"]

    denied = [one for one in statements if one["Effect"] == "Deny"]

    assert [one["Condition"] for one in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
    for one in statements:
        assert words(one["Resource"]) == name
        if one["Effect"] == "Allow":
            assert one["Action"] == ("sqs:SendMessage" if "Queues" in policy else "sns:Publish")
            assert one["Principal"].keys() == {"Service"}
            assert "aws:SourceArn" in json.dumps(one["Condition"])
            account = one["Condition"].get("StringEquals", {}).get("aws:SourceAccount")
            names_it = one["Principal"]["Service"] in NAMES_ITS_ACCOUNT
            assert account == ({"Ref": "AWS::AccountId"} if names_it else None)


def test_every_test_that_the_page_on_security_names_exists() -> None:
    page = (ROOT / "docs" / "using" / "security.md").read_text(encoding="utf-8")
    files = list((ROOT / "tests").rglob("test_*.py"))
    names, texts = {path.name for path in files}, [path.read_text(encoding="utf-8") for path in files]

    named = set(re.findall(r"`(?:tests/[\w/]+/)?(test_\w+(?:\.py)?)`", page))

    assert len(named) > 20
    for name in named:
        assert name in names or any(f"def {name}(" in text for text in texts), name


def test_the_checklist_is_whole() -> None:
    page = (ROOT / "docs" / "using" / "security.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| (S\d+) \|", page, re.MULTILINE) == [f"S{number}" for number in range(1, 27)]
    assert "\n## At Huawei Cloud\n" in page  # other pages lead here


def test_the_only_routes_without_an_authoriser_are_the_webhooks_whose_signature_is_over_the_body() -> None:
    routes = of_type(STACK, "AWS::ApiGatewayV2::Route")

    assert {one["RouteKey"] for one in routes.values()} == {"POST /stop", "ANY /stop", "POST /smn"}
    assert {one["Target"]["Fn::Sub"] for one in routes.values()} == {
        "integrations/${WebhookIntegration}",
        "integrations/${SmnIntegration}",
    }
    assert not of_type(STACK, "AWS::Lambda::Url")


def test_every_event_source_of_a_function_is_in_a_list() -> None:
    invoked = {name: one["Principal"] for name, one in of_type(STACK, "AWS::Lambda::Permission").items()}

    assert invoked == {
        "AlarmMayInvoke": "lambda.alarms.cloudwatch.amazonaws.com",
        "WebhookMayBeInvoked": "apigateway.amazonaws.com",
        "SmnMayBeInvoked": "apigateway.amazonaws.com",
        "SweeperFunctionEveryFiveMinutesPermission": "events.amazonaws.com",
        "SweeperFunctionWorkflowBrokePermission": "events.amazonaws.com",
        "DailyCheckMayInvokeTrigger": "events.amazonaws.com",
        "DailyCheckMayInvokeSweeper": "events.amazonaws.com",
        "DailyCheckMayInvokeWebhook": "events.amazonaws.com",
    }
