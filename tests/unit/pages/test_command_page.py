"""The page of the command is the command: each command and option, each exit code, and the policy that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from local.places import ROOT
from scan.printed import printed
from standdown_cli.command import standdown
from standdown_cli.exit_codes import Status

PAGE = (ROOT / "docs" / "using" / "command.md").read_text("utf-8")
ROWS = re.findall(r"(?m)^\| `(standdown [^`]+)` \| (.+) \| (\w+) \|$", PAGE)
EVERYWHERE = {"--stack", "--stage", "--json", "--help"}
BEFORE_DEPLOYING = {"--targets", "--credential", "--region", "--project-id", "--endpoint", "--iam-endpoint"}
"""Options of the doctor that stand on the page on operating, and the region of a check."""


def commands(group: click.Command = standdown, name: str = "standdown") -> Iterator[tuple[str, click.Command]]:
    if isinstance(group, click.Group):
        for word, command in group.commands.items():
            if command.hidden:  # what a group does with a word that is none of its commands
                yield name, command
                continue
            yield from commands(command, f"{name} {word}")
    else:
        yield name, group


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_a_command_is_on_the_page_with_its_options(name: str, command: click.Command) -> None:
    (row,) = [row for row in ROWS if re.sub(r" (-o )?[A-Z]+$", "", row[0]) == name]
    options = {option for one in command.params if isinstance(one, click.Option) for option in one.opts}
    said = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(row[:2])))

    missing = {one for one in options if one.startswith("--")} - EVERYWHERE - BEFORE_DEPLOYING - said
    assert missing - {"--wait", "--output"} == set()
    assert said - {"-o", "--no-wait"} <= options


def test_every_row_of_the_page_is_a_command() -> None:
    assert {re.sub(r" (-o )?[A-Z]+$", "", row[0]) for row in ROWS} == {name for name, _ in commands()}


def test_every_policy_of_the_page_is_printed() -> None:
    assert {row[2] for row in ROWS} - {"none"} <= printed().keys()


def test_every_exit_code_is_on_the_page() -> None:
    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", PAGE)} == {int(one) for one in Status}
