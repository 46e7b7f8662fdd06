"""A batch of messages: one that fails, in whatever way, leaves its neighbours unharmed."""

from __future__ import annotations

from typing import Any

import pytest

from standdown.aws.batch import take_each
from standdown.core.retry import RetryLaterError


def records(*ids: str) -> list[dict[str, Any]]:
    return [{"messageId": message_id, "eventSource": "aws:sqs"} for message_id in ids]


def batch(*ids: str) -> dict[str, Any]:
    return {"Records": records(*ids)}


def test_every_message_is_taken_and_none_is_reported() -> None:
    taken: list[dict[str, Any]] = []

    answer = take_each(batch("one", "two"), taken.append)

    assert answer == {"batchItemFailures": []}
    assert taken == records("one", "two")


@pytest.mark.parametrize(
    "error", [RetryLaterError("later"), RuntimeError("broken"), RecursionError(), KeyError("body")]
)
def test_only_the_message_that_failed_is_delivered_again(error: Exception) -> None:
    taken: list[str] = []

    def take(record: dict[str, Any]) -> None:
        if record["messageId"] == "two":
            raise error
        taken.append(record["messageId"])

    answer = take_each(batch("one", "two", "three"), take)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "two"}]}
    assert taken == ["one", "three"]


def test_a_fault_of_our_own_is_one_log_line_with_its_traceback_and_is_counted(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def take(_: dict[str, Any]) -> None:
        raise ValueError("broken")

    take_each(batch("one"), take)

    [line] = caplog.records
    assert line.getMessage() == "message not taken"
    assert line.exc_info is not None
    assert '"MessagesBroken":[1.0]' in capsys.readouterr().out


def test_a_message_that_is_to_come_back_is_no_fault(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def take(_: dict[str, Any]) -> None:
        raise RetryLaterError("later")

    take_each(batch("one"), take)

    assert caplog.records == []
    assert "MessagesBroken" not in capsys.readouterr().out


def test_the_end_of_the_process_is_not_taken_for_a_failed_message() -> None:
    def take(_: dict[str, Any]) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        take_each(batch("one"), take)
