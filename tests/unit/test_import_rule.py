"""The packages are the flow: imports run one way, from the entry points down to what every package stands on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import standdown

LAYER = Path(standdown.__file__).parent
FLOORS = (
    {"entry"},
    {"sweep"},
    {"action", "follow", "publish", "doctor"},  # never sideways between these
    {"intake", "ledger", "aws", "huawei"},
    {"core"},
    {"sdrs"},
    {"base"},
)
FLOOR = {package: number for number, packages in enumerate(FLOORS) for package in packages}


def arrows(path: Path) -> list[str]:
    """Return the packages that a file imports from, late and typing-only imports too."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    named = [part for node in nodes for part in ([node.module] if node.module else [])]
    return [module.split(".")[1] for module in named if module.startswith("standdown.")]


@pytest.mark.parametrize("path", sorted(LAYER.rglob("*.py")), ids=lambda path: str(path.relative_to(LAYER)))
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(LAYER).parts[0].removesuffix(".py")
    upward = [
        f"{package} -> {other}"
        for other in arrows(path)
        if other != package and (FLOOR[other] < FLOOR[package] or (FLOOR[other] == FLOOR[package] == 2))
    ]

    assert not upward, f"{path.relative_to(LAYER)} imports against the rule: {', '.join(upward)}"


def test_nothing_that_is_deployed_imports_the_operators_tools() -> None:
    assert not [path for path in LAYER.rglob("*.py") if "standdown_cli" in path.read_text("utf-8")]


def test_every_package_has_its_floor() -> None:
    assert {path.parent.name for path in LAYER.glob("*/__init__.py")} == set(FLOOR)
