"""Channels are independent: each is tried, marked, retried and given up on its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from standdown.core.outcome import Delivery, DeliveryState, Result
from standdown.publish.backoff import Schedule
from standdown.publish.channels.broken import BrokenChannel
from standdown.publish.channels.errors import PublishError
from standdown.publish.delivery import _LATE, Publication, seconds_to_next, settled
from standdown.publish.render.locale import locale
from standdown.publish.render.rendered import Rendered, render
from support.samples import ALARM_AT, ENDED, LINKS

OPERATION = ENDED["succeeded"]
SCHEDULE = Schedule((5, 60))
DOWN = PublishError("it is down")


@dataclass
class Outbox:
    """A channel that fails as often as it is told to, and keeps what it was given."""

    name: str
    troubles: list[BaseException] = field(default_factory=list)
    alongside: bool = False
    schedule: Schedule = SCHEDULE
    only: Result | None = None
    sent: list[Rendered] = field(default_factory=list)

    def wants(self, rendered: Rendered, /) -> bool:
        """Want one outcome, or all."""
        return self.only in (None, rendered.result)

    def send(self, rendered: Rendered, /) -> None:
        """Keep the rendered, then fail if there is trouble left."""
        self.sent.append(rendered)
        if self.troubles:
            raise self.troubles.pop(0)


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = ALARM_AT

    def __call__(self) -> datetime:
        """Return the time that it shows."""
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def publication(channels: Sequence[Outbox | BrokenChannel], time: Time) -> Publication:
    return Publication(channels, LINKS, clock=time, jitter=lambda seconds: seconds)


def test_an_outcome_goes_to_every_channel_once(time: Time) -> None:
    boxes = [Outbox("sns"), Outbox("eventbridge"), Outbox("webhook:a", alongside=True)]

    states = publication(boxes, time).publish(OPERATION)
    again = publication(boxes, time).publish(replace(OPERATION, channels=states))

    assert [len(box.sent) for box in boxes] == [1, 1, 1]
    assert states == again == {box.name: DeliveryState(Delivery.DONE, 1, at=ALARM_AT) for box in boxes}
    assert all(box.sent[0].identity == OPERATION.operation_id for box in boxes)
    assert settled(states)
    assert seconds_to_next(states, ALARM_AT) == 0


def test_f26_a_channel_that_fails_is_retried_alone_and_then_given_up(time: Time) -> None:
    sick, well = Outbox("sns", [DOWN] * 9), Outbox("eventbridge")
    operation, states, waits = OPERATION, dict[str, DeliveryState](), list[int]()

    for _ in range(5):
        states = publication([sick, well], time).publish(operation)
        operation = replace(operation, channels=states)
        waits.append(seconds_to_next(states, time.now))
        time.now += timedelta(seconds=waits[-1])

    assert waits == [5, 60, 0, 0, 0]
    assert (len(sick.sent), len(well.sent)) == (3, 1)
    assert states["sns"] == DeliveryState(
        Delivery.UNDELIVERED, 3, at=ALARM_AT + timedelta(seconds=65), problem="it is down"
    )
    assert states["eventbridge"].status is Delivery.DONE


def test_a_channel_is_not_tried_before_its_time(time: Time) -> None:
    box = Outbox("sns")
    waiting = DeliveryState(attempts=1, at=ALARM_AT, next_at=ALARM_AT + timedelta(seconds=5), problem="it was down")

    states = publication([box], time).publish(replace(OPERATION, channels={"sns": waiting}))

    assert (box.sent, states) == ([], {"sns": waiting})
    assert seconds_to_next(states, ALARM_AT) == 5


def test_what_can_never_get_through_is_not_retried(time: Time) -> None:
    box = Outbox("webhook:a", [PublishError("410 Gone", retryable=False)])

    states = publication([box], time).publish(OPERATION)

    assert states["webhook:a"] == DeliveryState(Delivery.UNDELIVERED, 1, at=ALARM_AT, problem="410 Gone")


def test_a_receiver_that_asks_for_time_gets_it(time: Time) -> None:
    box = Outbox("webhook:a", [PublishError("503", retry_after=40)])

    states = publication([box], time).publish(OPERATION)

    assert states["webhook:a"].next_at == ALARM_AT + timedelta(seconds=40)


def test_a_fault_in_one_channel_harms_no_other_and_its_text_is_not_shown(time: Time) -> None:
    boxes = [Outbox("sns", [KeyError("whsec_secret")]), Outbox("eventbridge")]

    states = publication(boxes, time).publish(OPERATION)

    assert states["sns"].problem == "unexpected KeyError while sending"
    assert states["eventbridge"].status is Delivery.DONE


def test_each_channel_is_marked_before_the_next_one_is_tried(time: Time) -> None:
    first, second = Outbox("sns"), Outbox("eventbridge")
    seen: list[tuple[str, Delivery, int]] = []

    publication([first, second], time).publish(
        OPERATION, lambda name, channel: seen.append((name, channel.status, len(second.sent)))
    )

    assert seen == [("sns", Delivery.DONE, 0), ("eventbridge", Delivery.DONE, 1)]


def test_f27_a_crash_before_the_mark_repeats_one_channel_with_the_same_ids(time: Time) -> None:
    class Crash(BaseException):
        pass

    def crash(_name: str, _channel: DeliveryState) -> None:
        raise Crash

    boxes = [Outbox("sns"), Outbox("eventbridge")]

    with pytest.raises(Crash):
        publication(boxes, time).publish(OPERATION, crash)
    publication(boxes, time).publish(OPERATION)

    assert [len(box.sent) for box in boxes] == [2, 1]
    assert boxes[0].sent[0] == boxes[0].sent[1]
    assert {json.loads(n.json)["event_id"] for box in boxes for n in box.sent} == {OPERATION.operation_id}


def test_a_replay_goes_to_every_channel_again_with_the_same_ids(time: Time) -> None:
    box = Outbox("sns")
    done = replace(OPERATION, channels={"sns": DeliveryState(Delivery.DONE, 1, at=ALARM_AT), "old": DeliveryState()})
    time.now += timedelta(days=3)

    states = publication([box], time).publish(done, force=True)

    assert json.loads(box.sent[0].json)["event_id"] == OPERATION.operation_id
    assert states == {"sns": DeliveryState(Delivery.DONE, 1, at=time.now)}


def test_a_channel_that_does_not_want_the_outcome_is_not_recorded(time: Time) -> None:
    box = Outbox("webhook:a", only=Result.FAILED)

    states = publication([box], time).publish(OPERATION)

    assert (box.sent, states) == ([], {})


def test_a_channel_that_was_taken_away_is_not_waited_for(time: Time) -> None:
    gone = replace(
        OPERATION, channels={"webhook:gone": DeliveryState(attempts=2, next_at=ALARM_AT, problem="it was down")}
    )
    seen: dict[str, DeliveryState] = {}

    states = publication([], time).publish(gone, seen.__setitem__)

    assert states == seen == {"webhook:gone": DeliveryState(Delivery.UNDELIVERED, 2, problem="no longer configured")}


def test_while_the_list_of_endpoints_cannot_be_read_the_open_ones_wait_with_it(time: Time) -> None:
    unreadable = BrokenChannel("webhook:*", "the webhook document could not be had", SCHEDULE)
    known = {"webhook:a": DeliveryState(attempts=1, next_at=ALARM_AT), "webhook:b": DeliveryState(Delivery.DONE, 1)}

    states = publication([unreadable], time).publish(replace(OPERATION, channels=known))

    assert states["webhook:*"].next_at == ALARM_AT + timedelta(seconds=5)
    assert states["webhook:a"] == DeliveryState(
        attempts=2, at=ALARM_AT, next_at=ALARM_AT + timedelta(seconds=60), problem=unreadable.problem
    )
    assert states["webhook:b"] == known["webhook:b"]


def test_once_the_list_is_readable_again_each_endpoint_stands_for_itself(time: Time) -> None:
    box = Outbox("webhook:a", alongside=True)
    known = {"webhook:*": DeliveryState(attempts=1, next_at=ALARM_AT, problem="the webhook document could not be had")}

    states = publication([box], time).publish(replace(OPERATION, channels=known))

    assert states["webhook:*"].status is Delivery.DONE
    assert states["webhook:a"].status is Delivery.DONE


def test_an_operation_that_has_not_ended_is_not_published(time: Time) -> None:
    with pytest.raises(ValueError, match="has not ended"):
        publication([], time).publish(replace(OPERATION, outcome=None))


def test_the_own_jitter_never_shortens_a_wait() -> None:
    box = Outbox("sns", [DOWN])

    states = Publication([box], LINKS, clock=lambda: ALARM_AT).publish(OPERATION)

    next_at = states["sns"].next_at
    assert next_at
    assert timedelta(seconds=5) <= next_at - ALARM_AT <= timedelta(seconds=5.5)


def test_a_pending_channel_without_a_time_is_due_now() -> None:
    assert seconds_to_next({"sns": DeliveryState()}, ALARM_AT) == 1


def test_channels_that_are_not_chosen_now_stand_as_they_stood_or_wait(time: Time) -> None:
    boxes = [Outbox("sns"), Outbox("webhook:a", alongside=True), Outbox("webhook:b", alongside=True)]
    before = {"webhook:b": DeliveryState(Delivery.PENDING, 1, at=ALARM_AT, problem="busy")}

    states = publication(boxes, time).publish(replace(OPERATION, channels=before), only=lambda one: not one.alongside)

    assert [len(box.sent) for box in boxes] == [1, 0, 0]
    assert states == {"sns": DeliveryState(Delivery.DONE, 1, at=ALARM_AT), "webhook:a": DeliveryState()} | before


def test_a_stack_says_its_outcomes_in_its_own_language(time: Time) -> None:
    box = Outbox("sns")

    Publication([box], LINKS, clock=time, stacks=locale("zh-CN")).publish(OPERATION)

    assert box.sent == [render(OPERATION, LINKS, locale("zh-CN"))]
    assert box.sent != [render(OPERATION, LINKS)]


def test_a_channel_that_stands_for_its_kind_takes_no_other_kind_with_it(time: Time) -> None:
    unreadable = BrokenChannel("webhook:*", "the webhook document could not be had", SCHEDULE)
    known = {
        name: DeliveryState(attempts=1, next_at=ALARM_AT, problem="down")
        for name in ("webhook:a", "webhooks:a", "w", "sns")
    }

    states = publication([unreadable], time).publish(replace(OPERATION, channels=known))

    assert {name for name, state in states.items() if state.status is Delivery.PENDING} == {"webhook:*", "webhook:a"}
    assert {states[name].problem for name in ("webhooks:a", "w", "sns")} == {"no longer configured"}


def test_of_channels_that_were_taken_away_only_the_open_ones_are_settled(time: Time) -> None:
    waiting = DeliveryState(attempts=2, next_at=ALARM_AT, problem="it was down")
    known = {"webhook:done": DeliveryState(Delivery.DONE, 1), "webhook:*": waiting, "webhook:gone": waiting}

    states = publication([], time).publish(replace(OPERATION, channels=known))

    assert states == {
        "webhook:done": known["webhook:done"],
        "webhook:*": DeliveryState(Delivery.DONE, 2),
        "webhook:gone": DeliveryState(Delivery.UNDELIVERED, 2, problem="no longer configured"),
    }


def test_of_several_waits_the_shortest_counts_and_a_pending_one_without_a_time_is_due_now() -> None:
    late = DeliveryState(next_at=ALARM_AT + timedelta(seconds=7.2))
    later = DeliveryState(next_at=ALARM_AT + timedelta(seconds=70))
    given_up = DeliveryState(Delivery.UNDELIVERED, 9, at=ALARM_AT)

    assert seconds_to_next({"a": later, "b": late, "c": given_up}, ALARM_AT) == 8
    assert seconds_to_next({"a": later, "b": late}, ALARM_AT + timedelta(hours=1)) == 1
    assert seconds_to_next({"a": later, "b": DeliveryState()}, ALARM_AT) == 1
    assert seconds_to_next({"c": given_up}, ALARM_AT) == 0


# --- channels with a pace --------------------------------------------------------------------------------------------


@dataclass
class PacedOutbox(Outbox):
    """A channel that is given moments one after another, or fails to get one."""

    moments: list[datetime | BaseException] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)

    def turn(self, now: datetime) -> datetime:
        """Return the next moment."""
        self.asked.append(now)
        moment = self.moments.pop(0)
        if isinstance(moment, BaseException):
            raise moment
        return moment


LATER = ALARM_AT + timedelta(seconds=9)


def test_a_channel_whose_turn_is_now_is_tried_at_once(time: Time) -> None:
    box = PacedOutbox("webhook:chat", moments=[ALARM_AT])

    states = publication([box], time).publish(OPERATION)

    assert states == {"webhook:chat": DeliveryState(Delivery.DONE, 1, at=ALARM_AT)}
    assert (len(box.sent), box.asked) == (1, [ALARM_AT])


def test_a_channel_waits_for_its_turn_which_is_no_try_and_then_takes_it(time: Time) -> None:
    box = PacedOutbox("webhook:chat", moments=[LATER])
    down = DeliveryState(attempts=2, at=ALARM_AT, next_at=ALARM_AT, problem="it was down")

    waiting = publication([box], time).publish(replace(OPERATION, channels={"webhook:chat": down}))
    early = publication([box], time).publish(replace(OPERATION, channels=waiting))
    time.now = LATER
    done = publication([box], time).publish(replace(OPERATION, channels=waiting))

    assert waiting == early == {"webhook:chat": replace(down, next_at=LATER, turn_at=LATER)}
    assert done == {"webhook:chat": DeliveryState(Delivery.DONE, 3, at=LATER)}
    assert (len(box.sent), box.asked) == (1, [ALARM_AT])


@pytest.mark.parametrize(
    ("after", "asks_again"), [(timedelta(), False), (_LATE - timedelta(milliseconds=1), False), (_LATE, True)]
)
def test_a_turn_is_good_for_a_while(time: Time, after: timedelta, asks_again: bool) -> None:
    time.now = LATER + after
    box = PacedOutbox("webhook:chat", moments=[time.now + timedelta(seconds=1)])
    waiting = DeliveryState(next_at=LATER, turn_at=LATER)

    publication([box], time).publish(replace(OPERATION, channels={"webhook:chat": waiting}))

    assert (len(box.asked), len(box.sent)) == ((1, 0) if asks_again else (0, 1))


@pytest.mark.parametrize("alongside", [False, True])
def test_who_publishes_again_by_hand_waits_for_no_turn_and_takes_one_all_the_same(time: Time, alongside: bool) -> None:
    box = PacedOutbox("webhook:chat", alongside=alongside, moments=[LATER])

    states = publication([box], time).publish(OPERATION, force=True)

    assert states["webhook:chat"].status is Delivery.DONE
    assert (len(box.sent), box.asked) == (1, [ALARM_AT])


def test_a_turn_that_cannot_be_had_is_a_try_that_failed(time: Time) -> None:
    box = PacedOutbox("webhook:chat", moments=[DOWN])

    states = publication([box], time).publish(OPERATION)

    assert (box.sent, states["webhook:chat"].problem) == ([], "it is down")
    assert states["webhook:chat"].attempts == 1
