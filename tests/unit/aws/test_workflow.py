"""StopWorkflow as the rest sees it: one execution per operation, and what AWS may answer instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from standdown.aws.workflow import Workflow, WorkflowError
from standdown.core.operation import Operation, State
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Source, StopRequest

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:standdown-stop"
OPERATION = Operation("0" * 32, StopRequest("d", Source.QUEUE, AT, target="erp-prod"), AT, accepted_at=AT)
STOP = f"stop-{OPERATION.operation_id}"
INPUT = f'{{"finished":false,"operation_id":"{"0" * 32}","schema_version":1,"wait_seconds":2}}'
ENDED = OPERATION.with_outcome(Outcome(Result.FAILED, AT, "d"))


@cache
def _client(endpoint: str | None) -> SFNClient:
    session = boto3.Session("made-up", "made-up", region_name="eu-central-1")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    return session.client("stepfunctions", config=config, endpoint_url=endpoint)


class States:
    """Step Functions with its answers prepared, in the order in which they are to be asked for."""

    def __init__(self, endpoint: str | None = None) -> None:
        self.client = _client(endpoint)
        self.stubber = Stubber(self.client)
        self.workflow = Workflow(self.client, ARN)

    def starts(self, name: str = STOP, given: str = INPUT, error: str | None = None) -> None:
        """Expect a start, and answer it."""
        asked = {"stateMachineArn": ARN, "name": name, "input": given}
        if error:
            self.stubber.add_client_error("start_execution", error, expected_params=asked)
        else:
            self.stubber.add_response("start_execution", {"executionArn": _arn(name), "startDate": AT}, asked)

    def describes(
        self, name: str = STOP, status: str = "RUNNING", given: str = INPUT, error: str | None = None
    ) -> None:
        """Expect a question about an execution, and answer it."""
        asked = {"executionArn": _arn(name)}
        if error:
            self.stubber.add_client_error("describe_execution", error, expected_params=asked)
            return
        told: Any = {"executionArn": _arn(name), "stateMachineArn": ARN, "status": status, "startDate": AT}
        self.stubber.add_response("describe_execution", told | {"input": given}, asked)


def _arn(name: str) -> str:
    return f"arn:aws:states:eu-central-1:123456789012:execution:standdown-stop:{name}"


@pytest.fixture
def states() -> Iterator[States]:
    states = States()
    with states.stubber:
        yield states
        states.stubber.assert_no_pending_responses()


def test_an_operation_is_started_under_its_own_name_with_nothing_but_its_id(states: States) -> None:
    states.starts()

    states.workflow.start(OPERATION)


def test_an_ended_operation_is_started_as_finished(states: States) -> None:
    states.starts(given=INPUT.replace("false", "true"))

    states.workflow.start(ENDED)


def test_a_repeat_has_the_very_same_input_though_the_operation_went_on(states: States) -> None:
    states.starts()
    states.starts()

    states.workflow.start(OPERATION)
    states.workflow.start(
        replace(OPERATION, state=State.FOLLOWING, attempts=3, job_id="j", causes=(OPERATION.request,))
    )


def test_an_execution_that_exists_with_the_same_input_was_started_by_an_earlier_try(states: States) -> None:
    states.starts(error="ExecutionAlreadyExists")
    states.describes(status="SUCCEEDED")

    states.workflow.start(OPERATION)


def test_an_execution_of_that_name_with_another_input_is_not_ours(states: States) -> None:
    states.starts(error="ExecutionAlreadyExists")
    states.describes(given="{}")

    with pytest.raises(WorkflowError, match=f"an execution named {STOP} exists with another input"):
        states.workflow.start(OPERATION)


@pytest.mark.parametrize("error", ["ExecutionDoesNotExist", "ThrottlingException", "AccessDeniedException"])
def test_an_execution_that_exists_and_cannot_be_read_is_not_taken_for_started(states: States, error: str) -> None:
    states.starts(error="ExecutionAlreadyExists")
    states.describes(error=error)

    with pytest.raises(WorkflowError, match=rf"could not be read \({error}\)"):
        states.workflow.start(OPERATION)


@pytest.mark.parametrize(
    "error",
    [
        "ExecutionLimitExceeded",
        "ThrottlingException",
        "StateMachineDoesNotExist",
        "StateMachineDeleting",
        "KmsThrottlingException",
        "AccessDeniedException",
        "InternalFailure",
    ],
)
def test_what_could_not_be_started_is_told_by_aws_own_word(states: States, error: str) -> None:
    states.starts(error=error)

    with pytest.raises(WorkflowError, match=rf"^the workflow could not be started \({error}\)$"):
        states.workflow.start(OPERATION)


def test_a_service_that_cannot_be_reached_is_a_workflow_error() -> None:
    workflow = States("http://127.0.0.1:9").workflow

    with pytest.raises(WorkflowError, match=r"could not be started \(EndpointConnectionError\)"):
        workflow.start(OPERATION)
    with pytest.raises(WorkflowError, match=r"could not be read \(EndpointConnectionError\)"):
        workflow.status(STOP)


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"])
def test_an_executions_status_is_aws_own_word(states: States, status: str) -> None:
    states.describes(status=status)

    assert states.workflow.status(STOP) == status


def test_an_execution_that_never_was_has_no_status(states: States) -> None:
    states.describes(error="ExecutionDoesNotExist")

    assert states.workflow.status(STOP) is None


def test_a_status_that_cannot_be_read_is_an_error_and_not_none(states: States) -> None:
    states.describes(error="ThrottlingException")

    with pytest.raises(WorkflowError, match=r"could not be read \(ThrottlingException\)"):
        states.workflow.status(STOP)


PUBLISH = f"publish-{OPERATION.operation_id}-5889280"
FINISHED = INPUT.replace("false", "true")


def test_an_outcome_is_published_by_an_execution_of_the_name_that_is_given(states: States) -> None:
    states.starts(PUBLISH, FINISHED)

    states.workflow.publish(ENDED, PUBLISH)


def test_every_name_is_one_that_step_functions_takes() -> None:
    assert len(f"{PUBLISH}0") <= 80
