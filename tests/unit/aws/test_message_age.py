"""How old a message is, when it comes back, when it is given up, and when its stop counts as held up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standdown.aws.request_queue import HELD_UP, LAST_RECEIVE, SLACK, QueueError, RequestQueue, count_if_held_up
from standdown.base.text import iso
from standdown.core.operation import Operation, State
from standdown.core.request import Source, StopRequest
from standdown.core.retry import RetryLaterError
from support.inmemory.aws import silent

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
MAX_AGE = timedelta(minutes=60)
TOO_OLD = MAX_AGE + SLACK
MOMENT = timedelta(milliseconds=1)
REQUEST = StopRequest("d", Source.QUEUE, NOW, target="erp-prod")
OPERATION = Operation("0" * 32, REQUEST, NOW, target="erp-prod")


class Sqs:
    """SQS as a list of what it was asked to do."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda **words: self.asked.append({"call": name} | words)


def record(receives: int | None = 1, age: timedelta | None = timedelta(), stated: str | None = None) -> dict[str, Any]:
    attributes: dict[str, str] = {}
    if receives is not None:
        attributes["ApproximateReceiveCount"] = str(receives)
    if age is not None:
        attributes["SentTimestamp"] = str(round((NOW - age).timestamp() * 1000))
    said = {"standdown-requested-at": {"dataType": "String", "stringValue": stated}} if stated is not None else {}
    return {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": "{}",
        "attributes": attributes,
        "messageAttributes": said,
    }


def queue(max_age: timedelta = MAX_AGE) -> tuple[Any, RequestQueue]:
    sqs: Any = Sqs()
    return sqs, RequestQueue(sqs, "requests", "dead-letters", max_age=max_age, clock=lambda: NOW)


# --- when it is given up ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "given_up"),
    [
        (record(8, TOO_OLD), False),
        (record(8, TOO_OLD + MOMENT), True),
        (record(7, timedelta(days=2)), False),
        (record(LAST_RECEIVE - 1, timedelta()), False),
        (record(LAST_RECEIVE, timedelta()), True),
        (record(8, timedelta(), iso(NOW - TOO_OLD - MOMENT)), True),
        (record(8, TOO_OLD + MOMENT, iso(NOW)), True),
        (record(8, timedelta(), "yesterday"), False),
        (record(8, None), False),
        (record(8, None, iso(NOW - TOO_OLD - MOMENT)), True),
        (record(None, TOO_OLD + MOMENT), False),
        ({"messageId": "m-1", "receiptHandle": "r-1"}, False),
    ],
)
def test_a_message_is_given_up_once_it_is_too_old_and_was_tried_often_enough(
    message: dict[str, Any], given_up: bool
) -> None:
    sqs, requests = queue()

    if given_up:
        requests.retry_later(message, RetryLaterError("SDRS is down"))
    else:
        with pytest.raises(RetryLaterError):
            requests.retry_later(message, RetryLaterError("SDRS is down"))

    assert [one["call"] for one in sqs.asked] == (["send_message"] if given_up else ["change_message_visibility"])


def test_a_message_whose_operation_is_recorded_is_given_up_without_a_dead_letter() -> None:
    sqs, requests = queue()

    requests.retry_later(record(8, TOO_OLD + MOMENT), RetryLaterError("SDRS is down"), recorded=True)

    assert sqs.asked == []


@pytest.mark.parametrize(
    ("message", "exceeded"),
    [
        (record(8, TOO_OLD + MOMENT), False),
        (record(9, TOO_OLD + MOMENT), True),
        (record(9, TOO_OLD), False),
        (record(100), False),
        (record(LAST_RECEIVE), True),
        (record(9, timedelta(), iso(NOW - TOO_OLD - MOMENT)), True),
    ],
)
def test_a_message_is_not_read_any_more_once_it_is_too_old_and_was_received_once_too_often(
    message: dict[str, Any], exceeded: bool
) -> None:
    assert queue()[1].receives_exceeded(message) is exceeded


# --- when it comes back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("receives", "age", "seconds"),
    [
        (5, timedelta(seconds=10), 33),
        (6, timedelta(seconds=10), 61),
        (9, timedelta(minutes=1), 61),
        (9, timedelta(minutes=10), 61),
        (9, timedelta(minutes=20), 121),
        (9, timedelta(minutes=50), 301),
        (9, timedelta(hours=20), 301),
        (400, timedelta(hours=20), 301),
    ],
)
def test_an_outage_that_lasts_is_asked_about_less_often_but_at_least_every_five_minutes(
    receives: int, age: timedelta, seconds: int
) -> None:
    sqs, requests = queue(timedelta(hours=24))

    with pytest.raises(RetryLaterError):
        requests.retry_later(record(receives, age), RetryLaterError("SDRS is down", 0.5))

    assert sqs.asked == [
        {
            "call": "change_message_visibility",
            "QueueUrl": "requests",
            "ReceiptHandle": "r-1",
            "VisibilityTimeout": seconds,
        }
    ]


def test_an_operation_is_continued_at_once_where_nobody_says_when() -> None:
    sqs, requests = queue()

    requests.continue_later("00ff")

    assert [one["DelaySeconds"] for one in sqs.asked] == [0]


def test_a_message_of_which_sqs_says_nothing_is_dead_lettered_all_the_same() -> None:
    sqs, requests = queue()

    requests.dead_letter({}, "not_sqs")
    requests.dead_letter(record(None, None), "not_sqs")

    told = [{name: value["StringValue"] for name, value in one["MessageAttributes"].items()} for one in sqs.asked]
    assert told == [
        {"standdown-problem": "not_sqs"},
        {"standdown-delivery-id": "m-1", "standdown-problem": "not_sqs"},
    ]


def test_a_queue_that_cannot_be_reached_is_told_by_the_kind_of_the_trouble() -> None:
    def send_message(**_words: Any) -> None:
        raise silent("sqs")

    sqs, requests = queue()
    sqs.send_message = send_message

    with pytest.raises(QueueError, match=rf"^SQS could not be reached \({type(silent('sqs')).__name__}\)$"):
        requests.send({})


# --- when a stop is held up ------------------------------------------------------------------------------------------

LATE = HELD_UP + MOMENT
WAITING = replace(OPERATION, request=replace(REQUEST, requested_at=NOW - LATE))


@pytest.mark.parametrize(
    ("operation", "age", "counted"),
    [
        (None, HELD_UP, False),
        (None, LATE, True),
        (OPERATION, timedelta(), False),
        (OPERATION, LATE, True),
        (WAITING, timedelta(), True),
        (replace(WAITING, dry_run=True), LATE, False),
        (replace(WAITING, state=State.FOLLOWING), LATE, False),
        (replace(WAITING, state=State.ENDED, dry_run=True), LATE, False),
    ],
)
def test_a_stop_counts_as_held_up_after_a_minute_in_which_it_was_not_sent(
    operation: Operation | None, age: timedelta, counted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    count_if_held_up(operation, NOW, age)
    by_itself = "StopsHeldUp" in capsys.readouterr().out
    with pytest.raises(RetryLaterError):
        queue()[1].retry_later(record(1, age), RetryLaterError("SDRS is down", operation=operation))

    assert by_itself is counted
    assert ("StopsHeldUp" in capsys.readouterr().out) is counted


def test_an_operation_of_which_no_message_is_known_is_held_up_by_its_own_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    count_if_held_up(OPERATION, NOW)
    count_if_held_up(None, NOW)
    none = capsys.readouterr().out
    count_if_held_up(WAITING, NOW)

    assert none == ""
    assert "StopsHeldUp" in capsys.readouterr().out
