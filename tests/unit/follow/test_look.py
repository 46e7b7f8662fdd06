"""One look at a stop that is under way: what is seen, what it means, when to look again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from simulator.scenarios import Plan
from standdown.base.text import canonical
from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import HuaweiAnswer, Outcome, Pairs, Result
from standdown.core.pairs import PairsSeen
from standdown.core.request import Source, StopRequest
from standdown.follow.look import follow, see
from standdown.follow.verdict import SETTLES, Sighting, judge, wait
from standdown.follow.watch_state import WatchState
from standdown.huawei.account import HuaweiAccount, SecretError
from standdown.sdrs.models import FailureJob, GroupStatus, Job, JobStatus, ProtectionGroup
from standdown.sdrs.pairs import ReplicationPair
from support.inmemory.aws import silent
from support.inmemory.stack import Stack
from unit.base.test_text import JSON_VALUES

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = "0" * 32
OPERATION = Operation(
    ID,
    StopRequest("d", Source.QUEUE, AT, target="erp-prod"),
    AT - timedelta(seconds=1),
    state=State.FOLLOWING,
    target="erp-prod",
    group=GroupRef(REGION, PROJECT_ID, ERP_PROD),
    job_id="j",
    accepted_at=AT,
    deadline_minutes=60,
)
EARLY, LATE = AT + timedelta(minutes=5), OPERATION.deadline_at


def job(status: str, **more: Any) -> Job:
    return Job("j", JobStatus.read(status), status, **more)


def group(status: str) -> ProtectionGroup:
    return ProtectionGroup(ERP_PROD, "ERP production", GroupStatus.read(status), status)


STOPPED_PAIR = ReplicationPair("p-1", "disk-1", status="available", replication_status="active", progress=0)
ALL_STOPPED = PairsSeen((STOPPED_PAIR,))
UNSEEN = Sighting(trouble="SDRS is down")
LOST = Sighting(group=group("stopping"), job_lost=True)
DONE = Sighting(job("SUCCESS"), group("available"), pairs=ALL_STOPPED)
AGO = SETTLES - timedelta(seconds=1)


# what is seen, how long ago the job was seen to have succeeded; early and at the deadline: the result, or None to go on
VERDICTS: list[tuple[str, Sighting, timedelta | None, Result | None, Result | None]] = [
    ("job INIT", Sighting(job("INIT")), None, None, Result.TIMED_OUT),
    ("job RUNNING", Sighting(job("RUNNING")), None, None, Result.TIMED_OUT),
    ("job PAUSED, a word unheard of", Sighting(job("PAUSED")), None, None, Result.TIMED_OUT),
    ("job success, a word unheard of", Sighting(job("success")), None, None, Result.TIMED_OUT),
    ("job FAIL", Sighting(job("FAIL"), group("error-stopping")), None, Result.FAILED, Result.FAILED),
    ("job FAIL, group unseen", Sighting(job("FAIL")), None, Result.FAILED, Result.FAILED),
    (
        "job FAIL, group available all the same",
        Sighting(job("FAIL"), group("available")),
        None,
        Result.FAILED,
        Result.FAILED,
    ),
    ("job SUCCESS, group available", DONE, None, Result.SUCCEEDED, Result.SUCCEEDED),
    ("job SUCCESS, group stopping", Sighting(job("SUCCESS"), group("stopping")), None, None, Result.SUCCEEDED),
    ("job SUCCESS, group protected", Sighting(job("SUCCESS"), group("protected")), None, None, Result.SUCCEEDED),
    ("job SUCCESS, group unseen", Sighting(job("SUCCESS"), trouble="t"), None, None, Result.SUCCEEDED),
    ("succeeded, group stopping yet", Sighting(group=group("stopping")), AGO, None, Result.SUCCEEDED),
    ("succeeded, group stopping still", Sighting(group=group("stopping")), SETTLES, Result.SUCCEEDED, Result.SUCCEEDED),
    ("succeeded, group error-stopping yet", Sighting(group=group("error-stopping")), AGO, None, Result.SUCCEEDED),
    ("succeeded, group unseen yet", UNSEEN, AGO, None, Result.SUCCEEDED),
    ("succeeded, group unseen still", UNSEEN, SETTLES, Result.SUCCEEDED, Result.SUCCEEDED),
    ("job lost, group stopping", LOST, None, None, Result.TIMED_OUT),
    ("job lost, group protected", replace(LOST, group=group("protected")), None, None, Result.TIMED_OUT),
    ("job lost, group starting", replace(LOST, group=group("starting")), None, None, Result.TIMED_OUT),
    ("job lost, group in a word unheard of", replace(LOST, group=group("resting")), None, None, Result.TIMED_OUT),
    ("job lost, group available", replace(LOST, group=group("available")), None, Result.SUCCEEDED, Result.SUCCEEDED),
    (
        "job lost, group error-stopping",
        replace(LOST, group=group("error-stopping")),
        None,
        Result.FAILED,
        Result.FAILED,
    ),
    ("job lost, group gone", Sighting(job_lost=True, gone=True, trouble="t"), None, Result.UNKNOWN, Result.UNKNOWN),
    ("nothing", UNSEEN, None, None, Result.UNKNOWN),
]


@pytest.mark.parametrize(
    ("sight", "succeeded", "early", "late"), [row[1:] for row in VERDICTS], ids=[r[0] for r in VERDICTS]
)
def test_what_is_seen_decides_and_only_an_end_or_the_deadline_ends_the_watch(
    sight: Sighting, succeeded: timedelta | None, early: Result | None, late: Result | None
) -> None:
    for now, result in ((EARLY, early), (LATE - timedelta(milliseconds=1), early), (LATE, late)):
        watch = WatchState(ID, looks=4, succeeded_at=now - succeeded if succeeded else None)

        verdict = judge(OPERATION, watch, sight, now)

        assert (verdict.result if isinstance(verdict, Outcome) else None) is result
        assert verdict.looks == 5


def test_no_word_but_success_and_available_is_ever_taken_for_success() -> None:
    words = ("SUCCEEDED", "Success", "success ", "DONE", "COMPLETED", "", "AVAILABLE", "Available")

    verdicts = [judge(OPERATION, WatchState(ID), Sighting(job(word), group(word)), EARLY) for word in words]

    assert not any(isinstance(verdict, Outcome) for verdict in verdicts)


def test_a_success_is_verified_where_the_group_was_read_and_is_available() -> None:
    ended = AT + timedelta(seconds=8)

    outcome = judge(OPERATION, WatchState(ID), replace(DONE, job=job("SUCCESS", end_time=ended)), EARLY)

    assert isinstance(outcome, Outcome)
    assert outcome.pairs == Pairs(1, 1, 0, 0)
    assert outcome.copy_until == ended
    assert (outcome.verified, outcome.group_status, outcome.group_name) == (True, "available", "ERP production")
    assert outcome.job_ended_at == ended
    assert outcome.ended_at == EARLY


@pytest.mark.parametrize(
    ("sight", "words"),
    [(Sighting(group=group("stopping")), "the group is still 'stopping'"), (UNSEEN, "the group could not be read")],
)
def test_a_success_that_the_group_does_not_show_in_time_is_not_verified(sight: Sighting, words: str) -> None:
    outcome = judge(OPERATION, WatchState(ID, succeeded_at=EARLY - SETTLES), sight, EARLY)

    assert isinstance(outcome, Outcome)
    assert (outcome.result, outcome.verified) == (Result.SUCCEEDED, False)
    assert words in outcome.detail
    assert outcome.job_ended_at == EARLY - SETTLES


def pair(status: str, **more: Any) -> ReplicationPair:
    return ReplicationPair(f"id-{status}", f"disk {status}", status=status, **more)


@pytest.mark.parametrize("status", ["protected", "stopping", "error-stopping", "fault", "", "available "])
def test_a_pair_that_is_not_stopped_is_looked_at_again_for_two_minutes_and_then_named(status: str) -> None:
    sight = replace(DONE, pairs=PairsSeen((STOPPED_PAIR, pair(status))))

    first = judge(OPERATION, WatchState(ID), sight, EARLY)
    assert isinstance(first, WatchState)
    assert first.succeeded_at == EARLY
    assert isinstance(judge(OPERATION, first, sight, EARLY + AGO), WatchState)
    last = judge(OPERATION, first, sight, EARLY + SETTLES)

    assert isinstance(last, Outcome)
    assert (last.result, last.verified, last.copy_until) == (Result.SUCCEEDED, False, None)
    assert last.pairs is not None
    assert (last.pairs.total, last.pairs.stopped) == (2, 1)
    assert f"disk {status}".strip() in last.detail


def test_pairs_that_stop_late_verify_the_stop_all_the_same() -> None:
    first = judge(OPERATION, WatchState(ID), replace(DONE, pairs=PairsSeen((pair("stopping"),))), EARLY)
    assert isinstance(first, WatchState)

    last = judge(OPERATION, first, replace(DONE, job=None), EARLY + AGO)

    assert isinstance(last, Outcome)
    assert (last.verified, last.detail) == (True, "Protection is off: the group was read and is 'available'.")


def test_the_last_look_does_not_wait_for_pairs() -> None:
    sight = replace(DONE, pairs=PairsSeen((pair("protected"),)), last=True)

    outcome = judge(OPERATION, WatchState(ID), sight, EARLY)

    assert isinstance(outcome, Outcome)
    assert outcome.verified is False


def test_pairs_that_nobody_may_read_end_the_watch_at_once_and_are_not_told() -> None:
    outcome = judge(OPERATION, WatchState(ID), replace(DONE, pairs=PairsSeen(None, "no permission")), EARLY)

    assert isinstance(outcome, Outcome)
    assert (outcome.result, outcome.verified, outcome.pairs) == (Result.SUCCEEDED, False, None)
    assert "not told by SDRS: no permission" in outcome.detail


def test_pairs_that_cannot_be_read_just_now_are_looked_at_again() -> None:
    sight = replace(DONE, pairs=PairsSeen(None, "SDRS is down", passing=True))

    first = judge(OPERATION, WatchState(ID), sight, EARLY)
    assert isinstance(first, WatchState)
    last = judge(OPERATION, first, sight, EARLY + SETTLES)

    assert isinstance(last, Outcome)
    assert (last.verified, last.pairs) == (False, None)


def test_the_copy_is_as_of_the_moment_before_the_stop_was_sent() -> None:
    outcome = judge(replace(OPERATION, sent_at=AT), WatchState(ID), DONE, EARLY)

    assert isinstance(outcome, Outcome)
    assert (outcome.copy_as_of, outcome.copy_until) == (AT, EARLY)


def test_a_failure_says_how_many_pairs_and_why() -> None:
    children = (job("SUCCESS"), job("FAIL", error_code="SDRS.0011", fail_reason="Client error"))

    outcome = judge(OPERATION, WatchState(ID), Sighting(job("FAIL", sub_jobs=children)), EARLY)

    assert isinstance(outcome, Outcome)
    assert outcome.detail == "The stop job failed: 1 of 2 replication pairs could not be stopped."
    assert outcome.huawei is not None
    assert (outcome.huawei.code, outcome.huawei.message) == ("SDRS.0011", "Client error")


def test_a_failure_without_a_reason_says_so() -> None:
    outcome = judge(OPERATION, WatchState(ID), Sighting(job("FAIL")), EARLY)

    assert isinstance(outcome, Outcome)
    assert outcome.huawei == HuaweiAnswer(message="no reason given")


def test_the_deadline_tells_what_was_last_seen_from_what_could_not_be_seen() -> None:
    seen = judge(OPERATION, WatchState(ID), Sighting(job("RUNNING")), LATE)
    unseen = judge(OPERATION, WatchState(ID), replace(UNSEEN, answer=HuaweiAnswer(503)), LATE)

    assert isinstance(seen, Outcome)
    assert "after 60 minutes: it was last seen 'RUNNING'" in seen.detail
    assert isinstance(unseen, Outcome)
    assert unseen.detail == "How the stop went could not be seen within 60 minutes: SDRS is down."
    assert unseen.huawei == HuaweiAnswer(503)


@pytest.mark.parametrize(
    ("sight", "succeeded_at", "now", "detail", "verified"),
    [
        (DONE, None, EARLY, "Protection is off: the group was read and is 'available'.", True),
        (
            Sighting(job_lost=True, gone=True, trouble="t"),
            None,
            EARLY,
            "The protection group no longer exists, so how the stop ended cannot be seen.",
            None,
        ),
        (Sighting(job("FAIL")), None, EARLY, "The stop job failed.", None),
        (Sighting(job("FAIL"), group("error-stopping")), None, EARLY, "The stop job failed.", False),
        (
            replace(LOST, group=group("error-stopping")),
            None,
            EARLY,
            "The stop failed: the group is 'error-stopping'.",
            False,
        ),
        (
            Sighting(group=group("stopping")),
            EARLY - SETTLES,
            EARLY,
            "The stop job succeeded, but the group is still 'stopping': check it before you rely on the stop.",
            False,
        ),
        (
            UNSEEN,
            EARLY - SETTLES,
            EARLY,
            "The stop job succeeded, but the group could not be read: check it before you rely on the stop.",
            False,
        ),
        (
            Sighting(job("RUNNING")),
            None,
            LATE,
            "The stop is not at its end after 60 minutes: it was last seen 'RUNNING' and may still end.",
            None,
        ),
        (
            Sighting(job("RUNNING"), group("stopping")),
            None,
            LATE,
            "The stop is not at its end after 60 minutes: it was last seen 'stopping' and may still end.",
            False,
        ),
        (UNSEEN, None, LATE, "How the stop went could not be seen within 60 minutes: SDRS is down.", None),
    ],
)
def test_an_end_is_told_word_for_word(
    sight: Sighting, succeeded_at: datetime | None, now: datetime, detail: str, verified: bool | None
) -> None:
    outcome = judge(OPERATION, WatchState(ID, succeeded_at=succeeded_at), sight, now)

    assert isinstance(outcome, Outcome)
    assert (outcome.detail, outcome.verified, outcome.ended_at) == (detail, verified, now)
    assert outcome.group_status == (sight.group.raw_status if sight.group else None)
    assert outcome.job_ended_at == (
        succeeded_at or (now if sight.job and sight.job.status is JobStatus.SUCCESS else None)
    )


def test_only_a_status_that_is_unheard_of_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    for sight in (Sighting(job("RUNNING")), LOST, UNSEEN, Sighting(job("PAUSED"), trouble="t")):
        judge(OPERATION, WatchState(ID), sight, EARLY)
    heard = capsys.readouterr().out
    for sight in (
        Sighting(job("PAUSED")),
        Sighting(job("SUCCESS"), group("resting")),
        replace(LOST, group=group("resting")),
    ):
        judge(OPERATION, WatchState(ID), sight, EARLY)

    assert "UnknownStatuses" not in heard
    assert capsys.readouterr().out.count('"UnknownStatuses":[') == 3


def test_trouble_is_counted_and_what_was_seen_before_is_remembered() -> None:
    once = judge(OPERATION, WatchState(ID, seen="RUNNING"), UNSEEN, EARLY)
    assert isinstance(once, WatchState)
    twice = judge(OPERATION, once, UNSEEN, EARLY)
    assert isinstance(twice, WatchState)
    clear = judge(OPERATION, twice, Sighting(job("INIT")), EARLY)
    assert isinstance(clear, WatchState)

    assert [watch.errors for watch in (once, twice, clear)] == [1, 2, 0]
    assert [watch.seen for watch in (once, twice, clear)] == ["RUNNING", "RUNNING", "INIT"]


def test_a_job_that_succeeded_or_was_lost_is_not_asked_for_again() -> None:
    succeeded = judge(OPERATION, WatchState(ID), Sighting(job("SUCCESS"), group("stopping")), EARLY)
    lost = judge(OPERATION, WatchState(ID), LOST, EARLY)

    assert isinstance(succeeded, WatchState)
    assert succeeded.succeeded_at == EARLY
    assert isinstance(lost, WatchState)
    assert lost.job_lost


# --- when to look again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elapsed", "shortest", "longest"),
    [
        (0, 2, 2),
        (10, 2, 2),
        (20, 3, 4),
        (60, 9, 12),
        (150, 22, 30),
        (300, 45, 60),
        (1800, 45, 60),
        (-3600, 2, 2),
    ],
)
def test_the_wait_is_a_fifth_of_what_has_passed_spread_by_a_quarter(elapsed: int, shortest: int, longest: int) -> None:
    now = AT + timedelta(seconds=elapsed)

    waits = [wait(OPERATION, Sighting(job("RUNNING")), now, partial(float, drawn)) for drawn in (0.0, 0.5, 1.0)]

    assert (waits[0], waits[2]) == (shortest, longest)
    assert waits == sorted(waits)


def test_the_wait_grows_with_the_time_since_the_stop_was_taken_and_not_since_it_was_asked_for() -> None:
    late = replace(OPERATION, received_at=AT - timedelta(minutes=20))
    early = replace(OPERATION, received_at=AT, accepted_at=None)  # found under way

    waits = [wait(one, Sighting(job("RUNNING")), AT + timedelta(seconds=50), lambda: 1.0) for one in (late, early)]

    assert waits == [10, 10]


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 2), (0.0, 2), (1.0, 2), (30.0, 30), (30.9, 30), (300.0, 300), (9999.0, 300)]
)
def test_the_service_may_ask_for_a_longer_wait_but_not_for_any(asked: float | None, seconds: int) -> None:
    assert wait(OPERATION, replace(UNSEEN, retry_after=asked), AT, lambda: 1.0) == seconds


@pytest.mark.parametrize(("left", "seconds"), [(300, 60), (60, 60), (30, 31), (1, 2), (0, 2), (-100, 2)])
def test_no_wait_goes_past_the_deadline(left: int, seconds: int) -> None:
    assert wait(OPERATION, UNSEEN, LATE - timedelta(seconds=left), lambda: 1.0) == seconds
    assert wait(OPERATION, replace(UNSEEN, retry_after=9999.0), LATE - timedelta(seconds=20), lambda: 1.0) == 21


@settings(deadline=None)
@given(
    st.integers(-(10**6), 10**6),
    st.floats(0, 1, exclude_max=True),
    st.none() | st.floats(0, 86_400),
    st.integers(1, 1440),
)
def test_every_wait_is_one_that_the_workflow_takes(
    elapsed: int, drawn: float, asked: float | None, deadline: int
) -> None:
    operation = replace(OPERATION, deadline_minutes=deadline)

    seconds = wait(operation, replace(UNSEEN, retry_after=asked), AT + timedelta(seconds=elapsed), lambda: drawn)

    assert 2 <= seconds <= max(60, int(min(asked or 0, 300)))


@settings(deadline=None)
@given(st.integers(3, 86_400))
def test_the_end_is_seen_late_by_no_more_than_a_fifth_of_the_time(length: int) -> None:
    seen = 0
    operation = replace(OPERATION, deadline_minutes=1440)
    while seen < length:
        seen += wait(operation, Sighting(job("RUNNING")), AT + timedelta(seconds=seen), lambda: 1.0)

    assert seen - length <= max(2, min(0.2 * length, 60))


# --- what the workflow hands in --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        None,
        5,
        "text",
        [],
        [ID],
        {},
        {"operation_id": None},
        {"operation_id": 5},
        {"operation_id": [ID]},
        {"operation_id": ""},
        {"operation_id": "x" * 32},
        {"operation_id": ID + "0"},
        {"operation_id": ID + "\n"},
        {"operation_id": "group#cn-north-4/40df180b-9fe2-471a-8c64-1b758dc84189"},
        {"operation_id": "0" * 1_000_000},
        {"operation_id": ID, "looks": "many"},
        {"operation_id": ID, "looks": float("inf")},
        {"operation_id": ID, "finished": "no"},
        {"operation_id": ID, "succeeded_at": "yesterday"},
        {"operation_id": ID, "succeeded_at": "0001-01-01T00:00:00+23:59"},
        {"operation_id": ID, "seen": {"a": 1}},
    ],
)
def test_a_state_that_nobody_can_read_is_finished_without_a_look(state: Any) -> None:
    assert WatchState.read(state) == WatchState("", finished=True)


@settings(deadline=None)
@given(JSON_VALUES | st.dictionaries(st.sampled_from([*WatchState("").to_dict(), "more"]), JSON_VALUES))
def test_whatever_is_handed_in_is_a_watch(state: Any) -> None:
    assert isinstance(WatchState.read(state), WatchState)


def test_a_state_is_read_as_it_was_written_and_stays_small() -> None:
    watch = WatchState(
        ID, wait_seconds=60, looks=9999, errors=9999, job_lost=True, succeeded_at=AT, seen="error-stopping"
    )

    assert WatchState.read(watch.to_dict() | {"Cause": "something of Step Functions"}) == watch
    assert len(canonical(watch.to_dict())) < 400


# --- looking, at a simulated SDRS ------------------------------------------------------------------------------------


def followed(**plan: Any) -> tuple[Stack, Operation]:
    """Return a stack with one stop under way, as the workflow has it."""
    stack = Stack(plan=Plan(**plan))
    stack.send()
    assert stack.deliver() == [True]
    return stack, stack.operation


def looked(stack: Stack, watch: WatchState | None = None) -> WatchState:
    return follow(watch or WatchState(stack.operation.operation_id), stack.ledger, stack.huawei, stack.clock())


def test_a_running_job_is_looked_at_alone() -> None:
    stack, operation = followed(job_seconds=60)
    stack.clock.pass_(20)

    watch = looked(stack)

    assert (watch.finished, watch.seen, watch.looks, watch.errors) == (False, "RUNNING", 1, 0)
    assert [call.endpoint for call in stack.sdrs.calls] == ["stop", "get-job"]
    assert stack.operation == operation


def test_a_job_that_ended_well_ends_the_operation_once_the_group_shows_it() -> None:
    stack, _ = followed(job_seconds=8, settle_seconds=10)
    stack.clock.pass_(9)
    first = looked(stack)
    stack.clock.pass_(10)
    last = looked(stack, first)

    assert (first.finished, first.seen) == (False, "stopping")
    assert (last.finished, last.seen, last.looks) == (True, "available", 2)
    assert stack.operation.outcome is not None
    assert (stack.operation.outcome.result, stack.operation.outcome.verified) == (Result.SUCCEEDED, True)
    assert stack.operation.outcome.looks == 2
    assert [call.endpoint for call in stack.sdrs.calls] == ["stop", "get-job", "get-group", "get-group", "list-pairs"]


def test_a_failed_job_is_told_with_the_pair_that_failed() -> None:
    stack, _ = followed(ending="fail")
    stack.clock.pass_(20)

    assert looked(stack).finished
    outcome = stack.operation.outcome
    assert outcome is not None
    assert (outcome.result, outcome.group_status) == (Result.FAILED, "error-stopping")
    assert outcome.huawei is not None
    assert (outcome.huawei.code, len(outcome.huawei.failed_sub_jobs)) == ("SDRS.0406", 1)
    assert [call.endpoint for call in stack.sdrs.calls] == ["stop", "get-job", "get-group"]


def test_a_failed_job_that_says_nothing_is_asked_about_at_the_task_centre() -> None:
    stack, _ = followed(
        ending="fail", error_code=None, fail_reason=None, sub_error_code=None, sub_fail_reason=None, failing_pairs=()
    )
    stack.clock.pass_(20)

    assert looked(stack).finished
    assert stack.sdrs.calls[-1].endpoint == "failure-jobs"


def test_a_job_that_sdrs_forgot_gives_way_to_the_group() -> None:
    stack, _ = followed(job_seconds=60, forget_seconds=5)
    stack.clock.pass_(20)
    first = looked(stack)
    stack.clock.pass_(60)
    last = looked(stack, first)

    assert (first.job_lost, first.seen, first.errors) == (True, "stopping", 0)
    assert last.finished
    assert [call.endpoint for call in stack.sdrs.calls] == ["stop", "get-job", "get-group", "get-group", "list-pairs"]


def test_a_group_that_is_gone_leaves_the_end_unknown() -> None:
    stack, _ = followed(job_seconds=60, forget_seconds=5)
    stack.clock.pass_(20)
    stack.fault(endpoint="get-group", status=404, body='{"error": {"code": "SDRS.1013", "message": "not found"}}')

    assert looked(stack).finished
    assert stack.operation.outcome is not None
    assert stack.operation.outcome.result is Result.UNKNOWN
    assert "no longer exists" in stack.operation.outcome.detail
    assert stack.operation.outcome.huawei is not None
    assert stack.operation.outcome.huawei.code == "SDRS.1013"


@pytest.mark.parametrize("body", ["<html>not found</html>", "", "{}"])
def test_a_bare_404_is_no_word_of_sdrs_that_the_group_is_gone(body: str) -> None:
    stack, _ = followed(job_seconds=60, forget_seconds=5)
    stack.clock.pass_(20)
    stack.fault(endpoint="get-group", status=404, body=body)

    watch = looked(stack)

    assert (watch.finished, watch.errors) == (False, 1)
    assert stack.operation.outcome is None


def test_a_refused_credential_is_tried_again_only_after_minutes() -> None:
    stack, _ = followed(job_seconds=60)
    stack.clock.pass_(5)
    stack.fault(endpoint="get-job", status=401)

    assert looked(stack).wait_seconds == 300


def test_trouble_of_another_kind_does_not_put_the_next_look_off() -> None:
    stack, _ = followed(job_seconds=60)
    stack.fault(endpoint="get-job", status=503)

    assert looked(stack).wait_seconds == 2


def test_trouble_says_what_it_is_and_keeps_what_was_seen_before_it() -> None:
    stack, operation = followed(job_seconds=8)
    stack.clock.pass_(20)
    stack.fault(endpoint="get-group", status=503, body='{"error": {"code": "SDRS.0901", "message": "in trouble"}}')

    sight = see(operation, WatchState(operation.operation_id), stack.huawei)

    assert sight.job is not None
    assert (sight.job.status, sight.group, sight.job_lost, sight.gone) == (JobStatus.SUCCESS, None, False, False)
    assert str(sight.trouble).startswith("SDRS.0901: in trouble")
    assert sight.answer is not None
    assert sight.answer.code == "SDRS.0901"


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 502, "body": "<html>"}, {"status": 401}, {"status": 403}, {"kind": "reset"},
     {"kind": "refuse"}, {"status": 200, "body": "[]"}, {"status": 200, "body": ""}, {"status": 404,
     "body": '{"error_code": "APIGW.0101", "error_msg": "no such API"}'}],
    ids=str,
)  # fmt: skip
def test_trouble_in_looking_never_ends_the_watch(fault: dict[str, Any]) -> None:
    stack, operation = followed(job_seconds=60)
    stack.fault(endpoint="*", **fault)
    watch = WatchState(operation.operation_id)
    for _ in range(5):
        stack.clock.pass_(5)
        watch = looked(stack, watch)
    stack.sdrs.faults.switches.clear()
    clear = looked(stack, watch)

    assert (watch.finished, watch.looks, watch.errors) == (False, 5, 5)
    assert (clear.errors, clear.seen) == (0, "RUNNING")


def test_a_job_that_cannot_be_read_three_times_in_a_row_gives_way_to_the_group() -> None:
    stack, operation = followed(job_seconds=60)
    stack.fault(endpoint="get-job", status=500)
    watch = WatchState(operation.operation_id)
    seen = []
    for _ in range(5):
        stack.clock.pass_(5)
        watch = looked(stack, watch)
        seen.append((watch.errors, watch.job_lost, watch.seen))

    assert seen == [
        (1, False, None), (2, False, None), (3, False, None), (0, True, "stopping"), (0, True, "stopping")
    ]  # fmt: skip


def test_a_throttled_look_waits_as_it_was_asked_to() -> None:
    stack, _ = followed(job_seconds=60)
    stack.fault(endpoint="get-job", status=429, headers={"Retry-After": "120"})

    assert looked(stack).wait_seconds == 120


def test_a_secret_that_cannot_be_read_is_trouble_like_any_other() -> None:
    stack, operation = followed(job_seconds=60)
    fresh = Stack(dynamodb=stack.dynamodb, clock=stack.clock)
    fresh.secret_fails = SecretError("the secret could not be read")

    watch = follow(WatchState(operation.operation_id), fresh.ledger, fresh.huawei, fresh.clock())

    assert (watch.finished, watch.errors) == (False, 1)
    for lost in (False, True):
        sight = see(operation, WatchState(operation.operation_id, job_lost=lost), fresh.huawei)
        assert sight == Sighting(job_lost=lost, trouble="the secret could not be read")


def test_a_secret_that_cannot_be_read_hides_the_group_and_not_the_job_that_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack, operation = followed(job_seconds=8)
    stack.clock.pass_(20)

    def lose(*_: object) -> None:
        raise SecretError("the secret could not be read")

    monkeypatch.setattr(HuaweiAccount, "group", lose)
    sight = see(operation, WatchState(operation.operation_id), stack.huawei)

    assert sight.job is not None
    assert sight == Sighting(sight.job, trouble="the secret could not be read")


def test_a_ledger_that_cannot_be_used_has_the_look_repeated() -> None:
    stack, operation = followed(job_seconds=60)

    def lose() -> None:
        raise silent("dynamodb")

    stack.boundary.cut(0, lose, name="dynamodb")
    watch = looked(stack, WatchState(operation.operation_id, looks=3))

    assert (watch.finished, watch.looks, watch.errors, watch.wait_seconds) == (False, 3, 1, 15)
    assert type(watch.wait_seconds) is int  # Step Functions takes no other
    assert [call.endpoint for call in stack.sdrs.calls] == ["stop"]


@pytest.mark.parametrize("operation_id", ["", "f" * 32])
def test_an_operation_that_is_not_recorded_is_finished_without_a_look(operation_id: str) -> None:
    stack = Stack()

    assert looked(stack, WatchState(operation_id)).finished
    assert stack.sdrs.calls == []


def test_an_operation_that_has_ended_is_finished_without_a_look() -> None:
    stack, operation = followed()
    stack.ledger.end(operation, Outcome(Result.UNKNOWN, AT, "swept"))

    assert looked(stack).finished
    assert [call.endpoint for call in stack.sdrs.calls] == ["stop"]


def test_a_stop_without_a_job_is_followed_by_the_groups_status() -> None:
    stack, operation = followed(job_seconds=60)
    stack.clock.pass_(20)

    sight = see(replace(operation, job_id=None), WatchState(operation.operation_id), stack.huawei)

    assert (sight.job, sight.job_lost, sight.word) == (None, True, "stopping")


def test_a_lost_job_whose_group_is_error_stopping_failed_as_the_task_centre_says() -> None:
    stack, operation = followed(job_seconds=8, ending="fail")
    stack.clock.pass_(20)

    assert looked(stack, WatchState(operation.operation_id, job_lost=True)).finished
    outcome = stack.operation.outcome
    assert outcome is not None
    assert (outcome.result, outcome.group_status, outcome.verified) == (Result.FAILED, "error-stopping", False)
    assert outcome.huawei is not None
    assert outcome.huawei.code == "SDRS.0011"


def test_a_failed_job_is_a_failure_whatever_else_cannot_be_read() -> None:
    stack, _ = followed(ending="fail", error_code=None, fail_reason=None, failing_pairs=())
    stack.clock.pass_(20)
    stack.fault(endpoint="get-group", status=500)
    stack.fault(endpoint="failure-jobs", status=500)

    assert looked(stack).finished
    outcome = stack.operation.outcome
    assert outcome is not None
    assert (outcome.result, outcome.group_status, outcome.verified) == (Result.FAILED, None, None)
    assert outcome.huawei is not None
    assert outcome.huawei.message == "no reason given"


def test_of_several_failed_tasks_the_one_of_our_own_job_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stack, operation = followed(job_seconds=8, ending="fail")
    stack.clock.pass_(20)
    ours = FailureJob(job_id=str(operation.job_id), begin_time=AT, error_code="SDRS.0011", fail_reason="ours")
    newer = FailureJob(job_id="another", begin_time=LATE, error_code="SDRS.0406", fail_reason="another's")
    monkeypatch.setattr(HuaweiAccount, "failure_jobs", lambda *_: (newer, ours))

    sight = see(operation, WatchState(operation.operation_id, job_lost=True), stack.huawei)

    assert sight.answer is not None
    assert (sight.answer.code, sight.answer.message) == ("SDRS.0011", "ours")
