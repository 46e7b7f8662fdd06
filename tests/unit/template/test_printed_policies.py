"""The policies that docs/using/security.md prints do what they are printed for: judged by the evaluator."""

from __future__ import annotations

import fnmatch

import pytest

from scan.evaluator import ACCOUNT, Question, answers_to, judge
from scan.printed import needed_to_deploy, printed
from scan.reached import LAYER, sites
from scan.rights import COMMAND, FREE_FOR_ALL, KEY, REGION, Right, policies_of, principal, rows

PLACE = f"{REGION}:{ACCOUNT}"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
THROUGH = {
    "dynamodb": ("kms:Decrypt",),
    "secretsmanager": ("kms:Decrypt",),
    "sns": ("kms:Decrypt", "kms:GenerateDataKey"),
    "sqs": ("kms:Decrypt", "kms:GenerateDataKey"),
}
"""What each service asks of the key in the name of who calls it."""
NAMED = (
    f"arn:aws:apigateway:{REGION}::/apis",
    f"arn:aws:apigateway:{REGION}::/apis/a1b2c3d4e5",
    f"arn:aws:apigateway:{REGION}::/apis/a1b2c3d4e5/integrations/abc123",
    f"arn:aws:apigateway:{REGION}::/apis/a1b2c3d4e5/routes/abc123",
    f"arn:aws:apigateway:{REGION}::/apis/a1b2c3d4e5/stages/$default",
    f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/standdown-{REGION}",
    f"arn:aws:cloudwatch:{PLACE}:alarm:standdown-TriggerErrorsAlarm-0F",
    f"arn:aws:dynamodb:{PLACE}:table/standdown-LedgerTable-0F",
    f"arn:aws:events:{PLACE}:rule/standdown-AlarmRule-0F",
    f"arn:aws:events:{PLACE}:rule/bus-of-ours/standdown-RequestRule-0F",
    f"arn:aws:iam::{ACCOUNT}:policy/standdown-KeyRights-0F",
    f"arn:aws:iam::{ACCOUNT}:role/standdown-TriggerRole-0F",
    KEY,
    f"arn:aws:lambda:{PLACE}:event-source-mapping:40df180b-9fe2-471a-8c64-1b758dc84189",
    f"arn:aws:lambda:{PLACE}:function:standdown-TriggerFunction-0F",
    f"arn:aws:lambda:{PLACE}:layer:standdown-standdown",
    f"arn:aws:lambda:{PLACE}:layer:standdown-standdown:7",
    f"arn:aws:logs:{PLACE}:log-group:/aws/vendedlogs/states/standdown-stop",
    f"arn:aws:logs:{PLACE}:log-group:/standdown/trigger",
    "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-0f/standdown/0f.template",
    f"arn:aws:scheduler:{PLACE}:schedule-group/standdown-40df180b-9fe2",
    f"arn:aws:scheduler:{PLACE}:schedule/standdown-40df180b-9fe2/standdown-Schedule-0F",
    f"arn:aws:sns:{PLACE}:standdown-OutcomeTopic-0F",
    f"arn:aws:sqs:{PLACE}:standdown-RequestQueue-0F",
    f"arn:aws:states:{PLACE}:stateMachine:standdown-stop",
    "*",
)
"""Everything that deploying the stack makes or uses."""
UNUSED = {
    "apigateway:TagResource": "no word of IAM's: tags of an API are apigateway:POST",
    "apigateway:UntagResource": "the same",
    "lambda:AssociateRuntimeAlias": "no word of IAM's",
    "dynamodb:ImportTable": "no table is imported, replicated or streamed, and no item is written",
    "dynamodb:*Replica": "the same",
    "ec2:*": "nothing is in a VPC",
    "elasticfilesystem:*": "no file system is mounted",
    "firehose:*": "no log is delivered to a stream",
    "iam:*Group*": "no policy is given to a group",
    "iam:*User*": "nor to a user",
    "iam:CreateServiceLinkedRole": "for tables with provisioned capacity that is scaled, or replicated",
    "kinesis:*": "no table has a stream",
    "lambda:*CapacityProvider": "functions run where Lambda puts them",
    "lambda:*CodeSigningConfig": "code is not signed",
    "logs:*": "see test_the_deployer_may_have_logs_delivered; the rest is for features that no group has",
    "s3:GetObjectMetadata": "no table is imported",
    "s3:REST.PUT.OBJECT": "the same as PutObject, in words that IAM does not know",
    "s3files:*": "no file system is mounted",
}
"""What CloudFormation does for features that the template does not use."""


