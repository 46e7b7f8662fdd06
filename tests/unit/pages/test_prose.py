"""Every page is in plain words: no sentence is longer than 25 words, and no word is used that only this project has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.places import ROOT

LONGEST = 25
FAULTS = ROOT / "docs" / "evidence" / "faults.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "events" / "README.md",
    *sorted(one for one in (ROOT / "docs").rglob("*.md") if one != FAULTS),  # its rows stand beside their tests' names
]
PRIVATE = {
    "told": "published, notified",
    "tell": "say, notify",
    "tells": "says, notifies",
    "anew": "again",
    "heeded": "takes effect",
    "heeds": "takes effect",
    "in force": "takes effect",
    "set aside": "moved to the dead-letter queue",
    "buried": "moved to the dead-letter queue",
    "door": "entry point",
    "doors": "entry points",
    "way in": "entry point",
    "ways in": "entry points",
    "let in": "accepted",
    "lets in": "accepts",
    "a look": "a poll",
    "one look": "one poll",
    "two looks": "two polls",
    "look at": "read, check",
    "looks at": "reads, checks",
    "looked at": "read, checked",
    "moved on": "recovered",
    "settled": "completed",
    "strangers": "unauthenticated senders",
    "brakes": "safety controls",
    "hear": "be notified",
    "hears": "is notified",
    "put right": "fixed",
    "planted": "mutants",
    "in earnest": "live",
    "speaks for": "forges, impersonates",
    "passes for": "forges, impersonates",
    "broken document": "invalid target",
    "protected anew": "protection enabled again",
}
"""What a reader stumbles over, and the word that the field has for it."""
_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NOT_PROSE = re.compile(r"^\s*(?:\||#|!\[).*$", re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.) +", re.MULTILINE)
_CODE = re.compile(r"`[^`]+`")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_END = re.compile(r"(?<=[.?!])[*)\"”]*\s+(?=\S)")
_OF_THE_CODE = re.compile(r"(?<=\| code \| sentence \|\n).*", re.DOTALL)
"""The table of docs/using/reasons.md is made of the sentences in the code."""
_LIST = re.compile(r":(?:[^,]*,){6}.*", re.DOTALL)
"""Six values and more after a colon are a list, and are not read as a sentence."""


def sentences(page: str) -> Iterator[str]:
    """Yield the sentences of a page, without code, tables, headings and pictures; code in a sentence is one word."""
    text = _NOT_PROSE.sub("\n", _COMMENT.sub("\n\n", _FENCE.sub("\n\n", page)))
    text = _LINK.sub(r"\1", _CODE.sub("code", _ITEM.sub("\n\n", text)))
    for paragraph in re.split(r"\n\s*\n", text):
        yield from filter(None, _END.split(" ".join(paragraph.split())))


def words(sentence: str) -> int:
    return sum(re.search(r"\w", one) is not None for one in _LIST.sub("", sentence).split())


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_sentence_is_longer_than_twenty_five_words(page: Path) -> None:
    long = [one for one in sentences(page.read_text("utf-8")) if words(one) > LONGEST]

    assert long == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_has_a_word_that_only_this_project_uses(page: Path) -> None:
    prose = _CODE.sub("", _OF_THE_CODE.sub("", _FENCE.sub("", page.read_text("utf-8")))).lower()

    found = {word: field for word, field in PRIVATE.items() if re.search(rf"(?<![\w-]){word}(?![\w-])", prose)}

    assert found == {}


def test_a_sentence_is_measured_without_its_code_and_a_list_without_its_values() -> None:
    page = "One `a b c d` two [three four](x.md#y). Five: 1, 2, 3, 4, 5, 6, 7.\n\n| a | b |\n\n- six\n"

    assert [(one, words(one)) for one in sentences(page)] == [
        ("One code two three four.", 5),
        ("Five: 1, 2, 3, 4, 5, 6, 7.", 1),
        ("six", 1),
    ]
