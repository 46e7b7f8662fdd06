"""Earlier versions come out of git's history; where it lacks them, an error says what to fetch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from local.earlier import FIRST, HistoryError, checked_out, commit_before


@pytest.fixture
def shallow(tmp_path: Path) -> Path:
    """Give a repository with one commit, as a shallow clone has."""
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com")
    for one in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "--message", "the only one")):
        subprocess.run([*git, *one], cwd=tmp_path, check=True, capture_output=True)  # noqa: S603 - words of this test
    return tmp_path


def test_a_history_without_a_commit_before_says_what_to_fetch(shallow: Path) -> None:
    with pytest.raises(HistoryError, match="git fetch --unshallow"):
        commit_before(shallow)


def test_a_history_without_the_first_version_says_what_to_fetch(shallow: Path) -> None:
    with pytest.raises(HistoryError, match="git fetch --unshallow"):
        checked_out(FIRST, shallow / "out", shallow)
