"""Cases: inputs as people, AWS and Huawei Cloud really write them, each put through a whole stack in memory.

A case says how its input must end, and which words must be among those that somebody reads of it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.defaults import ERP_PROD
from standdown.entry.trigger import RequestIntake
from standdown.entry.webhook import WebhookEndpoint
from standdown.intake.errors import MalformedError
from standdown.intake.trust import Trust
from standdown.intake.webhook.senders import read_secrets
from standdown.ledger.receipts import Receipts
from standdown.ledger.table import Table
from support.inmemory.clock import Clock
from support.inmemory.stack import ACCOUNT, AWS_REGION, WEBHOOK_ROLE, Stack, Target

START = datetime(2026, 3, 17, 21, 42, 10, tzinfo=UTC)
GROUP = ERP_PROD
SCHEDULE_ROLE = "AROASCHEDULE"
_OF_EVERY_LINE = {"level", "location", "timestamp", "service", "function_name", "source_ip"}


@dataclass(frozen=True, slots=True)
class Case:
    """One input and its right end; `fault` says what is wrong as long as the code does otherwise.

    `ends` is a list with commas of all that came of it: `stopped`, another outcome such as `refused: stale`,
    `dead letter`, `ignored`, `raised`, the status that a sender was answered. `or_ends` is another right end, of which
    no words are expected. `says` are patterns in what senders, people and machines read, `logs` in what the operator
    reads; `never` are patterns that must stand in neither.
    """

    name: str
    given: Any
    ends: str
    says: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    or_ends: str = ""
    stops: int | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of an input: all its ends, how many stops SDRS took, what was told, and what was logged."""

    ends: str
    stops: int
    told: str
    logged: str


def cases(*rows: Case) -> pytest.MarkDecorator:
    """Return the decorator that makes a test of each row; one with a fault must fail until the fault is mended."""
    return pytest.mark.parametrize("case", [pytest.param(row, id=row.name, marks=_marks(row)) for row in rows])


def _marks(row: Case) -> Sequence[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, raises=AssertionError, reason=row.fault)] if row.fault else []


def check(case: Case, became: Became) -> None:
    """Assert that an input had its right end."""
    assert became.ends in {case.ends, case.or_ends or case.ends}, became
    stops = case.stops if case.stops is not None else int("stopped" in became.ends)
    assert became.stops == stops, became
    if became.ends == case.ends:
        assert not [wanted for wanted in case.says if not re.search(wanted, became.told)], became.told
        assert not [wanted for wanted in case.logs if not re.search(wanted, became.logged)], became.logged
    assert not [one for one in case.never if re.search(one, f"{became.told}\n{became.logged}")], became


class Scene(Stack):
    """A stack with the target `payroll`, everything that it said, and everything that it wrote into its log."""

    def __init__(self, log: io.StringIO, targets: Sequence[Target] = (Target("payroll", GROUP),)) -> None:
        super().__init__(targets, clock=Clock(START))
        self._log = log
        self._answered: list[str] = []
        self._said: list[str] = []
        self.trust = Trust(
            ACCOUNT, AWS_REGION, "", schedule_sender_id=SCHEDULE_ROLE, webhook_sender_id=WEBHOOK_ROLE
        )  # fmt: skip

    def door(self) -> RequestIntake:
        """Return the doors of one invocation of the trigger."""
        return RequestIntake(self.invocation(), self.trust, self.queue)

    def put(self, body: Any, *, sender: str = "", attributes: dict[str, str] | None = None) -> None:
        """Put a message into the queue, as it is where it is text, and let the stack work."""
        told = {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()}
        text = body if isinstance(body, str) else json.dumps(body)
        self.queues.send_message(QueueUrl=self.queue.url, MessageBody=text, MessageAttributes=told)
        if sender:
            self.queues.requests[-1].sender = sender
        self.work()

    def call(self, event: Any) -> None:
        """Invoke the trigger directly, and let the stack work."""
        try:
            answer = self.invoke(event)
        except MalformedError as error:
            answer = {"raised": {"message": str(error)}}
        self._answered += answer.keys() & {"raised", "rejected"}
        self._said.append(json.dumps(answer))
        self.work()

    def post(self, event: Any, secrets: str) -> None:
        """Send an HTTP request to the webhook, and let the stack work."""
        receipts = Receipts(Table(self.dynamodb, "ledger"), timedelta(days=90))
        answer = WebhookEndpoint(lambda: read_secrets(secrets), receipts, self.queue, self.clock).take(event).to_dict()
        for message in self.queues.requests:
            message.sender = WEBHOOK_ROLE
        self._answered.append(str(answer["statusCode"]))
        self._said.append(answer["body"])
        self.work()

    def work(self) -> None:
        """Let the stack work until a stop would have ended."""
        self.run(120, step=10)

    def became(self) -> Became:
        """Return what became of everything so far."""
        letters = self.queues.dead_letters
        reasons = [letter.attributes.get("standdown-problem", {}).get("stringValue", "") for letter in letters]
        logged = list(_words(self._log.getvalue()))
        ends = {*self._answered, *map(_end, self.topic.details), *(["dead letter"] if letters else [])}
        quiet = "ignored" if any("event ignored" in line for line in logged) else "nothing"
        told = [*self._said, *self.topic.texts, *reasons]
        return Became(", ".join(sorted(ends)) or quiet, len(self.accepted), "\n".join(told), "\n".join(logged))


def _end(detail: dict[str, Any]) -> str:
    if detail["outcome"] == "succeeded":
        return "stopped"
    return f"{detail['outcome']}: {detail['refusal']}" if detail["refusal"] else str(detail["outcome"])


def _words(log: str) -> Iterable[str]:
    """Yield each line of the log without what every line has."""
    for line in log.splitlines():
        yield json.dumps(
            {key: value for key, value in json.loads(line).items() if key not in _OF_EVERY_LINE}, ensure_ascii=False
        )
