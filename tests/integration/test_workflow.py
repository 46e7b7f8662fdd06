"""The template's workflow on moto's interpreter, every path of it, with functions that answer what a test says.

moto is the one that is right on names, on duplicates and on the machine's own time-out; the local cloud, on which the
other tests run the same definition, is not. The functions are an HTTP server: what is faked is faked at the wire.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from local.template import load, workflow

OPERATION_ID = "0123456789abcdef0123456789abcdef"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
REAL: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
RETRIED = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
)
CAUGHT = ("Runtime.ImportModuleError", "KeyError")
BEGUN = {"schema_version": 1, "operation_id": OPERATION_ID, "finished": False, "wait_seconds": 0}
ENDED = BEGUN | {"finished": True}
TOLD = {"schema_version": 1, "operation_id": OPERATION_ID, "published": True, "wait_seconds": 0}


@dataclass(slots=True)
class Functions:
    """The poller and the notifier: each gives its answers in turn, and the last one for ever."""

    poller: deque[Any] = field(default_factory=deque)
    notifier: deque[Any] = field(default_factory=deque)
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """Answer an Invoke; an answer that is a text is the name of the error with which the function fails."""
        name = unquote(request.path).split(":")[-1].split("/")[0]
        self.calls.append((name, request.get_json(force=True)))
        answers: deque[Any] = getattr(self, name)
        given = answers.popleft() if len(answers) > 1 else answers[0]
        if not isinstance(given, str):
            return Response(json.dumps(given), headers={"X-Amz-Executed-Version": "$LATEST"})
        failed = {"errorType": given, "errorMessage": "made up"}
        return Response(json.dumps(failed), headers={"X-Amz-Function-Error": "Unhandled"})

    def called(self) -> list[str]:
        """Return who was called, in order."""
        return [name for name, _ in self.calls]


@pytest.fixture
def functions(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    given = Functions(deque([ENDED]), deque([TOLD | {"outcome": "succeeded"}]))
    httpserver.expect_request(re.compile("/.*/invocations"), method="POST").respond_with_handler(given.answer)
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", httpserver.url_for("").rstrip("/"))
    with mock_aws(config=REAL):
        yield given


def machine(**changes: Any) -> str:
    """Create the workflow, its waits and pauses shortened, and return its ARN."""
    definition = workflow(
        load(), Poller=FUNCTION + "poller", Notifier=FUNCTION + "notifier", NotifyDeadLetters=queue(), Partition="aws"
    )
    for state in definition["States"].values():
        for retrier in state.get("Retry", []):
            retrier |= {"IntervalSeconds": 1, "BackoffRate": 1.0, "MaxDelaySeconds": 2}
    for blind in ("Blind", "PublishLater"):
        definition["States"][blind]["Result"] = 0
    created = boto3.client("stepfunctions").create_state_machine(
        name="standdown-stop", definition=json.dumps(definition | changes), roleArn="arn:aws:iam::123456789012:role/r"
    )
    return str(created["stateMachineArn"])


def queue() -> str:
    return str(boto3.client("sqs").create_queue(QueueName="notify-dead-letters")["QueueUrl"])


def run(given: Any, arn: str | None = None, name: str = f"stop-{OPERATION_ID}") -> dict[str, Any]:
    """Run the workflow to its end and return the execution."""
    states = boto3.client("stepfunctions")
    text = given if isinstance(given, str) else json.dumps(given)
    begun = states.start_execution(stateMachineArn=arn or machine(), name=name, input=text)
    ends = time.monotonic() + 30
    while (ended := states.describe_execution(executionArn=begun["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < ends, ended
        time.sleep(0.02)
    return dict(ended)


@pytest.mark.parametrize("outcome", ["succeeded", "already_stopped", "dry_run", "joined"])
def test_what_is_finished_at_the_door_is_published_and_shows_as_succeeded(functions: Functions, outcome: str) -> None:
    functions.notifier = deque([TOLD | {"outcome": outcome}])

    assert run(ENDED)["status"] == "SUCCEEDED"
    assert functions.calls == [("notifier", ENDED)]


@pytest.mark.parametrize("outcome", ["failed", "refused", "timed_out", "unknown", "word of the future", 7, None])
def test_every_other_outcome_shows_as_a_failed_execution(functions: Functions, outcome: Any) -> None:
    functions.notifier = deque([TOLD | {"outcome": outcome}])

    ended = run(ENDED)

    assert (ended["status"], ended["error"]) == ("FAILED", "NotStopped")


def test_it_looks_until_the_poller_has_seen_the_end_and_hands_on_what_the_poller_said(functions: Functions) -> None:
    looks = [BEGUN | {"looks": number, "seen": "RUNNING"} for number in (1, 2, 3)]
    functions.poller = deque([*looks, ENDED | {"looks": 4}])

    assert run(BEGUN)["status"] == "SUCCEEDED"
    assert functions.called() == ["poller"] * 4 + ["notifier"]
    assert [state for _, state in functions.calls] == [BEGUN, *looks, ENDED | {"looks": 4}]


@pytest.mark.parametrize("error", RETRIED)
def test_lambda_s_own_trouble_is_repeated_with_the_same_state(functions: Functions, error: str) -> None:
    functions.poller = deque([error, ENDED])
    functions.notifier = deque([error, TOLD | {"outcome": "succeeded"}])

    assert run(BEGUN)["status"] == "SUCCEEDED"
    assert functions.calls == [("poller", BEGUN), ("poller", BEGUN), ("notifier", ENDED), ("notifier", ENDED)]


@pytest.mark.parametrize("error", CAUGHT)
def test_a_poller_that_raises_is_looked_with_again_later_and_its_state_is_kept(
    functions: Functions, error: str
) -> None:
    functions.poller = deque([error, error, ENDED])

    assert run(BEGUN | {"looks": 5})["status"] == "SUCCEEDED"
    assert functions.calls[:3] == [("poller", BEGUN | {"looks": 5})] * 3


def test_a_poller_that_fails_for_long_does_not_end_the_watch(functions: Functions) -> None:
    functions.poller = deque([*["Lambda.Unknown"] * 6, ENDED])

    assert run(BEGUN)["status"] == "SUCCEEDED"
    assert functions.called() == ["poller"] * 7 + ["notifier"]


@pytest.mark.parametrize("error", CAUGHT)
def test_a_notifier_that_raises_leaves_a_message_and_a_failed_execution(functions: Functions, error: str) -> None:
    functions.notifier = deque([error])

    ended = run(ENDED)

    assert (ended["status"], ended["error"]) == ("FAILED", "NotPublished")
    assert functions.called() == ["notifier"]
    (letter,) = boto3.client("sqs").receive_message(QueueUrl=queue())["Messages"]
    assert json.loads(letter["Body"])["operation_id"] == OPERATION_ID


def test_a_channel_that_is_to_be_tried_again_is_waited_for(functions: Functions) -> None:
    later = TOLD | {"published": False, "outcome": "succeeded"}
    functions.notifier = deque([later, later, TOLD | {"outcome": "succeeded"}])

    assert run(ENDED)["status"] == "SUCCEEDED"
    assert functions.calls == [("notifier", ENDED), ("notifier", later), ("notifier", later)]


@pytest.mark.parametrize("wait", [None, "2", -1, 3601, True])
@pytest.mark.parametrize("who", ["poller", "notifier"])
def test_a_wait_that_makes_no_sense_becomes_one_that_does(functions: Functions, who: str, wait: Any) -> None:
    functions.poller = deque([BEGUN | {"wait_seconds": wait}, ENDED])
    functions.notifier = deque([TOLD | {"published": False, "wait_seconds": wait}, TOLD | {"outcome": "succeeded"}])

    assert run(BEGUN if who == "poller" else ENDED)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("answer", [{}, [], "text", None, 5, {"finished": "true"}, {"finished": 1}])
def test_a_poller_that_answers_nonsense_is_asked_again(functions: Functions, answer: Any) -> None:
    functions.poller = deque([{"nonsense": answer} if isinstance(answer, str) else answer, ENDED])

    ended = run(BEGUN)

    # A state that is no object can hold no wait either: the execution breaks, and the sweeper hears of it.
    assert ended["status"] == ("SUCCEEDED" if isinstance(answer, dict | str) else "FAILED")


@pytest.mark.parametrize("given", ["{}", '{"finished": null}', '{"operation_id": 5, "finished": "yes"}'])
def test_an_execution_that_somebody_starts_with_nonsense_asks_the_poller_which_ends_it(
    functions: Functions, given: str
) -> None:
    functions.poller = deque([{"operation_id": "", "finished": True}])

    assert run(given)["status"] == "SUCCEEDED"
    assert functions.called() == ["poller", "notifier"]


def test_the_machine_s_own_time_out_ends_it_from_outside(functions: Functions) -> None:
    functions.poller = deque([BEGUN | {"wait_seconds": 1}])

    assert run(BEGUN, machine(TimeoutSeconds=2))["status"] == "TIMED_OUT"


def test_the_same_name_with_the_same_input_is_the_same_execution_and_with_another_an_error(
    functions: Functions,
) -> None:
    states, arn = boto3.client("stepfunctions"), machine()
    functions.poller = deque([BEGUN | {"wait_seconds": 1}, ENDED])
    words = {"stateMachineArn": arn, "name": f"stop-{OPERATION_ID}"}

    first = states.start_execution(**words, input=json.dumps(BEGUN))
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(**words, input=json.dumps(ENDED))
    again = run(BEGUN, arn)

    assert again["executionArn"] == first["executionArn"]
    assert functions.called() == ["poller", "poller", "notifier"]
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(**words, input=json.dumps(BEGUN))  # it is over: not even the same words start it again


@pytest.mark.parametrize("name", [f"stop-{OPERATION_ID}", f"publish-{OPERATION_ID}-49"])
def test_the_names_that_are_derived_are_taken(functions: Functions, name: str) -> None:
    assert run(ENDED, name=name)["name"] == name
    assert functions.called() == ["notifier"]
