"""A batch of messages: one that fails, in whatever way, leaves its neighbours unharmed."""

from __future__ import annotations

from typing import Any

import pytest

from standdown.batch import take_each
from standdown.later import TryLaterError


def records(*ids: str) -> list[dict[str, Any]]:
    return [{"messageId": message_id} for message_id in ids]


def test_every_message_is_taken_and_none_is_reported() -> None:
    taken: list[dict[str, Any]] = []

    answer = take_each(records("one", "two"), taken.append)

    assert answer == {"batchItemFailures": []}
    assert taken == records("one", "two")


@pytest.mark.parametrize("error", [TryLaterError("later"), RuntimeError("broken"), RecursionError(), KeyError("body")])
def test_only_the_message_that_failed_is_delivered_again(error: Exception) -> None:
    taken: list[str] = []

    def take(record: dict[str, Any]) -> None:
        if record["messageId"] == "two":
            raise error
        taken.append(record["messageId"])

    answer = take_each(records("one", "two", "three"), take)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "two"}]}
    assert taken == ["one", "three"]


def test_a_fault_of_our_own_is_one_log_line_that_names_its_kind_and_quotes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def take(_: dict[str, Any]) -> None:
        raise ValueError("a secret")

    take_each(records("one"), take)

    [line] = caplog.records
    assert line.getMessage() == "message not taken"
    assert line.__dict__["problem"] == "ValueError"
    assert line.exc_info is None


def test_the_end_of_the_process_is_not_taken_for_a_failed_message() -> None:
    def take(_: dict[str, Any]) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        take_each(records("one"), take)
