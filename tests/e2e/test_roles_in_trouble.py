"""With IAM enforced: the branches that call another service than the main line does, each on its role's own rights."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from e2e.receivers import Receivers, receiving
from local.case import Case, documents, group_id, wait_for
from local.cloud import LocalCloud
from local.places import REGION
from simulator import defaults
from standdown.base.text import iso
from standdown.core.operation import GroupRef, Operation
from standdown.core.request import Source, StopRequest
from standdown.ledger.answers import Begun
from standdown.ledger.ledger import Ledger
from standdown.ledger.table import Table

pytestmark = pytest.mark.slow

NAMES = ("busy", "abandoned", "redriven", "repeated")
ENDPOINTS = "standdown/outgoing"
TRIGGER_SECONDS, SEEN_AGAIN_SECONDS = 50, 10
"""A function that is configured again may lose the message that it was just given: it comes back soon."""
REDRIVER = {
    "sqs:ReceiveMessage": "RequestDeadLetterQueueArn",
    "sqs:DeleteMessage": "RequestDeadLetterQueueArn",
    "sqs:SendMessage": "RequestQueueArn",
}
"""What a redrive does for whoever starts it; the local cloud knows no task that moves messages."""


@pytest.fixture(scope="module")
def receivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receivers]:
    with receiving(tmp_path_factory.mktemp("receivers")) as receivers:
        yield receivers


@pytest.fixture(scope="module")
def cloud(receivers: Receivers) -> Iterator[LocalCloud]:
    """Give a stack of its own on which every call is judged by its caller's policies."""
    with LocalCloud(
        auth=True,
        wait_scale=0.2,
        simulator=("--job-seconds", "1", "--init-seconds", "0.2"),
        targets={**documents(NAMES), **documents(["unheard"], mode="off")},
        parameters={"OutgoingWebhookSecretName": ENDPOINTS},
        overlays=[receivers.overlay()],
    ) as cloud:
        cloud.client("secretsmanager").create_secret(Name=ENDPOINTS, SecretString=receivers.document())
        cloud.simulator.put_groups(
            *({"id": group_id(name), "name": name, "status": "protected", "pairs": 2} for name in NAMES)
        )
        cloud.hasten(TRIGGER_SECONDS, SEEN_AGAIN_SECONDS)
        yield cloud


def test_w01_a_direct_call_whose_stop_must_wait_is_continued_through_the_queue(cloud: LocalCloud) -> None:
    case = Case(cloud, "busy")
    busy = json.dumps({"error": {"code": "SDRS.1830", "message": "pairs are synchronizing"}})
    refused = {"endpoint": "stop", "status": 400, "headers": {"Retry-After": "2"}, "body": busy, "count": 1}
    cloud.simulator.add_faults(refused)

    answer = cloud.invoke("trigger", {"target": case.target})
    (operation,) = case.published()

    assert answer["operations"][0]["state"] == "intent"
    assert operation["outcome"]["result"] == "succeeded"
    assert [call["status"] for call in case.stops()] == [400, 200]


def test_a_direct_call_that_cannot_be_recorded_is_queued(cloud: LocalCloud) -> None:
    """The trigger cannot read its targets; a process that is configured again remembers none."""
    blind = {"RoleName": role_of(cloud, "trigger"), "PolicyName": "blind"}
    denied = {"Effect": "Deny", "Action": "ssm:*", "Resource": "*"}
    cloud.client("iam").put_role_policy(**blind, PolicyDocument=document(denied))
    try:
        cloud.hasten(TRIGGER_SECONDS - 1, SEEN_AGAIN_SECONDS)
        answer = cloud.invoke("trigger", {"target": "unheard"})
    finally:
        cloud.client("iam").delete_role_policy(**blind)
        cloud.hasten(TRIGGER_SECONDS, SEEN_AGAIN_SECONDS)

    assert answer["queued"]["code"] == "retried_later"


def test_what_is_no_request_is_dead_lettered(cloud: LocalCloud) -> None:
    mark = uuid.uuid4().hex

    cloud.request(f"{{{mark}")

    (letter,) = wait_for(lambda: [one for one in cloud.dead_letters() if mark in one["Body"]], bool)
    assert letter["MessageAttributes"]["standdown-problem"]["StringValue"].startswith("not_json:")


