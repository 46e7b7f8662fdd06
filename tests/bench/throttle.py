"""The CPU share that Lambda gives a function of 512 MB, where this host lets us give it: Linux and root."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PERIOD = 20_000
QUOTA = PERIOD * 512 // 1769
"""Microseconds of CPU in each period: 1,769 MB are one vCPU. The period itself is not documented."""

_V1 = Path("/sys/fs/cgroup/cpu")
_V2 = Path("/sys/fs/cgroup")


@contextlib.contextmanager
def group() -> Iterator[Path | None]:
    """Give the file to which a process writes its id to be throttled, or None where this host does not allow it."""
    parent, version_2 = (_V2, True) if (_V2 / "cgroup.controllers").exists() else (_V1, False)
    folder = parent / f"standdown-bench-{os.getpid()}"
    try:
        folder.mkdir()
        if version_2:
            (folder / "cpu.max").write_text(f"{QUOTA} {PERIOD}")
        else:
            (folder / "cpu.cfs_period_us").write_text(str(PERIOD))
            (folder / "cpu.cfs_quota_us").write_text(str(QUOTA))
    except OSError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        yield None
        return
    try:
        yield folder / "cgroup.procs"
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()
