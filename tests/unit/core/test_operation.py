"""What was asked and what is known of it: above all, that every repeat has the first one's identity."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standdown.core.operation import GroupRef, Operation, State
from standdown.core.outcome import Outcome, Result
from standdown.core.request import Source, StopRequest

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
REQUEST = StopRequest("d-1", Source.QUEUE, AT, target="erp-prod")


@pytest.mark.parametrize(
    ("request_", "operation_id"),
    [
        (REQUEST, "367053a388fdf122a419dfc94736a76f"),
        (StopRequest("d-1", Source.QUEUE, AT, server_group_id=GROUP), "e18f4e4f5788aa9c099e44750c3a4bfa"),
        (StopRequest("d-1", Source.QUEUE, AT, target=GROUP), "b1b97d4137a0cc7ff807754d0a002487"),
        (StopRequest("msg_ü保", Source.WEBHOOK, AT, target="erp-prod"), "134af049746fb6da1fd68eb39f693e85"),
        (StopRequest("\ud800", Source.WEBHOOK, AT, target="erp-prod"), "e6de80d476aa7191fd8c052bfa46320f"),
    ],
)
def test_the_operation_id_is_the_same_for_ever(request_: StopRequest, operation_id: str) -> None:
    # A change here would have every request that is redelivered over an update stop its group a second time.
    assert request_.operation_id == operation_id


def test_a_redelivery_at_another_time_in_other_words_is_the_same_operation() -> None:
    again = replace(REQUEST, requested_at=AT + timedelta(days=1), reason="r", requested_by="b", dry_run=True)

    assert again.operation_id == REQUEST.operation_id


def test_another_delivery_another_target_another_way_in_and_a_group_of_that_name_are_other_operations() -> None:
    others = [
        replace(REQUEST, source=Source.SCHEDULE),
        replace(REQUEST, delivery_id="d-2"),
        replace(REQUEST, target="erp-test"),
        replace(REQUEST, target=None, server_group_id="erp-prod"),
    ]

    assert len({each.operation_id for each in [REQUEST, *others]}) == 5


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=300), st.text(st.characters(exclude_categories=())))
def test_an_operation_id_is_32_hex_characters_and_fits_an_execution_name(delivery: str, target: str) -> None:
    request = StopRequest(delivery, Source.QUEUE, AT, target=target)

    name = Operation(request.operation_id, request, AT).execution_name

    assert name == f"stop-{request.operation_id}"
    assert len(request.operation_id) == 32
    assert set(request.operation_id) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("group", "key"),
    [
        (GroupRef("cn-north-4", "p", GROUP), f"id:cn-north-4/p/{GROUP}"),
        (GroupRef("cn-north-4", "p", GROUP.upper()), f"id:cn-north-4/p/{GROUP}"),
        (GroupRef("cn-north-4", "p", GROUP, "ERP"), f"id:cn-north-4/p/{GROUP}"),
        (GroupRef("eu-de", "p", GROUP, endpoint="https://sdrs.example"), f"id:https://sdrs.example/p/{GROUP}"),
    ],
)
def test_a_group_is_locked_under_its_cloud_its_project_and_its_id(group: GroupRef, key: str) -> None:
    assert group.key == key


@pytest.mark.parametrize("group", [GroupRef("r", "p", None, "ERP"), GroupRef("r", None, GROUP), GroupRef("r")])
def test_a_group_that_was_not_located_has_no_lock(group: GroupRef) -> None:
    with pytest.raises(ValueError, match="locate it first"):
        _ = group.key


@pytest.mark.parametrize(
    ("group", "keys"),
    [
        (GroupRef("r", "p", GROUP.upper()), (f"r/{GROUP}",)),
        (GroupRef("r", "p", GROUP, "ERP"), (f"r/{GROUP}", "r/ERP", "r/p/ERP")),
    ],
)
def test_the_locks_of_the_first_version_are_known(group: GroupRef, keys: tuple[str, ...]) -> None:
    assert group.former_keys == keys


@pytest.mark.parametrize(
    ("target", "same"),
    [
        (GroupRef("r", "p", GROUP), True),
        (GroupRef("r", None, GROUP.upper()), True),
        (GroupRef("r", None, None, "ERP"), True),
        (GroupRef("r", None, None, "CRM"), False),
        (GroupRef("r", None, GROUP[:-1] + "0", "ERP"), False),
        (GroupRef("other", "p", GROUP), False),
        (GroupRef("r", "other", GROUP), False),
        (GroupRef("r", "p", GROUP, endpoint="https://here"), True),
        (GroupRef("r", "p", GROUP, endpoint="https://there"), False),
    ],
)
def test_a_target_s_group_is_compared_by_what_both_know(target: GroupRef, *, same: bool) -> None:
    assert GroupRef("r", "p", GROUP, "ERP", "https://here").is_that_of(target) is same


def test_age_counts_from_the_request_and_the_deadline_from_the_stop() -> None:
    operation = Operation("o", REQUEST, AT + timedelta(minutes=5), max_age_minutes=30, deadline_minutes=90)

    accepted = replace(operation, accepted_at=AT + timedelta(minutes=9))

    assert operation.stale_at == AT + timedelta(minutes=30)
    assert operation.deadline_at == AT + timedelta(minutes=95)
    assert accepted.deadline_at == AT + timedelta(minutes=99)


def test_its_own_request_is_the_first_of_all_causes() -> None:
    joined = replace(REQUEST, delivery_id="d-2")

    assert Operation("o", REQUEST, AT, causes=(joined,)).all_causes == (REQUEST, joined)


def test_an_operation_with_an_outcome_has_ended_and_is_leased_to_nobody() -> None:
    outcome = Outcome(Result.SUCCEEDED, AT, "done")

    ended = Operation("o", REQUEST, AT, lease_until=AT).with_outcome(outcome)

    assert ended == Operation("o", REQUEST, AT, state=State.ENDED, outcome=outcome)


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (REQUEST, "erp-prod"),
        (replace(REQUEST, target=None, server_group_id=GROUP), GROUP),
        (replace(REQUEST, target=None), ""),
    ],
)
def test_what_is_wanted_is_what_the_sender_named(request_: StopRequest, wanted: str) -> None:
    assert request_.wanted == wanted
