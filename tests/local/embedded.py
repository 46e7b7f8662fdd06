"""Start ministack so that a function that is updated ends what it is at, as on AWS.

Run by its path, with the local cloud's python. As it is, ministack kills a function's process in the middle of an
invocation when the function gets new code or another setting, and removes the code of one that is just being started:
the invocation fails with `No such file or directory`, and the next one's process may be killed for it.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

from ministack.core import lambda_runtime

_kill, _release = lambda_runtime.kill_workers, lambda_runtime.release_worker
_ending: set[Any] = set()
"""Processes that are out of their pool, and end with the invocation that they are at."""


def _invalidate(name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None) -> None:
    """Take a function's processes out of their pool; kill those that are idle."""
    wanted = (account, region, name, qualifier)
    with lambda_runtime._lock:
        found = [key for key in lambda_runtime._workers if _meets(key, wanted)]
        workers = [worker for key in found for worker in lambda_runtime._workers.pop(key)]
        busy = {worker for worker in workers if worker.in_use}
        _ending.update(busy)
    _kill([worker for worker in workers if worker not in busy])


def _meets(key: str, wanted: tuple[str | None, ...]) -> bool:
    """Return whether a pool's key, `account:region:function:qualifier`, has all that is wanted; None is anything."""
    return all(one in (None, part) for one, part in zip(wanted, key.split(":"), strict=True))


def _released(worker: Any) -> None:
    """Give a process back to its pool, or end it where it is out of it."""
    _release(worker)
    if worker in _ending:
        _ending.discard(worker)
        _kill([worker])


if __name__ == "__main__":
    # This folder's modules are named as others are; functions must not find them either.
    sys.path.pop(0)
    lambda_runtime.invalidate_worker, lambda_runtime.release_worker = _invalidate, _released
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
