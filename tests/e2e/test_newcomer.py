"""A newcomer's path: a bare clone, the commands of README.md alone, and the first stop in five commands or fewer.

The clone has what is committed. Its environments are those of this checkout where their lock files are the same:
else `make` makes them, as it would for a newcomer.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.places import ROOT

ENVIRONMENTS = ("cloud", "sam", "command")
MOST, PATIENCE = 5, 480
"""Commands, the clone among them, and seconds until the demo must have come to its end."""

pytestmark = pytest.mark.timeout(600)


def commands(readme: str) -> tuple[str, list[str]]:
    """Return what is typed into the first terminal, and into the second up to the way back."""
    section = readme.partition("### Your first stop\n")[2].partition("\n## ")[0]
    first, second = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    lines = second.strip().splitlines()
    return first.strip(), lines[: lines.index("standdown resume erp-prod") + 1]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a clone of this checkout's HEAD with the environments that are there already."""
    made = tmp_path / "standdown"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(made)], check=True, capture_output=True)  # noqa: S603, S607
    (made / ".venv").mkdir()
    for name in ENVIRONMENTS:
        lock = Path("tests") / "requirements" / f"{name}.txt"
        if (ROOT / ".venv" / name / "stamp").exists() and (made / lock).read_bytes() == (ROOT / lock).read_bytes():
            (made / ".venv" / name).symlink_to((ROOT / ".venv" / name).resolve())
    return made


@pytest.fixture
def terminal() -> dict[str, str]:
    """Give the environment of a newcomer's terminal: nothing of this project, and no AWS account."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
    return kept | {"PYTHON": os.path.realpath(sys.executable)}


@pytest.fixture
def demo(clone: Path, terminal: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Give the first terminal, in which the demo runs until Ctrl-C."""
    first, _ = commands((clone / "README.md").read_text("utf-8"))
    with subprocess.Popen(  # noqa: S603 - the page is ours
        ["/bin/bash", "-c", first], cwd=clone, env=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    ) as running:  # fmt: skip
        yield running
        os.killpg(running.pid, signal.SIGINT)
        running.wait(timeout=30)


def stays(demo: subprocess.Popen[str]) -> str:
    """Return what the demo printed until it stays; it must not end before."""
    printed, ends = "", time.monotonic() + PATIENCE
    assert demo.stdout is not None
    for line in demo.stdout:
        printed += line
        if " kept " in line or time.monotonic() > ends:
            break
    assert " kept " in printed, printed
    return printed


def answered(lines: list[str], clone: Path, terminal: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Type lines into a shell and answer yes once: what reads an answer reads all that is there."""
    typed = "\n".join(["set -e", *lines])
    return subprocess.run(  # noqa: S603 - the page is ours
        ["/bin/bash", "-c", typed], input="y\n", cwd=clone, env=terminal, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip


def test_a_newcomer_comes_to_the_first_stop_by_the_readme_alone(
    clone: Path, terminal: dict[str, str], demo: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    first, second = commands((clone / "README.md").read_text("utf-8"))

    stays(demo)
    stopped = answered(second[:-1], clone, terminal)
    resumed = answered([second[0], second[-1]], clone, terminal)

    with capsys.disabled():
        print(f"\nfrom the clone to the first stop: {time.monotonic() - began:.0f} s")  # noqa: T201
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert "erp-prod: succeeded" in stopped.stdout
    assert "SDRS takes no failover" in stopped.stderr
    assert "Without protection: none" in stopped.stdout
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert "erp-prod: resumed" in resumed.stdout
    assert "may overwrite the copy" in resumed.stderr
    assert len(["git clone", first, *second[:-1]]) <= MOST
