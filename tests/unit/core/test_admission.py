"""The brakes: each of them, which goes first, and the age of a request to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standdown.core.admission import Admitted, Refused, admit
from standdown.core.outcome import Refusal
from standdown.core.reasons import Reason, Why
from standdown.core.request import Mode, Source, StopRequest
from standdown.core.targets import Target, TargetError, Targets

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GROUP = "40df180b-9fe2-471a-8c64-1b758dc84189"
TARGET = Target("erp-prod", "cn-north-4", server_group_id=GROUP, alarms=("erp-*",))
REQUEST = StopRequest("d", Source.QUEUE, NOW, target="erp-prod")
ALARM = replace(REQUEST, source=Source.ALARM, alarm="erp-prod-corruption")


def decide(request: StopRequest = REQUEST, *, stack: Mode = Mode.LIVE, **target: Any) -> Admitted | Refused:
    configured = TARGET._replace(**target)
    broken = {"crm": TargetError("crm", "mode", "must be live, dry-run or off")}
    return admit(request, Targets({configured.name: configured}, broken, stack), NOW)


@pytest.mark.parametrize(
    ("request_", "target", "refusal", "words"),
    [
        (replace(REQUEST, flaw="'dry_run' is text"), {}, Refusal.MALFORMED, "malformed: 'dry_run' is text"),
        (replace(REQUEST, target="other"), {}, Refusal.NOT_ALLOWED, "No target named 'other'"),
        (replace(REQUEST, target="crm"), {}, Refusal.NOT_ALLOWED, "document is broken: target 'crm', key 'mode'"),
        (
            replace(REQUEST, target=None, server_group_id=GROUP[:-1] + "0"),
            {},
            Refusal.NOT_ALLOWED,
            "No target with the protection group",
        ),
        (REQUEST, {"mode": Mode.OFF}, Refusal.OFF, "The target 'erp-prod' is switched off"),
        (
            REQUEST,
            {"sources": frozenset({Source.WEBHOOK, Source.ALARM})},
            Refusal.NOT_ALLOWED,
            "takes requests from alarm, webhook, not from queue",
        ),
        (REQUEST, {"sources": frozenset()}, Refusal.NOT_ALLOWED, "takes requests from no source, not from queue"),
        (ALARM, {"alarms": ()}, Refusal.NOT_ALLOWED, "The alarm 'erp-prod-corruption' is not one of those"),
        (ALARM, {"alarms": ("crm-*", "ERP-*")}, Refusal.NOT_ALLOWED, "is not one of those that may stop 'erp-prod'"),
        (replace(ALARM, alarm=None), {}, Refusal.NOT_ALLOWED, "is not one of those"),
        (ALARM, {"sources": frozenset({Source.QUEUE})}, Refusal.NOT_ALLOWED, "takes requests from queue"),
        (replace(REQUEST, requested_at=NOW - timedelta(hours=26)), {}, Refusal.STALE, "is 1560 minutes old"),
    ],
)
def test_each_brake_refuses_with_its_own_reason(
    request_: StopRequest, target: dict[str, Any], refusal: Refusal, words: str
) -> None:
    decision = decide(request_, **target)

    assert isinstance(decision, Refused)
    assert decision.refusal is refusal
    assert words in decision.detail


def test_a_stack_that_is_off_stops_nothing() -> None:
    decision = decide(stack=Mode.OFF)

    assert decision == Refused(Refusal.OFF, Why(Reason.STACK_OFF), TARGET)


def test_a_stack_mode_that_nobody_can_read_is_told() -> None:
    targets = Targets({"erp-prod": TARGET}, {}, Mode.OFF, "of")

    decision = admit(REQUEST, targets, NOW)

    assert isinstance(decision, Refused)
    assert "whole stack (the stack's mode is 'of': set it to live, dry-run or off)" in decision.detail


# Every brake but the last one is released in turn: what is left names the reason.
_ALL_WRONG = replace(ALARM, flaw="f", alarm="other", requested_at=NOW - timedelta(days=1))
_OFF: dict[str, Any] = {"mode": Mode.OFF, "sources": frozenset()}


@pytest.mark.parametrize(
    ("request_", "stack", "target", "words"),
    [
        (_ALL_WRONG, Mode.OFF, _OFF, "malformed"),
        (replace(_ALL_WRONG, target="other"), Mode.OFF, _OFF, "malformed"),
        (replace(_ALL_WRONG, flaw=None), Mode.OFF, _OFF, "whole stack"),
        (replace(_ALL_WRONG, flaw=None, target="other"), Mode.OFF, _OFF, "whole stack"),
        (replace(_ALL_WRONG, flaw=None, target="other"), Mode.LIVE, _OFF, "No target named"),
        (replace(_ALL_WRONG, flaw=None), Mode.LIVE, _OFF, "is switched off"),
        (replace(_ALL_WRONG, flaw=None), Mode.LIVE, {"sources": frozenset()}, "no source"),
        (replace(_ALL_WRONG, flaw=None), Mode.LIVE, {}, "The alarm"),
        (replace(_ALL_WRONG, flaw=None, alarm="erp-1"), Mode.LIVE, {}, "minutes old"),
    ],
)
def test_the_first_brake_that_holds_names_the_reason(
    request_: StopRequest, stack: Mode, target: dict[str, Any], words: str
) -> None:
    decision = decide(request_, stack=stack, **target)

    assert isinstance(decision, Refused)
    assert words in decision.detail


@pytest.mark.parametrize(
    ("age", "admitted"),
    [
        (timedelta(0), True),
        (timedelta(minutes=59, seconds=59), True),
        (timedelta(minutes=60), True),
        (timedelta(minutes=60, milliseconds=1), False),
        (timedelta(minutes=60, seconds=1), False),
        (timedelta(days=24), False),
        (timedelta(minutes=-5), True),
    ],
)
def test_a_request_is_taken_up_to_its_greatest_age_and_not_a_moment_longer(age: timedelta, *, admitted: bool) -> None:
    decision = decide(replace(REQUEST, requested_at=NOW - age))

    assert isinstance(decision, Admitted) is admitted


def test_each_target_has_an_age_of_its_own() -> None:
    request = replace(REQUEST, requested_at=NOW - timedelta(minutes=2))

    assert isinstance(decide(request, max_age_minutes=2), Admitted)
    assert isinstance(decide(request, max_age_minutes=1), Refused)


@pytest.mark.parametrize("stack", [Mode.LIVE, Mode.DRY_RUN])
@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.DRY_RUN])
@pytest.mark.parametrize("asked", [False, True])
def test_a_dry_run_is_one_that_the_stack_the_target_or_the_request_wants(
    stack: Mode, mode: Mode, *, asked: bool
) -> None:
    decision = decide(replace(REQUEST, dry_run=asked), stack=stack, mode=mode)

    assert isinstance(decision, Admitted)
    assert decision.dry_run is (asked or Mode.DRY_RUN in (stack, mode))


FIRST_FIVE = [Source.ALARM, Source.QUEUE, Source.SCHEDULE, Source.WEBHOOK, Source.DIRECT]


@pytest.mark.parametrize("source", FIRST_FIVE)
def test_a_target_that_names_no_sources_takes_the_five_of_the_first_version(source: Source) -> None:
    decision = decide(replace(ALARM, source=source))

    assert decision == Admitted(TARGET, dry_run=False)


@pytest.mark.parametrize("source", sorted(set(Source) - set(FIRST_FIVE)))
def test_a_source_that_came_later_must_be_named(source: Source) -> None:
    left_out = decide(replace(ALARM, source=source))
    named = decide(replace(ALARM, source=source), sources=frozenset({source}))

    assert isinstance(left_out, Refused)
    assert (left_out.refusal, left_out.why.code) == (Refusal.NOT_ALLOWED, Reason.SOURCE_NOT_ALLOWED)
    assert isinstance(named, Admitted)


@pytest.mark.parametrize("source", [Source.ALARM, Source.MONITORING])
@pytest.mark.parametrize("alarm", ["another", None])
def test_an_alarm_or_an_alert_that_the_target_does_not_name_is_refused(source: Source, alarm: str | None) -> None:
    decision = decide(replace(ALARM, source=source, alarm=alarm), sources=frozenset(Source))

    assert isinstance(decision, Refused)
    assert decision.why.code is Reason.ALARM_NOT_ALLOWED


@pytest.mark.parametrize(
    ("alarm", "glob", "allowed"),
    [
        ("erp-prod", "erp-prod", True),
        ("erp-prod-2", "erp-prod", False),
        ("erp-prod-2", "erp-prod-?", True),
        ("erp-prod-12", "erp-prod-?", False),
        ("erp-prod-b", "erp-prod-[ab]", True),
        ("erp-prod-c", "erp-prod-[ab]", False),
        ("Erp-prod", "erp-*", False),
        ("crm/erp-1", "erp-*", False),
    ],
)
def test_an_alarm_is_named_by_a_glob_in_its_very_letters(alarm: str, glob: str, *, allowed: bool) -> None:
    decision = decide(replace(ALARM, alarm=alarm), alarms=("other", glob))

    assert isinstance(decision, Admitted) is allowed


def test_the_group_may_be_named_by_its_id() -> None:
    decision = decide(replace(REQUEST, target=None, server_group_id=GROUP.upper()))

    assert decision == Admitted(TARGET, dry_run=False)
