"""What a process does while Lambda starts it: calls are made ahead, so that the first event need not wait for them.

Imported first of all, so it imports little. Whatever goes wrong here, the event makes the call for itself.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from threading import Thread

SECONDS = 2.5
"""For how long a start waits for the calls in all: Lambda ends it after 10 s, and an event may be waiting."""


class Ahead:
    """Calls in threads of their own, all of which are waited for until one deadline."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._threads: list[Thread] = []

    def make(self, call: Callable[[], object]) -> None:
        """Begin a call; nobody is told how it ends."""

        def quietly() -> None:
            with suppress(Exception):
                call()

        # A daemon: one that the system's resolver holds up must not hold up the process.
        thread = Thread(target=quietly, daemon=True, name="ahead")
        thread.start()
        self._threads.append(thread)

    def ends(self) -> float:
        """Return when a wait that begins now would end; how long the imports took before does not count."""
        return self._clock() + SECONDS

    def wait(self, ends: float) -> None:
        """Return when all calls have ended, or when time is up."""
        for thread in self._threads:
            thread.join(max(ends - self._clock(), 0.0))


@cache
def ahead() -> Ahead | None:
    """Return the calls of this process's start, None where none are made.

    Only where a function starts for an event: a snapshot would keep what was read, and a test calls nobody.
    """
    on_demand = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "on-demand"
    return Ahead() if on_demand and starts_in_lambda() else None


def starts_in_lambda() -> bool:
    """Return whether Lambda starts this process. Then clients are made before the first event."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def begin() -> None:
    """Begin the start of a function."""
    keep_all()
    load_aws()


def keep_all() -> None:
    """Let nothing be searched for garbage while a function is imported: everything that is made then is kept."""
    if starts_in_lambda():
        gc.disable()


def load_aws() -> None:
    """Load boto3 from here, where few imports are under way.

    CPython keeps the frames of calls in blocks of 16 KiB and gives a block back as soon as it is left. Thirty imports
    deep, where boto3 would be loaded otherwise, a loop over a block's end asked the system for it three thousand times.
    """
    for package in ("urllib3", "botocore.session", "boto3"):
        import_module(package)


def ready() -> None:
    """End the start: what was imported is never searched for garbage, what comes from now on is, as always."""
    if starts_in_lambda():
        gc.freeze()
        gc.enable()
