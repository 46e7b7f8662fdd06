"""A storm that comes to nothing ends all the same, and says what was missing."""

from __future__ import annotations

import time
from typing import Any, cast

from local.aftermath import Aftermath
from local.cloud import LocalCloud
from local.inbox import Inbox
from local.storm import Storm, _wait


class Idle:
    """A cloud in which every call is refused: the messages stay in the queue, and nothing comes to the ledger."""

    def __init__(self, *operations: dict[str, Any]) -> None:
        self.outputs = {"RequestQueueUrl": "requests"}
        self._operations = list(operations)

    def ledger(self) -> list[dict[str, Any]]:
        return self._operations

    def client(self, _service: str) -> Idle:
        return self

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "1"}}

    def dead_letters(self) -> list[dict[str, Any]]:
        return []

    def logs(self, function: str) -> list[dict[str, Any]]:
        refused = [{"problem": "SQS refused ChangeMessageVisibility: SignatureDoesNotMatch"}] * 2
        return [{"message": "a good line"}, *refused] if function == "trigger" else []

    def fetch(self, _wait_seconds: int) -> list[dict[str, Any]]:
        return []


def late(storm: Storm, cloud: Idle) -> list[str]:
    """Wait for a storm to be over and return what was missing."""
    end = time.monotonic() + storm.patience
    after = Aftermath(sent=4)
    return _wait(storm, cast("LocalCloud", cloud), cast("Inbox", cloud), after, end, lambda _: None)


def test_it_is_given_up_early_if_nothing_comes_to_the_ledger() -> None:
    told = late(Storm(stops=2, groups=1, first_patience=0, patience=60), Idle())

    assert told == [
        "nothing was in the ledger 0 s after the last message was sent",
        "messages sent: 4 of 4",
        "requests in the ledger: 0 of 2 (nothing in the ledger yet)",
        "requests in the queue: 3, and 1 that are in hand or come back later",
        "dead letters: 0",
        "trigger, 2 times: SQS refused ChangeMessageVisibility: SignatureDoesNotMatch",
    ]


def test_it_is_given_up_at_the_end_of_its_time_if_an_operation_stays_open() -> None:
    told = late(Storm(stops=1, groups=1, first_patience=0, patience=0), Idle({"state": "following"}))

    assert told[0] == "time was up after 0 s"
    assert "requests in the ledger: 1 of 1 (1 following)" in told


def test_what_was_missing_is_a_problem() -> None:
    after = Aftermath(late=["time was up after 0 s"])

    assert after.problems(Storm(stops=1, groups=1))[-1] == "time was up after 0 s"
