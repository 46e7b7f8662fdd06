"""Single values: where each bound lies, and how a value's kind is named."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from standdown.base.text import from_base64
from standdown.intake.fields import delivery_id_of, kind, to_moment


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "missing or null"),
        ({}, "an object"),
        ([], "a list"),
        ("", "text"),
        (True, "true or false"),
        (1, "a number"),
        (1.5, "a number"),
        (object(), "something else"),
    ],
)
def test_a_values_kind_has_a_name(value: Any, name: str) -> None:
    assert kind(value) == name


@pytest.mark.parametrize(
    ("value", "taken"), [("", False), ("x", True), ("x" * 200, True), ("x" * 201, False), (7, False)]
)
def test_a_senders_identity_has_1_to_200_characters(value: Any, taken: bool) -> None:
    assert delivery_id_of(value) == (value if taken else None)


@pytest.mark.parametrize(
    "text", ["2026-01-02T03:04:05." + "0" * 19 + "Z", "2026-01-02T03:04:05.000000" + "0" * 13 + "Z"]
)
def test_a_time_of_forty_characters_is_read(text: str) -> None:
    assert len(text) == 40
    assert to_moment(text).second == 5


@pytest.mark.parametrize(
    "text", ["2026-01-02T03:04:05." + "0" * 20 + "Z", "2026-01-02T03:04:0\uff15Z", "\u00b2026-01-02T03:04:05Z", 7, None]
)
def test_a_longer_time_or_one_in_other_digits_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match=r"^it must be an ISO 8601 time such as 2026-01-02T03:04:05Z$"):
        to_moment(text)


@pytest.mark.parametrize("text", ["Zm9", "Zm9=", "Zm9v\n", "Zm9v ", "Zm9v====", "Zm9_", "Zh=="])
def test_base64_has_one_form(text: str) -> None:
    assert from_base64("Zm9v") == base64.b64decode("Zm9v")
    with pytest.raises(ValueError, match=r"base64|padding|Only|canonical|data"):
        from_base64(text)


def test_another_spelling_of_the_same_bytes_is_named() -> None:
    with pytest.raises(ValueError, match=r"^the base64 is not in its canonical form$"):
        from_base64("Zh==")
