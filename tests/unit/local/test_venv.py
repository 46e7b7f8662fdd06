"""Setting up the environments: again where the checkout was moved, and without a trace where it is interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from local.places import ROOT

NOTHING = "--no-index\n"


def checkout(folder: Path, lock: str = NOTHING) -> Path:
    """Return a folder that holds what the set-up reads of a checkout: itself, and a lock file."""
    for name in ("tests/local", "tests/requirements"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "local" / "venv.py", folder / "tests" / "local")
    (folder / "tests" / "requirements" / "dev.txt").write_text(lock, "utf-8")
    return folder


def command(folder: Path) -> list[str]:
    return [sys.executable, str(folder / "tests" / "local" / "venv.py"), "dev"]


def set_up(folder: Path) -> str:
    """Make the environment and return what was said."""
    ran = subprocess.run(command(folder), capture_output=True, text=True, timeout=100, check=True)  # noqa: S603
    return ran.stdout


def starts_here(folder: Path) -> bool:
    """Return whether the environment's commands start this folder's python."""
    return str(folder) in (folder / ".venv" / "dev" / "bin" / "pip").read_text("utf-8").splitlines()[0]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkout that is set up."""
    place = checkout(tmp_path_factory.mktemp("set-up") / "first")
    set_up(place)
    return place


def test_an_environment_that_stands_is_not_made_again(first: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(first)

    assert (set_up(first), set_up(tmp_path / "link")) == ("", "")


def test_an_environment_of_a_checkout_that_was_moved_or_copied_is_made_anew(first: Path, tmp_path: Path) -> None:
    second = shutil.copytree(first, tmp_path / "second", symlinks=True)

    said = set_up(second)

    assert starts_here(second), said
    assert "it was made in another folder" in said


def test_an_environment_of_another_lock_file_says_why_it_is_made_anew(first: Path) -> None:
    (first / "tests" / "requirements" / "dev.txt").write_text(f"# changed\n{NOTHING}", "utf-8")

    assert "its lock file or python is another one now" in set_up(first)


@pytest.fixture
def asked(httpserver: HTTPServer) -> Iterator[threading.Event]:
    """Give the event that pip asks for a package, at an index that does not answer until the test is over."""
    came, over = threading.Event(), threading.Event()

    def hang(_: Request) -> Response:
        came.set()
        over.wait(60)
        return Response("", 404)

    httpserver.expect_request("/simple/nothing/").respond_with_handler(hang)
    yield came
    over.set()


def test_a_set_up_that_is_interrupted_leaves_nothing_in_the_temporary_folder(
    tmp_path: Path, httpserver: HTTPServer, asked: threading.Event
) -> None:
    index = httpserver.url_for("/simple/")
    place = checkout(tmp_path / "first", f"--index-url {index}\nnothing==1 --hash=sha256:{'0' * 64}\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "PIP_CONFIG_FILE": os.devnull}
    running = subprocess.Popen(command(place), env=environment, start_new_session=True)  # noqa: S603

    assert asked.wait(60)
    os.killpg(running.pid, signal.SIGINT)

    assert running.wait(30) == 130
    assert [path.name for path in temporary.iterdir()] == []
    assert [path.name for path in (place / ".venv").iterdir() if "temporary" in path.name] == []
