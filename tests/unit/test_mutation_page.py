"""docs/mutation.md speaks of the modules that there are, and its scores are what its numbers make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import standdown
from local.places import ROOT
from mutation.copied import modules

PAGE = (ROOT / "docs" / "mutation.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([a-z_.]+)` \| (\d+) \| (\d+) \| (\d+) \| ([0-9.]+) % \|", PAGE, re.MULTILINE)
LAYER = Path(standdown.__file__).parent


@pytest.mark.parametrize("module", modules())
def test_faults_are_planted_in_modules_that_there_are(module: str) -> None:
    assert (LAYER / f"{module.replace('.', '/')}.py").is_file()


def test_the_page_says_of_every_module_that_it_was_measured_or_was_not_and_of_no_other() -> None:
    [line] = re.findall(r"^Not measured: (.*)$", PAGE, re.MULTILINE)

    told = [row[0] for row in ROWS] + re.findall(r"`([a-z_.]+)`", line)

    assert sorted(told) == sorted(modules())


@pytest.mark.parametrize(("module", "faults", "asked", "noticed", "score"), ROWS)
def test_a_score_is_what_the_numbers_make(module: str, faults: str, asked: str, noticed: str, score: str) -> None:
    assert int(noticed) <= int(asked) <= int(faults), module
    assert f"{100 * int(noticed) / int(asked):.1f}" == score, module
