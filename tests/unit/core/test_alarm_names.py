"""Names of alarms and globs: which alarm is among those of a target."""

from __future__ import annotations

import pytest

from standdown.core.alarm_names import is_among


@pytest.mark.parametrize("name", ["inodes [/srv/db]", "[a]", "what?", "a*b", "[!x", "plain"])
def test_k07_an_exact_name_is_among_the_names_whatever_brackets_it_holds(name: str) -> None:
    assert is_among(name, (name,))


@pytest.mark.parametrize(
    ("name", "pattern", "among"), [("erp-1", "erp-*", True), ("Erp-1", "erp-*", False), ("b", "[a]", False)]
)
def test_a_glob_matches_as_a_glob(name: str, pattern: str, among: bool) -> None:
    assert is_among(name, (pattern,)) is among
