"""StopWorkflow as the rest sees it: started once per operation, under a name that is derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from standdown.base.text import canonical
from standdown.core.operation import SCHEMA_VERSION, Operation, execution_arn

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

FIRST_WAIT = 2
"""Seconds from the start of the workflow to the first poll."""


class WorkflowError(Exception):
    """Raised when the workflow could not be started now; the operation is not followed until it is."""


class Workflow:
    """Starts and describes executions of one state machine."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client, self._arn = client, arn

    def start(self, operation: Operation) -> None:
        """Start the operation's execution, or find it started; raise WorkflowError where neither is certain.

        The input holds no clock and no request id: a repeat must be byte for byte the same.
        """
        self._start(operation.execution_name, _input(operation))

    def publish(self, operation: Operation, name: str) -> None:
        """Start an execution of that name which publishes the operation's outcome; raise WorkflowError as `start`."""
        self._start(name, _input(operation))

    def publish_notice(self, notice_id: str, name: str) -> None:
        """Start an execution of that name which publishes a notice; raise WorkflowError as `start`."""
        self._start(name, _state(notice_id, finished=True))

    def status(self, name: str) -> str | None:
        """Return the status of the execution of that name, or None where there is none; raise WorkflowError."""
        try:
            return self._client.describe_execution(executionArn=execution_arn(self._arn, name))["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        except (ClientError, BotoCoreError) as error:
            raise WorkflowError(f"the workflow's execution could not be read ({_name(error)})") from error

    def _start(self, name: str, given: str) -> None:
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=given)
        except self._client.exceptions.ExecutionAlreadyExists:
            self._confirm(name, given)
        except (ClientError, BotoCoreError) as error:
            raise WorkflowError(f"the workflow could not be started ({_name(error)})") from error

    def _confirm(self, name: str, given: str) -> None:
        """Make sure that the execution of this name is ours: the same words of the same operation."""
        try:
            found = self._client.describe_execution(executionArn=execution_arn(self._arn, name))["input"]
        except (ClientError, BotoCoreError) as error:
            raise WorkflowError(f"the workflow's execution could not be read ({_name(error)})") from error
        if found != given:
            raise WorkflowError(f"an execution named {name} exists with another input")


def _input(operation: Operation) -> str:
    return _state(operation.operation_id, finished=operation.outcome is not None)


def _state(identity: str, *, finished: bool) -> str:
    return canonical(
        {
            "schema_version": SCHEMA_VERSION,
            "operation_id": identity,
            "finished": finished,
            "wait_seconds": FIRST_WAIT,
        }
    )


def _name(error: ClientError | BotoCoreError) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