def test_the_page_prints_each_policy() -> None:
    assert printed().keys() == {"key", "deployer", "redrive", *COMMAND}


def test_every_call_of_the_command_is_in_a_policy() -> None:
    made = {call.rpartition(".")[2] for calls in sites(LAYER / "standdown_cli").values() for call in calls}
    known = {call for calls in COMMAND.values() for call in calls}

    assert made - FREE_FOR_ALL <= known, "say in tests/scan/rights.py and on the page what these need"


@pytest.mark.parametrize("policy", COMMAND)
def test_a_policy_of_the_command_allows_what_its_commands_call_and_nothing_that_is_another_s(policy: str) -> None:
    own = rights_of(policy)
    others = [right for name in COMMAND for right in rights_of(name) if right not in own]

    assert set(judge(user_of(policy, one) for one in own)) == {"Allowed"}
    assert set(judge(user_of(policy, one) for one in others)) == {"ImplicitlyDenied"}


def test_whoever_reads_cannot_stop_anything() -> None:
    queue = Right("sqs:SendMessage", f"sqs:{PLACE}:standdown-RequestQueue-0F")
    trigger = Right("lambda:InvokeFunction", f"lambda:{PLACE}:function:standdown-TriggerFunction-0F")

    assert judge([user_of("read", queue), user_of("read", trigger)]) == ["ImplicitlyDenied"] * 2


def rights_of(policy: str) -> list[Right]:
    return [right for rights in COMMAND[policy].values() for right in rights]


def user_of(policy: str, right: Right) -> Question:
    user = f"arn:aws:iam::{ACCOUNT}:user/{policy}"
    return Question(user, right.action, f"arn:aws:{right.resource}", {}, (printed()[policy],))


def test_w08_every_service_that_stores_for_the_stack_may_use_the_key_by_what_aws_says_that_it_sends() -> None:
    source = {"aws:SourceArn": f"arn:aws:sns:{PLACE}:standdown-AlarmTopic-0F"}
    groups = [
        f"arn:aws:logs:{PLACE}:log-group:{name}"
        for name in ("/standdown/trigger", "/aws/vendedlogs/states/standdown-stop")
    ]
    asked = [
        *(service("sns", action, **source) for action in THROUGH["sqs"]),
        *(service("events", action) for action in THROUGH["sqs"]),  # no document says that it sends any key
        *(service("cloudwatch", action, **{"aws:SourceAccount": ACCOUNT}) for action in THROUGH["sns"]),
        *(
            service(f"logs.{REGION}", action, **{"aws:SourceArn": group})
            for group in groups
            for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")
        ),
    ]

    assert set(judge(asked)) == {"Allowed"}


def test_nobody_else_s_topic_alarm_or_log_may_use_the_key() -> None:
    asked = [
        service(
            "sns", "kms:Decrypt", **{"aws:SourceArn": f"arn:aws:sns:{REGION}:999988887777:standdown-AlarmTopic-0F"}
        ),
        service("cloudwatch", "kms:Decrypt", **{"aws:SourceAccount": "999988887777"}),
        service(
            f"logs.{REGION}",
            "kms:Decrypt",
            **{"aws:SourceArn": f"arn:aws:logs:{PLACE}:log-group:/x"},
        ),
        service("s3", "kms:Decrypt"),
    ]

    assert set(judge(asked)) == {"ImplicitlyDenied"}


def test_every_role_may_use_the_key_through_the_services_that_it_calls() -> None:
    used = {(row.role, row.right.action.partition(":")[0]) for row in rows()}
    asked = [
        Question(
            principal(role),
            action,
            KEY,
            {"kms:ViaService": f"{name}.{REGION}.amazonaws.com"},
            policies_of(role),
            printed()["key"],
        )
        for role, name in sorted(used)
        for action in THROUGH.get(name, ())
    ]

    assert set(judge(asked)) == {"Allowed"}
    assert len(asked) > 20


def test_what_may_use_the_key_through_its_services_may_not_use_it_directly() -> None:
    asked = Question(principal("TriggerRole"), "kms:Decrypt", KEY, {}, policies_of("TriggerRole"), printed()["key"])

    assert judge([asked]) == ["ImplicitlyDenied"]


