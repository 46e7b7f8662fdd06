"""The messages that people get. `GOLDEN=write pytest tests/unit/publish` writes the golden files anew: read them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from standdown.core.operation import FailedSubJob, HuaweiAnswer, Operation, Refusal, Result
from standdown.publish.render.text import body, subject
from support.samples import ENDED, LINKS, TICKET, ended

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("case", ENDED)
def test_a_message_reads_as_it_was_reviewed(case: str) -> None:
    operation = ENDED[case]

    text = f"{subject(operation)}\n\n{body(operation, LINKS)}"

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


def test_a_long_list_of_causes_and_pairs_is_cut_and_counted() -> None:
    job = FailedSubJob("j", "r", "SDRS.0011", "Client error")
    said = HuaweiAnswer(failed_sub_jobs=(job,) * 8)
    operation = replace(ended(Result.FAILED, "It failed.", huawei=said), causes=(TICKET,) * 9)

    text = body(operation, LINKS)

    assert text.count("Ada Lovelace") == 5
    assert "- and 4 more\n" in text
    assert text.count("- Replication pair r failed") == 5
    assert "- and 3 more replication pairs failed." in text
