"""Nothing on the way of a message takes more than linear time in what its sender wrote."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
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


BOUNDED = {"standdown.core.target_keys._ANY[0]": 255}
"""Characters of what an expression is given at most, where the code that gives it says so."""


def seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of three tries."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def is_slow(read: Callable[[str], object], text: str) -> bool:
    """Return whether a text takes far longer than a harmless one, and grows faster than its length.

    Measured again where it seems so: another process may have had the processor.
    """
    usual = seconds(lambda: read(HARMLESS * (LENGTH // len(HARMLESS))))
    # Quadratic time would be thousands of times as much, exponential time for ever.
    if seconds(lambda: read(text)) < 40 * usual + 0.05:
        return False
    half = seconds(lambda: read(text[: len(text) // 2]))
    return seconds(lambda: read(text)) > max(2.5 * half, 40 * usual + 0.05)


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
    slow = [
        (name, text[:20])
        for name, pattern in EVERY.items()
        for text in (text[: BOUNDED.get(name, len(text))] for text in HOSTILE)
        if is_slow(partial(_tried, pattern), text)
    ]

    assert len(EVERY) > 30
    assert slow == []


@pytest.mark.parametrize("read", [redacted_text, read_reason], ids=["redaction", "SDRS's reasons"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:16]))
def test_what_reads_the_words_of_others_takes_linear_time(read: Callable[[str], object], text: str) -> None:
    assert not is_slow(read, text)


def test_quadratic_time_is_seen() -> None:
    assert is_slow(partial(_tried, re.compile(r"\s*x")), " " * LENGTH)


def _tried(pattern: re.Pattern[Any], text: str) -> None:
    """Use an expression in every way that there is."""
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    pattern.sub(given[:0], given)
    pattern.fullmatch(given)
