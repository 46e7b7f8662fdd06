"""Connections that keep one deadline over everything they do, and know whether a request was sent.

`requests` bounds each read, not the whole: a server that drips a byte a second would hold its caller for ever.
Here connecting, sending and every single read get no more than what is left.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

IDLE_SECONDS = 5.0  # one unused for longer may be dead without a sign: behind a NAT, or in a restored snapshot


@dataclass(slots=True)
class Deadline:
    """One exchange under way: when it must end, and whether its request has begun to be sent.

    `seen` stays False on a transport that is not ours: `sent` then means nothing.
    """

    ends: float
    clock: Callable[[], float] = time.monotonic
    seen: bool = False
    sent: bool = False

    def left(self) -> float:
        """Return the seconds left; raise TimeoutError where there are none."""
        left = self.ends - self.clock()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def within(self, limit: float | None) -> float:
        """Return how long one step may take: its own limit, but no more than is left."""
        return self.left() if limit is None else min(limit, self.left())


_current: ContextVar[Deadline | None] = ContextVar("watch", default=None)


@contextmanager
def under(deadline: Deadline) -> Iterator[Deadline]:
    """Put what this thread does on its connections under the deadline."""
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


def current() -> Deadline | None:
    """Return the deadline that this thread is under."""
    return _current.get()


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._watch, self._limit = sock, deadline, sock.gettimeout()
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._watch.within(self._limit))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _WatchedSocket:
    """Stands in for the socket where http.client asks it for the file to read an answer from."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._watch = sock, deadline

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._watch))


class _Watched:
    """What both kinds of connection add to urllib3's own."""

    sock: Any
    timeout: Any
    _used_at = 0.0

    def connect(self) -> None:
        if deadline := current():
            deadline.seen = True
            self.timeout = deadline.within(self.timeout)
        super().connect()  # type: ignore[misc]
        self._used_at = time.time()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if deadline := current():
            deadline.seen = True
            self.sock.settimeout(deadline.left())
            deadline.sent = True
        super().send(data)  # type: ignore[misc]
        self._used_at = time.time()

    def response_class(self, sock: socket.socket, **options: Any) -> HTTPResponse:
        deadline = current()
        return HTTPResponse(_WatchedSocket(sock, deadline) if deadline else sock, **options)  # type: ignore[arg-type]

    @property
    def is_connected(self) -> bool:
        fresh = abs(time.time() - self._used_at) < IDLE_SECONDS
        return fresh and bool(super().is_connected)  # type: ignore[misc]


class WatchedHttp(_Watched, HTTPConnection):  # type: ignore[misc]
    """A plain connection under a deadline."""


class WatchedHttps(_Watched, HTTPSConnection):  # type: ignore[misc]
    """A TLS connection under a deadline."""
