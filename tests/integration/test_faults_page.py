"""docs/faults.md names for every fault the file that has its tests, and it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| F(\d+) \|.*`([\w/]+\.py)` \|", (ROOT / "docs" / "faults.md").read_text("utf-8"), re.MULTILINE)


def test_the_page_has_every_fault_once() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 38))


@pytest.mark.parametrize(("number", "name"), ROWS)
def test_each_fault_has_a_test_of_its_name_where_the_page_says(number: str, name: str) -> None:
    source = (ROOT / "tests" / "integration" / name).read_text("utf-8")

    assert re.search(rf"^def test_f0?{number}_\w+\(", source, re.MULTILINE)
