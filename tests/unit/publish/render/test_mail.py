"""A mail at three in the morning: what its first lines say, and what it names."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from standdown.core.outcome import Refusal
from standdown.publish.render.text import body, subject
from support.samples import ALARM, ENDED, LINKS, refused

CALM = (Refusal.PRODUCTION_FAILED, Refusal.SKIPPED)  # in which nobody is to stop the group
BY_HAND = [refusal for refusal in Refusal if refusal not in CALM]


@pytest.mark.parametrize("refusal", BY_HAND)
def test_n05_a_mail_about_a_stop_that_an_alarm_asked_for_and_that_was_refused_says_that_somebody_must_act(
    refusal: Refusal,
) -> None:
    operation = refused(refusal, "As it was.", ALARM)

    first, question, *_ = body(operation, LINKS).splitlines()
    step = next(line for line in body(operation, LINKS).splitlines() if line.startswith("  1. "))

    assert subject(operation, LINKS.stack).startswith("ACTION NEEDED: SDRS erp-prod: stop refused")
    assert first.endswith("Nothing was stopped. It is your move, now.")
    assert re.match(r"Is the group still protected\? (Yes|No|We do not know)", question)
    assert "act now: stop the protection by hand in the SDRS console" in step


def test_a_mail_about_a_production_site_that_fails_begins_with_the_failover_and_offers_no_stop() -> None:
    text = body(ENDED["refused-production-failed"], LINKS)

    step = next(line for line in text.splitlines() if line.startswith("  1. "))
    assert step.startswith("  1. Do not stop the protection.")
    assert "fail over in the SDRS console" in step
    assert "aws sqs send-message" not in text


USELESS = (Refusal.OFF, Refusal.COOLDOWN, Refusal.PRODUCTION_FAILED, Refusal.SKIPPED, Refusal.STOP_UNDER_WAY)


@pytest.mark.parametrize("refusal", [refusal for refusal in Refusal if refusal not in USELESS])
def test_n05_a_mail_after_which_a_new_request_is_of_use_has_the_command(refusal: Refusal) -> None:
    assert "\naws sqs send-message " in body(refused(refusal, "As it was.", ALARM), LINKS)


@pytest.mark.parametrize("case", ENDED)
def test_n11_a_mail_names_the_service_the_stack_its_account_and_its_region_before_it_says_what_to_do(case: str) -> None:
    text = body(ENDED[case], LINKS)

    before = text[: text.index("What to do now")]
    for name in ("Huawei Cloud SDRS", "standdown-prod", "123456789012", "eu-central-1"):
        assert name in before
    assert "[standdown-prod]" in subject(ENDED[case], LINKS.stack)


@pytest.mark.parametrize("case", ENDED)
def test_n11_a_mail_has_the_runbook_before_the_details_and_the_long_link_last(case: str) -> None:
    lines = body(ENDED[case], LINKS).splitlines()

    runbook = next(n for n, line in enumerate(lines) if line.startswith("Runbook: "))
    assert runbook < lines.index("What happened")
    assert lines[-1].startswith("Log lines: ")
    assert max(len(line) for line in lines[:-1]) < len(lines[-1])


@pytest.mark.parametrize("case", ENDED)
@pytest.mark.parametrize("name", ["e", "a-target-whose-name-is-as-long-as-a-name-of-a-target-may-be-it-is"])
def test_n11_a_subject_tells_stages_apart_however_long_names_are(case: str, name: str) -> None:
    stack = "a-stack-whose-name-is-long-as-those-of-pipelines-are-" + "prod"

    line = subject(replace(ENDED[case], target=name), stack)

    assert line.endswith("-prod]")
    assert len(line) < 100
