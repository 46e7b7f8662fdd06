"""The connections to Huawei Cloud that a process keeps, and the first one, which is opened while it starts."""

from __future__ import annotations

import os
import time
from functools import cache

from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dialer
from standdown.base.http.exchange import Request, exchange
from standdown.entry.wiring.start import ahead, keep_all
from standdown.sdrs.endpoints import check_endpoint, sdrs_endpoint

SECONDS = 1.0
"""What opening the connection may take; from a far region it takes 0.7."""


@cache
def dialer() -> Dialer:
    """Return what connects to Huawei Cloud in this process."""
    return Dialer()


def open_ahead() -> None:
    """Begin the start, and in it to open the connection to the SDRS that the stack is configured for."""
    keep_all()
    if calls := ahead():
        calls.make(_open)


def _open() -> None:
    """Ask for nothing with a whole request: a connection that was only opened does not count as usable.

    It carries no credential and names no project or group; a redirect is not followed.
    """
    url = check_endpoint(os.environ.get("SDRS_ENDPOINT") or sdrs_endpoint(os.environ["HUAWEI_REGION"]))
    if url.startswith("https://"):
        ask = Request("HEAD", f"{url}/", {"User-Agent": "standdown"})
        exchange(ask, Deadline(time.monotonic() + SECONDS), dialer(), cap=1)