def test_a_dead_letter_is_moved_back_with_the_rights_that_a_redrive_needs_and_its_stop_is_sent(
    cloud: LocalCloud,
) -> None:
    case, operator, mark = Case(cloud, "redriven"), redriver(cloud), uuid.uuid4().hex
    letters, requests = cloud.outputs["RequestDeadLetterQueueUrl"], cloud.outputs["RequestQueueUrl"]
    body = json.dumps({"target": case.target, "reason": mark})
    cloud.client("sqs").send_message(QueueUrl=letters, MessageBody=body, MessageAttributes=identity(mark))

    (letter,) = wait_for(lambda: received(operator, letters, mark), bool)
    operator.send_message(QueueUrl=requests, MessageBody=letter["Body"], MessageAttributes=letter["MessageAttributes"])
    operator.delete_message(QueueUrl=letters, ReceiptHandle=letter["ReceiptHandle"])
    (operation,) = case.published()

    assert operation["outcome"]["result"] == "succeeded"
    assert operation["request"]["delivery_id"] == mark
    assert len(case.stops()) == 1


def test_an_outcome_that_a_channel_does_not_take_is_undelivered(cloud: LocalCloud) -> None:
    case = Case(cloud, "unheard")

    case.request()
    (operation,) = case.published()

    assert operation["channels"]["webhook:gone"]["status"] == "undelivered"
    letters = [json.loads(one["Body"]) for one in cloud.dead_letters("Notify")]
    assert operation["pk"] in [letter["operation_id"] for letter in letters]


def test_an_outcome_is_published_again_on_every_channel(cloud: LocalCloud) -> None:
    case = Case(cloud, "repeated")
    case.request()
    (operation,) = case.published()

    answer = cloud.invoke("notifier", {"replay": operation["pk"]})

    assert answer["channels"].items() >= {"sns": "done", "eventbridge": "done"}.items()


def test_a_request_that_everybody_left_is_given_back_by_the_sweeper_and_its_stop_is_sent(cloud: LocalCloud) -> None:
    case, now = Case(cloud, "abandoned"), datetime.now(UTC)
    left = now - timedelta(minutes=5)
    request = StopRequest(uuid.uuid4().hex, Source.QUEUE, left, target=case.target)
    group = GroupRef(defaults.REGION, defaults.PROJECT_ID, case.group_id)
    operation = Operation(request.operation_id, request, left, target=case.target, group=group, lock=group.key)
    ledger = Ledger(Table(cloud.client("dynamodb"), cloud.outputs["LedgerTableName"]), timedelta(days=90))

    begun = ledger.begin(operation, timedelta(0))
    swept = cloud.invoke("sweeper", {})
    (ended,) = case.published()

    assert begun == Begun()
    assert operation.operation_id in swept["moved"]
    assert ended["outcome"]["result"] == "succeeded"
    assert len(case.stops()) == 1


def role_of(cloud: LocalCloud, function: str) -> str:
    """Return the name of a function's role."""
    name = cloud.outputs[f"{function.capitalize()}FunctionName"]
    arn: str = cloud.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    return arn.rpartition("/")[2]


def identity(mark: str) -> dict[str, Any]:
    """Return the attributes that the trigger puts beside what it dead-letters."""
    kept = {"standdown-delivery-id": mark, "standdown-requested-at": iso(datetime.now(UTC))}
    return {name: {"DataType": "String", "StringValue": value} for name, value in kept.items()}


def received(queues: Any, url: str, mark: str) -> list[dict[str, Any]]:
    found = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return [one for one in found.get("Messages", []) if mark in one["Body"]]


def redriver(cloud: LocalCloud) -> Any:
    """Return SQS for somebody who may do what a redrive needs, and nothing else."""
    roles, name = cloud.client("iam"), f"redriver-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    rights = [
        {"Effect": "Allow", "Action": action, "Resource": cloud.outputs[queue]} for action, queue in REDRIVER.items()
    ]
    made = roles.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
    roles.put_role_policy(RoleName=name, PolicyName="redrive", PolicyDocument=document(*rights))
    keys = cloud.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName="operator")["Credentials"]
    return boto3.client(
        "sqs",
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
