"""A command under an id that was used: a mere repeat, or refused once under an id of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from standdown.action.used_id import REPEATS, used_id
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Action, Source, StopRequest

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = AT + timedelta(hours=1)
REQUEST = StopRequest("CHG0042", Source.QUEUE, AT, target="erp-prod", own_id=True)
GROUP = GroupRef("cn-north-4", "p", "40df180b-9fe2-471a-8c64-1b758dc84189")
OPEN = Operation(REQUEST.operation_id, REQUEST, AT, State.FOLLOWING, "erp-prod", GROUP, max_age_minutes=5, lock="l")
ENDED = replace(OPEN, state=State.ENDED, outcome=Outcome(Result.SUCCEEDED, AT, "Protection is off."))
LATE = AT + REPEATS + timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (OPEN, REQUEST),
        (OPEN, replace(REQUEST, requested_at=LATE, reason="another", requested_by="somebody else")),
        (ENDED, replace(REQUEST, requested_at=AT + REPEATS)),
        (ENDED, replace(REQUEST, requested_at=LATE, own_id=False)),
        (OPEN, replace(REQUEST, dry_run=True, own_id=False)),
        (replace(OPEN, request=replace(REQUEST, flaw="f")), replace(REQUEST, flaw="another flaw")),
    ],
)
def test_a_repeat_is_no_request_of_its_own(first: Operation, again: StopRequest) -> None:
    assert used_id(first, again, NOW) is None


@pytest.mark.parametrize(
    ("first", "again", "code"),
    [
        (OPEN, replace(REQUEST, dry_run=True), Reason.USED_ID_CHANGED),
        (OPEN, replace(REQUEST, flaw="'dry_run' is text"), Reason.USED_ID_CHANGED),
        (ENDED, replace(REQUEST, dry_run=True, requested_at=LATE), Reason.USED_ID_CHANGED),
        (ENDED, replace(REQUEST, requested_at=LATE), Reason.USED_ID_ENDED),
    ],
)
def test_a_command_that_says_something_else_is_refused_as_an_operation_of_its_own(
    first: Operation, again: StopRequest, code: Reason
) -> None:
    refused = used_id(first, again, NOW)

    assert refused is not None
    why = Why.of(code, delivery_id="CHG0042", operation_id=first.operation_id)
    assert refused == Operation(
        refused.operation_id,
        again,
        NOW,
        State.ENDED,
        "erp-prod",
        GROUP,
        max_age_minutes=5,
        dry_run=again.dry_run,
        outcome=Outcome.of(Result.REFUSED, NOW, why, Refusal.USED_ID),
    )
    assert refused.operation_id != first.operation_id
    assert len(refused.operation_id) == 32


def test_the_refusal_of_a_repeated_command_is_the_same_and_that_of_another_is_not() -> None:
    dry, flawed = replace(REQUEST, dry_run=True), replace(REQUEST, flaw="f")
    late, later = (replace(REQUEST, requested_at=LATE + timedelta(days=n)) for n in (0, 1))
    other = replace(OPEN, operation_id="1" * 32)

    def refusal(first: Operation, again: StopRequest, now: datetime = NOW) -> str | None:
        found = used_id(first, again, now)
        return found.operation_id if found else None

    assert refusal(OPEN, dry) == refusal(OPEN, dry, NOW + timedelta(days=1)) == refusal(ENDED, dry)
    assert refusal(ENDED, late) == refusal(ENDED, replace(late, reason="again"))
    told = [refusal(OPEN, dry), refusal(OPEN, flawed), refusal(ENDED, late), refusal(ENDED, later), refusal(other, dry)]
    assert len(set(told)) == 5


def test_a_long_id_is_shown_in_at_most_200_characters() -> None:
    long = replace(REQUEST, delivery_id="x" * 999, dry_run=True)

    refused = used_id(replace(OPEN, request=replace(long, dry_run=False)), long, NOW)

    assert refused is not None
    assert refused.ended.why is not None
    assert len(refused.ended.why.values["delivery_id"]) == 200


RESUME = replace(REQUEST, action=Action.RESUME, hold="0" * 32)
REFUSED = Outcome(Result.REFUSED, AT, "An alarm asked for this hold.", Refusal.NOT_ALLOWED)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (RESUME, replace(RESUME, requested_by="ada", person="ada")),
        (REQUEST, replace(REQUEST, force=True)),
    ],
    ids=["a resume by a person", "past the guard"],
)
def test_a_command_that_says_anew_what_decided_on_it_is_not_taken_for_a_repeat(
    first: StopRequest, again: StopRequest
) -> None:
    refused = used_id(Operation(first.operation_id, first, AT, group=GROUP, outcome=REFUSED), again, AT)

    assert refused is not None
    assert refused.ended.refusal is Refusal.USED_ID


def test_a_resume_by_the_same_person_is_a_repeat() -> None:
    by_ada = replace(RESUME, requested_by="ada", person="ada")

    assert used_id(Operation(by_ada.operation_id, by_ada, AT, group=GROUP, outcome=REFUSED), by_ada, AT) is None
