"""The messages that people get. `GOLDEN=write pytest tests/unit/publish` writes the golden files anew: read them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from standdown.operation import Refusal, Result
from standdown.publish.message import body, subject
from unit.publish.samples import ENDED, LINKS

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
