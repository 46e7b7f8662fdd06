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


@contextmanager
def short_try(client: Any, ends: float, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Let each call that this thread makes with the client be tried once and briefly, none after `ends`.

    A client's timeouts are fixed when it is made, and a second client would open connections of its own.
    """
    us = get_ident()  # where this thread is held up, the event's calls with the same client are made all the same
    manager = client._endpoint.http_session._manager  # noqa: SLF001 - there is no public way to its connections
    usual: dict[Any, Timeout] = {}
    tried = False

    def new_call(**_: Any) -> None:
        nonlocal tried
        tried = tried and get_ident() != us

    def shorten(request: Any, **_: Any) -> None:
        nonlocal tried
        if get_ident() != us:
            return
        if tried or clock() > ends:
            raise NoTimeError
        tried = True
        pool = manager.connection_from_url(request.url)
        usual.setdefault(pool, pool.timeout)
        pool.timeout = Timeout(connect=SECONDS, read=SECONDS)

    client.meta.events.register("before-call", new_call)
    client.meta.events.register("before-send", shorten)
    try:
        yield
    finally:
        client.meta.events.unregister("before-call", new_call)
        client.meta.events.unregister("before-send", shorten)
        for pool, timeout in usual.items():
            pool.timeout = timeout
