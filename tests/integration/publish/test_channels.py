"""SNS, EventBridge and the webhook document in Secrets Manager, on moto."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from local.places import ROOT
from standdown.core.outcome import Delivery
from standdown.core.request import Source
from standdown.publish.channels.broken import BrokenChannel
from standdown.publish.channels.errors import PublishError
from standdown.publish.channels.eventbridge import EventBridgeChannel
from standdown.publish.channels.sns import SnsChannel
from standdown.publish.channels.webhook import Sender, WebhookChannel, webhook_channels
from standdown.publish.delivery import Publication
from standdown.publish.render.notices import render_notice
from standdown.publish.render.rendered import render
from support.samples import ENDED, LINKS, NOTICES
from unit.publish.render.test_payload import event

REGION = "eu-central-1"
ACCOUNT = "123456789012"
OPERATION = ENDED["succeeded"]
NOTICE = render(OPERATION, LINKS)

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


class Inbox:
    """A queue that is subscribed to whatever the test says."""

    def __init__(self) -> None:
        self._sqs = boto3.client("sqs")
        self.url = self._sqs.create_queue(QueueName="inbox")["QueueUrl"]
        self.arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"

    def messages(self) -> list[dict[str, Any]]:
        """Return the bodies that came in."""
        got = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in got]


def test_a_queue_on_the_topic_gets_the_json_and_the_attributes() -> None:
    sns, inbox = boto3.client("sns"), Inbox()
    topic = sns.create_topic(Name="outcomes")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn)

    SnsChannel(sns, topic).send(NOTICE)

    (envelope,) = inbox.messages()
    assert json.loads(envelope["Message"]) == NOTICE.detail
    assert envelope["Subject"] == "Standdown: erp-prod: protection stopped [standdown-prod]"
    assert {name: item["Value"] for name, item in envelope["MessageAttributes"].items()} == {
        "kind": "outcome",
        "action": "stop",
        "outcome": "succeeded",
        "target": "erp-prod",
        "source": "alarm",
    }


def test_a_filter_policy_can_choose_by_outcome() -> None:
    sns, inbox = boto3.client("sns"), Inbox()
    topic = sns.create_topic(Name="outcomes")["TopicArn"]
    policy = json.dumps({"outcome": ["failed", "refused"]})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"FilterPolicy": policy})

    for case in ("succeeded", "failed", "refused-off"):
        SnsChannel(sns, topic).send(render(ENDED[case], LINKS))

    assert [json.loads(m["Message"])["outcome"] for m in inbox.messages()] == ["failed", "refused"]


PAGE = (ROOT / "docs/using/outcomes.md").read_text(encoding="utf-8").partition("### Choose what you receive")[2]
CHOICES = [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)[:3]]


def _alarm_s_refusal(case: str) -> bool:
    outcome, request = ENDED[case].outcome, ENDED[case].request
    return bool(outcome and outcome.refusal and request.source is Source.ALARM)


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        (CHOICES[0], lambda detail: detail["action"] == "stop" and detail["protected"] is not False),
        (CHOICES[1], lambda detail: detail["outcome"] == "failed" and detail["huawei"]["code"].startswith("SDRS.")),
    ],
    ids=["not known to be off", "failed with a code"],
)
def test_o16_a_rule_of_the_page_chooses_what_the_page_says(
    pattern: dict[str, Any], chosen: Callable[[dict[str, Any]], bool]
) -> None:
    events, inbox = boto3.client("events"), Inbox()
    events.put_rule(Name="page", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="page", Targets=[{"Id": "1", "Arn": inbox.arn}])

    wanted = []
    for operation in ENDED.values():
        EventBridgeChannel(events).send(render(operation, LINKS))
        wanted += [operation.operation_id] if chosen(render(operation, LINKS).detail) else []

    got = [one["detail"]["operation_id"] for _ in range(20) for one in inbox.messages()]
    assert sorted(got) == sorted(wanted)
    assert 1 < len(got) < len(ENDED)


def test_o16b_the_filter_policy_of_the_page_chooses_what_the_page_says() -> None:
    sns, inbox = boto3.client("sns"), Inbox()
    topic = sns.create_topic(Name="outcomes")["TopicArn"]
    policy = {"FilterPolicy": json.dumps(CHOICES[2])}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes=policy)

    for operation in ENDED.values():
        SnsChannel(sns, topic).send(render(operation, LINKS))

    got = [json.loads(one["Message"])["refusal"] for _ in range(20) for one in inbox.messages()]
    assert sorted(got) == sorted(str(render(ENDED[c], LINKS).detail["refusal"]) for c in ENDED if _alarm_s_refusal(c))
    assert got


def test_people_get_the_text_and_no_attribute_is_empty() -> None:
    sns = boto3.client("sns")
    nameless = render(ENDED["refused-unknown-group"], LINKS)
    with Stubber(sns) as stub:
        stub.add_response("publish", {"MessageId": "m"}, None)
        sent: dict[str, Any] = {}
        sns.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.update(params))
        SnsChannel(sns, "arn:aws:sns:eu-central-1:123456789012:outcomes").send(nameless)

    by_protocol = json.loads(sent["Message"])
    assert by_protocol["default"] == nameless.text
    assert {by_protocol[p] for p in ("sqs", "lambda", "http", "https", "firehose")} == {nameless.json}
    assert by_protocol["sms"] == nameless.subject
    assert sent["MessageStructure"] == "json"
    assert set(sent["MessageAttributes"]) == {"kind", "action", "outcome", "refusal", "source"}


def test_a_notice_goes_to_the_topic_and_the_bus_with_attributes_and_a_type_of_its_own() -> None:
    notice, events, sns, inbox = (
        render_notice(NOTICES["reminder"], LINKS),
        boto3.client("events"),
        boto3.client("sns"),
        Inbox(),
    )
    events.put_rule(Name="notices", EventPattern=json.dumps({"detail-type": ["SDRS Protection Notice"]}))
    events.put_targets(Rule="notices", Targets=[{"Id": "1", "Arn": inbox.arn}])
    topic = sns.create_topic(Name="outcomes")["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"kind": ["notice"], "notice": ["reminder"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes=policy)

    for one in (NOTICE, notice):
        EventBridgeChannel(events).send(one)
        SnsChannel(sns, topic).send(one)

    event, message = sorted(inbox.messages(), key=lambda body: "Message" in body)
    assert event["detail"] == json.loads(message["Message"]) == notice.detail
    assert event["resources"] == [notice.execution_arn]


def test_a_resume_is_an_event_of_a_type_of_its_own() -> None:
    events, inbox = boto3.client("events"), Inbox()
    events.put_rule(Name="resumes", EventPattern=json.dumps({"detail-type": ["SDRS Protection Resume Outcome"]}))
    events.put_targets(Rule="resumes", Targets=[{"Id": "1", "Arn": inbox.arn}])

    for case in ("succeeded", "resumed"):
        EventBridgeChannel(events).send(render(ENDED[case], LINKS))

    assert [one["detail"]["outcome"] for one in inbox.messages()] == ["resumed"]


def test_f26_a_topic_that_is_gone_is_told_and_retried() -> None:
    sns = boto3.client("sns")

    with pytest.raises(PublishError) as caught:
        SnsChannel(sns, f"arn:aws:sns:{REGION}:{ACCOUNT}:gone").send(NOTICE)

    assert caught.value.problem.startswith("SNS refused it: NotFound")
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("code", "retryable"),
    [("InternalError", True), ("Throttled", True), ("AuthorizationError", True), ("InvalidParameter", False)],
)
def test_what_sns_will_never_take_is_not_retried(code: str, retryable: bool) -> None:
    sns = boto3.client("sns")

    with Stubber(sns) as stub:
        stub.add_client_error("publish", code, "no\r\nway")
        with pytest.raises(PublishError) as caught:
            SnsChannel(sns, f"arn:aws:sns:{REGION}:{ACCOUNT}:outcomes").send(NOTICE)

    assert (caught.value.problem, caught.value.retryable) == (f"SNS refused it: {code}: no way", retryable)


def test_f26_a_service_that_is_down_is_told_and_retried() -> None:
    config = Config(connect_timeout=1, retries={"total_max_attempts": 1})
    sns = boto3.client(
        "sns",
        region_name=REGION,
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=config,
    )

    with pytest.raises(PublishError, match="SNS could not be used") as caught:
        SnsChannel(sns, f"arn:aws:sns:{REGION}:{ACCOUNT}:outcomes").send(NOTICE)

    assert caught.value.retryable


def test_a_rule_on_the_bus_gets_the_event_of_the_example() -> None:
    events, inbox = boto3.client("events"), Inbox()
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["standdown"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": inbox.arn}])

    EventBridgeChannel(events).send(NOTICE)

    (got,) = inbox.messages()
    example = event(OPERATION)
    assert {key: got[key] for key in ("source", "detail-type", "resources", "detail")} == {
        key: example[key] for key in ("source", "detail-type", "resources", "detail")
    }
    assert got["time"] == example["time"]


def test_an_event_without_an_execution_has_no_resources_and_goes_to_the_named_bus() -> None:
    events = boto3.client("events")
    bare = render(OPERATION, replace(LINKS, workflow_arn=""))
    sent: dict[str, Any] = {}
    with Stubber(events) as stub:
        stub.add_response("describe_event_bus", {"Name": "ops"}, {"Name": "ops"})
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}, None)
        events.meta.events.register("provide-client-params.events.PutEvents", lambda params, **_: sent.update(params))
        EventBridgeChannel(events, "ops").send(bare)

    (entry,) = sent["Entries"]
    assert (entry["Resources"], entry["EventBusName"]) == ([], "ops")
    assert len(entry["Detail"]) <= 20_000


@pytest.mark.parametrize(
    ("answer", "problem", "retryable"),
    [
        ({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}, "ThrottlingException: slow", True),
        ({"ErrorCode": "InternalFailure"}, "InternalFailure: no message", True),
        ({"ErrorCode": "MalformedDetail", "ErrorMessage": "bad"}, "MalformedDetail: bad", False),
        ({}, "no code: no message", True),
    ],
)
def test_f26_an_event_that_was_not_taken_is_a_failure_also_with_a_200(
    answer: dict[str, str], problem: str, retryable: bool
) -> None:
    events = boto3.client("events")

    with Stubber(events) as stub:
        stub.add_response("put_events", {"FailedEntryCount": 1, "Entries": [answer]}, None)
        with pytest.raises(PublishError) as caught:
            EventBridgeChannel(events).send(NOTICE)

    assert (caught.value.problem, caught.value.retryable) == (f"EventBridge refused it: {problem}", retryable)


def test_o03_an_event_for_a_bus_that_does_not_exist_is_not_taken_for_delivered() -> None:
    # AWS takes events for such a bus with a FailedEntryCount of 0, and drops them.
    events = boto3.client("events")

    with Stubber(events) as stub:
        stub.add_client_error("describe_event_bus", "ResourceNotFoundException", "no bus")
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}, None)
        states = Publication([EventBridgeChannel(events, "no-such-bus")], LINKS).publish(OPERATION)

    assert states["eventbridge"].status is Delivery.PENDING
    assert states["eventbridge"].problem == "the event bus no-such-bus does not exist: see the parameter EventBusName"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InternalException"])
def test_o03b_where_the_bus_cannot_be_asked_about_the_event_is_put_all_the_same(code: str) -> None:
    events = boto3.client("events")

    with Stubber(events) as stub:
        stub.add_client_error("describe_event_bus", code, "no")
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}, None)
        EventBridgeChannel(events, "ops").send(NOTICE)
        stub.assert_no_pending_responses()


def test_o19_an_event_that_was_refused_with_a_code_of_null_is_tried_again_and_says_so() -> None:
    events = boto3.client("events")
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": None, "ErrorMessage": None}]}

    with Stubber(events) as stub:
        stub.add_response("put_events", {"FailedEntryCount": 1, "Entries": [{}]}, None)
        events.meta.events.register("after-call.events.PutEvents", lambda parsed, **_: parsed.update(answer))
        states = Publication([EventBridgeChannel(events)], LINKS).publish(OPERATION)

    assert states["eventbridge"].status is Delivery.PENDING
    assert states["eventbridge"].problem == "EventBridge refused it: no code: no message"


def test_f26_a_bus_that_answers_with_an_error_is_told_and_retried() -> None:
    events = boto3.client("events")

    with Stubber(events) as stub:
        stub.add_client_error("put_events", "AccessDeniedException", "no")
        with pytest.raises(PublishError) as caught:
            EventBridgeChannel(events).send(NOTICE)

    assert (caught.value.problem, caught.value.retryable) == ("EventBridge refused it: AccessDeniedException: no", True)


def test_f26_one_channel_down_neither_delays_nor_repeats_another() -> None:
    sns, events, inbox = boto3.client("sns"), boto3.client("events"), Inbox()
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["standdown"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": inbox.arn}])
    gone = SnsChannel(sns, f"arn:aws:sns:{REGION}:{ACCOUNT}:outcomes")
    publication = Publication([gone, EventBridgeChannel(events)], LINKS)

    first = publication.publish(OPERATION)
    sns.create_topic(Name="outcomes")
    due = {"sns": replace(first["sns"], next_at=None), "eventbridge": first["eventbridge"]}
    second = publication.publish(replace(OPERATION, channels=due))

    assert first["sns"].status is Delivery.PENDING
    assert first["eventbridge"].status is Delivery.DONE
    assert (second["sns"].status, second["sns"].attempts) == (Delivery.DONE, 2)
    assert len(inbox.messages()) == 1


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _document(*endpoints: dict[str, Any]) -> str:
    return json.dumps({"endpoints": list(endpoints)})


def test_f30_endpoints_come_from_secrets_manager_and_a_broken_one_fails_alone() -> None:
    secrets = boto3.client("secretsmanager")
    good = {"name": "pager", "url": "https://hooks.example.com/", "secrets": [SECRET, SECRET]}
    secrets.create_secret(Name="webhooks", SecretString=_document({"name": "old", "url": "http://CANARY"}, good))

    broken, working = webhook_channels(lambda: secrets.get_secret_value(SecretId="webhooks")["SecretString"])

    assert isinstance(working, WebhookChannel)
    assert (broken.name, working.name) == ("webhook:old", "webhook:pager")
    with pytest.raises(PublishError, match="url is not a plain https") as caught:
        broken.send(NOTICE)
    assert "CANARY" not in str(caught.value)
    assert len(working.endpoint.keys) == 2


def test_f30_a_secret_that_is_missing_leaves_the_other_channels_alone() -> None:
    secrets, sns = boto3.client("secretsmanager"), boto3.client("sns")
    topic = sns.create_topic(Name="outcomes")["TopicArn"]
    hooks = webhook_channels(lambda: secrets.get_secret_value(SecretId="webhooks")["SecretString"])

    states = Publication([SnsChannel(sns, topic), *hooks], LINKS).publish(OPERATION)

    assert states["sns"].status is Delivery.DONE
    assert states["webhook:*"].status is Delivery.PENDING
    assert states["webhook:*"].problem == "the webhook document could not be had: ResourceNotFoundException"


def test_a_document_that_is_broken_is_told_as_a_whole() -> None:
    (broken,) = webhook_channels(lambda: '{"endpoints": "CANARY"}', Sender())

    assert isinstance(broken, BrokenChannel)
    assert broken.name == "webhook:*"
    assert "CANARY" not in broken.problem


def test_clients_are_not_shown() -> None:
    assert "client" not in repr(SnsChannel(object(), "arn"))  # type: ignore[arg-type]
    assert "client" not in repr(EventBridgeChannel(object()))  # type: ignore[arg-type]
