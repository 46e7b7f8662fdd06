"""Publishing one ended operation and those that joined it; when the workflow is to come back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from standdown.base.log import logger
from standdown.core.notice import Notice
from standdown.core.operation import Operation, State
from standdown.core.outcome import Delivery, DeliveryState, HuaweiAnswer, Outcome, Refusal, Result
from standdown.ledger.ledger import LedgerError
from standdown.publish.backoff import WEBHOOK
from standdown.publish.channels.errors import PublishError
from standdown.publish.delivery import Publication
from standdown.publish.notify import ENOUGH, joined_outcome, notify
from standdown.publish.render.rendered import Rendered
from standdown.publish.undelivered import Undelivered
from support.inmemory.aws import refused, silent
from support.inmemory.clock import Clock
from support.inmemory.stack import Stack, Target


def ended(
    result: Result = Result.SUCCEEDED,
    joined: int = 0,
    *,
    refusal: Refusal | None = None,
    looks: int = 0,
    job_ended: float | None = None,
) -> tuple[Stack, Operation]:
    """Return a stack with one operation that has ended and is not published yet; others may have joined it.

    `job_ended` says by how many seconds its job ended after now.
    """
    stack = Stack()
    stack.send()
    stack.deliver()
    for _ in range(joined):
        stack.send()
        stack.deliver()
    first = stack.operations[0]
    outcome = Outcome(
        result,
        stack.clock(),
        "as it went",
        refusal,
        group_status="available",
        group_name="ERP production",
        verified=True,
        looks=looks,
        job_ended_at=None if job_ended is None else stack.clock() + timedelta(seconds=job_ended),
    )
    return stack, stack.ledger.end(first, outcome)


def published(stack: Stack, operation_id: str) -> dict[str, Any]:
    return notify(operation_id, stack.ledger, stack.publication, stack.clock).to_dict()


def fails(stack: Stack, service: str, times: int = 1, code: str = "InternalError") -> None:
    def fail() -> None:
        raise refused(service, code)

    for _ in range(times):
        stack.boundary.cut(0, fail, name=service)


def test_an_outcome_is_published_on_every_channel_and_the_operation_is_settled() -> None:
    stack, operation = ended()

    state = published(stack, operation.operation_id)

    assert state == {
        "schema_version": 1,
        "operation_id": operation.operation_id,
        "outcome": "succeeded",
        "published": True,
        "wait_seconds": 0,
    }
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert stack.operation.state is State.PUBLISHED
    assert {channel.status for channel in stack.operation.channels.values()} == {Delivery.DONE}


@pytest.mark.parametrize("result", list(Result))
def test_the_workflow_reads_how_it_ended(result: Result) -> None:
    stack, operation = ended(result)

    assert published(stack, operation.operation_id)["outcome"] == result.value


def test_what_is_published_is_not_published_again() -> None:
    stack, operation = ended()
    published(stack, operation.operation_id)

    again = published(stack, operation.operation_id)

    assert (again["published"], again["wait_seconds"]) == (True, 0)
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)


def test_o06_every_outcome_that_is_published_is_one_line_with_its_result_and_its_refusal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    stack, operation = ended(Result.UNKNOWN, joined=1)

    published(stack, operation.operation_id)

    lines = [line.__dict__ for line in caplog.records if line.message == "outcome published"]
    assert [(line["operation_id"], line.get("result"), line.get("target")) for line in lines] == [
        (one.operation_id, result, "erp-prod")
        for one, result in zip(stack.operations, ("unknown", "joined"), strict=True)
    ]
    assert all(line["refusal"] is None for line in lines)
    assert [line["delivery_id"] for line in lines] == [one.request.delivery_id for one in stack.operations]
    assert all(line["channels"] == {"sns": "done", "eventbridge": "done"} for line in lines)


def test_the_line_of_a_refusal_says_which_one_it_was(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    stack, operation = ended(Result.REFUSED, refusal=Refusal.OFF)

    published(stack, operation.operation_id)

    [line] = [line.__dict__ for line in caplog.records if line.message == "outcome published"]
    assert (line["result"], line["refusal"]) == ("refused", "off")


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[Any, ...]]:
    """Return each metric that was written, with its value and its dimensions beside the stack."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]
    return {
        name: (*line[name], *(line[key] for key in ("outcome", "reason") if key in line))
        for name, line in zip(names, lines, strict=True)
    }


