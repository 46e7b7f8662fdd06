"""What the pages name must be there: targets, links, anchors, files, outputs, parameters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local.picture import drawn
from local.places import ROOT
from local.readme import PARAMETERS, PICTURE, README, REPORT, SHOWN, parameters, part
from local.report_picture import LANGUAGES, drawn_report
from local.template import load

TEMPLATE = load()
GUIDES = [README, *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "using").glob("*.md"))]
PAGES = [
    *GUIDES,
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
    *sorted((ROOT / "docs" / "evidence").glob("*.md")),
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "examples" / "README.md",
    ROOT / "events" / "README.md",
    ROOT / "tests" / "README.md",
    ROOT / "tests" / "simulator" / "README.md",
]
FENCE = re.compile(r"^ *```(?P<kind>\w*)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?P<to>[^)\s]+)\)")
HEADING = re.compile(r"^#+ +(?P<text>.+?) *$", re.MULTILINE)
SHELL = ("sh", "console", "bash")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def shell(page: Path) -> str:
    """Return what a reader would type, without the comments."""
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    code = "\n".join(block["code"] for block in found if block["kind"] in SHELL)
    return re.sub(r"(?m)(^|\s)#\s.*$", "", code)


def typed(page: Path) -> str:
    """Return what a reader would type, from blocks and from within sentences."""
    return "\n".join([shell(page), *INLINE.findall(prose(page))])


def anchors(page: Path) -> set[str]:
    """Return the fragments under which headings and named rows are reached, as the usual renderers make them."""
    found = set(re.findall(r'<a id="([\w-]+)"></a>', prose(page)))
    for heading in HEADING.finditer(prose(page)):
        text = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", heading["text"]).lower()).replace(" ", "-")
        repeated = sum(1 for one in found if one == text or re.fullmatch(re.escape(text) + r"-\d+", one))
        found.add(f"{text}-{repeated}" if repeated else text)
    return found


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


def test_the_table_of_parameters_is_the_template() -> None:
    page = PARAMETERS.read_text(encoding="utf-8")

    table = part(page, "parameters")

    assert table == parameters(TEMPLATE), "run: make readme ARGS=parameters"


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_picture_of_the_report_is_that_of_the_fixed_ledger(name: str) -> None:
    drawn = (ROOT / "docs" / name).read_text(encoding="utf-8")

    assert drawn == drawn_report(LANGUAGES[name]), "run: make readme ARGS=parameters"


def test_the_page_shows_a_mail_whole_as_it_arrives() -> None:
    shown = part(SHOWN.read_text(encoding="utf-8"), "transcript")

    mail = re.sub(r"\s+", " ", shown.partition(" mail ")[2].partition("rule's target")[0])
    pieces = (
        "Standdown: erp-prod: protection stopped",
        "What to do now",
        "What was asked",
        "What happened",
        "For the record",
    )
    assert [piece for piece in pieces if piece not in mail] == []


def test_the_readme_has_at_most_180_lines_and_shows_both_pictures() -> None:
    text = README.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 180
    shown = re.findall(r"^!\[[^\]]+\]\(([^)]+)\)$", text, re.MULTILINE)
    assert shown == [str(picture.relative_to(ROOT)) for picture in (PICTURE, REPORT)]


def test_the_picture_shows_the_run_that_the_page_shows() -> None:
    shown = part(SHOWN.read_text(encoding="utf-8"), "transcript")

    transcript = shown.removeprefix("```text\n").removesuffix("\n```")

    assert PICTURE.read_text(encoding="utf-8") == drawn(transcript, "make demo")
    assert [line.split()[2:] for line in transcript.splitlines()[-2:]] == [
        ["as", "expected", "succeeded"],
        ["report", ".cache/report.html"],
    ]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_has_a_place_left_to_fill(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert "@" * 2 not in text


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_that_a_page_names_is_one(page: Path) -> None:
    wanted = set(re.findall(r"(?<![\w-])make ([a-z][a-z-]*)", typed(page)))

    assert wanted <= targets()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link["to"].partition("#") for link in LINK.finditer(INLINE.sub("", prose(page)))]
    inner = [(page.parent / path if path else page, anchor) for path, _, anchor in links if "://" not in path]

    lost = [str(path) for path, _ in inner if not path.exists()]
    astray = [f"{path}#{anchor}" for path, anchor in inner if anchor and anchor not in anchors(path)]

    assert not lost + astray


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_every_event_that_a_page_names_is_a_file(page: Path) -> None:
    wanted = set(re.findall(r"(?<![\w/.])(?:\.\./)*(events/[\w*./-]*\w)", typed(page)))

    assert not {name for name in wanted if not list(ROOT.glob(name))}


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_commands_use_no_variable_that_the_page_does_not_set(page: Path) -> None:
    code = shell(page)

    used = set(re.findall(r"\$\{?([A-Za-z_]\w*)", code))
    given = set(re.findall(r"(?:^|[\s;(])([A-Za-z_]\w*)=|--(?:raw)?(?:file|arg) (\w+) ", code, re.MULTILINE))

    assert used <= {name for names in given for name in names}


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_commands_ask_for_outputs_that_the_stack_has_by_a_helper_that_the_page_gives(page: Path) -> None:
    code = shell(page)

    wanted = set(re.findall(r"\$\(output (\w+)\)", typed(page)))

    assert wanted <= TEMPLATE["Outputs"].keys()
    assert "$(output " not in code or "output() {" in code
