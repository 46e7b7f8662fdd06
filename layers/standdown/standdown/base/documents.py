"""The one strict reader of documents that people write: each value has its form, and each error names its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from math import inf
from typing import Any, NamedTuple, TypeVar

from standdown.base.text import one_line

__all__ = ["DOCUMENT_NAME", "Reader", "looks_like_a_name", "shown"]

DOCUMENT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""What a document of its own in the Parameter Store may be called: a target, a calendar."""
_WORDS = re.compile(r"[A-Za-z][a-z]{0,11}(?:[ _-]?[A-Z]?[a-z]{1,11}){0,4}")
_USUAL = re.compile(
    "access|account|ak|auth|credential|domain|endpoint|expires|iam|id|key|name|password|project|region|secret|security|"
    "session|sk|tenant|token|type|url|user|username|version"
)
_CLOSE = 0.8
_Word = TypeVar("_Word", bound=StrEnum)
_Kind = TypeVar("_Kind")
_Made = TypeVar("_Made")


def _any(_value: object) -> bool:
    return True


class Reader(NamedTuple):
    """Reads the values of one document; `raising` makes the caller's own error of a key and a problem.

    A key that is not there has no value that fits: whether it may be left out is the caller's to say.
    Of a `secret` document no error shows a value, and an unknown key only if it `looks_like_a_name`.
    """

    document: dict[str, Any]
    raising: Callable[[str, str], Exception]
    secret: bool = False

    def nothing_else(self, known: Collection[str], what: str) -> None:
        """Refuse a key that is not known."""
        for key in self.document:
            if key not in known:
                named = "(a key)" if self.secret and not looks_like_a_name(key, known) else one_line(key, 60)
                raise self.raising(named, f"is not a key of {what}; the keys are {', '.join(known)}")

    def value(self, key: str, kind: type[_Kind], what: str, fits: Callable[[_Kind], object] = _any) -> _Kind:
        """Return the value under a key, which must be of this very type, and fit."""
        value: _Kind | None = self.document.get(key)
        if type(value) is not kind or not fits(value):
            raise self._wrong(key, what)
        return value

    def text(self, key: str, pattern: re.Pattern[str], what: str) -> str:
        """Return the text under a key, which must match the pattern as a whole."""
        return self.value(key, str, what, pattern.fullmatch)

    def whole(self, key: str, low: int, high: int, what: str = "a whole number") -> int:
        """Return the whole number under a key, from `low` to `high`."""
        return self.value(key, int, f"{what} from {low} to {high}", lambda value: low <= value <= high)

    def one_of(self, key: str, words: type[_Word]) -> _Word:
        """Return the word under a key."""
        known = [word.value for word in words]
        return words(self.value(key, str, f"{', '.join(known[:-1])} or {known[-1]}", known.__contains__))

    def some_of(self, key: str, words: Iterable[_Word], least: int = 0) -> frozenset[_Word]:
        """Return the words in the list under a key."""
        known = {word.value: word for word in words}
        what = f"a list of some of {', '.join(known)}"
        return frozenset(known[one] for one in self.texts(key, what, known.__contains__, least))

    def texts(
        self, key: str, what: str, fits: Callable[[str], object] = _any, least: int = 0, most: float = inf
    ) -> tuple[str, ...]:
        """Return the texts in the list under a key, each of which must fit."""

        def all_fit(listed: list[Any]) -> bool:
            return least <= len(listed) <= most and all(isinstance(one, str) and fits(one) for one in listed)

        found: list[str] = self.value(key, list, what, all_fit)
        return tuple(found)

    def checked(self, key: str, check: Callable[[str], _Made], what: str) -> _Made:
        """Return what `check` makes of the text under a key; its ValueError says what is wrong."""
        value = self.value(key, str, what)
        try:
            return check(value)
        except ValueError as error:
            raise self.raising(key, str(error)) from None

    def made(self, key: str, make: Callable[[str], _Made], what: str) -> _Made:
        """Return what `make` makes of the text under a key; its ValueError only says that the text does not fit."""
        value = self.value(key, str, what)
        try:
            return make(value)
        except ValueError:
            raise self._wrong(key, what) from None

    def _wrong(self, key: str, what: str) -> Exception:
        given = "" if self.secret else f", not {shown(self.document.get(key))}"
        return self.raising(key, f"must be {what}{given}")


def looks_like_a_name(key: str, known: Collection[str]) -> bool:
    """Return whether an unknown key of a secret document may be shown: what stands there may be the secret itself.

    It must be made of words, and one of them a usual one, or the whole close to a known key.
    """
    if len(key) > 40 or not _WORDS.fullmatch(key):
        return False
    words = re.findall(r"[a-z]+", re.sub("([A-Z])", r" \1", key).lower())
    if any(map(_USUAL.fullmatch, words)):
        return True
    from difflib import get_close_matches  # few documents have an unknown key

    return bool(get_close_matches(key.lower(), known, 1, _CLOSE))


def shown(value: Any) -> str:
    """Return a value as an error message shows it."""
    return one_line(repr(value), 60)
