"""The webhook's door, with its table and queue on moto: what each sender is answered, and what is queued."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from standdown.aws.request_queue import RequestQueue
from standdown.core.retry import RetryLaterError
from standdown.entry.webhook import Answer, WebhookEndpoint
from standdown.entry.wiring import webhook as wiring
from standdown.entry.wiring.aws import quick_client
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.smn import SmnPins
from standdown.ledger.receipts import Receipts
from standdown.ledger.table import Table
from support.signing import NOW, TOPIC, certificate_pem, private_key, sign, smn_fields
from support.wire import event
from unit.intake.webhook.test_request import COMMAND, GITHUB, SECRETS, STANDARD, github, request, standard


@dataclass
class Stack:
    """A door with its parts, and what stands behind it."""

    secrets: Callable[[], WebhookSecrets]
    dynamodb: Any
    sqs: Any
    url: str
    now: datetime = NOW

    def take(self, message: Any) -> Answer:
        receipts = Receipts(Table(self.dynamodb, "ledger"), timedelta(days=90))
        return WebhookEndpoint(self.secrets, receipts, RequestQueue(self.sqs, self.url), lambda: self.now).take(message)

    def queued(self) -> list[Any]:
        found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
        dynamodb.create_table(
            TableName="ledger",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Stack(lambda: SECRETS, dynamodb, sqs, sqs.create_queue(QueueName="requests")["QueueUrl"])


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["error"]["code"]


def smn(message: Any, **changes: Any) -> dict[str, Any]:
    fields = smn_fields(message, **changes)
    return request(sign(fields).decode(), {"X-SMN-MESSAGE-TYPE": fields["type"]})


def test_a_genuine_request_is_queued_and_answered_with_the_ids_of_its_operations(stack: Stack) -> None:
    body = json.dumps({"target": ["erp-prod", "crm-prod"], "dry_run": True})

    answer = stack.take(request(body, standard(body)))

    (message,) = stack.queued()
    assert answer.status == 202
    assert [(one["target"], one["dry_run"]) for one in answer.body["operations"]] == [
        ("erp-prod", True),
        ("crm-prod", True),
    ]
    assert all(len(one["operation_id"]) == 32 for one in answer.body["operations"])
    assert message == {
        "target": ["erp-prod", "crm-prod"],
        "dry_run": True,
        "delivery_id": "msg_1",
        "source": "webhook",
        "requested_at": "2026-01-02T03:04:05.000Z",
    }


def test_a_replay_has_the_same_operation_ids_and_the_same_id_with_another_body_is_a_conflict(stack: Stack) -> None:
    first = stack.take(request(COMMAND, standard(COMMAND)))
    again = stack.take(request(COMMAND, standard(COMMAND, at=NOW + timedelta(seconds=100))))
    other = stack.take(request(COMMAND + " ", standard(COMMAND + " ")))

    bodies = stack.queued()
    assert first == again
    assert code(other) == (409, "conflict")
    assert len(bodies) == 2
    assert {body["delivery_id"] for body in bodies} == {"msg_1"}


def test_a_request_that_could_not_be_queued_is_no_conflict_when_it_is_sent_again(stack: Stack) -> None:
    with Stubber(stack.sqs) as broken:
        broken.add_client_error("send_message", "ServiceUnavailable")
        failed = stack.take(request(COMMAND, standard(COMMAND)))

    again = stack.take(request(COMMAND, standard(COMMAND)))

    assert (failed.status, again.status) == (503, 202)
    assert len(stack.queued()) == 1


def test_every_failed_authentication_gets_one_identical_answer_and_queues_nothing(stack: Stack) -> None:
    forged = {**standard(COMMAND), "webhook-signature": "v1," + "A" * 43 + "="}
    messages = [
        request(COMMAND, {}),
        request(COMMAND, forged),
        request("{", forged),  # nobody looks into a body before its signature holds
        request(COMMAND, standard(COMMAND, at=NOW - timedelta(hours=1))),
        request(COMMAND, {"x-hub-signature-256": "sha256=" + "0" * 64}),
        smn(event("smn-alarm"), topic_urn=TOPIC + "x"),
    ]

    answers = [stack.take(message).to_dict() for message in messages]

    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["statusCode"] == 401
    assert not stack.queued()
    assert not stack.dynamodb.scan(TableName="ledger")["Items"]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (request("{", standard("{")), 400),
        ({**request(COMMAND, standard(COMMAND)), "rawPath": "/"}, 404),
        ({**request(COMMAND, {}), "requestContext": {"http": {"method": "GET"}}}, 405),
        (request("x" * 70_000, {}), 413),
        (request(COMMAND, {"content-type": "text/plain"}), 415),
        (None, 400),
        ([], 400),
        ({}, 400),
    ],
)
def test_what_is_wrong_is_named_in_an_answer_of_its_own(stack: Stack, message: Any, status: int) -> None:
    answer = stack.take(message).to_dict()

    assert answer["statusCode"] == status
    assert set(json.loads(answer["body"])["error"]) == {"code", "message"}
    assert answer["headers"]["cache-control"] == "no-store"
    assert ("allow" in answer["headers"]) == (status == 405)
    assert not stack.queued()


def test_a_cloud_eye_alarm_is_queued_as_verified_and_a_repeat_of_it_is_no_conflict(stack: Stack) -> None:
    first = stack.take(smn(event("smn-alarm")))
    again = stack.take(smn(event("smn-alarm"), unsubscribe_url="https://example.com/2"))

    assert (first.status, first.body["operations"]) == (202, [])
    assert first == again
    assert [message["verified"] for message in stack.queued()] == ["cloud-eye", "cloud-eye"]


def test_a_recovery_is_acknowledged_and_ignored(stack: Stack) -> None:
    assert stack.take(smn(event("smn-recovery"))) == Answer(200, {"ignored": "not_an_alarm"})
    assert not stack.queued()


def test_a_subscription_is_logged_for_the_operator_and_never_fetched(stack: Stack, lines: io.StringIO) -> None:
    fields = event("smn-subscription")

    answer = stack.take(request(sign(fields).decode(), {"x-smn-message-type": fields["type"]}))

    line = json.loads(lines.getvalue())
    assert answer == Answer(200, {"ignored": "confirm_subscription"})
    assert (line["subscribe_url"], line["source_ip"]) == (fields["subscribe_url"], "192.0.2.1")


BROKEN = [
    WebhookSecrets(("hunter2-hunter2",)),
    WebhookSecrets(broken={"standard": "number 1 in 'standard': it must be text"}),
]


@pytest.mark.parametrize("secrets", BROKEN)
def test_a_secret_of_ours_that_is_none_is_our_trouble_told_to_the_log_alone(
    stack: Stack, secrets: WebhookSecrets, lines: io.StringIO
) -> None:
    stack.secrets = lambda: secrets

    answer = stack.take(request(COMMAND, standard(COMMAND)))

    assert code(answer) == (503, "unavailable")
    assert "secret" not in json.dumps(answer.to_dict())
    assert json.loads(lines.getvalue())["level"] == "ERROR"
    assert "hunter2" not in lines.getvalue()


def test_our_own_trouble_of_any_kind_is_a_503_that_says_when_to_come_back(stack: Stack) -> None:
    def down() -> WebhookSecrets:
        raise RetryLaterError("Secrets Manager is down")

    def wrong() -> WebhookSecrets:
        raise KeyError("a mistake in the code")

    answers = []
    for secrets in (down, wrong):
        stack.secrets = secrets
        answers.append(stack.take(request(COMMAND, standard(COMMAND))).to_dict())
    stack.secrets = lambda: SECRETS
    stack.dynamodb.delete_table(TableName="ledger")
    answers.append(stack.take(request(COMMAND, standard(COMMAND))).to_dict())

    assert [answer["statusCode"] for answer in answers] == [503, 503, 503]
    assert all(answer == answers[0] and answer["headers"]["retry-after"] for answer in answers)
    assert not stack.queued()


SETTINGS = wiring.WebhookSettings(
    "hooks", "ledger", timedelta(days=90), "https://sqs.us-east-1.amazonaws.com/123456789012/requests"
)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Let the process's parts be made anew."""
    for cached in (quick_client, wiring._secret):
        cached.cache_clear()
    yield
    for cached in (quick_client, wiring._secret):
        cached.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_who_may_come_in_stands_in_secrets_manager(stack: Stack) -> None:
    pems = [certificate_pem(private_key())]
    document = {"standard": [STANDARD], "github": [GITHUB], "smn": {"keys": pems, "topic_urns": [TOPIC]}}
    boto3.client("secretsmanager").create_secret(Name="hooks", SecretString=json.dumps(document))
    body = json.dumps(event("webhook-github"))

    found = wiring.secrets(SETTINGS.secret_name)
    stack.secrets = lambda: found

    assert found.smn == SmnPins(tuple(pems), (TOPIC,))
    assert stack.take(request(COMMAND, standard(COMMAND))).status == 202
    assert stack.take(request(body, github(body))).status == 202
    assert stack.take(smn(event("smn-alarm"))).status == 202


@pytest.mark.usefixtures("fresh", "stack")
def test_a_secret_that_is_not_there_is_our_own_trouble() -> None:
    with pytest.raises(RetryLaterError) as caught:
        wiring.secrets(SETTINGS.secret_name)

    assert "'hooks'" in caught.value.why


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("service", ["secretsmanager", "dynamodb", "sqs"])
def test_a_sender_is_answered_in_less_than_three_seconds_where_a_service_does_not_answer(service: str) -> None:
    config: Config = quick_client(service).meta.config
    connect, read = getattr(config, "connect_timeout"), getattr(config, "read_timeout")  # noqa: B009 - not in its types
    attempts = getattr(config, "retries")["total_max_attempts"]  # noqa: B009 - not in its types

    assert connect == read
    assert attempts * read + (attempts - 1) < 3  # botocore waits a second at most before the second attempt


@pytest.mark.usefixtures("fresh")
def test_a_silent_secrets_manager_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch, silent_server: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", silent_server)
    began = time.monotonic()

    answer = wiring.endpoint(SETTINGS).take(request(COMMAND, standard(COMMAND)))

    assert code(answer) == (503, "unavailable")
    assert time.monotonic() - began < 3


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Give the address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
