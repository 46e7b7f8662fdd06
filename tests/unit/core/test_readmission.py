"""Whether an operation that was admitted earlier may still send a stop, and how it ends where it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from standdown.core.admission import Admitted, Refused, admit, group_of, readmit, too_late
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import Outcome, Refusal, Result
from standdown.core.reasons import Reason, Why
from standdown.core.request import Mode, Source, StopRequest
from standdown.core.targets import Target, TargetError, Targets

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GROUP, OTHER = "40df180b-9fe2-471a-8c64-1b758dc84189", "50df180b-9fe2-471a-8c64-1b758dc84189"
PROJECT = "0605767a9980d5762f6bc00b8e0d2a8c"
TARGET = Target("erp-prod", "cn-north-4", server_group_id=GROUP)
REQUEST = StopRequest("d", Source.QUEUE, NOW, target="erp-prod")
OPERATION = Operation("0" * 32, REQUEST, NOW, target="erp-prod", group=GroupRef("cn-north-4", PROJECT, GROUP))
STALE = replace(REQUEST, requested_at=NOW - timedelta(minutes=61))
SECOND = replace(REQUEST, delivery_id="e", source=Source.WEBHOOK)


def targets(target: Target = TARGET, mode: Mode = Mode.LIVE, bad_mode: str | None = None) -> Targets:
    return Targets({target.name: target}, {}, mode, bad_mode)


# --- admission anew --------------------------------------------------------------------------------------------------


def test_an_operation_goes_on_where_all_is_as_it_was() -> None:
    assert readmit(OPERATION, targets(), NOW) is None


@pytest.mark.parametrize(
    ("operation", "now_configured", "outcome"),
    [
        (
            OPERATION,
            targets(mode=Mode.OFF),
            Outcome(Result.REFUSED, NOW, "Standdown is switched off for the whole stack.", Refusal.OFF),
        ),
        (
            OPERATION,
            targets(TARGET._replace(mode=Mode.OFF)),
            Outcome(Result.REFUSED, NOW, "The target 'erp-prod' is switched off.", Refusal.OFF),
        ),
        (
            OPERATION,
            targets(TARGET._replace(sources=frozenset({Source.ALARM}))),
            Outcome(
                Result.REFUSED,
                NOW,
                "The target 'erp-prod' takes requests from alarm, not from queue.",
                Refusal.NOT_ALLOWED,
            ),
        ),
        (
            OPERATION,
            targets(TARGET._replace(name="crm-prod")),
            Outcome(
                Result.REFUSED,
                NOW,
                "No target named 'erp-prod' is configured.",
                Refusal.NOT_ALLOWED,
                why=Why(Reason.UNKNOWN_TARGET, {"target": "erp-prod"}),
            ),
        ),
        (
            OPERATION,
            targets(TARGET._replace(server_group_id=OTHER)),
            Outcome(
                Result.REFUSED,
                NOW,
                "The target 'erp-prod' names another protection group by now.",
                Refusal.NOT_ALLOWED,
            ),
        ),
        (
            replace(OPERATION, group=None),
            targets(),
            Outcome(
                Result.REFUSED,
                NOW,
                "The target 'erp-prod' names another protection group by now.",
                Refusal.NOT_ALLOWED,
            ),
        ),
        (
            OPERATION,
            targets(mode=Mode.DRY_RUN),
            Outcome(Result.DRY_RUN, NOW, "Dry run: the mode was changed before the stop was sent."),
        ),
        (
            replace(OPERATION, request=STALE, problem="SDRS is down"),
            targets(),
            Outcome(Result.FAILED, NOW, "No stop could be sent within 60 minutes: SDRS is down."),
        ),
    ],
    ids=["stack off", "target off", "source", "target removed", "other group", "no group", "dry run", "stale"],
)
def test_an_operation_that_may_send_nothing_more_ends_with_the_cause(
    operation: Operation, now_configured: Targets, outcome: Outcome
) -> None:
    found = readmit(operation, now_configured, NOW)

    assert found is not None
    assert replace(found, why=None) == replace(outcome, why=None)
    assert found.why is not None


def test_a_dry_run_goes_on_in_a_stack_of_dry_runs() -> None:
    dry = replace(OPERATION, request=replace(REQUEST, dry_run=True), dry_run=True)

    assert readmit(dry, targets(mode=Mode.DRY_RUN), NOW) is None
    assert readmit(dry, targets(), NOW) is None


def test_one_cause_that_may_still_stop_the_group_is_enough() -> None:
    only_webhooks = targets(TARGET._replace(sources=frozenset({Source.WEBHOOK})))

    assert readmit(replace(OPERATION, request=STALE, causes=(SECOND,)), targets(), NOW) is None
    assert readmit(replace(OPERATION, causes=(SECOND,)), only_webhooks, NOW) is None


def test_where_no_cause_may_the_first_one_says_why() -> None:
    only_webhooks = targets(TARGET._replace(sources=frozenset({Source.WEBHOOK})))
    stale = replace(SECOND, requested_at=STALE.requested_at)

    outcome = readmit(replace(OPERATION, causes=(stale,)), only_webhooks, NOW)

    assert outcome is not None
    assert outcome.refusal is Refusal.NOT_ALLOWED


@pytest.mark.parametrize(
    "moved",
    [
        {"region": "cn-east-3"},
        {"project_id": PROJECT[::-1]},
        {"endpoint": "https://sdrs.example.com"},
        {"server_group_id": None, "server_group_name": "ERP production"},
    ],
    ids=["region", "project", "endpoint", "name"],
)
def test_a_group_elsewhere_is_another_group(moved: dict[str, str | None]) -> None:
    located = replace(OPERATION, group=GroupRef("cn-north-4", PROJECT, GROUP, "ERP", "https://sdrs.cloud.example.org"))

    outcome = readmit(located, targets(TARGET._replace(**moved)), NOW)  # type: ignore[arg-type]

    assert outcome is not None
    assert outcome.detail == "The target 'erp-prod' names another protection group by now."


def test_a_group_is_where_its_target_says() -> None:
    target = Target("erp", "cn-north-4", None, "ERP", PROJECT, "https://sdrs.example.com")

    assert group_of(target) == GroupRef("cn-north-4", PROJECT, None, "ERP", "https://sdrs.example.com")
    assert group_of(TARGET) == GroupRef("cn-north-4", None, GROUP, None, None)


# --- too late --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "detail"),
    [
        (OPERATION, "No stop could be sent within 60 minutes."),
        (
            replace(OPERATION, problem="SDRS is down", max_age_minutes=5),
            "No stop could be sent within 5 minutes: SDRS is down.",
        ),
        (replace(OPERATION, dry_run=True), "Dry run: the group could not be read within 60 minutes."),
        (
            replace(OPERATION, dry_run=True, problem="SDRS is down"),
            "Dry run: the group could not be read within 60 minutes: SDRS is down.",
        ),
    ],
)
def test_an_operation_whose_stop_comes_too_late_says_what_kept_it(operation: Operation, detail: str) -> None:
    assert replace(too_late(operation, NOW), why=None) == Outcome(Result.FAILED, NOW, detail)


# --- which target is meant, and the cause as a code ------------------------------------------------------------------


def several(*found: Target) -> Targets:
    return Targets({target.name: target for target in found}, {})


OFF = TARGET._replace(name="a-off", mode=Mode.OFF)
DRY = TARGET._replace(name="b-dry", mode=Mode.DRY_RUN)
ALARMS = TARGET._replace(name="c-alarms", sources=frozenset({Source.ALARM}))
BY_ID = replace(REQUEST, target=None, server_group_id=GROUP.upper())


def test_of_several_targets_with_the_group_the_one_that_admits_the_request_is_meant() -> None:
    assert admit(BY_ID, several(OFF, ALARMS, DRY), NOW) == Admitted(DRY, dry_run=True)


def test_where_no_target_with_the_group_admits_the_request_the_first_says_why() -> None:
    decision = admit(BY_ID, several(OFF, ALARMS), NOW)

    assert decision == Refused(Refusal.OFF, Why.of(Reason.TARGET_OFF, target="a-off"), OFF)


def test_a_request_that_names_its_target_never_means_another_one_with_the_same_group() -> None:
    by_name = replace(REQUEST, target="a-off", server_group_id=GROUP)

    decision = admit(by_name, several(OFF, TARGET), NOW)

    assert decision == Refused(Refusal.OFF, Why.of(Reason.TARGET_OFF, target="a-off"), OFF)


def test_a_target_that_is_known_by_name_is_none_with_the_group() -> None:
    named = Target("erp-by-name", "cn-north-4", server_group_name="ERP")

    assert admit(BY_ID, several(named, TARGET), NOW) == Admitted(TARGET, dry_run=False)


def test_a_broken_target_and_a_mode_that_nobody_can_read_are_told_by_a_code() -> None:
    broken = {"erp-prod": TargetError("erp-prod", "mode", "must be live, dry-run or off")}

    by_target = admit(REQUEST, Targets({}, broken), NOW)
    by_mode = admit(REQUEST, targets(mode=Mode.OFF, bad_mode="of"), NOW)
    by_hand = admit(REQUEST, targets(mode=Mode.OFF), NOW)
    flawed = admit(replace(REQUEST, flaw="f"), targets(mode=Mode.OFF, bad_mode="of"), NOW)

    told = [decision.why for decision in (by_target, by_mode, by_hand, flawed) if isinstance(decision, Refused)]
    assert told == [
        Why(Reason.BAD_TARGET, {"target": "erp-prod", "key": "mode", "problem": "must be live, dry-run or off"}),
        Why(Reason.BAD_MODE, {"value": "of"}),
        Why(Reason.STACK_OFF),
        Why(Reason.MALFORMED, {}, (Why(Reason.OTHER, {"problem": "f"}),)),
    ]


def test_an_alarm_without_a_name_is_none_that_a_target_lists() -> None:
    listed = TARGET._replace(alarms=("XXXX", "erp-*"))

    decision = admit(replace(REQUEST, source=Source.ALARM), several(listed), NOW)

    assert isinstance(decision, Refused)
    assert decision.detail == "The alarm '' is not one of those that may stop 'erp-prod'."


def test_the_age_of_a_stale_request_is_told_in_whole_minutes() -> None:
    decision = admit(replace(REQUEST, requested_at=NOW - timedelta(minutes=61, seconds=59)), targets(), NOW)

    assert isinstance(decision, Refused)
    assert decision.detail == "The request is 61 minutes old; 'erp-prod' takes none older than 60."
