"""`make help`: what stands in it is true, and fits the terminal."""

from __future__ import annotations

import os
import subprocess

import pytest

from local.places import ROOT


def listed(columns: int) -> list[str]:
    """Return the lines of the list for a terminal of so many columns."""
    environment = os.environ | {"COLUMNS": str(columns)}
    made = ["make", "--no-print-directory", "help"]
    ran = subprocess.run(made, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return ran.stdout.splitlines()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_list_of_targets_fits_the_terminal(columns: int) -> None:
    assert [line for line in listed(columns) if len(line) > columns] == []


def test_the_list_names_every_target_that_is_explained_and_the_python_that_is_used() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").splitlines()
    explained = [line.partition(":")[0] for line in makefile if ":" in line and "## " in line and line[0].islower()]
    words = "\n".join(listed(120))

    assert [name for name in explained if f"  make {name} " not in words] == []
    assert "PYTHON=python3.12" in words


def test_check_says_which_targets_it_runs() -> None:
    [rule] = [line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if line.startswith("check:")]
    runs, _, explained = rule.removeprefix("check:").partition("##")

    assert "All of the above" not in explained
    assert [name for name in runs.split() if name not in explained] == []
