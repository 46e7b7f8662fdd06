"""The page on the reasons has every code with its sentence. `GOLDEN=write` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

from standdown.core.reasons import Reason
from standdown.core.sentences import ENGLISH

PAGE = Path(__file__).parents[3] / "docs" / "using" / "reasons.md"
HEAD = "| code | sentence |\n|---|---|\n"


def table() -> str:
    rows = ((code.value, ENGLISH[code].replace("!r}", "}")) for code in Reason)
    return HEAD + "".join(f"| `{code}` | {words.replace('|', chr(92) + '|')} |\n" for code, words in rows)


def test_the_page_on_reasons_has_every_code_with_its_sentence() -> None:
    text = PAGE.read_text("utf-8")
    before, _, _ = text.partition(HEAD)
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(before + table(), "utf-8")
        text = PAGE.read_text("utf-8")

    assert text == before + table()
