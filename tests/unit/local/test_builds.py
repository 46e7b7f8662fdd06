"""A build that another run may be using, or is still making, is left where it is; a disturbed one is made again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from local import sam
from local.process import LocalCloudError
from local.sam import IN_USE_SECONDS, KEPT_BUILDS, forget_old_builds


def test_only_what_nobody_can_be_using_any_more_is_removed(tmp_path: Path) -> None:
    now = time.time()
    for number in range(KEPT_BUILDS + 3):
        (tmp_path / f"old-{number}").mkdir()
        os.utime(tmp_path / f"old-{number}", (0, now - IN_USE_SECONDS * 2 + number))
    for name in ("unfinished-1", "another", "a-third", "a-fourth"):
        (tmp_path / name).mkdir()

    forget_old_builds(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"unfinished-1", "another", "a-third", "a-fourth"}


@pytest.mark.parametrize(("said", "works"), [("No such file: a/__pycache__/b.pyc.1", True), ("template error", False)])
def test_a_build_that_met_a_file_that_python_was_writing_is_made_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, *, works: bool
) -> None:
    program = tmp_path / "sam"
    program.write_text(
        f'#!/bin/sh\n[ -e {tmp_path}/tried ] || {{ touch {tmp_path}/tried; echo "{said}"; exit 1; }}\n'
        'mkdir -p "$5" && touch "$5/template.yaml"\n'
    )
    program.chmod(0o755)
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    monkeypatch.setattr(sam, "SAM_BIN", tmp_path)
    monkeypatch.setattr(sam, "CACHE", tmp_path / "cache")

    if works:
        assert (sam.build(tmp_path) / "template.yaml").exists()
    else:
        with pytest.raises(LocalCloudError, match=said):
            sam.build(tmp_path)