def test_an_outcome_is_counted_when_it_is_first_published_with_its_polls_and_its_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack, operation = ended(Result.FAILED, looks=7, job_ended=-12.5)
    fails(stack, "sns")
    capsys.readouterr()

    state = published(stack, operation.operation_id)
    first = counted(capsys)
    stack.clock.pass_(state["wait_seconds"])
    published(stack, operation.operation_id)

    assert first.pop("SecondsFromJobEndToOutcome") == (pytest.approx(12.5, abs=0.1),)
    assert first == {"Outcomes": (1, "failed"), "LooksPerJob": (7,)}
    assert "Outcomes" not in counted(capsys)


def test_what_was_not_polled_has_no_polls_and_a_job_that_ends_later_than_now_took_no_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused_, ahead = ended(Result.REFUSED, refusal=Refusal.STALE), ended(job_ended=30)
    capsys.readouterr()

    published(refused_[0], refused_[1].operation_id)
    of_refused = counted(capsys)
    published(ahead[0], ahead[1].operation_id)

    assert of_refused == {"Outcomes": (1, "refused"), "Refused": (1, "stale")}
    assert counted(capsys) == {"Outcomes": (1, "succeeded"), "SecondsFromJobEndToOutcome": (0,)}


def test_who_joined_counts_as_an_outcome_and_not_as_a_job(capsys: pytest.CaptureFixture[str]) -> None:
    stack, operation = ended(Result.JOINED, looks=7, job_ended=-5)
    capsys.readouterr()

    published(stack, operation.operation_id)

    assert counted(capsys) == {"Outcomes": (1, "joined")}


def test_a_channel_that_failed_is_tried_again_alone_when_it_is_due() -> None:
    stack, operation = ended()
    fails(stack, "sns")

    first = published(stack, operation.operation_id)
    early = published(stack, operation.operation_id)
    stack.clock.pass_(first["wait_seconds"])
    last = published(stack, operation.operation_id)

    assert (first["published"], early["published"], last["published"]) == (False, False, True)
    assert 1 <= first["wait_seconds"] <= 3600
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert stack.operation.channels["sns"].attempts == 2


def test_a_channel_that_refuses_for_good_is_settled_as_undelivered() -> None:
    stack, operation = ended()
    fails(stack, "sns", code="InvalidParameter")

    state = published(stack, operation.operation_id)

    assert state["published"]
    assert stack.operation.channels["sns"].status is Delivery.UNDELIVERED
    assert stack.operation.channels["sns"].problem
    assert stack.operation.state is State.PUBLISHED


def test_the_workflow_comes_back_within_the_hour_however_long_a_channel_waits() -> None:
    stack, operation = ended()
    late = DeliveryState(Delivery.PENDING, 3, stack.clock(), stack.clock() + timedelta(hours=5), "busy")
    for name in ("sns", "eventbridge"):
        stack.ledger.mark(operation.operation_id, name, late)

    state = published(stack, operation.operation_id)

    assert (state["published"], state["wait_seconds"]) == (False, 3600)


def test_those_that_joined_are_ended_and_published_with_it() -> None:
    stack, operation = ended(Result.FAILED, joined=2)

    state = published(stack, operation.operation_id)

    first, *joined = stack.operations
    assert state["published"]
    assert [each.outcome and each.outcome.result for each in joined] == [Result.JOINED, Result.JOINED]
    assert {each.outcome and each.outcome.joined_result for each in joined} == {Result.FAILED}
    assert {each.outcome and each.outcome.joined_to for each in joined} == {first.operation_id}
    assert {each.state for each in stack.operations} == {State.PUBLISHED}
    assert len(stack.topic.details) == 3


def test_one_that_joined_and_is_no_longer_recorded_holds_up_nobody() -> None:
    stack, operation = ended(joined=2)
    _, gone, there = stack.operations
    del stack.dynamodb.items[gone.operation_id]

    assert published(stack, operation.operation_id)["published"]

    assert [each.operation_id for each in stack.operations] == [operation.operation_id, there.operation_id]
    assert {each.state for each in stack.operations} == {State.PUBLISHED}


def test_it_is_not_settled_before_those_that_joined_are() -> None:
    stack, operation = ended(joined=1)

    def fail() -> None:
        raise refused("sns", "InternalError")

    stack.boundary.cut(1, fail, name="sns")
    first = published(stack, operation.operation_id)
    stack.clock.pass_(first["wait_seconds"])
    last = published(stack, operation.operation_id)

    assert (first["published"], last["published"]) == (False, True)
    assert len(stack.topic.details) == 2


