"""What a channel did not get: in the log, counted, in the queue, and never in the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from standdown.base.text import iso
from standdown.core.outcome import Delivery, DeliveryState
from standdown.publish.undelivered import Undelivered
from support.inmemory.aws import refused, silent
from support.samples import ALARM_AT, ENDED, NOTICES

OPERATION = ENDED["failed"]
GONE = DeliveryState(Delivery.UNDELIVERED, 4, at=ALARM_AT, problem="the endpoint answered 410 Gone")


@dataclass
class Queue:
    """An SQS client that keeps what it is given, or fails."""

    trouble: Exception | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        """Answer SendMessage."""
        if self.trouble:
            raise self.trouble
        self.sent.append(message)


def undelivered(queue: Queue) -> Undelivered:
    return Undelivered(queue, "https://sqs/notify-dead-letters")  # type: ignore[arg-type]


def undelivered_nowhere() -> Undelivered:
    return Undelivered(Queue(RuntimeError("not to be asked")))  # type: ignore[arg-type]


def test_the_message_says_what_is_missing_where_and_why() -> None:
    queue = Queue()

    undelivered(queue).report(OPERATION, "webhook:pager", GONE)

    [message] = queue.sent
    assert message["QueueUrl"] == "https://sqs/notify-dead-letters"
    assert json.loads(message["MessageBody"]) == {
        "schema_version": 1,
        "operation_id": OPERATION.operation_id,
        "target": OPERATION.target,
        "outcome": "failed",
        "channel": "webhook:pager",
        "problem": "the endpoint answered 410 Gone",
        "attempts": 4,
        "at": iso(ALARM_AT),
    }


def test_it_is_an_error_in_the_log_and_counted_by_the_kind_of_channel(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    undelivered(Queue()).report(OPERATION, "webhook:pager", GONE)

    [line] = caplog.records
    [metric] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert (line.levelname, line.message) == ("ERROR", "outcome undelivered")
    assert (line.__dict__["operation_id"], line.__dict__["channel"]) == (OPERATION.operation_id, "webhook:pager")
    assert (metric["Undelivered"], metric["channel"]) == ([1.0], "webhook")


@pytest.mark.parametrize("trouble", [refused("SendMessage", "AccessDenied"), silent("sqs")])
def test_a_queue_that_cannot_be_used_is_said_and_nothing_is_raised(
    trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    undelivered(Queue(trouble)).report(OPERATION, "sns", GONE)

    assert [line.message for line in caplog.records] == ["outcome undelivered", "no message about what is undelivered"]
    words = {"operation_id": OPERATION.operation_id, "channel": "sns", "problem": type(trouble).__name__}
    assert words.items() <= caplog.records[-1].__dict__.items()


def test_a_channel_that_was_never_tried_is_reported_without_a_time() -> None:
    queue = Queue()

    undelivered(queue).report(OPERATION, "webhook:gone", DeliveryState(Delivery.UNDELIVERED, problem="gone"))

    assert json.loads(queue.sent[0]["MessageBody"])["at"] is None


@pytest.mark.parametrize("reporter", [Undelivered(), Undelivered(url="https://sqs/q"), undelivered_nowhere()])
def test_without_a_queue_it_is_told_all_the_same(reporter: Undelivered, caplog: pytest.LogCaptureFixture) -> None:
    reporter.report(OPERATION, "sns", GONE)

    assert [line.message for line in caplog.records] == ["outcome undelivered"]


def test_a_notice_that_a_channel_did_not_get_is_reported_by_its_own_id() -> None:
    queue, notice = Queue(), NOTICES["reminder"]

    undelivered(queue).report(notice, "sns", GONE)

    said = json.loads(queue.sent[0]["MessageBody"])
    assert (said["notice_id"], said["target"], said["outcome"]) == (notice.notice_id, "erp-prod", None)
    assert "operation_id" not in said
