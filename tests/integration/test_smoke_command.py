"""The smoke test as a command: topics, bus and alarms at moto, CloudFormation and the functions at a server."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from pytest_httpserver import HTTPServer

from support.answering import READY, answering
from support.answering import AnsweringStack as Stack
from support.command import smoke


@pytest.fixture
def stack(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with answering(httpserver, monkeypatch) as stack:
        yield stack


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit status and what was printed."""
    status = smoke(["--stack", "dr", *arguments])
    return status, capsys.readouterr().out


def test_a_stack_with_which_nothing_is_wrong_is_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.ring("dr-TriggerErrors", mine=False)  # a user's own alarm, named like the stack
    stack.ring("dr-prod-TriggerErrors", mine=False)
    status, out = told(capsys)

    assert (status, "NOT OK" in out) == (0, False), out
    assert stack.requests() == []


def test_the_public_addresses_are_named_and_nothing_is_sent_to_them(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.addresses = {"WebhookUrl": "https://a.example/stop", "SmnUrl": "https://b.example/smn"}

    _, out = told(capsys)

    assert "address    webhooks: POST https://a.example/stop\n" in out
    assert "address    SMN: POST https://b.example/smn\n" in out
    assert stack.requests() == []


def test_an_alarm_of_this_stack_that_rings_is_not_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.ring("elsewhere-named", mine=True)

    status, out = told(capsys)

    assert (status, "elsewhere-named" in out) == (1, True), out


# --- who hears of it -------------------------------------------------------------------------------------------------


def unsubscribe(stack: Stack, topic: str) -> None:
    sns = boto3.client("sns")
    for one in sns.list_subscriptions_by_topic(TopicArn=stack.topics[topic])["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def test_outcomes_that_nobody_is_subscribed_to_are_not_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    unsubscribe(stack, "OutcomeTopicArn")

    status, out = told(capsys, "--target", "erp-prod")

    assert (status, "NOBODY is subscribed to the outcomes" in out) == (1, True), out
    assert stack.requests() == []


def test_an_operators_topic_that_nobody_is_subscribed_to_is_a_warning(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    unsubscribe(stack, "OperatorTopicArn")

    status, out = told(capsys)

    assert status == 0
    assert "operators  WARNING" in out, out


def test_a_subscription_that_is_not_confirmed_hears_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", httpserver.url_for("").rstrip("/"))
    stack.subscriptions = ["PendingConfirmation"]

    status, out = told(capsys)

    assert (status, "NOBODY is subscribed to the outcomes (1 not confirmed: open the link" in out) == (1, True), out


def test_outcomes_that_only_webhooks_are_told_are_a_warning(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    unsubscribe(stack, "OutcomeTopicArn")
    stack.parameters["OutgoingWebhookSecretName"] = "standdown/outgoing"

    status, out = told(capsys)

    assert (status, "outcomes   WARNING: only webhooks are told" in out) == (0, True), out


# --- a dry run that would be refused is not sent ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "refused", "said"),
    [
        ("nope", None, "there is no target 'nope'"),
        ("erp-prod", "'erp-prod' takes requests from alarm, not from direct", "not from direct"),
    ],
)
def test_a_dry_run_that_would_be_refused_is_not_sent(
    stack: Stack, capsys: pytest.CaptureFixture[str], target: str, refused: str | None, said: str
) -> None:
    stack.verdicts = [READY | {"direct_refused": refused}]

    status, out = told(capsys, "--target", target)

    assert stack.requests() == [], out
    assert (status, said in out) == (1, True), out


def test_a_dry_run_of_a_target_that_would_take_it_is_sent_and_waited_for(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out = told(capsys, "--target", "erp-prod")

    assert (status, "ended as dry_run and was told" in out) == (0, True), out
    assert [event["dry_run"] for event in stack.requests()] == [True]


# --- the stack itself ------------------------------------------------------------------------------------------------


def test_o03b_an_event_bus_that_does_not_exist_is_not_ok(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.parameters["EventBusName"] = "no-such-bus"

    status, out = told(capsys)

    assert (status, "event bus 'no-such-bus' does not exist" in out) == (1, True), out


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("CREATE_COMPLETE", 0),
        ("UPDATE_COMPLETE", 0),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 0),
        ("UPDATE_ROLLBACK_COMPLETE", 0),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", 0),
        ("IMPORT_COMPLETE", 0),
        ("ROLLBACK_COMPLETE", 1),
        ("UPDATE_ROLLBACK_FAILED", 1),
        ("UPDATE_IN_PROGRESS", 1),
        ("DELETE_COMPLETE", 1),
        ("REVIEW_IN_PROGRESS", 1),
    ],
)
def test_a_stack_whose_update_was_rolled_back_is_a_stack_that_works(
    stack: Stack, capsys: pytest.CaptureFixture[str], state: str, status: int
) -> None:
    stack.status = state

    found, out = told(capsys)

    assert (found, state in out) == (status, status == 1 or "ROLLBACK" in state), out
