"""docs/evidence/faults.md names for every fault the files that have its tests, and they have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "evidence" / "faults.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| F")]


def test_the_page_has_every_fault_once() -> None:
    assert [row[0] for row in ROWS] == [f"F{number}" for number in range(1, 38)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_fault_has_a_test_of_its_name_where_the_page_says(row: list[str]) -> None:
    number, name = int(row[0][1:]), row[3].strip("`")

    source = (ROOT / "tests" / "integration" / name).read_text("utf-8")

    assert re.search(rf"^def test_f0?{number}_\w+\(", source, re.MULTILINE)
    assert all((ROOT / "tests" / "e2e" / deployed).exists() for deployed in re.findall(r"`(\w+\.py)`", row[4]))
