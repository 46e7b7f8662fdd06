"""Each fact about SDRS that a text rests on has a row with its page, and each row is what some text rests on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from local.places import ROOT

FACTS = ROOT / "docs" / "using" / "facts.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "using").glob("*.md"))]
SENTENCES = ROOT / "layers/standdown/standdown/publish/render/languages/en.json"
ROW = re.compile(r'^\| <a id="(?P<id>[a-z-]+)"></a>(?P<fact>.+) \| (?P<page>.+) \| (?P<seen>.+) \|$', re.MULTILINE)
ROWS = {found["id"]: found for found in ROW.finditer(FACTS.read_text("utf-8"))}
LINK = re.compile(r"\]\((?P<page>[\w./-]*)#(?P<id>[\w-]+)\)")


def links(page: Path) -> set[str]:
    """Return the rows of the facts to which a page links."""
    found = LINK.finditer(page.read_text("utf-8"))
    return {one["id"] for one in found if (page.parent / one["page"] if one["page"] else page).resolve() == FACTS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_a_fact_leads_to_its_row(page: Path) -> None:
    assert links(page) <= set(ROWS)


def test_there_is_no_row_that_no_other_page_or_next_step_links_to() -> None:
    assert set().union(*map(links, PAGES)) == set(ROWS)


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_fact_has_a_page_or_says_that_none_documents_it_and_the_day_on_which_it_was_seen(row: re.Match[str]) -> None:
    assert row["page"].startswith("[") or "**not documented**" in row["fact"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d( \(20\d\d-\d\d-\d\d\))?", row["seen"])


def test_each_sentence_that_rests_on_a_fact_is_one_that_is_sent() -> None:
    listed = FACTS.read_text("utf-8").split("## The next steps")[1]
    named = set(re.findall(r"`(step\.[\w.]+)`", listed))

    assert named
    assert named <= set(json.loads(SENTENCES.read_text("utf-8")))


def test_the_first_screen_says_when_not_to_use_it() -> None:
    first = (ROOT / "README.md").read_text("utf-8").split("![")[0]

    assert "When not to use it" in first
    assert "#no-failover" in first


def test_m07_the_readme_says_what_is_known_of_the_service_s_future() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    row = next(line for line in readme.splitlines() if line.startswith("| How long will SDRS exist?"))

    assert "(docs/using/facts.md#future)" in row
    assert "Open Telekom Cloud" in row
    assert "Business Recovery Service" in ROWS["future"]["fact"]