def test_an_operation_that_has_not_ended_is_not_ended_by_whoever_calls_the_notifier() -> None:
    stack = Stack()
    stack.send()
    stack.deliver()
    before = dict(stack.dynamodb.items)

    state = published(stack, stack.operation.operation_id)

    assert (state["outcome"], state["published"], state["wait_seconds"]) == ("unknown", True, 0)
    assert state["operation_id"] == stack.operation.operation_id
    assert stack.dynamodb.items == before
    assert stack.topic.details == []


@pytest.mark.parametrize("operation_id", ["", "f" * 32, "x"])
def test_an_operation_that_is_not_recorded_has_nothing_to_publish(operation_id: str) -> None:
    stack = Stack()

    state = published(stack, operation_id)

    assert (state["outcome"], state["published"], state["wait_seconds"]) == ("unknown", True, 0)
    assert state["operation_id"] == operation_id
    assert stack.boundary.crossed == (["dynamodb.get_item"] if operation_id else [])
    assert stack.topic.details == []


def test_every_line_about_an_outcome_names_its_operation_its_delivery_and_its_target(lines: StringIO) -> None:
    stack, operation = ended()
    lines.seek(0)
    lines.truncate()
    fails(stack, "sns", code="InvalidParameter")

    published(stack, operation.operation_id)

    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["message"] for line in told] == ["outcome undelivered", "outcome published"]
    assert all(_about(operation).items() <= line.items() for line in told)


def test_the_line_about_an_operation_that_has_not_ended_names_it(lines: StringIO) -> None:
    stack = Stack()
    stack.send()
    stack.deliver()
    logger.clear_state()

    published(stack, stack.operation.operation_id)

    line = json.loads(lines.getvalue().splitlines()[-1])
    assert line["message"] == "the operation has not ended, nothing is published"
    assert _about(stack.operation).items() <= line.items()


def _about(operation: Operation) -> dict[str, str]:
    words = {"operation_id": operation.operation_id, "delivery_id": operation.request.delivery_id}
    return words | {"target": "erp-prod"}


def test_a_ledger_that_cannot_be_used_is_for_the_workflow_to_repeat() -> None:
    stack, operation = ended()

    def lose() -> None:
        raise silent("dynamodb")

    stack.boundary.cut(0, lose, name="dynamodb")
    with pytest.raises(LedgerError):
        published(stack, operation.operation_id)

    assert stack.topic.details == []


def test_an_outcome_of_one_that_joined_says_what_the_other_one_saw() -> None:
    stack, operation = ended(Result.FAILED)
    said = HuaweiAnswer(400, "SDRS.0406", "a child failed")
    assert operation.outcome is not None
    worker = replace(operation, outcome=replace(operation.outcome, huawei=said, job_ended_at=stack.clock()))

    outcome = joined_outcome(worker, stack.clock() + timedelta(seconds=3))

    assert outcome.result is Result.JOINED
    assert (outcome.joined_to, outcome.joined_result) == (operation.operation_id, Result.FAILED)
    assert (outcome.group_status, outcome.verified, outcome.huawei) == ("available", True, said)
    assert outcome.group_name == "ERP production"
    assert outcome.detail == f"The group was being stopped already, by operation {operation.operation_id}."
    assert outcome.job_ended_at == stack.clock()
    assert outcome.ended_at == stack.clock() + timedelta(seconds=3)


# --- Time, and what is undelivered -----------------------------------------------------------------------------------


class Slow:
    """A receiver that takes its time: each send takes so many seconds of the invocation, and then fails."""

    name, schedule, alongside = "webhook:slow", WEBHOOK, True

    def __init__(self, clock: Clock, seconds: float = 15.0) -> None:
        self._clock, self._seconds, self.sends = clock, seconds, 0

    def wants(self, _notice: Rendered, /) -> bool:
        """Want everything."""
        return True

    def send(self, _notice: Rendered, /) -> None:
        """Let the time pass."""
        self.sends += 1
        self._clock.pass_(self._seconds)
        raise PublishError("the endpoint did not answer in time")


def with_slow(stack: Stack) -> tuple[Publication, Slow]:
    slow = Slow(stack.clock)
    channels = (*stack.publication.channels, slow)
    return Publication(channels, stack.publication.links, clock=stack.clock, jitter=lambda seconds: seconds), slow


def invoked(stack: Stack, publication: Publication, operation_id: str, seconds: float = 60.0) -> dict[str, Any]:
    """Notify in one invocation of so many seconds; it must not outlast them."""
    ends = stack.clock.epoch() + seconds
    state = notify(
        operation_id, stack.ledger, publication, stack.clock, remaining=lambda: ends - stack.clock.epoch()
    ).to_dict()
    assert stack.clock.epoch() < ends
    return state


