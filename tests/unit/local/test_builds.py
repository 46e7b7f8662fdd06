"""A build that another run may be using, or is still making, is left where it is."""

from __future__ import annotations

import os
import time
from pathlib import Path

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
