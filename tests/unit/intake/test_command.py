"""Our own command: what is read from it, and how each wrong word is answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standdown.core.request import Source, StopRequest
from standdown.intake.command import read_command
from standdown.intake.errors import MalformedError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"


def read(document: Any, **envelope: Any) -> list[StopRequest]:
    given = {"delivery_id": "m-1", "source": Source.QUEUE, "requested_at": NOW, "now": NOW, **envelope}
    return read_command(document, **given)


def test_a_command_becomes_one_request_with_all_its_words() -> None:
    document = {
        "schema_version": 1,
        "target": "erp-prod",
        "reason": "failback\nrehearsal",
        "requested_by": "ops@example.com",
        "dry_run": True,
        "delivery_id": "CHG0042",
        "requested_at": "2026-01-02T04:00:00+01:00",
    }

    requests = read(document)

    at = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    assert requests == [
        StopRequest(
            "CHG0042",
            Source.QUEUE,
            at,
            "erp-prod",
            None,
            "failback rehearsal",
            "ops@example.com",
            dry_run=True,
            own_id=True,
            person="ops@example.com",
        )
    ]


def test_the_envelope_fills_what_the_command_leaves_out() -> None:
    requests = read({"target": "erp-prod"}, requested_by="SNS topic ops")

    assert requests == [StopRequest("m-1", Source.QUEUE, NOW, "erp-prod", requested_by="SNS topic ops")]


def test_a_list_of_targets_becomes_a_request_each_in_order() -> None:
    requests = read({"target": ["b", "a"]})

    assert [request.target for request in requests] == ["b", "a"]
    assert len({request.operation_id for request in requests}) == 2
    assert all(request.flaw is None for request in requests)


def test_groups_are_named_by_id_and_in_one_spelling() -> None:
    requests = read({"server_group_id": [GROUP.upper(), GROUP.replace("-", "")]})

    assert [request.server_group_id for request in requests] == [GROUP, GROUP.replace("-", "")]
    assert requests[0].target is None


@pytest.mark.parametrize(
    "document",
    [
        None, True, 7, 1.5, "erp-prod", [], ["erp-prod"], {}, {"reason": "x"},
        {"target": None}, {"target": 7}, {"target": True}, {"target": {}}, {"target": ""}, {"target": []},
        {"target": [None]}, {"target": [["erp-prod"]]}, {"target": " \n"},
        {"server_group_id": 7}, {"server_group_id": []},
    ],
)  # fmt: skip
def test_a_command_that_names_nothing_to_stop_is_malformed(document: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        read(document)

    assert caught.value.code in {"not_an_object", "no_target"}
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "document",
    [
        {"target": "ERP"}, {"target": "-erp"}, {"target": "a" * 64}, {"target": "a" * 10**6}, {"target": "erp\n"},
        {"target": "erp\x00"}, {"target": "erp prod"}, {"target": "erp*"}, {"target": "\ud800"}, {"target": "a,b"},
        {"target": "<aws.scheduler.schedule-arn>"}, {"target": ["Erp", "Crm", 7]},
        {"server_group_id": "erp-prod"}, {"server_group_id": GROUP + "0"}, {"server_group_id": "a" * 31},
        {"server_group_id": "\x00" * 32},
    ],
)  # fmt: skip
def test_k09_a_name_in_a_wrong_form_is_refused_under_that_name(document: Any) -> None:
    requests = read(document)

    assert all(request.wanted.isprintable() and len(request.wanted) <= 80 for request in requests)
    assert all(request.flaw and "is no valid" in request.flaw for request in requests)
    assert requests[0].flaw is not None
    assert repr(requests[0].wanted) in requests[0].flaw


@pytest.mark.parametrize("key", ["dryRun", "dry-run", "DRY_RUN", "dryrun", "test", "simulate", "rehearsal", "noop"])
def test_k06_a_misspelt_dry_run_is_asked_about_and_never_advised_to_be_removed(key: str) -> None:
    (request,) = read({"target": "erp-prod", key: True})

    assert request.flaw == f"{key!r} is not a known key: did you mean 'dry_run'?"


def test_k06b_no_unknown_key_is_advised_to_be_removed() -> None:
    (request,) = read({"target": "erp-prod", "change": "C-77"})

    assert request.flaw == "'change' is not a known key"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("targets", "target"),
        ("Target", "target"),
        ("server_group_name", "server_group_id"),
        ("groupId", "server_group_id"),
    ],
)
def test_k10_a_key_that_comes_near_is_asked_about(key: str, meant: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read({key: "erp-prod"})

    assert caught.value.message.endswith(f"give 'target' or 'server_group_id'; did you mean {meant!r} by {key!r}?")


def test_k21_null_is_refused_with_the_advice_to_leave_the_key_out() -> None:
    (request,) = read({"target": "erp-prod", "reason": None, "dry_run": None})

    advice = "is null: leave it out, or give it a value"
    assert request.flaw == f"'dry_run' {advice}; 'reason' {advice}"


def test_k22_the_wrong_one_of_several_names_is_named() -> None:
    (request,) = read({"target": ["payroll", "Ledger_2"]})

    assert request.flaw is not None
    assert "'Ledger_2' is no valid name" in request.flaw


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"unknown": 1}, "'unknown'"),
        ({"dryrun": True}, "'dryrun'"),
        ({"reason": 7}, "'reason'"),
        ({"reason": None}, "'reason'"),
        ({"requested_by": ["me"]}, "'requested_by'"),
        ({"dry_run": "false"}, "'dry_run'"),
        ({"dry_run": 0}, "'dry_run'"),
        ({"dry_run": None}, "'dry_run'"),
        ({"delivery_id": ""}, "'delivery_id'"),
        ({"delivery_id": "a" * 201}, "'delivery_id'"),
        ({"delivery_id": "a\x00"}, "'delivery_id'"),
        ({"delivery_id": 7}, "'delivery_id'"),
        ({"delivery_id": "run/<aws.scheduler.scheduled-time>"}, "'delivery_id'"),
        ({"requested_at": "yesterday"}, "'requested_at'"),
        ({"requested_at": "2026-01-02T03:04:05"}, "'requested_at'"),
        ({"requested_at": "0001-01-01T00:00:00+14:00"}, "'requested_at'"),
        ({"requested_at": 1767323045}, "'requested_at'"),
        ({"requested_at": "2026-01-02T03:09:06Z"}, "'requested_at'"),
        ({"requested_at": "9999-12-31T23:59:59Z"}, "'requested_at'"),
        ({"requested_at": "<aws.scheduler.scheduled-time>"}, "'requested_at'"),
        ({"reason": "<aws.scheduler.execution-id>"}, "'reason'"),
        ({"source": "schedule"}, "'source'"),
        ({"source": "webhook"}, "'source'"),
        ({"source": 7}, "'source'"),
        ({"source": ["queue"]}, "'source'"),
        ({"schema_version": 2}, "'schema_version'"),
        ({"schema_version": True}, "'schema_version'"),
        ({"schema_version": "1"}, "'schema_version'"),
        ({"server_group_id": GROUP}, "'server_group_id'"),
        ({"server_group_id": "nonsense"}, "'server_group_id'"),
        ({"target": ["erp-prod", "ERP"]}, "'target'"),
        ({"target": ["erp-prod", 7]}, "'target'"),
        ({"target": ["erp-prod", "erp-prod"]}, "'target'"),
        ({"target": ["erp-prod"] + [f"t-{n}" for n in range(20)]}, "'target'"),
    ],
)
def test_a_command_that_names_its_target_but_is_wrong_elsewhere_is_flawed(wrong: dict[str, Any], named: str) -> None:
    requests = read({"target": "erp-prod", **wrong})

    assert requests[0].target == "erp-prod"
    assert requests[0].delivery_id == "m-1"
    assert requests[0].requested_at == NOW
    assert all(request.flaw is not None and named in request.flaw for request in requests)
    assert len(requests) <= 20


def test_a_group_is_taken_where_the_target_beside_it_is_nonsense_and_still_flawed() -> None:
    requests = read({"target": "NOT A NAME", "server_group_id": GROUP})

    assert [request.server_group_id for request in requests] == [GROUP]
    assert requests[0].flaw


def test_long_texts_are_clipped_and_several_flaws_told_together() -> None:
    document = {"target": "a", "reason": "r" * 10**6, "requested_by": "b" * 300, "x\x1b[31m": 1, "dry_run": "no"}

    (request,) = read(document)

    assert len(request.reason) == 500
    assert len(request.requested_by) == 200
    assert request.flaw is not None
    assert "'dry_run'" in request.flaw
    assert request.flaw.isprintable()
    assert request.dry_run is False


@pytest.mark.parametrize("seconds", [300, -86400 * 365])
def test_a_time_within_five_minutes_of_now_or_long_past_is_taken(seconds: int) -> None:
    at = NOW + timedelta(seconds=seconds)

    (request,) = read({"target": "a", "requested_at": at.isoformat()})

    assert (request.requested_at, request.flaw) == (at, None)


def test_a_source_may_be_claimed_only_where_the_sender_may() -> None:
    document = {"target": "a", "source": "schedule"}

    (allowed,) = read(document, may_claim=frozenset({Source.SCHEDULE}))
    (own,) = read({"target": "a", "source": "queue"})

    assert (allowed.source, allowed.flaw) == (Source.SCHEDULE, None)
    assert (own.source, own.flaw) == (Source.QUEUE, None)


def test_a_schedules_unfilled_placeholders_give_way_to_the_envelope() -> None:
    document = {
        "target": "a",
        "source": "schedule",
        "delivery_id": "nightly/<aws.scheduler.scheduled-time>",
        "requested_at": "<aws.scheduler.scheduled-time>",
    }

    (request,) = read(document, may_claim=frozenset({Source.SCHEDULE}))

    assert (request.delivery_id, request.requested_at, request.flaw) == ("m-1", NOW, None)
