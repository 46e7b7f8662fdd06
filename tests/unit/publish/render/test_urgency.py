"""Which outcomes call a person out of bed, and what the first step is then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from standdown.core.operation import Operation
from standdown.core.outcome import Refusal, Result
from standdown.core.request import Source
from standdown.publish.render.next_steps import next_steps
from standdown.publish.render.text import subject
from support.samples import ALARM, ENDED, TICKET, ended, refused

URGENT = "ACTION NEEDED"
CALM = (Refusal.PRODUCTION_FAILED, Refusal.SKIPPED)


@pytest.mark.parametrize("refusal", [one for one in Refusal if one not in CALM])
def test_o07_a_refused_stop_that_an_alarm_asked_for_needs_action_and_begins_with_the_stop_by_hand(
    refusal: Refusal,
) -> None:
    operation = refused(refusal, "As it was.", ALARM)

    assert subject(operation).startswith(URGENT)
    assert "stop the protection by hand in the SDRS console" in next_steps(operation)[0]


def test_where_the_production_site_fails_people_are_told_to_fail_over_and_not_to_stop_by_hand() -> None:
    operation = ENDED["refused-production-failed"]

    assert subject(operation).startswith(URGENT)
    assert next_steps(operation)[0].startswith("Do not stop the protection.")
    assert "fail over" in next_steps(operation)[0]
    assert not any("by hand" in step for step in next_steps(operation))


@pytest.mark.parametrize("case", ["succeeded-half-stopped"])
def test_a_pair_that_is_not_stopped_needs_action(case: str) -> None:
    assert subject(ENDED[case]).startswith(URGENT)
    assert "replication pairs are not stopped" in next_steps(ENDED[case])[0]


def test_what_sdrs_does_not_tell_of_its_pairs_wakes_nobody_and_is_said() -> None:
    operation = ENDED["succeeded-pairs-not-told"]

    assert not subject(operation).startswith(URGENT)
    assert "did not tell whether every replication pair is stopped" in next_steps(operation)[0]


@pytest.mark.parametrize("case", ["succeeded", "already-stopped", "joined-succeeded", "succeeded-half-stopped"])
def test_who_is_told_of_a_stop_reads_that_no_failover_is_possible_after_it(case: str) -> None:
    steps = " ".join(next_steps(ENDED[case]))

    assert "no failover and no planned failover" in steps
    assert "the copy is kept" in steps


@pytest.mark.parametrize("refusal", [Refusal.STALE, Refusal.COOLDOWN, Refusal.WRONG_STATE])
def test_o07b_whoever_asked_is_told_that_a_stop_that_cannot_wait_is_done_by_hand(refusal: Refusal) -> None:
    operation = refused(refusal, "As it was.", TICKET)

    assert not subject(operation).startswith(URGENT)
    assert any("stop the protection by hand in the SDRS console" in step for step in next_steps(operation))


@pytest.mark.parametrize("case", ["succeeded-unverified"])
def test_o07c_a_stop_that_could_not_be_confirmed_needs_action(case: str) -> None:
    assert subject(ENDED[case]).startswith(URGENT)


@pytest.mark.parametrize(
    "operation",
    [
        replace(refused(Refusal.STALE, "Late.", ALARM), dry_run=True),
        refused(Refusal.WRONG_STATE, "The group is 'available'.", ALARM, group_status="available"),
        refused(Refusal.OFF, "The target is off.", replace(TICKET, source=Source.SCHEDULE)),
        ENDED["succeeded"],
        ENDED["already-stopped"],
        ENDED["joined-succeeded"],
        ENDED["failed-dry-run"],
    ],
    ids=["dry run", "off already", "a schedule", "stopped", "already", "joined", "failed dry run"],
)
def test_what_can_wait_for_the_morning_is_not_urgent(operation: Operation) -> None:
    assert subject(operation).startswith("Standdown")


def test_a_refusal_is_urgent_also_where_the_alarm_is_only_one_of_the_causes() -> None:
    operation = replace(refused(Refusal.OFF, "The target is off.", TICKET), causes=(ALARM,))

    assert subject(operation).startswith(URGENT)


@pytest.mark.parametrize("result", [Result.FAILED, Result.TIMED_OUT, Result.UNKNOWN])
def test_what_failed_or_was_not_seen_is_urgent_whoever_asked(result: Result) -> None:
    assert subject(ended(result, "Odd.", request=TICKET)).startswith(URGENT)


@pytest.mark.parametrize("refusal", list(Refusal))
def test_a_refused_dry_run_says_that_it_was_one_and_sends_nobody_to_the_console(refusal: Refusal) -> None:
    operation = replace(refused(refusal, "As it was.", replace(TICKET, dry_run=True)), dry_run=True)

    assert "dry run refused" in subject(operation)
    assert not any("by hand" in step for step in next_steps(operation))


def test_a_night_that_its_calendar_skips_is_told_and_asks_nobody_for_anything() -> None:
    operation = ENDED["refused-skipped"]

    assert not subject(operation).startswith(URGENT)
    assert len(next_steps(operation)) == 1
    assert next_steps(operation)[0].startswith("Nothing has to be done")


@pytest.mark.parametrize("case", ["resume-failed", "resume-timed-out", "resume-unknown", "resume-joined-failed"])
def test_a_resume_that_did_not_bring_protection_back_needs_action(case: str) -> None:
    assert subject(ENDED[case]).startswith(URGENT)


@pytest.mark.parametrize("case", [case for case in ENDED if case.startswith("resume-refused")])
def test_a_refused_resume_wakes_nobody_whoever_asked(case: str) -> None:
    assert not subject(ENDED[case]).startswith(URGENT)
    assert not subject(replace(ENDED[case], causes=(ALARM,))).startswith(URGENT)


def test_protection_that_was_enabled_and_not_seen_needs_action() -> None:
    assert subject(ENDED["resumed-unverified"]).startswith(URGENT)
    assert not subject(ENDED["resumed-copying"]).startswith(URGENT)
