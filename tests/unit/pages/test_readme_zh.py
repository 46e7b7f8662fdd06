"""README.zh-CN.md has the commands of the English pages, which are tried, and the words of SDRS's own console."""

# ruff: noqa: RUF001 - Chinese has punctuation of its own

from __future__ import annotations

import json
import re
import shlex

from local.places import ROOT
from local.template import load
from standdown.core.outcome import Result
from standdown.core.targets import TargetDefaults, read_targets

PAGE = (ROOT / "README.zh-CN.md").read_text("utf-8")
ENGLISH = [ROOT / "README.md", *sorted((ROOT / "docs" / "using").glob("*.md"))]
FENCE = re.compile(r"```(?:console|sh)\n(.*?)```", re.DOTALL)
PARAMETERS = load()["Parameters"]


def commands(text: str) -> list[str]:
    """Return each command on one line, without comments and with single blanks."""
    code = "\n".join(FENCE.findall(text))
    code = re.sub(r"(?m)\s+#\s.*$", "", code.replace("\\\n", " "))
    joined = re.sub(r"'[^']*'", lambda quoted: quoted[0].replace("\n", " "), code)
    return [re.sub(r"\s+", " ", line).strip() for line in joined.splitlines() if line.strip()]


def test_a_command_stands_on_an_english_page_as_well_or_deploys() -> None:
    tried = {command for page in ENGLISH for command in commands(page.read_text("utf-8"))}

    own = [one for one in commands(PAGE) if one not in tried and not one.startswith("sam deploy ")]

    assert own == []
    assert len(commands(PAGE)) > 15


def test_the_demo_the_first_stop_and_the_pictures_are_those_of_the_english_page() -> None:
    english = ENGLISH[0].read_text("utf-8")
    shown = english.partition("\n## See it run\n")[2].partition("\n## ")[0]

    assert [one for one in commands(shown) if one not in commands(PAGE)] == []
    assert PAGE.count("\n![") == english.count("\n![")


def test_every_question_of_the_english_page_is_answered() -> None:
    english = ENGLISH[0].read_text("utf-8").partition("\n| question | answer |\n")[2].partition("\n\n")[0]
    chinese = PAGE.partition("\n| 问题 | 回答 |\n")[2].partition("\n\n")[0]

    assert english.count("\n") + 1 == chinese.count("\n")  # one more: that it was never run for real


def test_a_deployment_gives_parameters_that_there_are_with_values_that_they_take() -> None:
    deployed = [one for one in commands(PAGE) if one.startswith("sam deploy ")]

    given = [word.split("=", 1) for one in deployed for word in shlex.split(one)[3:]]

    assert given
    for name, value in given:
        about = PARAMETERS[name]
        assert re.fullmatch(about.get("AllowedPattern", ".*"), value), name
        assert value in about.get("AllowedValues", [value]), name


def test_the_target_that_it_has_put_is_valid_and_begins_as_a_dry_run() -> None:
    [found] = re.findall(r"<<'JSON'\n(.*?)\nJSON", PAGE, re.DOTALL)

    read = read_targets({"targets/erp-prod": found}, TargetDefaults("cn-north-4"))

    assert not read.broken
    assert json.loads(found)["mode"] == "dry-run"


def test_every_outcome_is_there() -> None:
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", PAGE)) == {result.value for result in Result}


def test_links_lead_to_files_and_headings_that_there_are() -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", PAGE) if not link.startswith("https://")]

    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        text = (ROOT / path).read_text("utf-8")
        headings = re.findall(r"(?m)^#+ +(.+?) *$", text) if anchor else []
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        slugs |= set(re.findall(r'<a id="([\w-]+)"></a>', text))
        assert not anchor or anchor in slugs, link


def test_the_words_are_those_of_sdrs() -> None:
    assert not re.findall(r"关闭保护|暂停保护|倒换|演练（未实际", PAGE)
    for word in ("保护组", "停止保护", "开启保护", "故障切换", "容灾站点", "生产站点", "容灾演练"):
        assert word in PAGE
