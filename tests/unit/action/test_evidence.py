"""How an operation ends by what is known of its stop: never as refused once SDRS may have taken one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from standdown.action.evidence import Evidence
from standdown.core.outcome import HuaweiAnswer, Outcome, Pairs, Refusal, Result
from standdown.core.pairs import PairsSeen
from standdown.core.reasons import Reason, Why
from standdown.sdrs.models import GroupStatus, ProtectionGroup
from standdown.sdrs.pairs import ReplicationPair

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANSWER = HuaweiAnswer(503, "SDRS.0001", "busy")
WHY = Why.of(Reason.OTHER, problem="SDRS is down")


def group(status: str) -> ProtectionGroup:
    return ProtectionGroup("40df180b-9fe2-471a-8c64-1b758dc84189", "ERP production", GroupStatus.read(status), status)


def evidence(*, sent: bool = False, taken: bool = False, seen: ProtectionGroup | None = None) -> Evidence:
    return Evidence(lambda: NOW, sent, taken, ANSWER, seen)


PROTECTED, OFF = group("protected"), group("available")
SEEN: dict[str, Any] = {"group_name": "ERP production", "huawei": ANSWER}
PROTECTED_FACTS: dict[str, Any] = SEEN | {"group_status": "protected", "verified": False}
OFF_FACTS: dict[str, Any] = SEEN | {"group_status": "available", "verified": True}
UNSEEN: dict[str, Any] = {"huawei": ANSWER}


def outcome(result: Result, why: Why, refusal: Refusal | None = None, **facts: Any) -> Outcome:
    return Outcome.of(result, NOW, why, refusal, **facts)


def test_a_group_that_is_off_was_stopped_by_us_only_where_a_stop_may_have_been_taken() -> None:
    seen = PairsSeen((ReplicationPair("p-1", status="available"),))
    ours, others = evidence(taken=True).done(OFF, seen), evidence(sent=False).done(OFF, seen)

    whole = OFF_FACTS | {"pairs": Pairs(1, 1, 0, 0)}
    assert ours == outcome(Result.SUCCEEDED, Why(Reason.PROTECTION_OFF_UNCLEAR), **whole)
    assert others == outcome(Result.ALREADY_STOPPED, Why(Reason.ALREADY_OFF), **whole)


@pytest.mark.parametrize("taken", [True, False])
def test_a_group_that_is_off_is_verified_only_where_every_pair_is_stopped(taken: bool) -> None:
    still = ReplicationPair("p-2", "disk-2", status="protected")

    ended = evidence(taken=taken).done(OFF, PairsSeen((ReplicationPair("p-1", status="available"), still)))
    untold = evidence(taken=taken).done(OFF, PairsSeen(None, "no answer"))

    assert (ended.verified, ended.pairs) == (False, Pairs(2, 1, 1, 0))
    assert "disk-2 (protected)" in ended.detail
    assert (untold.verified, untold.pairs) == (False, None)
    assert untold.why == Why.of(Reason.PAIRS_NOT_TOLD, problem="no answer")


@pytest.mark.parametrize(
    ("taken", "found", "ended"),
    [
        (False, PROTECTED, outcome(Result.REFUSED, WHY, Refusal.WRONG_STATE, **PROTECTED_FACTS)),
        (False, None, outcome(Result.REFUSED, WHY, Refusal.WRONG_STATE, **UNSEEN)),
        (True, PROTECTED, outcome(Result.UNKNOWN, Why.of(Reason.END_UNSEEN, status="protected"), **PROTECTED_FACTS)),
        (True, None, outcome(Result.UNKNOWN, Why(Reason.GROUP_LOST), **UNSEEN)),
    ],
)
def test_what_may_have_been_taken_is_never_refused(taken: bool, found: ProtectionGroup | None, ended: Outcome) -> None:
    assert evidence(sent=True, taken=taken).refused(WHY, Refusal.WRONG_STATE, found) == ended


STALE = Outcome.of(Result.FAILED, NOW, Why.of(Reason.TOO_LATE, minutes=60))
SWITCHED_OFF = Outcome.of(Result.REFUSED, NOW, WHY, Refusal.OFF)
OLD = Outcome(Result.REFUSED, NOW, "It was switched off.", Refusal.OFF)  # as 0.1.0 wrote it, without a code


@pytest.mark.parametrize(
    ("forbidden", "result", "why"),
    [
        (STALE, Result.FAILED, STALE.why),
        (SWITCHED_OFF, Result.UNKNOWN, WHY),
        (OLD, Result.UNKNOWN, Why.of(Reason.OTHER, problem="It was switched off.")),
    ],
)
def test_a_stop_that_is_forbidden_now_may_have_been_taken_before(forbidden: Outcome, result: Result, why: Why) -> None:
    before = evidence(taken=True, seen=PROTECTED).forbidden(forbidden)

    assert before == outcome(result, Why.of(Reason.NO_OTHER_STOP, why), **PROTECTED_FACTS)
    assert evidence(sent=True, seen=PROTECTED).forbidden(forbidden) is forbidden


@pytest.mark.parametrize(
    ("sent", "taken", "result", "code", "facts"),
    [
        (True, True, Result.UNKNOWN, Reason.STOP_UNSEEN, UNSEEN),
        (True, False, Result.UNKNOWN, Reason.STOP_UNSEEN, UNSEEN),
        (False, True, Result.FAILED, Reason.STOP_WITHOUT_EFFECT, PROTECTED_FACTS),
        (False, False, Result.FAILED, Reason.NO_STOP_SENT, UNSEEN),
    ],
)
def test_where_nothing_helps_the_end_says_what_may_have_happened(
    sent: bool, taken: bool, result: Result, code: Reason, facts: dict[str, Any]
) -> None:
    assert evidence(sent=sent, taken=taken, seen=PROTECTED).hopeless(WHY) == outcome(result, Why.of(code, WHY), **facts)
