"""docs/evidence/protocol.md and the code say the same: every cell of its tables is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from standdown.core.decisions import Step, after_look, after_look_failed, after_post
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Delivery, DeliveryState, Outcome, Result
from standdown.core.request import Action, Source, StopRequest
from standdown.ledger.answers import Busy
from standdown.ledger.ledger import Ledger, LedgerError
from standdown.ledger.table import Table
from standdown.sdrs.classify import ErrorClass, classify, classify_code, is_not_found
from standdown.sdrs.codes import documented
from standdown.sdrs.errors import (
    ApiError,
    InvalidIdError,
    NotSentError,
    ProjectError,
    SdrsError,
    SignInError,
    UnclearError,
)
from standdown.sdrs.models import GroupStatus
from support.inmemory.clock import START
from support.inmemory.dynamodb import MemoryDynamo
from support.inmemory.template import indexes

PAGE = (Path(__file__).parents[2] / "docs" / "evidence" / "protocol.md").read_text("utf-8")
DONE = Outcome(Result.SUCCEEDED, START, "Protection is off.")
LEASE = timedelta(seconds=65)
GROUP = GroupRef("cn-north-4", "p", "40df180b-9fe2-471a-8c64-1b758dc84189")
LOCK = GROUP.key
NOTHING = "·"

Write = Callable[[Ledger, Operation], object]


def rows(first_cells: str) -> Iterator[list[str]]:
    """Yield the rows of the table that begins with these cells, each as its cells."""
    lines = iter(PAGE.splitlines())
    for line in lines:
        if line.startswith(f"| {first_cells} |"):
            break
    next(lines)
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]


def operation(delivery: str = "first", **more: Any) -> Operation:
    request = StopRequest(delivery, Source.QUEUE, START, target="erp-prod")
    return Operation(request.operation_id, request, START, target="erp-prod", group=GROUP, **more)


OWN, HOLDER = operation(lock=LOCK), operation("holder", lock=LOCK)

WRITES: dict[str, Write] = {
    "begin (with the group's lock)": lambda ledger, own: ledger.begin(own, timedelta()),
    "record a refusal": lambda ledger, own: ledger.record(replace(own, lock=None).with_outcome(DONE)),
    "record a dry run": lambda ledger, own: ledger.record(replace(own, lock=None)),
    "wait behind a resume": lambda ledger, own: ledger.wait(replace(own, lock=None, waits_for="r", problem="new")),
    "take_lock, for a stop that waited": lambda ledger, own: ledger.take_lock(own, timedelta(), now=START),
    "join the holder of the lock": lambda ledger, own: ledger.join(own, HOLDER.operation_id),
    "be joined, as the holder": lambda ledger, own: ledger.join(operation("another"), own.operation_id),
    "claim, the lease has run out": lambda ledger, own: ledger.claim(own.operation_id, START + LEASE, LEASE),
    "claim, somebody is at it": lambda ledger, own: ledger.claim(own.operation_id, START, LEASE),
    "release one's own lease": lambda ledger, own: ledger.release(own, "why"),
    "accept": lambda ledger, own: ledger.accept(own, "job", START),
    "handed_over": lambda ledger, own: ledger.handed_over(own.operation_id),
    "end": lambda ledger, own: ledger.end(own, DONE),
    "end_joined, with the end of the one that it joined": lambda ledger, own: ledger.end_joined(own, DONE),
    "free a lock whose holder is in the ledger": lambda ledger, own: ledger.free(
        Busy(own.operation_id, f"group#{LOCK}")
    ),
    "mark a channel": lambda ledger, own: ledger.mark(own.operation_id, "sns", DeliveryState(Delivery.DONE, 1, START)),
    "publish_by another execution": lambda ledger, own: ledger.publish_by(own.operation_id, "publish-1"),
    "settle": lambda ledger, own: ledger.settle(own.operation_id),
}


def standing(client: Any, state: str) -> Operation:
    """Put the operation into the ledger as it stands in a state, and return it."""
    ended = state in (State.ENDED, State.PUBLISHED)
    lease = START + LEASE if state in ("none", State.INTENT) else None
    own = replace(OWN, lease_until=lease)
    ledger = Ledger(Table(client, "ledger"))
    if state != "none":
        known = replace(own, state=State(state), outcome=DONE if ended else None)
        Table(client, "ledger").together(ledger._put(known))
    return own


STATE_CELLS = [
    (write, state, cell)
    for write, *cells in rows("write | none")
    for state, cell in zip(["none", *State], cells, strict=True)
]


@pytest.mark.parametrize(("write", "state", "cell"), STATE_CELLS)
def test_each_write_does_in_each_state_what_the_page_says(write: str, state: str, cell: str) -> None:
    client: Any = MemoryDynamo(indexes())
    ledger = Ledger(Table(client, "ledger"))
    if "holder of the lock" in write:
        ledger.begin(HOLDER, timedelta())
    own = standing(client, state)
    before = dict(client.items)

    try:
        WRITES[write](ledger, own)
    except LedgerError:
        assert state == "none"
        assert write.split(maxsplit=1)[0].rstrip(",") in {"end", "end_joined", "accept", "take_lock"}

    after = client.items.get(own.operation_id)
    same = after == before.get(own.operation_id)
    assert (NOTHING if same or after is None else after["state"]["S"]) == cell


def test_the_page_has_every_state_and_every_write() -> None:
    header = next(line for line in PAGE.splitlines() if line.startswith("| write | none"))

    assert [cell.strip() for cell in header.strip("|").split("|")][2:] == [state.value for state in State]
    assert {write for write, *_ in rows("write | none")} == set(WRITES)
    public = {name for name in dir(Ledger) if not name.startswith("_")}
    written = {write.split()[0].rstrip(",") for write in WRITES} - {"be"}
    assert public - written == {"get", "unfinished", "history", "lock_on", "take_turn", "notices"}


LOCKS: dict[str, dict[str, Any]] = {
    "free": {},
    "own": {"holder": {"S": OWN.operation_id}},
    "another's": {"holder": {"S": HOLDER.operation_id}},
    "cooling down": {"stopped_at": {"S": "2026-01-02T03:04:04.000Z"}},
}
LOCK_CELLS = [
    (write, lock, cell) for write, *cells in rows("write | free") for lock, cell in zip(LOCKS, cells, strict=True)
]


@pytest.mark.parametrize(("write", "lock", "cell"), LOCK_CELLS)
def test_each_write_does_to_each_lock_what_the_page_says(write: str, lock: str, cell: str) -> None:
    client: Any = MemoryDynamo(indexes())
    ledger = Ledger(Table(client, "ledger"))
    own = standing(client, "none" if write == "begin" else "intent")
    key = f"group#{LOCK}"
    client.items[key] = {"pk": {"S": key}, **LOCKS[lock]}

    if write == "begin":
        ledger.begin(own, timedelta(minutes=1))
    else:
        WRITES[write](ledger, own)

    after = client.items[key]
    holders = {OWN.operation_id: "own", HOLDER.operation_id: "another's"}
    resting = "cooling down" if "stopped_at" in after else "free"
    assert (holders[after["holder"]["S"]] if "holder" in after else resting) == cell


KINDS: dict[str, Callable[[SdrsError], bool]] = {
    "there is no such group": is_not_found,
    "no answer from whoever signs us in, and nothing was sent": lambda error: (
        isinstance(error, SignInError) and classify(error) is ErrorClass.RETRY_SOON
    ),
    "certainly without effect, or throttled": lambda error: (
        classify(error) is ErrorClass.RETRY_SOON and (error.sent == "no" or error.http_status == 429)
    ),
    "throttled, under a status that leaves open whether it had an effect": lambda error: (
        classify(error) is ErrorClass.RETRY_SOON
    ),
    "a cause that passes in minutes": lambda error: classify(error) is ErrorClass.WAIT,
    "unclear, or a matter of the group's state": lambda error: classify(error) is ErrorClass.READ_GROUP,
    "refused for good, not for the group's state": lambda error: classify(error) is ErrorClass.REFUSE,
    "the credential is refused": lambda error: classify(error) is ErrorClass.CREDENTIALS,
    "broken beyond what we can do": lambda error: classify(error) is ErrorClass.FAIL,
}


def errors() -> Iterator[SdrsError]:
    """Yield every error there can be: all codes under all statuses, and whatever else a call can raise."""
    statuses = (400, 401, 403, 404, 405, 406, 407, 408, 409, 429, 500, 501, 502, 503, 504, 302, 418)
    gateway = [f"{name}.{code}" for name in ("APIGW", "APIG") for code in ("0101", "0301", "0307", "0308", "9999")]
    for status, code in product(statuses, [None, "no such code", *gateway, *documented()]):
        yield ApiError("said", http_status=status, code=code)
    for kind in (NotSentError, UnclearError, ProjectError, InvalidIdError, SdrsError):
        yield kind("said")
    for answered in (None, 400, 401, 403, 404, 429, 500, 503):
        yield SignInError("said", http_status=answered)


def test_each_error_leads_to_the_step_that_the_page_says() -> None:
    told = {answer: (Step(post), Step(look)) for answer, post, look in rows("the answer")}
    met = set()

    for error in errors():
        kind = next(kind for kind, fits in KINDS.items() if fits(error))
        met.add(kind)
        assert (after_post(error), after_look_failed(error)) == told[kind], (kind, error)

    assert met == told.keys() == KINDS.keys()


def test_each_status_leads_to_the_step_that_the_page_says() -> None:
    told = {status: tuple(map(Step, steps)) for status, *steps in rows("status")}

    found = {
        "any other word" if status is GroupStatus.UNKNOWN else status.value: (
            after_look(status, maybe_sent=False),
            after_look(status, maybe_sent=True),
            after_look(status, maybe_sent=False, action=Action.RESUME),
            after_look(status, maybe_sent=True, action=Action.RESUME),
        )
        for status in GroupStatus
    }
    assert found == told


def test_only_throttling_may_be_repeated_after_an_answer() -> None:
    """A repeat without a look is for what certainly had no effect."""
    repeated = [error for error in errors() if after_post(error) is Step.AGAIN]

    assert all(error.sent == "no" or error.http_status == 429 for error in repeated)
    assert classify_code(429, None) is ErrorClass.RETRY_SOON
