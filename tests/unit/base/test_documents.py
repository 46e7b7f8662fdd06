"""The strict reader: what it takes, and that an error names the key and never a secret's value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from standdown.base.documents import Reader
from standdown.core.request import Mode

ANY = re.compile(r"[a-z]+")


def reader(value: Any, *, secret: bool = False) -> Reader:
    return Reader({"key": value}, lambda key, problem: LookupError(f"{key}: {problem}"), secret)


READS: dict[str, tuple[Callable[[Reader], Any], Any, Any]] = {
    "value": (lambda one: one.value("key", int, "a small number", lambda number: number < 5), 4, 4),
    "text": (lambda one: one.text("key", ANY, "letters"), "abc", "abc"),
    "whole": (lambda one: one.whole("key", 1, 9), 9, 9),
    "one_of": (lambda one: one.one_of("key", Mode), "off", Mode.OFF),
    "some_of": (lambda one: one.some_of("key", Mode), ["off"], frozenset({Mode.OFF})),
    "texts": (
        lambda one: one.texts("key", "names", lambda name: len(name) < 9, least=1, most=2),
        ["a", "b"],
        ("a", "b"),
    ),
    "checked": (lambda one: one.checked("key", str.upper, "a name"), "a", "A"),
    "made": (lambda one: one.made("key", int, "digits"), "7", 7),
}


@pytest.mark.parametrize("way", READS)
def test_a_value_in_its_form_is_read(way: str) -> None:
    read, value, expected = READS[way]

    assert read(reader(value)) == expected


@pytest.mark.parametrize("value", [None, True, 10, {}, [7], ["HUNTER2" * 9], [["off"]]])
@pytest.mark.parametrize("way", READS)
def test_a_value_in_another_form_is_refused_by_the_caller_s_own_error(way: str, value: Any) -> None:
    with pytest.raises(LookupError, match=r"^key: must be .*, not "):
        READS[way][0](reader(value))


@pytest.mark.parametrize("way", READS)
def test_a_key_that_is_not_there_is_refused_as_a_wrong_value_is(way: str) -> None:
    with pytest.raises(LookupError, match=r"^key: must be .*, not None$"):
        READS[way][0](Reader({}, lambda key, problem: LookupError(f"{key}: {problem}")))


def test_a_text_of_which_nothing_can_be_made_is_refused_by_what_it_must_be() -> None:
    with pytest.raises(LookupError, match=r"^key: must be digits, not 'x'$"):
        reader("x").made("key", int, "digits")


def test_a_list_of_too_few_is_refused() -> None:
    with pytest.raises(LookupError, match=r"^key: must be a list of some of .*, not \[\]$"):
        reader([]).some_of("key", Mode, least=1)


@pytest.mark.parametrize("way", READS)
def test_a_secret_document_shows_no_value(way: str) -> None:
    with pytest.raises(LookupError, match=r"^key: must be ") as caught:
        READS[way][0](reader({"HUNTER2": 1}, secret=True))

    assert "HUNTER2" not in str(caught.value)


def test_an_unknown_key_is_named_unless_it_may_be_a_secret() -> None:
    document = {"HUNTER2": 1}
    plain, hidden = (
        Reader(document, lambda key, problem: LookupError(f"{key} {problem}"), secret) for secret in (False, True)
    )

    with pytest.raises(LookupError, match=r"^HUNTER2 is not a key of it; the keys are a, b$"):
        plain.nothing_else(("a", "b"), "it")
    with pytest.raises(LookupError, match=r"^\(a key\) is not a key of it; the keys are a, b$"):
        hidden.nothing_else(("a", "b"), "it")


@pytest.mark.parametrize(
    ("way", "form"),
    [
        ("value", "a small number"),
        ("text", "letters"),
        ("whole", "a whole number from 1 to 9"),
        ("one_of", "live, dry-run or off"),
        ("some_of", "a list of some of live, dry-run, off"),
        ("texts", "names"),
        ("checked", "a name"),
        ("made", "digits"),
    ],
)
def test_what_a_value_must_be_is_said_with_what_it_is_unless_that_is_secret(way: str, form: str) -> None:
    with pytest.raises(LookupError) as plain:
        READS[way][0](reader({}))
    with pytest.raises(LookupError) as hidden:
        READS[way][0](reader({}, secret=True))

    assert str(plain.value) == f"key: must be {form}, not {{}}"
    assert str(hidden.value) == f"key: must be {form}"


def test_values_and_keys_are_shown_in_at_most_60_characters() -> None:
    with pytest.raises(LookupError) as value:
        reader("x" * 99).whole("key", 1, 9)
    with pytest.raises(LookupError) as key:
        Reader({"x" * 99: 1}, lambda key, _: LookupError(key)).nothing_else((), "it")

    assert len(str(value.value)) == len("key: must be a whole number from 1 to 9, not ") + 60
    assert len(str(key.value)) == 60


@pytest.mark.parametrize("secret", ["hunter", "correcthorsebattery", "a_b_c", "Tr0ub4dor&3", "passphrases", "x" * 41])
def test_k02b_a_password_in_the_place_of_a_key_is_not_shown_whatever_its_letters_are(secret: str) -> None:
    document = Reader({secret: 1}, lambda key, problem: LookupError(f"{key} {problem}"), secret=True)

    with pytest.raises(LookupError, match=r"^\(a key\) is not a key of it; the keys are github, smn, standard$"):
        document.nothing_else(("github", "smn", "standard"), "it")


@pytest.mark.parametrize("name", ["standart", "Standard", "gitHub", "signing_secret", "webhook key", "smns"])
def test_a_usual_word_or_one_close_to_a_known_key_is_shown(name: str) -> None:
    document = Reader({name: 1}, lambda key, problem: LookupError(f"{key} {problem}"), secret=True)

    with pytest.raises(LookupError, match=f"^{name} is not a key of it"):
        document.nothing_else(("github", "smn", "standard"), "it")
