"""The page of mutants has every module in which they are made; its scores are what its numbers make, and suffice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import standdown
from local.places import ROOT
from mutation.__main__ import ENOUGH
from mutation.copied import modules

PAGE = (ROOT / "docs" / "evidence" / "mutation.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([a-z_.]+)` \| (\d+) \| (\d+) \| ([0-9.]+) % \|", PAGE, re.MULTILINE)
LAYER = Path(standdown.__file__).parent


@pytest.mark.parametrize("module", modules())
def test_faults_are_planted_in_modules_that_there_are(module: str) -> None:
    assert (LAYER / f"{module.replace('.', '/')}.py").is_file()


def test_the_page_has_every_module_and_no_other() -> None:
    assert [row[0] for row in ROWS] == list(modules())


@pytest.mark.parametrize(("module", "faults", "noticed", "score"), ROWS)
def test_a_score_is_what_the_numbers_make_and_enough(module: str, faults: str, noticed: str, score: str) -> None:
    assert f"{100 * int(noticed) / int(faults):.1f}" == score, module
    assert float(score) >= ENOUGH, module
