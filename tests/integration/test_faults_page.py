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


FOUND = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| [AHKLMNOW]\d+[a-d]? \|", line)
]
NAMED = re.compile(r"^def test_([ahklmnow])(\d\d)([a-d]?)_", re.MULTILINE)


@pytest.mark.parametrize("row", FOUND, ids=[row[0] for row in FOUND])
def test_each_fault_that_was_found_from_outside_has_its_tests_where_the_page_says(row: list[str]) -> None:
    letter, number = row[0][0].lower(), int(re.sub(r"\D", "", row[0]))
    named = re.findall(r"`(tests/[\w/]+\.py)`", row[2])

    assert named
    for name in named:
        source = (ROOT / name).read_text("utf-8")
        # What newcomers stumbled over is often held by a test that has a name of its own.
        assert letter == "n" or re.search(rf"^def test_{letter}{number:02}[a-d]?_\w+\(", source, re.MULTILINE), name


def test_each_fault_that_a_test_is_named_after_is_on_the_page() -> None:
    rows = {row[0].rstrip("abcd") for row in FOUND}
    texts = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    named = {f"{letter.upper()}{int(number)}" for text in texts for letter, number, _ in NAMED.findall(text)}

    assert named - rows == set()
