"""What once escaped from a parser, and the real events, go through every parser again."""

from __future__ import annotations

import pytest

from fuzz.parsers import CASES, PARSERS, run, seeds

INPUTS = seeds() + [path.read_bytes() for path in sorted(CASES.glob("*/*"))]


@pytest.mark.parametrize("name", PARSERS)
def test_nothing_escapes_again(name: str) -> None:
    for data in INPUTS:
        assert run(name, data) in {True, False}
