"""What the sweeper does with an operation in each state, to the second, and in which order it comes to many."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from simulator.defaults import ERP_PROD, PROJECT_ID, REGION
from simulator.scenarios import Plan
from standdown.base.log import logger
from standdown.core.calendars import CalendarError
from standdown.core.operation import GroupRef, Operation, State, execution_name
from standdown.core.outcome import HuaweiAnswer, Outcome, Result
from standdown.core.request import Mode, Source, StopRequest
from standdown.core.targets import TargetError, Targets
from standdown.sweep.open_operations import (
    EACH,
    FEWEST,
    GRACE,
    PACE,
    PATIENCE,
    SPARE,
    TOGETHER,
    Swept,
    _in_order,
    sweep,
)
from support.inmemory.aws import silent
from support.inmemory.clock import START
from support.inmemory.stack import Stack

MOMENT = timedelta(milliseconds=1)
ID, OTHER = "0" * 32, "1" * 32
REQUEST = StopRequest("d-1", Source.QUEUE, START, target="erp-prod")
GROUP = GroupRef(REGION, PROJECT_ID, ERP_PROD)
INTENT = Operation(ID, REQUEST, START, target="erp-prod", group=GROUP, lock=GROUP.key)
FOLLOWING = replace(INTENT, state=State.FOLLOWING, accepted_at=START, job_id="j-1")
ENDED = replace(INTENT, state=State.ENDED, outcome=Outcome(Result.FAILED, START, "It failed."))
BROKE = "The workflow that watched the stop is timed out"
FRESH, DEADLINE = timedelta(minutes=60), timedelta(minutes=60)


def stack_with(*operations: Operation, age: timedelta = FRESH) -> Stack:
    """Return a stack that holds these operations, so long after the first one came in."""
    stack = Stack()
    for operation in operations:
        stack.ledger.record(operation)
    stack.clock.pass_(age.total_seconds())
    return stack


def ended(stack: Stack, operation_id: str = ID) -> Outcome | None:
    found = stack.ledger.get(operation_id)
    assert found is not None
    return found.outcome


def counted(capsys: pytest.CaptureFixture[str]) -> list[tuple[Any, ...]]:
    """Return name, value and step of each metric that was written."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]
    return [
        (name, *line[name], *([line["step"]] if "step" in line else []))
        for name, line in zip(names, lines, strict=True)
    ]


def moved(step: str) -> list[tuple[Any, ...]]:
    return [("MovedOn", 1, step), ("OpenOperations", 1), ("BrokenTargets", 0)]


def runs(stack: Stack, name: str, status: str = "RUNNING") -> None:
    """Have an execution of that name be there."""
    stack.workflow.publish(ENDED, name)
    stack.executions.by_name[name].status = status


# --- each state ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [INTENT, FOLLOWING, ENDED], ids=["intent", "following", "ended"])
def test_an_operation_is_left_alone_for_a_minute(operation: Operation) -> None:
    young, old = stack_with(operation, age=GRACE - MOMENT), stack_with(operation, age=GRACE)

    assert young.sweep() == Swept(1, ())
    lists = ["dynamodb.query", "dynamodb.query"]  # of holds, and of operations
    assert young.boundary.crossed[-4:] == ["dynamodb.transact_write_items", *lists, "dynamodb.get_item"]
    assert old.sweep() == Swept(1, (ID,))


def test_the_minute_of_an_accepted_stop_begins_when_it_was_accepted() -> None:
    accepted = replace(INTENT, state=State.ACCEPTED, accepted_at=START + timedelta(minutes=9))

    assert stack_with(accepted, age=timedelta(minutes=9, seconds=59)).sweep().moved == ()
    assert stack_with(accepted, age=timedelta(minutes=10)).sweep().moved == (ID,)


@pytest.mark.parametrize(("left", "given_back"), [(MOMENT, False), (timedelta(), True), (-MOMENT, True)])
def test_an_intent_with_a_lease_is_left_to_whoever_has_it(left: timedelta, given_back: bool) -> None:
    age = timedelta(minutes=10)
    stack = stack_with(replace(INTENT, lease_until=START + age + left), age=age)

    stack.sweep()

    assert len(stack.queues.requests) == given_back


