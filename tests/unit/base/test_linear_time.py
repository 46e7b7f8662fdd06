"""Nothing on the way of a message takes more than linear time in what its sender wrote."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import standdown
from standdown.base.redaction import redacted_text
from standdown.sdrs.fail_reason import read_reason

LENGTH = 16_000
HARMLESS = "the group was read and is protected, "
# What has regular expressions try again: escapes, open quotes, long runs, and beginnings that never end.
HOSTILE = (
    'name="' + "\\" * LENGTH,
    'password="' + "\\x" * (LENGTH // 2),
    "token='" + '\\"' * (LENGTH // 2),
    'secret_key="' * (LENGTH // 12),
    'sk=\\\\"' * (LENGTH // 6),
    "secret" + "\\" * LENGTH + '"',
    "message': '" * (LENGTH // 11),
    '"reason":u\'' + "\\" * LENGTH,
    "a" * LENGTH,
    "a-" * (LENGTH // 2),
    "a." * (LENGTH // 2),
    "[" * LENGTH,
    "[!" * (LENGTH // 2),
    "{" * LENGTH,
    " " * LENGTH,
    "cookie" + " " * LENGTH,
    "Bearer " * (LENGTH // 7),
    "-----BEGIN " + "A" * LENGTH,
    "-----BEGIN PUBLIC KEY-----" + "A " * (LENGTH // 2),
    "<title" * (LENGTH // 6),
    "<aws." * (LENGTH // 5),
    "https://" + "a" * LENGTH + "^",
    "0" * LENGTH,
    "MII" * (LENGTH // 3),
)


BOUNDED = {"standdown.core.targets._ANY[0]": 255}
"""Characters of what an expression is given at most, where the code that gives it says so."""


def seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of three tries."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Yield every compiled expression of the package's modules, by its module and name."""
    for found in pkgutil.walk_packages(standdown.__path__, "standdown."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            for number, pattern in enumerate(_inside(value)):
                yield f"{found.name}.{name}[{number}]", pattern


def _inside(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        yield from (pattern for item in value for pattern in _inside(item))
    elif isinstance(value, dict):
        yield from (pattern for item in value.values() for pattern in _inside(item))


EVERY = dict(patterns())


def test_a01_no_regular_expression_takes_more_than_linear_time() -> None:
    harmless = HARMLESS * (LENGTH // len(HARMLESS))
    slow = {}
    for name, pattern in EVERY.items():
        usual = seconds(lambda pattern=pattern: (pattern.sub("", harmless), pattern.fullmatch(harmless)))  # type: ignore[misc]
        for text in (text[: BOUNDED.get(name, len(text))] for text in HOSTILE):
            taken = seconds(lambda pattern=pattern, text=text: (pattern.sub("", text), pattern.fullmatch(text)))  # type: ignore[misc]
            # Quadratic time would be thousands of times as much, exponential time for ever.
            if taken > 40 * usual + 0.05:
                slow[name, text[:20]] = round(taken, 2)

    assert len(EVERY) > 30
    assert slow == {}


@pytest.mark.parametrize("read", [redacted_text, read_reason], ids=["redaction", "SDRS's reasons"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:16]))
def test_what_reads_the_words_of_others_takes_linear_time(read: Callable[[str], object], text: str) -> None:
    usual = seconds(lambda: read(HARMLESS * (LENGTH // len(HARMLESS))))

    assert seconds(lambda: read(text)) < 40 * usual + 0.05
