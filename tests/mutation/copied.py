"""A copy of the project in the layout that mutmut takes: the package under src/, its settings in pyproject.toml.

mutmut knows a module by its path, and takes src/ alone off its beginning. The copy is kept from run to run, and a file
is written only where it differs: by the times of the files mutmut sees what it has to do again.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

from local.places import CACHE, ROOT

COPY = CACHE / "mutation"
SETTINGS = Path(__file__).parent / "settings.toml"
_PACKAGE = Path("layers") / "standdown" / "standdown"
_FOLDERS = ("functions", "docs", "events", "layers", "tests")


def modules() -> dict[str, list[str]]:
    """Return the modules in which faults are planted, such as `intake.fields`, each with the tests that decide it."""
    told: dict[str, list[str]] = tomllib.loads(SETTINGS.read_text("utf-8"))["modules"]
    return told


def source(module: str) -> Path:
    """Return where a module stands in the copy, relative to it."""
    return Path("src") / "standdown" / f"{module.replace('.', '/')}.py"


def choose(module: str) -> None:
    """Have mutmut know this module alone, and its own tests alone."""
    chosen = {"only_mutate": [str(source(module))], "pytest_add_cli_args_test_selection": modules()[module]}
    settings = "".join(f"{key} = {json.dumps(value)}\n" for key, value in chosen.items())
    (COPY / "pyproject.toml").write_bytes(_project() + b"\n" + SETTINGS.read_bytes() + settings.encode())


def forget_others(module: str) -> None:
    """Take from mutmut what belongs to the module before: its tests, and a copy of this one that is without faults.

    What it knows of this one's faults stays.
    """
    (COPY / "mutants" / source(module)).unlink(missing_ok=True)
    (COPY / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)


def bring_up_to_date() -> None:
    """Make the copy equal to the checkout as it stands now."""
    wanted = dict(_wanted())
    for place, text in wanted.items():
        target = COPY / place
        if not target.is_file() or target.read_bytes() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
    for target in COPY.rglob("*"):
        place = target.relative_to(COPY)
        if target.is_file() and place.parts[0] != "mutants" and place not in wanted:
            target.unlink()


def _wanted() -> Iterator[tuple[Path, bytes]]:
    yield Path("pyproject.toml"), _project()
    yield Path("template.yaml"), (ROOT / "template.yaml").read_bytes()
    for folder in _FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            place = path.relative_to(ROOT)
            if not path.is_file() or "__pycache__" in place.parts:
                continue
            yield place, path.read_bytes()
            if place.is_relative_to(_PACKAGE):
                yield Path("src") / "standdown" / place.relative_to(_PACKAGE), path.read_bytes()


def _project() -> bytes:
    return (ROOT / "pyproject.toml").read_bytes()