def test_an_intent_that_is_fresh_is_given_back_to_the_trigger_and_counts_as_held_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = stack_with(INTENT, age=FRESH)

    assert stack.sweep() == Swept(1, (ID,))
    assert [message.body for message in stack.queues.requests] == [f'{{"continue":"{ID}","schema_version":1}}']
    assert counted(capsys) == [("StopsHeldUp", 1), ("OpenOperations", 1), ("BrokenTargets", 0)]
    assert ended(stack) is None


@pytest.mark.parametrize(
    ("status", "result", "detail"),
    [
        ("protected", Result.FAILED, "no other is sent: No stop could be sent within 60 minutes."),
        ("available", Result.SUCCEEDED, ""),
    ],
)
def test_an_intent_that_is_too_old_is_ended_without_a_stop(
    status: str, result: Result, detail: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = stack_with(replace(INTENT, attempts=2), age=FRESH + MOMENT)
    stack.set_group(status)

    assert stack.sweep() == Swept(1, (ID,))

    told = ended(stack)
    assert told is not None
    assert told.result is result
    assert told.detail.endswith(detail)
    assert counted(capsys) == moved("ended, too old")
    assert (stack.posts, list(stack.executions.by_name)) == ([], [execution_name(ID)])
    assert stack.queues.requests == []


def test_an_intent_of_which_nothing_was_sent_for_certain_ends_without_a_look() -> None:
    stack = stack_with(replace(INTENT, unsent_attempts=1, problem="SDRS is down"), age=FRESH + MOMENT)

    stack.sweep()

    outcome = ended(stack)
    assert outcome is not None
    assert (outcome.result, outcome.ended_at) == (Result.FAILED, stack.clock())
    assert outcome.detail == "No stop could be sent within 60 minutes: SDRS is down."
    assert stack.sdrs.calls == []


def test_an_old_intent_that_somebody_else_takes_meanwhile_is_left_to_them() -> None:
    stack = stack_with(INTENT, age=FRESH + MOMENT)

    def claim() -> None:
        stack.ledger.claim(ID, stack.clock(), timedelta(minutes=1))

    stack.boundary.cut(0, claim, name="dynamodb.update_item")

    assert stack.sweep() == Swept(1, ())
    assert ended(stack) is None


def test_an_old_intent_whose_stop_is_under_way_is_not_given_up_because_its_workflow_cannot_be_started() -> None:
    stack = stack_with(replace(INTENT, attempts=2), age=FRESH + PATIENCE + MOMENT)
    stack.set_group("stopping")

    def lose() -> None:
        raise silent("states")

    stack.boundary.cut(0, lose, name="states.start_execution")

    assert stack.sweep() == Swept(1, ())
    assert stack.operation.state is State.ACCEPTED


@pytest.mark.parametrize(("patience", "given_up"), [(PATIENCE, False), (PATIENCE + MOMENT, True)])
def test_an_old_intent_whose_group_cannot_be_read_is_unknown_after_a_while(
    patience: timedelta, given_up: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = stack_with(replace(INTENT, attempts=2), age=FRESH + patience)
    stack.fault(endpoint="get-group", status=503)
    begun = stack.clock()

    assert stack.sweep().moved == ((ID,) if given_up else ())

    told = ended(stack)
    assert (told is not None) is given_up
    if told:
        assert (told.result, told.ended_at) == (Result.UNKNOWN, begun)
        assert told.detail.startswith("A stop may have been sent, and the group cannot be read: ")
        assert counted(capsys) == moved("ended: unknown")


def test_an_accepted_stop_gets_its_workflow(capsys: pytest.CaptureFixture[str]) -> None:
    stack = stack_with(replace(FOLLOWING, state=State.ACCEPTED), age=GRACE)

    stack.sweep()

    assert list(stack.executions.by_name) == [execution_name(ID)]
    assert stack.operation.state is State.FOLLOWING
    assert counted(capsys) == moved("workflow started")


def test_a_watch_that_is_not_to_be_seen_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    stack = stack_with(FOLLOWING, age=GRACE)

    stack.sweep()

    assert json.loads(stack.executions.by_name[execution_name(ID)].input)["finished"] is False
    assert ended(stack) is None
    assert counted(capsys) == moved("workflow started")


@pytest.mark.parametrize(
    ("age", "over"),
    [(DEADLINE - PATIENCE + MOMENT, False), (DEADLINE + PATIENCE, False), (DEADLINE + PATIENCE + MOMENT, True)],
)
def test_a_watch_that_runs_is_left_alone_until_long_after_its_deadline(age: timedelta, over: bool) -> None:
    stack = stack_with(FOLLOWING, age=age)
    runs(stack, execution_name(ID))
    stack.set_group("stopping")

    stack.sweep()

    assert (ended(stack) is not None) is over


@pytest.mark.parametrize(
    ("group", "fault", "result", "detail"),
    [
        ("stopping", {}, Result.UNKNOWN, f"{BROKE}; the stop was last seen 'stopping'."),
        ("available", {}, Result.SUCCEEDED, "Protection is off: the group was read and is 'available'."),
        (
            "stopping",
            {"endpoint": "*", "status": 503},
            Result.UNKNOWN,
            f"{BROKE}; the stop was not to be seen.",
        ),
    ],
)  # fmt: skip
def test_a_watch_that_broke_is_ended_by_one_look(
    group: str, fault: dict[str, Any], result: Result, detail: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = stack_with(FOLLOWING, age=GRACE)
    runs(stack, execution_name(ID), "TIMED_OUT")
    stack.set_group(group)
    if fault:
        stack.fault(**fault)

    stack.sweep()

    told = ended(stack)
    assert told is not None
    assert (told.result, told.detail, told.ended_at) == (result, detail, stack.clock())
    assert counted(capsys) == moved(f"ended: {result.value}")
    assert [name for name in stack.executions.by_name if name.startswith("publish-")]


def test_a_watch_that_broke_is_ended_by_the_group_although_its_job_says_that_it_runs() -> None:
    stack = Stack(plan=Plan(job_seconds=3600))
    stack.send()
    stack.deliver()
    stack.executions.abort(stack.operation.execution_name)
    stack.set_group("available")
    stack.clock.pass_(GRACE.total_seconds())

    stack.sweep()

    assert stack.operation.ended.result is Result.SUCCEEDED


def test_who_joined_shares_the_end_of_the_one_that_worked(lines: StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    said = HuaweiAnswer(400, "SDRS.0406", "a child failed")
    worker = replace(ENDED, operation_id=OTHER, outcome=Outcome(Result.FAILED, START, "d", huawei=said))
    joined = replace(INTENT, state=State.JOINED, joined_to=OTHER, lock=None)
    stack = stack_with(worker, joined)
    runs(stack, execution_name(OTHER))

    swept = stack.sweep()

    told = ended(stack)
    assert told is not None
    assert swept == Swept(2, (ID,))
    assert (told.result, told.joined_to, told.joined_result) == (Result.JOINED, OTHER, Result.FAILED)
    assert (told.huawei, told.ended_at) == (said, stack.clock())
    assert [name for name, *_ in counted(capsys)] == ["OpenOperations", "BrokenTargets"]  # and not MovedOn
    line = next(json.loads(one) for one in lines.getvalue().splitlines() if "joined operation ended" in one)
    assert line["step"] == "ended: joined"
    words = {"operation_id": ID, "delivery_id": "d-1", "target": "erp-prod"}
    assert words.items() <= line.items()


@pytest.mark.parametrize("joined_to", [OTHER, None])
def test_who_joined_one_that_is_not_recorded_learns_nothing_but_that(joined_to: str | None) -> None:
    stack = stack_with(replace(INTENT, state=State.JOINED, joined_to=joined_to, lock=None))

    stack.sweep()

    told = ended(stack)
    assert told is not None
    assert told.result is Result.UNKNOWN
    assert told.detail == f"Operation {joined_to}, which this one joined, is not recorded."


def test_who_joined_one_that_works_still_needs_nothing() -> None:
    worker = replace(FOLLOWING, operation_id=OTHER)
    stack = stack_with(worker, replace(INTENT, state=State.JOINED, joined_to=OTHER, lock=None), age=GRACE)
    runs(stack, execution_name(OTHER))

    assert stack.sweep() == Swept(1, ())
    assert stack.sweep(execution_name(ID)) == Swept(1, ())
    assert ended(stack) is None


def test_an_operation_that_is_published_is_settled() -> None:
    stack = stack_with(replace(ENDED, state=State.PUBLISHED))

    assert stack.sweep() == Swept(1, ())
    assert list(stack.ledger.unfinished()) == []


# --- publications ----------------------------------------------------------------------------------------------------

NOW = execution_name(ID, int((START + FRESH).timestamp() // PACE.total_seconds()))
BEFORE = execution_name(ID, 1)
STOP = execution_name(ID)


@pytest.mark.parametrize(
    ("operation", "there", "started", "noted"),
    [
        # refused before a stop was sent: the first execution is the operation's own
        (ENDED, {}, STOP, None),
        (ENDED, {STOP: "RUNNING"}, None, None),
        (ENDED, {STOP: "FAILED"}, NOW, NOW),
        (ENDED, {STOP: "SUCCEEDED"}, NOW, NOW),
        # accepted: its own execution may have been seen to end and be gone by now
        (replace(ENDED, accepted_at=START), {}, NOW, NOW),
        (replace(ENDED, accepted_at=START), {STOP: "RUNNING"}, None, None),
        # noted already
        (replace(ENDED, publisher=BEFORE), {}, BEFORE, BEFORE),
        (replace(ENDED, publisher=BEFORE), {BEFORE: "RUNNING"}, None, BEFORE),
        (replace(ENDED, publisher=BEFORE), {BEFORE: "FAILED"}, NOW, NOW),
        (replace(ENDED, publisher=NOW), {NOW: "FAILED"}, None, NOW),
    ],
)
def test_an_outcome_is_published_by_one_execution_at_a_time_and_at_most_one_in_five_minutes(
    operation: Operation,
    there: dict[str, str],
    started: str | None,
    noted: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = stack_with(operation)
    for name, status in there.items():
        runs(stack, name, status)

    stack.sweep()

    assert [name for name in stack.executions.by_name if name not in there] == ([started] if started else [])
    assert stack.operation.publisher == noted
    assert not started or json.loads(stack.executions.by_name[started].input)["finished"] is True
    assert ("MovedOn", 1, "publication started") in counted(capsys) if started else True


# --- many of them ----------------------------------------------------------------------------------------------------


def numbered(kind: str, count: int, operation: Operation) -> list[Operation]:
    return [replace(operation, operation_id=f"{kind}-{number}") for number in range(count)]


def ids(operations: Any) -> list[str]:
    return [operation.operation_id for operation in operations]


JOINED = replace(INTENT, state=State.JOINED, joined_to="gone", lock=None)
ACCEPTED = replace(INTENT, state=State.ACCEPTED)


def test_operations_that_ask_huawei_cloud_take_turns_with_those_that_do_not() -> None:
    many = TOGETHER + 2
    asking, others, joined = (
        numbered("i", 2, INTENT) + numbered("f", 1, FOLLOWING),
        numbered("a", 1, ACCEPTED) + numbered("e", many, ENDED),
        numbered("j", many, JOINED),
    )

    order = ids(_in_order([*joined, *asking, *others], 0))

    assert order == [
        *ids(others[:TOGETHER]), "i-0", *ids(joined[:TOGETHER]),
        *ids(others[TOGETHER:]), "i-1", *ids(joined[TOGETHER:]),
        "f-0",
    ]  # fmt: skip


@pytest.mark.parametrize(("turn", "first"), [(0, 0), (1, 3), (2, 6), (3, 2), (7, 0)])
def test_each_run_begins_after_those_that_the_one_before_came_to_for_certain(turn: int, first: int) -> None:
    asking = numbered("i", 7, INTENT)

    assert FEWEST == 3
    assert ids(_in_order(asking, turn)) == ids(asking[first:] + asking[:first])


@pytest.mark.parametrize(
    ("worker", "comes"),
    [
        (INTENT, False),
        (ACCEPTED, False),
        (FOLLOWING, False),
        (ENDED, True),
        (replace(ENDED, state=State.PUBLISHED), True),
    ],
)
def test_who_joined_comes_once_the_other_one_has_ended(worker: Operation, comes: bool) -> None:
    joined = replace(JOINED, operation_id="j", joined_to=worker.operation_id)

    assert ("j" in ids(_in_order([joined, worker], 5))) is comes


def test_of_nothing_there_is_no_order() -> None:
    assert ids(_in_order([], 3)) == []


def test_the_turn_is_taken_every_five_minutes() -> None:
    rows = [replace(INTENT, operation_id=str(n) * 32, lease_until=None) for n in range(7)]
    stack = stack_with(*rows, age=GRACE)
    begun: list[str] = []
    expected: list[str] = []

    for _ in range(3):
        stack.clock.pass_(PACE.total_seconds())
        expected.append(str(int(stack.clock.epoch() // PACE.total_seconds()) * FEWEST % 7) * 32)
        begun.append(stack.sweep().moved[0])

    assert begun == expected


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "seen"), [(SPARE, 1), (SPARE - 0.001, 0)])
def test_nothing_is_begun_once_the_time_is_over(left: float, seen: int, lines: StringIO) -> None:
    stack = stack_with(INTENT)

    swept = sweep(stack.invocation(left), stack.queue)

    assert (swept.seen, len(swept.moved)) == (seen, seen)
    assert ("out of time, the rest is for the next run" in lines.getvalue()) is (seen == 0)


@pytest.mark.parametrize(("seconds", "wanted"), [(120.0, EACH), (25.0, 25.0)])
def test_each_operation_has_half_a_minute_or_what_is_left(seconds: float, wanted: float) -> None:
    stack = stack_with(INTENT, replace(INTENT, operation_id=OTHER), age=FRESH + MOMENT)
    stack.fault(endpoint="*", kind="hang")
    begun: list[float] = []
    get = stack.ledger.get

    def noted(operation_id: str) -> Operation | None:
        begun.append(stack.clock.epoch())
        return get(operation_id)

    stack.ledger.get = noted  # type: ignore[method-assign]
    swept = sweep(stack.invocation(seconds), stack.queue)

    assert swept.seen == (2 if seconds > 2 * EACH else 1)
    assert stack.clock.epoch() - begun[0] <= seconds
    assert len(begun) < 2 or begun[1] - begun[0] <= wanted


# --- the run as a whole ----------------------------------------------------------------------------------------------


def test_one_in_trouble_is_logged_with_its_cause_and_the_others_go_on(lines: StringIO) -> None:
    stack = stack_with(ENDED, replace(ENDED, operation_id=OTHER))

    def lose() -> None:
        raise silent("states")

    stack.boundary.cut(0, lose, name="states.describe_execution")

    swept = stack.sweep()

    assert swept == Swept(2, (OTHER,))
    line = next(json.loads(one) for one in lines.getvalue().splitlines() if "not moved on" in one)
    assert line["problem"].startswith("the workflow's execution could not be read")
    assert line["operation_id"] == ID


def test_a_run_says_how_much_is_open_and_how_much_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    stack = stack_with(INTENT, replace(INTENT, operation_id=OTHER), age=timedelta())
    broken = {name: TargetError(name, "mode", "p") for name in ("a", "b")}
    invocation = stack.invocation()

    calendars = {"holidays": CalendarError("holidays", "zone", "p")}
    for mode_problem, missing in ((None, {}), ("the mode is 'of'", {}), (None, calendars)):
        found = Targets({}, broken, Mode.OFF, mode_problem, broken_calendars=missing)
        sweep(invocation._replace(targets_now=_always(found)), stack.queue)

    assert counted(capsys) == [
        ("OpenOperations", 2), ("BrokenTargets", 2), ("OpenOperations", 2), ("BrokenTargets", 3),
        ("OpenOperations", 2), ("BrokenTargets", 3),
    ]  # fmt: skip


def _always(found: Targets) -> Callable[[], Targets]:
    return lambda: found


def test_a_broken_execution_has_its_own_operation_looked_at_and_nothing_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = stack_with(INTENT, replace(INTENT, operation_id=OTHER))

    assert stack.sweep(execution_name(OTHER)) == Swept(1, (OTHER,))
    assert stack.sweep(execution_name("2" * 32)) == Swept(0, ())
    assert [name for name, *_ in counted(capsys)] == ["StopsHeldUp"]


def test_the_lines_after_a_run_are_about_no_operation(lines: StringIO) -> None:
    stack_with(INTENT).sweep()
    logger.info("afterwards")

    line = json.loads(lines.getvalue().splitlines()[-1])
    assert not {"operation_id", "delivery_id", "target"} & line.keys()
