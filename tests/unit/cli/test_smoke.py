"""The smoke test: what is alive is said, and the first thing that is not ends it."""

from __future__ import annotations

from typing import Any

import pytest

from standdown_cli.smoke import SmokeError, smoke
from standdown_cli.stack import Stack, Subscribers

READY = {"target": "erp-prod", "verdict": "ready"}
CHECK = {"verdicts": [READY], "credential": "access key", "stack_mode": "live", "table": "(table)"}
RUN = {"operation_id": "0" * 32, "target": "erp-prod", "state": "ended", "outcome": "dry_run"}


class Deployed(Stack):
    """A stack that answers as it was told to, and remembers what it was asked."""

    def __init__(self, alarms: tuple[str, ...] = (), **answers: Any) -> None:
        self.name, self.status, self.parameters = "standdown", "CREATE_COMPLETE", {"EventBusName": "default"}
        self.outputs: dict[str, str] = {}
        self._alarms, self.asked = alarms, list[tuple[str, dict[str, Any]]]()
        self._answers: dict[str, Any] = {"check": CHECK, "history": {"operations": []}, "seen": {"seen": 0}} | answers

    def ask(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((function, event))
        word = {"trigger": "check" if "check" in event else "run", "notifier": "history", "sweeper": "seen"}[function]
        answer: dict[str, Any] = self._answers[word]
        return answer

    def ringing(self) -> list[str]:
        return list(self._alarms)

    def subscribers(self, output: str) -> Subscribers:
        return Subscribers(confirmed=int(output in ("OutcomeTopicArn", "OperatorTopicArn")), pending=0)

    def has_event_bus(self) -> bool:
        return True


def test_a_stack_that_is_alive_is_said_to_be_and_nothing_is_stopped() -> None:
    stack = Deployed()

    told = list(smoke(stack, None))

    assert [line.split()[0] for line in told] == [
        "trigger", "notifier", "sweeper", "outcomes", "event", "operators", "alarms",
    ]  # fmt: skip
    assert stack.asked == [("trigger", {"check": True}), ("notifier", {"history": {"limit": 1}}), ("sweeper", {})]


def test_a_dry_run_is_one_and_is_waited_for() -> None:
    stack = Deployed(run={"operations": [RUN]}, history={"operations": [RUN | {"state": "published"}]})

    told = list(smoke(stack, "erp-prod"))

    assert "ended as dry_run and was told" in told[6]
    assert next(event for function, event in stack.asked if "target" in event)["dry_run"] is True


@pytest.mark.parametrize(
    ("stack", "problem"),
    [
        (Deployed(check=CHECK | {"verdicts": [READY | {"verdict": "no access"}]}), "erp-prod"),
        (Deployed(check=CHECK | {"credential": "cannot be read"}), "cannot be read"),
        (Deployed(alarms=("standdown-MovedOnAlarm-1",)), "MovedOnAlarm"),
        (Deployed(run={"operations": [], "rejected": {"code": "malformed"}}), "malformed"),
        (
            Deployed(
                run={"operations": [RUN]},
                history={
                    "operations": [RUN | {"state": "published", "outcome": "refused", "detail": "not from direct"}]
                },
            ),
            "ended as refused: not from direct",
        ),
    ],
)
def test_the_first_thing_that_is_wrong_ends_it(stack: Deployed, problem: str) -> None:
    with pytest.raises(SmokeError, match=problem):
        list(smoke(stack, "erp-prod" if "run" in stack._answers else None))


def test_a_dry_run_that_nobody_is_told_of_is_given_up() -> None:
    clock = iter([0.0, 0.0, 1000.0]).__next__

    with pytest.raises(SmokeError, match="was not published within 90 s"):
        list(smoke(Deployed(run={"operations": [RUN]}), "erp-prod", clock))
