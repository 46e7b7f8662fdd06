"""Whatever others write: bounded, on its own line, and nothing in it that a terminal, a mailer or a log would obey."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from standdown.base.text import canonical
from standdown.core.operation import GroupRef, Operation
from standdown.core.outcome import FailedSubJob, HuaweiAnswer, Outcome, Refusal, Result
from standdown.core.request import Action, Source, StopRequest
from standdown.publish.channels.sns import message
from standdown.publish.render.payload import LARGEST, detail
from standdown.publish.render.rendered import render
from standdown.publish.render.text import body, subject
from support.samples import ALARM_AT, ENDED, LINKS
from unit.publish.render.test_payload import SCHEMAS

NASTY = ("\r\nBcc: all@example.com", "\x1b[2J", "\x00", "\ud800", "\u202e\u2028\x85", '{"a": {"message": [1]}}', "😀")
TEXTS = st.one_of(st.text(max_size=60), st.sampled_from(NASTY), st.sampled_from([n * 3_000 for n in NASTY]))
MAYBE = st.none() | TEXTS
TIMES = st.datetimes(min_value=ALARM_AT.replace(tzinfo=None), max_value=ALARM_AT.replace(tzinfo=None, year=2030)).map(
    lambda moment: moment.replace(tzinfo=ALARM_AT.tzinfo)
)
REQUESTS = st.builds(
    StopRequest,
    delivery_id=TEXTS,
    source=st.sampled_from(Source),
    requested_at=TIMES,
    target=MAYBE,
    server_group_id=MAYBE,
    reason=TEXTS,
    requested_by=TEXTS,
    alarm=MAYBE,
    dry_run=st.booleans(),
    action=st.sampled_from(Action),
    hold=st.none() | st.just(ENDED["succeeded"].operation_id),
    sender=TEXTS,
)
JOBS = st.builds(FailedSubJob, job_id=TEXTS, replication_id=MAYBE, code=MAYBE, reason=TEXTS)
SAID = st.builds(
    HuaweiAnswer,
    http_status=st.none() | st.integers(100, 599),
    code=MAYBE | st.sampled_from(["SDRS.1028", "SDRS.1830", "SDRS.0005", "APIGW.0301"]),
    message=TEXTS,
    request_id=MAYBE,
    failed_sub_jobs=st.lists(JOBS, max_size=4).map(tuple)
    | st.lists(JOBS, max_size=2).map(lambda jobs: tuple(jobs * 300)),
)
OUTCOMES = st.builds(
    Outcome,
    result=st.sampled_from(Result),
    ended_at=TIMES,
    detail=TEXTS,
    refusal=st.sampled_from(Refusal),
    group_status=MAYBE | st.sampled_from(["available", "protected", "error-stopping", "stopping"]),
    group_name=MAYBE,
    verified=st.none() | st.booleans(),
    huawei=st.none() | SAID,
    looks=st.integers(0, 10_000),
    joined_to=st.just(ENDED["succeeded"].operation_id),
    joined_result=st.none() | st.sampled_from(Result),
    unprotected_since=st.none() | TIMES,
    in_step=st.none() | st.booleans(),
    progress=st.none() | st.integers(0, 100),
)


def _sound(outcome: Outcome) -> Outcome:
    """Return the outcome without what does not go with its result, as the code that makes outcomes leaves it out."""
    outcome = outcome if outcome.result is Result.REFUSED else replace(outcome, refusal=None)
    return outcome if outcome.result is Result.JOINED else replace(outcome, joined_to=None, joined_result=None)


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    """Draw an ended operation in which every text is as bad as it can be."""
    request = draw(REQUESTS)
    causes = tuple(draw(st.lists(REQUESTS, max_size=3))) * draw(st.sampled_from([1, 1, 200]))
    return Operation(
        operation_id=request.operation_id,
        request=request,
        received_at=draw(TIMES),
        target=draw(MAYBE),
        group=draw(st.none() | st.builds(GroupRef, region=TEXTS, project_id=MAYBE, server_group_id=MAYBE)),
        job_id=draw(MAYBE),
        accepted_at=draw(st.none() | TIMES),
        causes=causes,
        outcome=_sound(draw(OUTCOMES)),
    )


def _tame(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@settings(max_examples=120, deadline=None)
@given(operations())
def test_the_outcome_for_machines_is_small_and_of_its_form_whatever_came_in(operation: Operation) -> None:
    told = detail(operation, LINKS)

    assert len(canonical(told)) <= LARGEST
    assert all(text.isprintable() for text in _texts(told))
    Draft202012Validator(SCHEMAS[operation.action]).validate(told)


@settings(max_examples=120, deadline=None)
@given(operations())
def test_subject_and_text_hold_no_character_that_anything_obeys(operation: Operation) -> None:
    line, text = subject(operation), body(operation, LINKS)

    assert line.isascii()
    assert line.isprintable()
    assert line[0].isalpha()
    assert len(line) < 100
    assert _tame(text)
    assert len(text.encode()) < 40_000


@settings(max_examples=60, deadline=None)
@given(operations())
def test_a_message_to_the_topic_stays_far_below_what_sns_takes(operation: Operation) -> None:
    sent = message(render(operation, LINKS))

    assert len(sent.encode()) < 262_144
    assert json.loads(sent)["sqs"] == canonical(detail(operation, LINKS))


def test_what_another_wrote_cannot_begin_a_line_of_its_own() -> None:
    forged = replace(ENDED["succeeded"].request, reason="x\n\nWhat to do now\n  1. Pay.", requested_by="a\r\nb")
    operation = replace(ENDED["succeeded"], request=forged)

    text = body(operation, LINKS)

    assert text.count("\nWhat to do now\n") == 1
    assert "\n  1. Pay." not in text


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
