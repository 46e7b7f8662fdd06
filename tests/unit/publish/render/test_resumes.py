"""What is said of a resume: never that something was stopped, never a way round who must decide."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from standdown.core.outcome import Outcome, Result
from standdown.core.request import Action
from standdown.publish.render.locale import locale
from standdown.publish.render.message import Message, message
from standdown.publish.render.next_steps import next_steps
from standdown.publish.render.text import body, subject
from standdown.publish.render.urgency import still_protected
from support.samples import ALARM_AT, BACK, ENDED, LINKS

RESUMES = [case for case, operation in ENDED.items() if operation.action is Action.RESUME]
NOT_OF_A_STOP = ("resume-refused-stop-under-way", "resume-refused-hold-changed", "resume-refused-timer-not-alone")
"""These say that somebody else's stop is in the way."""


def told(case: str, language: str) -> Message:
    return message(ENDED[case], LINKS, locale(language))


def heads(said: Message) -> str:
    return "\n".join((said.title, said.state[0], said.state[1], *said.steps.lines[:1], *said.facts[0].lines))


@pytest.mark.parametrize("case", [case for case in RESUMES if case not in NOT_OF_A_STOP])
def test_no_resume_is_told_in_the_words_of_a_stop(case: str) -> None:
    english, chinese = heads(told(case, "en")), heads(told(case, "zh-CN"))

    allowed = r"the stop set for its own end|a stop had frozen|a stop or a failover would meet"
    assert not re.findall(r"\bstop\w*", re.sub(allowed, "", english))
    assert not re.findall("停止保护(?!时设定)", chinese)
    assert "stop" not in subject(ENDED[case])


@pytest.mark.parametrize("case", RESUMES)
def test_no_resume_offers_the_command_of_a_stop(case: str) -> None:
    text = body(ENDED[case], LINKS)

    assert "aws sqs send-message" not in text


def test_in_the_other_direction_nobody_is_told_to_repeat_it() -> None:
    operation = ENDED["resume-refused-other-direction"]

    text = body(operation, LINKS)

    assert "re-protect the group" in next_steps(operation)[0]
    assert "overwrites the disks of the former production site" in next_steps(operation)[0]
    assert "standdown resume" not in text
    assert len(next_steps(operation)) == 1


@pytest.mark.parametrize(
    "case", ["resume-refused-hold-changed", "resume-refused-timer-not-alone", "resume-refused-no-person"]
)
def test_where_somebody_must_decide_nobody_is_sent_past_them_to_the_console(case: str) -> None:
    assert not any("enable it in the SDRS console" in step for step in next_steps(ENDED[case]))


def test_a_resume_by_a_person_shows_their_own_word_beside_the_sender_that_sqs_names() -> None:
    text = body(ENDED["resumed"], LINKS)

    assert "Ada Lovelace (by a message on the request queue) asked for protection to be enabled again" in text
    assert "SQS names the sender AROAEXAMPLEEXAMPLE:ada." in text
    assert f"Hold: {BACK.hold}" in text


def test_a_resume_says_how_long_the_group_was_unprotected_and_how_far_the_copy_is() -> None:
    text = body(ENDED["resumed-copying"], LINKS)

    assert "was without protection since 2026-11-24 02:14:30 UTC, for 5 hours 1 minute." in text
    assert "37 % of the data is synchronised" in text
    assert "every pair is in step" in next_steps(ENDED["resumed-copying"])[0]


@pytest.mark.parametrize(
    ("known", "protected"),
    [
        ({"result": Result.RESUMED, "group_status": "protected", "verified": True}, True),
        ({"result": Result.RESUMED, "verified": None}, True),
        ({"result": Result.RESUMED, "verified": False}, None),
        ({"result": Result.RESUMED, "group_status": "available", "verified": False}, False),
        ({"result": Result.FAILED, "group_status": "error-starting"}, False),
        ({"result": Result.TIMED_OUT, "group_status": "starting"}, None),
        ({"result": Result.REFUSED, "group_status": "failed-over"}, False),
        ({"result": Result.REFUSED, "group_status": "error-stopping"}, True),
        ({"result": Result.JOINED, "joined_result": Result.RESUMED}, True),
        ({"result": Result.JOINED, "joined_result": Result.FAILED}, None),
    ],
)
def test_whether_the_group_is_protected_again(known: dict[str, object], protected: bool | None) -> None:
    outcome = Outcome(ended_at=ALARM_AT, detail="", **known)  # type: ignore[arg-type]

    assert still_protected(outcome, Action.RESUME) is protected


def test_a_dry_run_of_a_resume_says_that_it_was_one() -> None:
    operation = replace(ENDED["resume-refused-off"], dry_run=True)

    assert "dry run" in subject(ENDED["resume-dry-run"])
    assert next_steps(operation)[0].startswith("Nothing has to be enabled: this was a dry run.")
