"""One short try for an AWS client's calls, over the connection that its usual calls then find open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from urllib3.util import Timeout

SECONDS = 0.8
"""What connecting, TLS and each read may take. AWS takes 4 ms to connect and 15 ms to answer."""


class NoTimeError(Exception):
    """Raised instead of a second try, and instead of a call that comes too late."""


class _OneTry:
    """What happens before a call, and before it is sent, in the thread that made this; other threads are left alone."""

    def __init__(self, connections: Any, ends: float, most: int, clock: Callable[[], float]) -> None:
        self._connections, self._ends, self._left, self._clock = connections, ends, most, clock
        self._us, self._tried, self._usual = get_ident(), False, dict[Any, Timeout]()

    def new_call(self, **_: Any) -> None:
        """Let a call of ours be tried; raise NoTimeError at one too many."""
        if get_ident() != self._us:
            return
        if not self._left:
            raise NoTimeError
        self._tried, self._left = False, self._left - 1

    def shorten(self, request: Any, **_: Any) -> None:
        """Give the first try little time; raise NoTimeError at a second one, or where it comes too late."""
        if get_ident() != self._us:
            return
        if self._tried or self._clock() > self._ends:
            raise NoTimeError
        self._tried = True
        pool = self._connections.connection_from_url(request.url)
        self._usual.setdefault(pool, pool.timeout)
        pool.timeout = Timeout(connect=SECONDS, read=SECONDS)

    def restore(self) -> None:
        """Give the connections the time that they had."""
        for pool, timeout in self._usual.items():
            pool.timeout = timeout


@contextmanager
def short_try(client: Any, ends: float, most: int = 1, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Let each of the `most` calls that this thread makes with the client be tried once and briefly, none after `ends`.

    A client's timeouts are fixed when it is made, and a second client would open connections of its own. Where this
    thread is held up, the event's calls with the same client are made all the same.
    """
    # There is no public way to a client's connections.
    tries = _OneTry(client._endpoint.http_session._manager, ends, most, clock)  # noqa: SLF001
    hooks = {"before-call": tries.new_call, "before-send": tries.shorten}
    for event, hook in hooks.items():
        client.meta.events.register(event, hook)
    try:
        yield
    finally:
        for event, hook in hooks.items():
            client.meta.events.unregister(event, hook)
        tries.restore()
