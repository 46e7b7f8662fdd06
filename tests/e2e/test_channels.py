"""Outcomes on every channel of the deployed stack: topic, bus, and a real HTTPS receiver; each on its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from e2e.receivers import SECRET, TRIES_OF_SHAKY, Receivers, receiving
from local.case import Case, documents, group_id, wait_for
from local.cloud import LocalCloud
from local.inbox import Inbox
from local.places import ROOT

pytestmark = pytest.mark.slow

ENDPOINTS = "standdown/outgoing"
SCHEMA = json.loads((ROOT / "docs" / "outcome.schema.json").read_text())


@pytest.fixture(scope="module")
def receivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receivers]:
    with receiving(tmp_path_factory.mktemp("receivers")) as receivers:
        yield receivers


@pytest.fixture(scope="module")
def cloud(receivers: Receivers) -> Iterator[LocalCloud]:
    """Give a stack of a test build whose notifier reaches the receivers."""
    targets = {
        **documents(["told", "stopped"]),
        **documents(["rehearsed"], mode="dry-run"),
        **documents(["off", "unheard", "repeated"], mode="off"),
    }
    groups: list[dict[str, Any]] = [
        {"id": group_id(name), "name": name, "status": "protected", "pairs": 2} for name in targets
    ]
    with LocalCloud(
        auth=True,
        wait_scale=0.2,
        simulator=("--job-seconds", "1", "--init-seconds", "0.2"),
        targets=targets,
        parameters={"OutgoingWebhookSecretName": ENDPOINTS},
        overlays=[receivers.overlay()],
    ) as cloud:
        cloud.client("secretsmanager").create_secret(Name=ENDPOINTS, SecretString=receivers.document())
        cloud.simulator.put_groups(*groups)
        Case(cloud, "stopped").set_group(status="available")
        yield cloud


@pytest.fixture(scope="module", autouse=True)  # they listen before anything is told
def people(cloud: LocalCloud) -> Inbox:
    return cloud.subscribe()


@pytest.fixture(scope="module", autouse=True)  # they listen before anything is told
def machines(cloud: LocalCloud) -> Inbox:
    return cloud.watch_events()


def published(cloud: LocalCloud, target: str) -> dict[str, Any]:
    """Ask for a stop, unless another test did, and return its operation once it is published."""
    case = Case(cloud, target)
    if not case.operations():
        case.request()
    [operation] = case.published()
    return operation


def arrived(inbox: Inbox, operation_id: str) -> dict[str, Any]:
    """Return the message about an operation."""

    def about() -> list[dict[str, Any]]:
        inbox.fetch()
        return [message for message in inbox.seen if operation_id in json.dumps(message)]

    return wait_for(about, bool)[0]


def letters(cloud: LocalCloud, operation_id: str) -> list[dict[str, Any]]:
    """Return what the NotifyDeadLetterQueue has about an operation, and leave it there."""
    asked = {"QueueUrl": cloud.outputs["NotifyDeadLetterQueueUrl"], "MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
    found = [json.loads(one["Body"]) for one in cloud.client("sqs").receive_message(**asked).get("Messages", [])]
    return [letter for letter in found if letter["operation_id"] == operation_id]


def statuses(operation: dict[str, Any]) -> dict[str, tuple[str, int]]:
    return {name: (channel["status"], channel["attempts"]) for name, channel in operation["channels"].items()}


def test_topic_bus_and_receiver_get_one_and_the_same_outcome(
    cloud: LocalCloud, people: Inbox, machines: Inbox, receivers: Receivers
) -> None:
    operation = published(cloud, "told")

    message, event = arrived(people, operation["pk"]), arrived(machines, operation["pk"])
    [hook] = receivers.at("fine", operation["pk"])
    verified = Webhook(SECRET).verify(hook.body, hook.headers)
    assert json.loads(message["Message"]) == event["detail"] == verified
    assert (verified["outcome"], verified["operation_id"]) == ("succeeded", operation["pk"])
    assert message["Subject"].startswith("Standdown")
    attributes = {name: one["Value"] for name, one in message["MessageAttributes"].items()}
    assert attributes == {
        "outcome": "succeeded", "target": "told", "source": "queue", "kind": "outcome", "action": "stop",
    }  # fmt: skip
    assert (event["source"], event["detail-type"]) == ("standdown", "SDRS Protection Stop Outcome")
    Draft202012Validator(SCHEMA).validate(event["detail"])
    assert statuses(operation) == {"sns": ("done", 1), "eventbridge": ("done", 1), "webhook:fine": ("done", 1)}


def test_the_links_lead_to_the_execution_the_logs_and_the_console(cloud: LocalCloud, machines: Inbox) -> None:
    operation = published(cloud, "told")

    links = arrived(machines, operation["pk"])["detail"]["links"]

    execution = f"{cloud.outputs['StopWorkflowArn'].replace(':stateMachine:', ':execution:')}:stop-{operation['pk']}"
    assert links["execution"].endswith(execution)
    assert all(f"*2f{cloud.stack}*2f{word}" in links["logs"] for word in ("trigger", "poller", "notifier"))
    assert links["console"] == "https://console.huaweicloud.com/sdrs/?region=cn-north-4"


def test_a_receiver_that_fails_twice_is_tried_again_alone_until_it_has_it(
    cloud: LocalCloud, receivers: Receivers
) -> None:
    operation = published(cloud, "rehearsed")

    assert statuses(operation) == {
        "sns": ("done", 1),
        "eventbridge": ("done", 1),
        "webhook:fine": ("done", 1),
        "webhook:shaky": ("done", TRIES_OF_SHAKY),
    }
    assert len(receivers.at("fine", operation["pk"])) == 1
    tries = receivers.at("shaky", operation["pk"])
    assert len(tries) == TRIES_OF_SHAKY
    assert len({(one.headers["webhook-id"], one.body) for one in tries}) == 1
    assert all(Webhook(SECRET).verify(one.body, one.headers) for one in tries)


def test_a_receiver_that_is_gone_leaves_a_message_to_be_seen_and_nobody_else_is_touched(
    cloud: LocalCloud, people: Inbox, receivers: Receivers
) -> None:
    operation = published(cloud, "off")

    assert statuses(operation)["webhook:gone"] == ("undelivered", 1)
    assert statuses(operation)["webhook:fine"] == ("done", 1)
    assert len(receivers.at("gone", operation["pk"])) == 1
    [letter] = letters(cloud, operation["pk"])
    assert (letter["channel"], letter["outcome"]) == ("webhook:gone", "refused")
    assert "410 Gone" in letter["problem"]
    assert arrived(people, operation["pk"])
    lines = cloud.logs("notifier")
    assert [line for line in lines if line.get("Undelivered") and line.get("channel") == "webhook"]
    assert [line for line in lines if line.get("level") == "ERROR" and line.get("operation_id") == operation["pk"]]


def test_f26_a_receiver_that_hangs_delays_no_other_channel(cloud: LocalCloud, receivers: Receivers) -> None:
    operation = published(cloud, "stopped")

    ended = datetime.fromisoformat(operation["outcome"]["ended_at"])
    late = {
        name: (datetime.fromisoformat(channel["at"]) - ended).total_seconds()
        for name, channel in operation["channels"].items()
    }
    assert statuses(operation)["webhook:hangs"] == ("undelivered", 3)
    assert late["webhook:hangs"] > 6
    assert max(late[name] for name in ("sns", "eventbridge", "webhook:fine")) < 3
    assert len(receivers.at("hangs", operation["pk"])) == 3
    [letter] = letters(cloud, operation["pk"])
    assert letter["problem"] == "the endpoint did not answer in time"


def test_f27_a_replay_sends_the_same_ids_and_the_same_words_again(cloud: LocalCloud, receivers: Receivers) -> None:
    operation = published(cloud, "repeated")

    told = cloud.invoke("notifier", {"replay": operation["pk"], "channels": ["webhook:fine"]})

    assert told["channels"] == {"webhook:fine": "done"}
    first, again = receivers.at("fine", operation["pk"])
    assert (first.headers["webhook-id"], first.body) == (again.headers["webhook-id"], again.body)
    assert Webhook(SECRET).verify(again.body, again.headers)["operation_id"] == operation["pk"]


def test_f26_a_notifier_that_fails_leaves_a_message_and_a_failed_execution_and_its_outcome_can_be_replayed(
    cloud: LocalCloud, people: Inbox, receivers: Receivers
) -> None:
    receivers.broken.touch()
    Case(cloud, "unheard").request()
    [failed] = wait_for(lambda: [one for one in cloud.executions() if one["name"] == name_of(cloud)], ended)
    receivers.broken.unlink()

    told = cloud.invoke("notifier", {"replay": failed["name"].removeprefix("stop-"), "channels": ["sns"]})

    described = cloud.client("stepfunctions").describe_execution(executionArn=failed["executionArn"])
    [letter] = letters(cloud, told["operation_id"])
    assert (described["status"], described["error"]) == ("FAILED", "NotPublished")
    assert letter["execution"] == failed["executionArn"]
    assert letter["problem"] == "The notifier itself failed."
    assert told["channels"] == {"sns": "done"}
    assert arrived(people, told["operation_id"])


def name_of(cloud: LocalCloud) -> str:
    """Return the name of the execution that is to publish what nobody heard of yet."""
    return next((f"stop-{one['pk']}" for one in Case(cloud, "unheard").operations()), "")


def ended(executions: list[dict[str, Any]]) -> bool:
    return bool(executions) and executions[0]["status"] != "RUNNING"
