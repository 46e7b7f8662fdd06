"""DER has one encoding of each value: every other is refused, with the words by which a pinned key is mended."""

from __future__ import annotations

import re

import pytest

from standdown.intake.webhook.der import INTEGER, SEQUENCE, DerError, Reader

SHORTEST = "a length is not in its shortest form"
TOO_LONG = "a length is indefinite or far too long"
ODD = "an integer is negative or not in its shortest form"


def value(length: str, size: int, tag: int = SEQUENCE) -> bytes:
    return bytes([tag]) + bytes.fromhex(length) + b"\x01" * size


@pytest.mark.parametrize(
    ("length", "size"), [("00", 0), ("7f", 127), ("8180", 128), ("81ff", 255), ("820100", 256), ("83010000", 65536)]
)
def test_a_length_in_its_shortest_form_is_read(length: str, size: int) -> None:
    reader = Reader(value(length, size))

    assert len(reader.take(SEQUENCE)) == size
    reader.end()


@pytest.mark.parametrize(
    ("length", "size", "words"),
    [
        ("8100", 0, SHORTEST),
        ("817f", 127, SHORTEST),
        ("820080", 128, SHORTEST),
        ("8200ff", 255, SHORTEST),
        ("83000100", 256, SHORTEST),
        ("8300ffff", 65535, SHORTEST),
        ("8400010000", 65536, SHORTEST),
        ("8401000000", 100, "a value is longer than what holds it"),
        ("80", 4, TOO_LONG),
        ("850100000000", 100, TOO_LONG),
        ("ff", 200, TOO_LONG),
    ],
)
def test_a_length_in_every_other_form_is_refused(length: str, size: int, words: str) -> None:
    with pytest.raises(DerError, match=f"^{re.escape(words)}$"):
        Reader(value(length, size)).take(SEQUENCE)


@pytest.mark.parametrize(
    ("data", "number"), [("00", 0), ("01", 1), ("7f", 127), ("0080", 128), ("0100", 256), ("00ffff", 65535)]
)
def test_an_integer_in_its_shortest_form_is_read(data: str, number: int) -> None:
    contents = bytes.fromhex(data)

    assert Reader(bytes([INTEGER, len(contents)]) + contents).integer() == number


@pytest.mark.parametrize("data", ["", "80", "ff", "ff80", "0000", "0001", "007f", "00007f"])
def test_an_integer_in_every_other_form_is_refused(data: str) -> None:
    contents = bytes.fromhex(data)

    with pytest.raises(DerError, match=f"^{ODD}$"):
        Reader(bytes([INTEGER, len(contents)]) + contents).integer()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "a value is of another kind than expected"),
        ("030101", "a value is of another kind than expected"),
        ("02", "the bytes end too early"),
        ("0281", "the bytes end too early"),
        ("0201", "a value is longer than what holds it"),
    ],
)
def test_bytes_that_hold_no_whole_integer_are_refused(data: str, words: str) -> None:
    with pytest.raises(DerError, match=f"^{words}$"):
        Reader(bytes.fromhex(data)).integer()
