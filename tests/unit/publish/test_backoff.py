from __future__ import annotations

from datetime import timedelta

import pytest

from standdown.publish.backoff import AWS, WEBHOOK, Schedule


@pytest.mark.parametrize(
    ("attempts", "wish", "wait"),
    [
        (1, None, 5),
        (2, None, 300),
        (1, 60, 60),
        (1, 2, 5),
        (2, 9_999, 3_600),
        (3, 60, 1_800),
        (5, None, 18_000),
        (6, None, None),
        (99, 1, None),
        (0, None, 5),
    ],
)
def test_a_wait_follows_the_attempts_and_the_receivers_wish(
    attempts: int, wish: float | None, wait: float | None
) -> None:
    schedule = Schedule((5, 300, 1_800, 7_200, 18_000))

    assert schedule.wait(attempts, wish) == wait


def test_webhooks_are_tried_as_standard_webhooks_recommends_within_a_day() -> None:
    waits = list(WEBHOOK.waits)

    assert waits == [5, 300, 1_800, 7_200, 18_000, 36_000]


def test_a_schedule_is_cut_to_a_bound() -> None:
    assert Schedule((5, 300, 1_800)).within(timedelta(minutes=6)) == Schedule((5, 300))


def test_the_services_of_aws_are_given_about_an_hour() -> None:
    assert 3_600 <= sum(AWS.waits) <= 4_500


@pytest.mark.parametrize(
    ("seconds", "kept"), [(4, ()), (5, (5,)), (304, (5,)), (305, (5, 300)), (2_104, (5, 300)), (2_105, (5, 300, 1_800))]
)
def test_a_bound_holds_all_waits_together_and_the_receivers_wish_stays(seconds: int, kept: tuple[float, ...]) -> None:
    schedule = Schedule((5, 300, 1_800, 1), longest_asked=60)

    assert schedule.within(timedelta(seconds=seconds)) == Schedule(kept, longest_asked=60)


def test_a_wait_of_nothing_is_nothing() -> None:
    assert Schedule((0,)).wait(1) == 0