def test_w08b_the_deployer_may_do_what_aws_says_that_cloudformation_does_for_each_type() -> None:
    actions = sorted(one for one in needed_to_deploy() if not unused(one))
    asked = [(action, resource) for action in actions for resource in NAMED]

    answers = answers_to(deployer(*one) for one in asked)

    judged: dict[str, dict[str, str]] = {action: {} for action in actions}
    for (action, resource), answer in zip(asked, answers, strict=True):
        if not answer["errors"]:  # an action is asked for resources of its own kinds alone
            judged[action][resource] = answer["result"]
    for results in judged.values():
        if len(results) > 1:  # what has a resource to name is never asked for on everything
            results.pop("*", None)
    assert {action: one for action, one in judged.items() if set(one.values()) != {"Allowed"}} == {}
    assert len(actions) > 120


def test_every_feature_that_is_said_to_be_unused_is_one_of_cloudformation_s() -> None:
    needed = needed_to_deploy()

    assert [pattern for pattern in UNUSED if not any(fnmatch.fnmatchcase(one, pattern) for one in needed)] == []


@pytest.mark.parametrize(
    "action", ["CreateLogDelivery", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"]
)
def test_w15_the_deployer_may_have_logs_delivered(action: str) -> None:
    assert judge([deployer(f"logs:{action}", "*")]) == ["Allowed"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("cloudformation:CreateChangeSet", f"arn:aws:cloudformation:{PLACE}:stack/standdown/0f"),
        ("cloudformation:ExecuteChangeSet", f"arn:aws:cloudformation:{PLACE}:stack/standdown/0f"),
        ("cloudformation:DescribeStacks", f"arn:aws:cloudformation:{PLACE}:stack/aws-sam-cli-managed-default/0f"),
        ("cloudformation:GetTemplateSummary", "*"),
        ("s3:PutObject", "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-0f/standdown/0f"),
        ("logs:CreateLogGroup", f"arn:aws:logs:{PLACE}:log-group:/standdown/trigger"),
        ("logs:PutRetentionPolicy", f"arn:aws:logs:{PLACE}:log-group:/standdown/trigger"),
        ("logs:AssociateKmsKey", f"arn:aws:logs:{PLACE}:log-group:/standdown/trigger"),
        ("kms:CreateGrant", KEY),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/standdown-TriggerRole-0F"),
    ],
)
def test_the_deployer_may_do_what_sam_does(action: str, resource: str) -> None:
    assert judge([deployer(action, resource)]) == ["Allowed"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{PLACE}:function:another"),
        ("sqs:DeleteQueue", f"arn:aws:sqs:{PLACE}:another"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{PLACE}:secret:standdown/huawei-aB3dE6"),
        ("ssm:PutParameter", f"arn:aws:ssm:{PLACE}:parameter/standdown/targets/erp-prod"),
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/standdown-x"),
    ],
)
def test_the_deployer_may_do_nothing_outside_the_stack(action: str, resource: str) -> None:
    assert judge([deployer(action, resource)]) == ["ImplicitlyDenied"]


def test_w15b_whoever_redrives_may_do_what_a_task_does_for_them_and_nothing_else() -> None:
    letters, requests = (
        f"arn:aws:sqs:{PLACE}:standdown-{name}-0F" for name in ("RequestDeadLetterQueue", "RequestQueue")
    )
    task = ("StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask")
    moved = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")

    allowed = judge([*(redriver(one, letters) for one in (*task, *moved)), redriver("SendMessage", requests)])
    denied = judge([redriver("PurgeQueue", letters), redriver("ReceiveMessage", requests)])

    assert (set(allowed), set(denied)) == ({"Allowed"}, {"ImplicitlyDenied"})


def unused(action: str) -> bool:
    return any(fnmatch.fnmatchcase(action, pattern) for pattern in UNUSED)


def service(name: str, action: str, **context: str) -> Question:
    return Question(f"{name}.amazonaws.com", action, KEY, context, (), printed()["key"])


def deployer(action: str, resource: str) -> Question:
    by_resource = printed()["key"] if resource == KEY else None
    return Question(DEPLOYER, action, resource, {}, (printed()["deployer"],), by_resource)


def redriver(action: str, resource: str) -> Question:
    return Question(f"arn:aws:iam::{ACCOUNT}:user/operator", f"sqs:{action}", resource, {}, (printed()["redrive"],))
