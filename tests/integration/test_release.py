"""What a release is made of: a wheel that holds the command alone, its contents, an archive that is the same."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from local import release
from local.places import ROOT, plain_env
from standdown import __version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release.wheel(tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_the_package_and_the_command_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        points = archive.read(f"standdown-{__version__}.dist-info/entry_points.txt").decode()

    assert tops == {"standdown", "standdown_cli", f"standdown-{__version__}.dist-info"}
    assert "standdown = standdown_cli.command:main" in points


def test_the_wheel_starts_and_says_its_version(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    python = ROOT / ".venv" / "command" / "bin" / "python"  # what the command needs, and nothing else
    env = plain_env(PYTHONPATH=str(tmp_path))

    ran = subprocess.run(  # noqa: S603 - what was just built
        [python, "-m", "standdown_cli", "--version"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == f"standdown, version {__version__}\n"
    assert (tmp_path / "standdown_cli" / "reporting" / "page.css").exists()


def test_the_command_is_tested_with_what_it_is_installed_with() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = (ROOT / "tests" / "requirements" / "command.in").read_text("utf-8").splitlines()

    installed = {re.split(r"[<>=]", one)[0] for one in project["dependencies"]}
    assert installed == {one.split("==")[0] for one in pinned if one and not one.startswith(("#", "botocore"))}


def test_the_contents_name_every_package_in_the_layer(tmp_path: Path) -> None:
    found = json.loads(release.contents(tmp_path / "sbom.json").read_text("utf-8"))

    pinned = (ROOT / "layers" / "standdown" / "requirements.txt").read_text("utf-8")
    names = {line.split("==")[0] for line in pinned.splitlines() if "==" in line and not line.startswith((" ", "#"))}
    assert {one["name"] for one in found["components"]} == names


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    built = tmp_path / "built"
    (built / "Layer").mkdir(parents=True)
    (built / "template.yaml").write_text("Resources: {}", "utf-8")
    (built / "Layer" / "a.py").write_text("pass", "utf-8")

    first = release.pack(built, tmp_path / "1.zip").read_bytes()
    (built / "template.yaml").touch()
    second = release.pack(built, tmp_path / "2.zip").read_bytes()

    assert first == second
    assert zipfile.ZipFile(tmp_path / "1.zip").namelist() == ["Layer/a.py", "template.yaml"]
