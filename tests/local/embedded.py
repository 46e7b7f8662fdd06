"""Start ministack so that a function that is updated ends what it is at, and mails arrive, as on AWS.

Run by its path, with the local cloud's python. As it is, ministack kills a function's process in the middle of an
invocation when the function gets new code or another setting, and removes the code of one that is just being started:
the invocation fails with `No such file or directory`, and the next one's process may be killed for it.

A mail that SNS would send is a line of `mails.jsonl` in the working folder: ministack itself sends none.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import sns

_kill, _release = lambda_runtime.kill_workers, lambda_runtime.release_worker
_fan_out = sns._fanout
_MAILS = Path("mails.jsonl")
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


def _fanned_out(
    topic: str, message_id: str, message: str, subject: str, structure: str = "", *more: Any, **named: Any
) -> None:
    """Deliver a message to the topic's subscribers, and its text to those by e-mail; filter policies are not asked."""
    _fan_out(topic, message_id, message, subject, structure, *more, **named)
    found = sns._topic_by_arn_any_scope(topic) or {"subscriptions": []}
    for one in found["subscriptions"]:
        if one["protocol"] == "email":
            text = sns._resolve_message_for_protocol(message, structure, "email")
            with _MAILS.open("a", encoding="utf-8") as mails:
                mails.write(json.dumps({"to": one["endpoint"], "subject": subject, "text": text}) + "\n")


if __name__ == "__main__":
    # This folder's modules are named as others are; functions must not find them either.
    sys.path.pop(0)
    sns._fanout = _fanned_out
    lambda_runtime.invalidate_worker, lambda_runtime.release_worker = _invalidate, _released
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
