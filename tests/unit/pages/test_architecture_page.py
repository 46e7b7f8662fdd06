"""The page of the architecture is the code: its packages, modules and functions are there, and its walk is short."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import standdown
from local.places import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
LAYER = Path(standdown.__file__).parent
FUNCTIONS = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
PACKAGES = {str(path.parent.relative_to(LAYER)) for path in LAYER.glob("*/**/__init__.py")}
EVERYWHERE = {"core", "base"}  # the words and the ground: met at every step
MOST_STEPS = 9


def section(heading: str) -> str:
    """Return what stands below a heading of the page."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"the page has no section {heading!r}"
    return found[1]


def dotted(text: str) -> set[str]:
    """Return the modules, classes and functions that a text names, such as `action.protocol.stop`."""
    tops = "|".join(sorted(package for package in PACKAGES if "/" not in package))
    return set(re.findall(rf"`((?:{tops})(?:\.\w+)+)`", text))


def is_there(name: str) -> bool:
    """Return whether a dotted name below the package leads to a module, or to something in one."""
    found: object = standdown
    for part in name.split("."):
        if isinstance(found, ModuleType) and hasattr(found, "__path__"):
            with suppress(ModuleNotFoundError):
                import_module(f"{found.__name__}.{part}")
        found = getattr(found, part, None)
    return found is not None


def walk() -> str:
    """Return the numbered steps of the walk."""
    return section("A walk: from the message to the mail").partition("\n1. ")[2].partition("\n\n")[0]


def steps() -> list[str]:
    return re.findall(r"^(?:\d+\. )?\*\*`([a-z]+)`\*\*", walk(), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(dotted(PAGE)))
def test_every_module_and_function_that_the_page_names_is_there(name: str) -> None:
    assert is_there(name), f"docs/architecture.md names {name}"


def test_the_tree_has_every_package_and_no_other() -> None:
    tree = section("The tree")

    named = re.findall(r"^  ((?:[a-z]+/)+) ", tree, re.MULTILINE)

    assert sorted(one.rstrip("/") for one in named) == sorted(PACKAGES)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:docs|events|functions|layers|tests)/[\w./-]*)`", PAGE))))
def test_every_file_and_folder_that_the_page_names_is_there(path: str) -> None:
    assert list(ROOT.glob(path.replace("NAME", "*")))


def test_the_walk_meets_at_most_nine_packages_each_once() -> None:
    assert 0 < len(steps()) <= MOST_STEPS
    assert len(set(steps())) == len(steps())


def test_a_step_of_the_walk_names_no_package_that_the_walk_does_not_meet() -> None:
    entered = {name.partition(".")[0] for name in dotted(walk())}

    assert entered - EVERYWHERE == set(steps())


def test_the_table_of_what_a_function_may_load_is_that_of_the_test() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \| ([^|]*) \|", section("What each function may load"), re.MULTILINE)
    spec = spec_from_file_location("imports", ROOT / "tests" / "unit" / "entry" / "test_imports.py")
    assert spec is not None
    assert spec.loader is not None
    imports = module_from_spec(spec)
    spec.loader.exec_module(imports)

    held = {function: {name.partition(".")[0] for name in names} - {"entry"} for function, names in imports.MAY.items()}

    assert {function: set(re.findall(r"`(\w+)`", cell)) for function, cell in rows} == held
    assert held.keys() == FUNCTIONS


def test_the_page_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= 150
