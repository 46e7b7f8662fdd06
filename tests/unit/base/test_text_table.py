"""Tables for people: whatever the cells hold, the columns stand and no line is too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.base.text_table import note, places, table


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(("A", "LONG"), [("aaa", "b"), ("a", "bb")]) == "A    LONG\naaa  b\na    bb"


def test_the_widest_column_gives_way_and_shows_it() -> None:
    assert table(("A", "B"), [("a", "b" * 40)], width=20) == f"A  B\na  {'b' * 16}…"


@pytest.mark.parametrize(("text", "count"), [("abc", 3), ("保护组", 6), ("é", 1), ("e\u0301", 1), ("\uff21", 2)])
def test_a_text_takes_the_places_that_a_terminal_gives_it(text: str, count: int) -> None:
    assert places(text) == count


def test_a_line_break_in_a_cell_breaks_no_line() -> None:
    assert table(("A",), [("a\nb\x1b[2J",)]).splitlines() == ["A", "a b\\u001b[2J"]


def test_a_note_is_indented_and_broken_into_lines() -> None:
    assert note("title", "word " * 10, 20) == "title\n  word word word\n  word word word\n  word word word\n  word"


@given(st.lists(st.tuples(*[st.text(max_size=80)] * 4), max_size=4), st.integers(40, 160))
def test_no_line_is_wider_than_asked_and_none_is_lost(rows: list[tuple[str, ...]], width: int) -> None:
    lines = table(("ONE", "TWO", "THREE", "FOUR"), rows, width).split("\n")

    assert len(lines) == len(rows) + 1
    assert max(map(places, lines)) <= width