def test_f26_a_receiver_that_hangs_has_nobody_wait_who_hears_of_another_operation_by_topic_or_event() -> None:
    stack, operation = ended(joined=5)
    publication, slow = with_slow(stack)

    state = invoked(stack, publication, operation.operation_id)

    assert (len(stack.topic.details), len(stack.bus.details)) == (6, 6)
    assert slow.sends == 2
    assert (state["published"], state["wait_seconds"]) == (False, 1)


def test_what_there_was_no_time_for_is_told_in_the_next_invocations_each_once() -> None:
    stack, operation = ended(joined=5)
    publication, slow = with_slow(stack)

    first = invoked(stack, publication, operation.operation_id)
    stack.clock.pass_(first["wait_seconds"])
    while True:
        state = invoked(stack, publication, operation.operation_id)
        if state["published"]:
            break
        stack.clock.pass_(state["wait_seconds"])

    assert slow.sends == 6 * (len(WEBHOOK.waits) + 1)
    assert (len(stack.topic.details), len(stack.bus.details)) == (6, 6)
    assert {each.state for each in stack.operations} == {State.PUBLISHED}


def test_with_no_time_left_nothing_is_begun() -> None:
    stack, operation = ended()

    state = invoked(stack, stack.publication, operation.operation_id, seconds=10)

    assert (state["published"], state["wait_seconds"]) == (False, 1)
    assert stack.topic.details == []


def test_with_just_enough_time_left_it_is_published() -> None:
    stack, operation = ended()

    state = notify(operation.operation_id, stack.ledger, stack.publication, stack.clock, remaining=lambda: ENOUGH)

    assert state.published
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)


def test_a_channel_that_is_given_up_is_reported_before_it_is_recorded() -> None:
    stack, operation = ended()
    fails(stack, "sns", code="InvalidParameter")
    reported: list[tuple[str, DeliveryState, dict[str, DeliveryState]]] = []

    class Report(Undelivered):
        def report(self, _told: Operation | Notice, name: str, channel: DeliveryState) -> None:
            reported.append((name, channel, stack.operation.channels))

    notify(operation.operation_id, stack.ledger, stack.publication, stack.clock, undelivered=Report())

    [(name, channel, recorded)] = reported
    assert (name, channel.status) == ("sns", Delivery.UNDELIVERED)
    assert recorded == {}


def test_f25_the_sweeper_takes_over_a_channel_that_is_tried_for_longer_than_its_workflow_lives() -> None:
    stack = Stack([Target(more={"deadline_minutes": 1440})])
    slow = Slow(stack.clock, 0.0)
    stack.publication = Publication(
        (*stack.publication.channels, slow), stack.publication.links, clock=stack.clock, jitter=lambda wait: wait
    )
    stack.send()
    stack.deliver()
    job = next(iter(stack.sdrs.world.jobs.values()))
    stack.fault(endpoint="get-job", status=500)
    stack.fault(endpoint="get-group", status=500)

    stack.run(50 * 3600, step=150)

    assert job.word == "stop"
    runs = {name: execution.status for name, execution in stack.executions.by_name.items()}
    operation_id = stack.operation.operation_id
    assert runs[f"stop-{operation_id}"] == "TIMED_OUT"
    assert [name for name in runs if name.startswith(f"publish-{operation_id}-")]
    assert slow.sends == len(WEBHOOK.waits) + 1
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert stack.operation.state is State.PUBLISHED
    assert stack.operation.channels["webhook:slow"].status is Delivery.UNDELIVERED


def test_a_notifier_that_fails_leaves_a_message_and_the_sweeper_has_the_outcome_published() -> None:
    stack, operation = ended()
    broken: list[bool] = [True]
    tell = stack.executions._tasks["${Notifier}"]

    def fail_at_first(state: Any) -> Any:
        if broken:
            raise RuntimeError
        return tell(state)

    stack.executions._tasks["${Notifier}"] = fail_at_first
    stack.run(120, sweeps=False)
    failed = stack.executions.by_name[operation.execution_name]
    broken.clear()
    stack.run(900)

    assert (failed.status, failed.error) == ("FAILED", "NotPublished")
    assert [letter["MessageBody"]["operation_id"] for letter in stack.notify_dead_letters] == [operation.operation_id]
    assert (len(stack.topic.details), len(stack.bus.details)) == (1, 1)
    assert stack.operation.state is State.PUBLISHED
