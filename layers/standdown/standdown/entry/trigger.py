"""The trigger's entry points: a message of the RequestQueue, and a direct invocation. No accepted request is lost.

What settles itself is acknowledged, what needs another try is delivered again when it is due, and what can never become
a request goes to the dead-letter queue at once, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from standdown.action.protocol import Invocation, continue_operation, stop
from standdown.aws.request_queue import QueueError, RequestQueue
from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.text import NotJsonError, iso, strict_json
from standdown.core.operation import OPERATION_ID, Operation, StopRequest
from standdown.core.retry import RetryLaterError
from standdown.intake.direct_invocation import is_sent_by_aws, read_direct
from standdown.intake.errors import IgnoredError, IntakeError, MalformedError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from standdown.ledger.ledger import LedgerError

_CONTINUE = ("continue", "resume")  # a queue may still hold messages of 0.1.0, which said "resume"


@dataclass(frozen=True, slots=True)
class RequestIntake:
    """Takes requests in; every request of one message or event is judged alone."""

    invocation: Invocation
    trust: Trust
    queue: RequestQueue

    def take_record(self, record: dict[str, Any]) -> None:
        """Settle one record of the RequestQueue; raise RetryLaterError where SQS must deliver it again."""
        if self.queue.receives_exceeded(record):
            self.queue.dead_letter(record, "the function that took it died every time")
            return
        operation_id = _to_continue(record.get("body"))
        try:
            if operation_id is None:
                requests = read_queue_record(
                    record, self.invocation.targets, now=self.invocation.clock(), trust=self.trust
                )
                self._each(requests)
            elif continue_operation(operation_id, self.invocation) is None:
                self.queue.dead_letter(record, f"unknown_operation: no operation {operation_id} is in the ledger")
        except IgnoredError as error:
            _log(error)
        except MalformedError as error:
            _log(error)
            self.queue.dead_letter(record, str(error))
        except RetryLaterError as error:
            # What the ledger holds and the queue gives up is given back again by the sweeper, as long as it is open.
            self.queue.retry_later(record, error, recorded=operation_id is not None and error.operation is not None)

    def take_direct(self, event: Any, request_id: str) -> dict[str, Any]:
        """Settle a direct invocation and return what became of it, JSON-ready.

        An operation that needs another try gets it through the RequestQueue. Raises RetryLaterError where nothing could
        be recorded, and MalformedError where what an AWS service sent cannot be read: both are for
        Lambda to see.
        """
        try:
            found = read_direct(
                event, self.invocation.targets, request_id=request_id, now=self.invocation.clock(), trust=self.trust
            )
            return {"operations": [_told(operation) for operation in self._each(found, by_queue=True)]}
        except IgnoredError as error:
            _log(error)
            return {"operations": [], "ignored": {"code": error.code, "message": error.message}}
        except MalformedError as error:
            _log(error)
            if is_sent_by_aws(event):
                raise
            return {"operations": [], "rejected": {"code": error.code, "message": error.message}}

    def _each(self, requests: Iterable[StopRequest], *, by_queue: bool = False) -> list[Operation]:
        """Stop each; one that must wait does not hold up the others, and is raised last."""
        operations: list[Operation] = []
        waiting: RetryLaterError | None = None
        for request in requests:
            try:
                operations.append(stop(request, self.invocation))
            except RetryLaterError as error:
                if by_queue and error.operation is not None and self._continue_later(error.operation, error.delay):
                    operations.append(error.operation)
                else:
                    waiting = error
        if waiting is not None:
            raise waiting
        return operations

    def _continue_later(self, operation: Operation, delay: float) -> bool:
        """Have the queue bring the operation back; False where it cannot, or the ledger does not hold it."""
        try:
            if self.invocation.ledger.get(operation.operation_id) is None:
                return False
            self.queue.continue_later(operation.operation_id, delay)
        except (LedgerError, QueueError) as error:
            logger.warning("cannot continue later", extra={"problem": str(error)})
            return False
        return True


@dataclass(frozen=True, slots=True)
class UnavailableIntake:
    """Takes nothing while nobody can say what may be stopped: every message comes back soon."""

    error: RetryLaterError
    queue: RequestQueue

    @property
    def invocation(self) -> Invocation:
        """Raise the error: there is nothing to answer with."""
        raise self.error

    def take_record(self, record: dict[str, Any]) -> None:
        """Have the record delivered again when it is due, or set aside after enough deliveries."""
        self.queue.retry_later(record, self.error)

    def take_direct(self, _event: Any, _request_id: str) -> dict[str, Any]:
        """Raise the error, for Lambda or the caller to try again."""
        raise self.error


def is_batch(event: Any) -> bool:
    """Return whether a function's event is a batch of SQS messages, each with an id by which it is reported."""
    records = event.get("Records") if isinstance(event, dict) else None
    return isinstance(records, list) and bool(records) and all(map(_is_message, records))


def _is_message(record: Any) -> bool:
    return (
        isinstance(record, dict) and record.get("eventSource") == "aws:sqs" and isinstance(record.get("messageId"), str)
    )


def _to_continue(body: Any) -> str | None:
    """Return the operation that a message of our own asks to continue, or None for every other message."""
    try:
        document = strict_json(body) if isinstance(body, str) and any(f'"{key}"' in body for key in _CONTINUE) else None
    except NotJsonError:
        return None
    if not isinstance(document, dict) or document.keys() not in [{"schema_version", key} for key in _CONTINUE]:
        return None
    wanted = next(document[key] for key in _CONTINUE if key in document)
    return wanted if isinstance(wanted, str) and OPERATION_ID.fullmatch(wanted) else None


def _told(operation: Operation) -> dict[str, Any]:
    """Return what a direct caller reads of an operation."""
    outcome = operation.outcome
    return {
        "operation_id": operation.operation_id,
        "target": operation.target,
        "state": operation.state.value,
        "job_id": operation.job_id,
        "joined_to": operation.joined_to,
        "received_at": iso(operation.received_at),
        "outcome": outcome.result.value if outcome else None,
        "refusal": outcome.refusal.value if outcome and outcome.refusal else None,
        "detail": outcome.detail if outcome else None,
    }


def _log(error: IntakeError) -> None:
    words = {"reason_code": error.code, "detail": error.message}
    if isinstance(error, IgnoredError):
        logger.info("event ignored", extra=words)
        record(Metric.EVENTS_IGNORED, reason=error.code)
    else:
        logger.warning("event rejected", extra=words)
        record(Metric.EVENTS_REJECTED, reason=error.code)
