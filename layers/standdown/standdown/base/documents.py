"""The one strict reader of documents that people write: each value has its form, and each error names its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from standdown.base.text import one_line

__all__ = ["Reader", "shown"]

_NAME = re.compile(r"[a-z_]{1,20}")
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the values of one document; `raising` makes the caller's own error of a key and a problem.

    A value is read only if its key is there: whether it may be left out is the caller's to say, by `in document`.
    Of a `secret` document no error shows a value, and an unknown key only if it looks like a key's name.
    """

    document: dict[str, Any]
    raising: Callable[[str, str], Exception]
    secret: bool = False

    def nothing_else(self, known: Collection[str], what: str) -> None:
        """Refuse a key that is not known."""
        for key in self.document:
            if key not in known:
                named = "(a key)" if self.secret and not _NAME.fullmatch(key) else one_line(key, 60)
                raise self.raising(named, f"is not a key of {what}; the keys are {', '.join(known)}")

    def text(self, key: str, pattern: re.Pattern[str], what: str) -> str:
        """Return the text under a key, which must match the pattern as a whole."""
        value = self.document[key]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self._wrong(key, what)
        return value

    def whole(self, key: str, low: int, high: int, what: str = "a whole number") -> int:
        """Return the whole number under a key, from `low` to `high`."""
        value = self.document[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(key, f"{what} from {low} to {high}")
        return value

    def one_of(self, key: str, words: type[_Word]) -> _Word:
        """Return the word under a key."""
        value = self.document[key]
        known = [word.value for word in words]
        if value not in known:
            raise self._wrong(key, f"{', '.join(known[:-1])} or {known[-1]}")
        return words(value)

    def some_of(self, key: str, words: type[_Word]) -> frozenset[_Word]:
        """Return the words in the list under a key."""
        value = self.document[key]
        known = [word.value for word in words]
        if not isinstance(value, list) or any(one not in known for one in value):
            raise self._wrong(key, f"a list of some of {', '.join(known)}")
        return frozenset(words(one) for one in value)

    def texts(self, key: str, most: int, longest: int, what: str) -> tuple[str, ...]:
        """Return the texts in the list under a key, at most so many of at most so many characters."""
        value = self.document[key]
        named = isinstance(value, list) and all(isinstance(one, str) and 0 < len(one) <= longest for one in value)
        if not named or len(value) > most:
            raise self._wrong(key, f"a list of at most {most} {what}")
        return tuple(value)

    def checked(self, key: str, check: Callable[[str], str], what: str) -> str:
        """Return the text under a key as `check` returns it; its ValueError says what is wrong."""
        value = self.document[key]
        if not isinstance(value, str):
            raise self._wrong(key, what)
        try:
            return check(value)
        except ValueError as error:
            raise self.raising(key, str(error)) from error

    def _wrong(self, key: str, what: str) -> Exception:
        given = "" if self.secret else f", not {shown(self.document[key])}"
        return self.raising(key, f"must be {what}{given}")


def shown(value: Any) -> str:
    """Return a value as an error message shows it."""
    return one_line(repr(value), 60)
