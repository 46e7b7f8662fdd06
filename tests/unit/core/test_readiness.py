"""17 statuses by four purposes: each cell is what the documented conditions of SDRS say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from standdown.core.readiness import FOR_YOU, Answer, Purpose, readiness
from standdown.sdrs.models import GroupStatus
from standdown.sdrs.pairs import ReplicationPair

TAKES, DONE, WAIT, NO = Answer.TAKES, Answer.DONE, Answer.WAIT, Answer.REFUSES
PURPOSES = (Purpose.STOP, Purpose.RESUME, Purpose.FAILBACK, Purpose.FAILOVER)
TABLE = {
    #                     stop   resume failback failover
    "creating":           (NO,    NO,    NO,    NO),
    "available":          (DONE,  TAKES, NO,    NO),
    "deleting":           (NO,    NO,    NO,    NO),
    "error-deleting":     (NO,    NO,    NO,    NO),
    "error":              (NO,    NO,    NO,    NO),
    "protected":          (TAKES, DONE,  TAKES, TAKES),
    "starting":           (WAIT,  WAIT,  WAIT,  WAIT),
    "error-starting":     (NO,    TAKES, NO,    NO),
    "stopping":           (WAIT,  WAIT,  NO,    NO),
    "error-stopping":     (TAKES, NO,    NO,    NO),
    "reprotecting":       (WAIT,  WAIT,  WAIT,  WAIT),
    "error-reprotecting": (NO,    NO,    NO,    NO),
    "reversing":          (WAIT,  WAIT,  WAIT,  WAIT),
    "error-reversing":    (NO,    NO,    TAKES, TAKES),
    "failing-over":       (NO,    NO,    NO,    WAIT),
    "failed-over":        (NO,    NO,    NO,    DONE),
    "error-failing-over": (NO,    NO,    NO,    TAKES),
    "unknown":            (NO,    NO,    NO,    NO),
}  # fmt: skip


def pair(**more: Any) -> ReplicationPair:
    known: dict[str, Any] = {"status": "protected", "replication_status": "active", "fault_level": "0"}
    return ReplicationPair("p-1", "disk-1", **(known | more))


@pytest.mark.parametrize("status", GroupStatus)
def test_every_status_is_answered_for_every_purpose(status: GroupStatus) -> None:
    answers = tuple(readiness(purpose, status, status.value, [pair()]).answer for purpose in PURPOSES)

    assert answers == TABLE[status.value]


def test_the_table_has_every_status_and_every_purpose() -> None:
    assert set(TABLE) == {status.value for status in GroupStatus}
    assert set(PURPOSES) == set(Purpose) == set(FOR_YOU)


@pytest.mark.parametrize(
    ("purpose", "level", "answer"),
    [
        (Purpose.STOP, "2", NO),
        (Purpose.STOP, "5", TAKES),
        (Purpose.FAILOVER, "2", TAKES),
        (Purpose.FAILOVER, "5", NO),
        (Purpose.FAILBACK, "2", NO),
        (Purpose.FAILBACK, "5", NO),
    ],
)
def test_a_fault_level_decides_where_it_is_documented_to(purpose: Purpose, level: str, answer: Answer) -> None:
    found = readiness(purpose, GroupStatus.PROTECTED, "protected", [pair(), pair(fault_level=level)])

    assert found.answer is answer


@pytest.mark.parametrize("word", ["copying", "inactive"])
@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.FAILBACK, Purpose.FAILOVER])
def test_pairs_that_are_not_in_step_are_waited_for(purpose: Purpose, word: str) -> None:
    found = readiness(purpose, GroupStatus.PROTECTED, "protected", [pair(), pair(replication_status=word)])

    assert (found.answer, found.next_step) == (WAIT, "Wait until every pair has synchronised.")


def test_after_a_stop_a_failover_needs_protection_first() -> None:
    found = readiness(Purpose.FAILOVER, GroupStatus.AVAILABLE, "available", [pair()])

    assert found.next_step.startswith("Enable protection first")


def test_a_group_that_failed_over_is_re_protected_and_not_resumed() -> None:
    found = readiness(Purpose.RESUME, GroupStatus.FAILED_OVER, "failed-over", [pair()])

    assert "Re-protect" in found.next_step


@pytest.mark.parametrize("purpose", PURPOSES)
def test_without_pairs_nothing_is_taken_and_with_unread_ones_nothing_is_promised(purpose: Purpose) -> None:
    status = GroupStatus.AVAILABLE if purpose is Purpose.RESUME else GroupStatus.PROTECTED

    assert readiness(purpose, status, status.value, []).answer is NO
    unread = readiness(purpose, status, status.value, None, "no permission")
    assert unread.answer is Answer.NOT_TOLD
    assert "no permission" in unread.why


def test_no_answer_says_ready() -> None:
    for purpose in PURPOSES:
        for status in GroupStatus:
            found = readiness(purpose, status, status.value, [pair()])
            assert not re.search(r"\bready\b", f"{found.answer} {found.why} {found.next_step}", re.IGNORECASE)
