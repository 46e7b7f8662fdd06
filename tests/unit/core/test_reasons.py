"""Reasons: what is written into the ledger is read again, and every sentence is made of its code and values alone."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import standdown
from standdown.core.outcome import Outcome
from standdown.core.reasons import Reason, Why
from standdown.core.sentences import ENGLISH, sentence

WORDS = st.text(max_size=40)


def named(code: Reason) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(ENGLISH[code]) if name}


@st.composite
def reasons(draw: st.DrawFn, code: Reason) -> Why:
    values = {name: draw(WORDS) for name in sorted(named(code)) if name != "because"}
    behind = draw(st.lists(st.sampled_from(sorted(Reason)), max_size=2)) if "because" in named(code) else []
    return Why(code, values, tuple(Why(one, dict.fromkeys(named(one), "v")) for one in behind))


def test_a_reason_is_written_and_read_again() -> None:
    why = Why.of(Reason.MALFORMED, Why.of(Reason.WRONG_TARGET, value="ERP"))

    assert why.to_dict() == {
        "code": "malformed",
        "values": {},
        "because": [{"code": "wrong_target", "values": {"value": "ERP"}, "because": []}],
    }
    assert Why.from_dict(why.to_dict()) == why


def test_a_code_of_a_newer_version_is_read_as_other() -> None:
    assert Why.from_dict({"code": "not_known_yet", "values": {"x": "y"}}) == Why(Reason.OTHER, {"x": "y"})


def test_a_value_is_clipped() -> None:
    assert len(Why.of(Reason.OTHER, problem="x" * 9_999).values["problem"]) == 500


def test_every_code_has_its_sentence() -> None:
    assert set(ENGLISH) == set(Reason)


@pytest.mark.parametrize("code", Reason)
@given(data=st.data())
def test_every_sentence_is_made_again_from_what_was_written_down(code: Reason, data: st.DataObject) -> None:
    why = data.draw(reasons(code))

    again = Why.from_dict(json.loads(json.dumps(why.to_dict())))

    assert sentence(again) == sentence(why)
    for name, value in why.values.items():
        assert value in sentence(why) or repr(value) in sentence(why), name
    for inner in why.because:
        assert sentence(inner) in sentence(why)


def test_a_value_that_an_older_record_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="minutes"):
        sentence(Why(Reason.TOO_LATE))


def made_otherwise(source: str) -> list[int]:
    """Return the lines on which an outcome is made with a sentence of its own."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == Outcome.__name__]


def test_every_outcome_of_the_product_says_why_by_a_code() -> None:
    files = sorted(Path(standdown.__file__).parent.rglob("*.py"))

    assert {path.name: lines for path in files if (lines := made_otherwise(path.read_text()))} == {}
    assert made_otherwise("Outcome(Result.FAILED, now, 'It failed.')") == [1]
