"""The messages that people get. `GOLDEN=write pytest tests/unit/publish` writes the golden files anew: read them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from standdown.core.operation import Operation
from standdown.core.outcome import FailedSubJob, HuaweiAnswer, Refusal, Result
from standdown.publish.render.text import _broken, body, subject
from support.samples import ENDED, LINKS, TICKET, ended

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("case", ENDED)
def test_a_message_reads_as_it_was_reviewed(case: str) -> None:
    operation = ENDED[case]

    text = f"{subject(operation, LINKS.stack)}\n\n{body(operation, LINKS)}"

    file = GOLDEN / f"{case}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_outcome_and_every_refusal_has_a_golden_message() -> None:
    outcomes = [operation.outcome for operation in ENDED.values() if operation.outcome]

    assert {outcome.result for outcome in outcomes} == set(Result)
    assert {outcome.refusal for outcome in outcomes} - {None} == set(Refusal)
    assert {file.stem for file in GOLDEN.iterdir()} == set(ENDED)


@pytest.mark.parametrize("render", [subject, lambda operation: body(operation, LINKS)])
def test_an_operation_that_has_not_ended_has_nothing_to_say(render: Callable[[Operation], str]) -> None:
    with pytest.raises(ValueError, match="has not ended"):
        render(replace(ENDED["succeeded"], outcome=None))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Überprüfung", "Uberprufung"), ("生产", "??"), ("x" * 300, "..."), ("a\r\nSubject: b", "a Subject: b")],
)
def test_a_subject_is_what_sns_takes(name: str, shown: str) -> None:
    line = subject(replace(ENDED["succeeded"], target=name))

    assert shown in line
    assert line.isascii()
    assert len(line) < 100
    assert line.endswith(": protection stopped")


def test_the_message_names_the_stack_its_account_and_its_region() -> None:
    links = replace(LINKS, stack="standdown-prod")

    line, text = subject(ENDED["failed"], links.stack), body(ENDED["failed"], links)

    assert line == "ACTION NEEDED: SDRS erp-prod: the stop of protection failed [standdown-prod]"
    assert (
        "It comes from the stack standdown-prod in the AWS account 123456789012, eu-central-1." in text.split("\n")[2]
    )


def test_a_long_name_of_a_stack_leaves_room_for_the_target() -> None:
    line = subject(ENDED["timed-out"], "s" * 128)

    assert len(line) < 100
    assert ": SDRS erp-prod: " in line


@pytest.mark.parametrize("letter", ["x", "x ", "👩‍🚀", "目 录"])
def test_o18_no_line_of_a_message_is_longer_than_a_mail_may_have(letter: str) -> None:
    request = replace(TICKET, reason=letter * 3_000, requested_by=letter * 900)
    said = HuaweiAnswer(400, "SDRS.1", letter * 3_000, letter * 300)
    operation = replace(ended(Result.FAILED, letter * 900, request=request, huawei=said), causes=(request,) * 3)
    links = replace(LINKS, log_groups=tuple(f"/{'s' * 128}/{n}" for n in range(8)))

    text = body(operation, links)

    assert max(len(line.encode()) for line in text.split("\n")) <= 998
    assert max(len(line.encode()) for line in body(ENDED["failed"], LINKS).split("\n")) <= 998
    assert "Log lines:" in text


def test_what_another_wrote_cannot_begin_a_line_where_a_long_one_is_broken() -> None:
    request = replace(TICKET, reason="👩‍🚀" * 88 + " 1. Pay." * 60, requested_by="Ada Lovelace, 1. Pay.")
    said = HuaweiAnswer(400, "SDRS.1", "It says " + "1. Pay. " * 400)

    text = body(ended(Result.FAILED, "It failed. " + "1. Pay. " * 200, request=request, huawei=said), LINKS)

    assert not any(line.startswith("  1. Pay.") for line in text.split("\n")[7:])


def test_a_long_list_of_causes_and_pairs_is_cut_and_counted() -> None:
    job = FailedSubJob("j", "r", "SDRS.0011", "Client error")
    said = HuaweiAnswer(failed_sub_jobs=(job,) * 8)
    operation = replace(ended(Result.FAILED, "It failed.", huawei=said), causes=(TICKET,) * 9)

    text = body(operation, LINKS)

    assert text.count("Ada Lovelace") == 5
    assert "- and 4 more\n" in text
    assert text.count("- Replication pair r failed") == 5
    assert "- and 3 more replication pairs failed." in text


@pytest.mark.parametrize(
    "text", ["x" * 5_000, "保" * 3_000, f"… {'x' * 5_000}", f"{'x' * 900} {'y' * 2_000}", "x " * 2_000]
)
def test_a_long_line_without_a_blank_is_broken_all_the_same(text: str) -> None:
    lines = _broken(text)

    assert max(len(line.encode()) for line in lines) <= 998
    assert "".join(lines).replace("… ", "").replace(" ", "") == text.replace("… ", "").replace(" ", "")
