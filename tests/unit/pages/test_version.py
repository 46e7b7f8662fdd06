"""The version stands in one place, standdown.__version__; what cannot read it there is compared with it."""

from __future__ import annotations

import re
import tomllib

from local.places import ROOT
from local.template import load
from standdown import __version__


def test_the_stack_s_output_is_the_version_of_the_code() -> None:
    assert load()["Outputs"]["Version"]["Value"] == __version__


def test_the_changelog_begins_with_the_version_of_the_code() -> None:
    found = re.search(r"(?m)^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"))

    assert found
    assert found[1] == __version__


def test_the_package_takes_its_version_from_the_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "layers/standdown/standdown/__init__.py"
