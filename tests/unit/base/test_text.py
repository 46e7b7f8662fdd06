"""Plain values on the wire: times, canonical JSON, clipped lines, and strict JSON that no input gets past."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standdown.base.text import NotJsonError, canonical, clip, from_iso, iso, one_line, strict_json

AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)

# JSON values as Python has them; whole numbers stay below what the parser takes.
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: "\\ud" not in json.dumps(value))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (AT, "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T03:04:05.000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds_always_the_same_length(moment: datetime, text: str) -> None:
    assert iso(moment) == text
    assert len(iso(moment)) == 24


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.678Z", AT),
        ("2026-01-02T03:04:05.678+00:00", AT),
        ("2026-01-02T05:04:05.678+02:00", AT),
        ("2026-01-02 03:04:05.678Z", AT),
    ],
)
def test_a_time_that_names_its_zone_is_read_as_utc(text: str, moment: datetime) -> None:
    assert from_iso(text) == moment
    assert from_iso(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-13-02T03:04:05Z",
        "2026-01-02T25:04:05Z",
        "<aws.scheduler.scheduled-time>",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_a_time_that_is_none_or_names_no_zone_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_iso(text)


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_ordered_as_their_texts_are(moment: datetime) -> None:
    later = moment + timedelta(milliseconds=1) if moment.year < 9999 else moment

    assert from_iso(iso(moment)) <= moment
    assert (iso(moment) < iso(later)) is (moment < later)


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": ["ü", None]}) == canonical({"a": ["ü", None], "b": 1})
    assert canonical({"b": 1, "a": ["ü", None]}) == '{"a":["\\u00fc",null],"b":1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": -float("inf")}])
def test_canonical_json_has_no_number_that_is_none(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(value)


@pytest.mark.parametrize(
    ("text", "limit", "clipped"),
    [("", 5, ""), ("12345", 5, "12345"), ("123456", 5, "1234…"), ("12", 1, "…")],
)
def test_a_text_longer_than_its_limit_ends_in_an_ellipsis(text: str, limit: int, clipped: str) -> None:
    assert clip(text, limit) == clipped


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nb\tc", "a b c"),
        ("  a  ", "a"),
        ("a\x00b", "a\\u0000b"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("a\ud800b", "a\\ud800b"),
        ("保护", "保护"),
    ],
)
def test_a_line_shows_what_would_otherwise_act(text: str, line: str) -> None:
    assert one_line(text) == line


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())), st.integers(1, 50))
@example("\x00" * 1000, 7)
def test_a_line_is_one_line_of_printable_characters_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= limit
    assert line.isprintable()


@settings(deadline=None)
@given(JSON_VALUES)
def test_what_is_written_canonically_is_read_back_strictly(value: Any) -> None:
    assert strict_json(canonical(value)) == value
    assert strict_json(canonical(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON: Expecting value at line 1, column 1"),
        ("{", "not JSON"),
        ('{"a": 1} x', "not JSON: Extra data"),
        ("'a'", "not JSON"),
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ('{"o": {"a\\nb": 1, "a\\nb": 1}}', "the key 'a b' stands twice"),
        ("NaN", "NaN is not a JSON value"),
        ('{"a": -Infinity}', "-Infinity is not a JSON value"),
        ("1e999", "a number in it is too large"),
        ("-1e999", "a number in it is too large"),
        ("1" * 5000, "a number in it is too large"),
        ('"\\ud800"', "not valid UTF-8"),
        ('{"\\udfff": 1}', "not valid UTF-8"),
        (b"\xff", "not valid UTF-8"),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 5_000 + "]" * 5_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("[" * 101 + "]" * 101, "nested too deeply"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested too deeply"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_the_problem(text: str | bytes, problem: str) -> None:
    with pytest.raises(NotJsonError, match=problem):
        strict_json(text)


@pytest.mark.parametrize("text", ["[" * 100 + "]" * 100, '{"a":[' * 50 + "1" + "]}" * 50, '["[[["]'])
def test_what_is_as_deep_as_anything_that_is_meant_is_read(text: str) -> None:
    assert json.loads(text) == strict_json(text)


@settings(deadline=None)
@given(st.text() | st.binary() | st.text(st.sampled_from('{}[]",:0123456789eE+-.\\uNaInfityrls ')))
def test_whatever_is_read_is_a_value_or_a_not_json_error(text: str | bytes) -> None:
    try:
        value = strict_json(text)
    except NotJsonError as error:
        assert str(error).isprintable()  # noqa: PT017 - both ends are right, neither may be another error
    else:
        assert strict_json(canonical(value)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ufeff{}", "it begins with a byte order mark; save it as UTF-8 without one"),
        (b"\xef\xbb\xbf{}", "it begins with a byte order mark; save it as UTF-8 without one"),
        ('{"a":\u00a01}', "a no-break space where a blank should be at line 1, column 6"),
        ("{\u201ca\u201d: 1}", "a typographic quotation mark at line 1, column 2"),
        ('{"a": 1,\n}', "a comma too many at line"),
        ("[1, ]", "a comma too many at line 1"),
        ("# all\n{}", "a comment, which JSON does not have, at line 1, column 1"),
        ('{"a": 1, // one\n"b": 2}', "a comment, which JSON does not have, at line 1"),
    ],
)
def test_k13_what_people_write_into_json_is_named_as_what_it_is(text: str | bytes, said: str) -> None:
    with pytest.raises(NotJsonError) as caught:
        strict_json(text)

    assert str(caught.value).startswith(f"not JSON: {said}")
