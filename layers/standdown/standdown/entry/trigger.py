"""The trigger's entry points: a message of the RequestQueue, and a direct invocation. No accepted request is lost.

What settles itself is acknowledged, what needs another try is delivered again when it is due, and what can never become
a request goes to the dead-letter queue at once, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from standdown.action.invocation import Invocation
from standdown.action.protocol import continue_operation, stop
from standdown.aws.batch import take_each
from standdown.aws.request_queue import QueueError, RequestQueue
from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.text import iso
from standdown.core.operation import Operation
from standdown.core.request import StopRequest
from standdown.core.retry import RetryLaterError
from standdown.entry.own_messages import INVOKED, as_invoked, to_continue, to_resume
from standdown.entry.questions import asks
from standdown.intake.direct_invocation import is_sent_by_aws, read_direct
from standdown.intake.errors import IgnoredError, IntakeError, MalformedError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust


class RequestIntake(NamedTuple):
    """Takes requests in; every request of one message or event is judged alone.

    `own_sender_id` is the id of the trigger's role, by which it knows the events that it queued itself.
    """

    invocation: Invocation
    trust: Trust
    queue: RequestQueue
    own_sender_id: str = ""

    def take_record(self, record: dict[str, Any]) -> None:
        """Settle one record of the RequestQueue; raise RetryLaterError where SQS must deliver it again."""
        if self.queue.receives_exceeded(record):
            self._give_up(record)
            return
        operation_id = to_continue(record.get("body"))
        try:
            if operation_id is None:
                _, waiting = self._each(self._read(record))
                if waiting is not None:
                    raise waiting
            elif continue_operation(operation_id, self.invocation) is None:
                self.queue.dead_letter(record, f"unknown_operation: no operation {operation_id} is in the ledger")
        except IgnoredError as error:
            _log(error)
        except MalformedError as error:
            _log(error)
            self.queue.dead_letter(record, str(error))
        except RetryLaterError as error:
            # What the ledger holds and the queue gives up is given back again by the sweeper, as long as it is open.
            self.queue.retry_later(record, error, recorded=error.operation is not None)

    def take_direct(self, event: Any, request_id: str) -> dict[str, Any]:
        """Settle a direct invocation and return what became of it, JSON-ready.

        An operation that needs another try gets it through the RequestQueue, and so does the event where a request
        could not be recorded. Raises RetryLaterError where the queue is out of reach as well, and MalformedError where
        what an AWS service sent cannot be read: both are for Lambda to see.
        """
        now = self.invocation.clock()
        try:
            found = read_direct(event, self.invocation.targets, request_id=request_id, now=now, trust=self.trust)
            operations, waiting = self._each(found, by_queue=True)
            queued = queue_invocation(self.queue, event, request_id, now, waiting) if waiting else {}
            return {"operations": [_told(operation) for operation in operations], **queued}
        except RetryLaterError as error:  # the targets, which were read a while ago, cannot be read again
            return {"operations": [], **queue_invocation(self.queue, event, request_id, now, error)}
        except IgnoredError as error:
            _log(error)
            return {"operations": [], "ignored": {"code": error.code, "message": error.message}}
        except MalformedError as error:
            _log(error)
            if is_sent_by_aws(event):
                raise
            return {"operations": [], "rejected": {"code": error.code, "message": error.message}}

    def _give_up(self, record: dict[str, Any]) -> None:
        """Dead-letter a message that came too often: for what keeps it from being taken now, if that is the targets."""
        try:
            _ = self.invocation.targets.mode
        except RetryLaterError as error:
            self.queue.retry_later(record, error, recorded=to_continue(record.get("body")) is not None)
        else:
            self.queue.dead_letter(record, "too old, and the function that took it died every time, or was throttled")

    def _read(self, record: dict[str, Any]) -> list[StopRequest]:
        """Return the requests in a message; an event that the trigger queued itself is read as it came then."""
        hold_id = to_resume(record.get("body"))
        if hold_id is not None:
            from standdown.action.due_resume import due_resume  # a stop need not wait for it to be loaded

            return [due_resume(hold_id, self.invocation)]
        invoked = as_invoked(record)
        if invoked is None:
            return read_queue_record(record, self.invocation.targets, now=self.invocation.clock(), trust=self.trust)
        sender = str(record.get("attributes", {}).get("SenderId", "")).partition(":")[0]
        if not self.own_sender_id or sender != self.own_sender_id:
            # Whoever may send to the queue may send commands. By which entry point one came is not theirs to say.
            raise MalformedError("not_verified", "only the trigger may queue an event that invoked it")
        event, request_id, at = invoked
        return read_direct(event, self.invocation.targets, request_id=request_id, now=at, trust=self.trust)

    def _each(
        self, requests: Iterable[StopRequest], *, by_queue: bool = False
    ) -> tuple[list[Operation], RetryLaterError | None]:
        """Stop each; return the operations and why one must wait: one that is not recorded, if there is any."""
        operations: list[Operation] = []
        waiting: RetryLaterError | None = None
        for request in requests:
            try:
                operations.append(stop(request, self.invocation))
            except RetryLaterError as error:
                if by_queue and error.operation is not None and self._continue_later(error.operation, error.delay):
                    operations.append(error.operation)
                elif waiting is None or error.operation is None:
                    waiting = error
        return operations, waiting

    def _continue_later(self, operation: Operation, delay: float) -> bool:
        """Have the queue bring the operation back; False where it cannot."""
        try:
            self.queue.continue_later(operation.operation_id, delay)
        except QueueError as error:
            logger.warning("cannot continue later", extra={"problem": str(error)})
            return False
        return True


def queue_invocation(
    queue: RequestQueue, event: Any, request_id: str, at: datetime, error: RetryLaterError
) -> dict[str, Any]:
    """Have the queue bring an event back that cannot be recorded now, with its own time and identity.

    Returns what the caller is answered; raises the error that kept it from being recorded where SQS is down as well.
    """
    try:
        queue.send({"schema_version": 1, INVOKED: {"event": event, "request_id": request_id, "at": iso(at)}})
    except QueueError as trouble:
        logger.warning("event not queued", extra={"problem": str(trouble)})
        raise error from trouble
    logger.warning("event queued", extra={"problem": error.why})
    return {"queued": {"code": "retried_later", "message": error.why}}


def is_batch(event: Any) -> bool:
    """Return whether a function's event is a batch of SQS messages, each with an id by which it is reported."""
    records = event.get("Records") if isinstance(event, dict) else None
    return isinstance(records, list) and bool(records) and all(map(_is_message, records))


def _is_message(record: Any) -> bool:
    return (
        isinstance(record, dict) and record.get("eventSource") == "aws:sqs" and isinstance(record.get("messageId"), str)
    )


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


def handle(event: Any, entry: RequestIntake, request_id: str) -> dict[str, Any]:
    """Take in a batch of messages or a direct invocation, and return what Lambda answers; answer a check."""
    if is_batch(event):
        return take_each(event, entry.take_record)
    if asks(event):
        from standdown.entry.trigger_questions import ask_trigger  # a stop need not wait for it to be loaded
        from standdown.entry.wiring.checks import checks

        return ask_trigger(event, entry.invocation, checks)
    return entry.take_direct(event, request_id)
