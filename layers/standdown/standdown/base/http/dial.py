"""From a host's name to a connection: resolved, connected and, for https, certified, all within one deadline."""

from __future__ import annotations

import socket
import ssl
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import chain
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import certifi

from standdown.base.http.connection import Connection
from standdown.base.http.deadline import Deadline

CONNECT_SECONDS = 3.0
"""What one address may take, so that one that swallows everything leaves time for the next."""

Dial = Callable[[str, Deadline], AbstractContextManager[Connection]]
"""Gives a connection for a URL and one exchange; one that was left by an error is not used again."""
OpenSocket = Callable[[tuple[str, int], float], socket.socket]


class Dialer:
    """Connects to whichever host a URL names, and keeps each connection for the next request to that host."""

    def __init__(self, ca_file: str | None = None, authorities: str | None = None) -> None:
        self._ca_file, self._authorities = ca_file, authorities
        self._kept: dict[str, list[Connection]] = {}
        weakref.finalize(self, _close, self._kept)

    @contextmanager
    def __call__(self, url: str, deadline: Deadline) -> Iterator[Connection]:
        """Yield a connection; raise OSError where there is none to be had."""
        kept = self._kept.setdefault(urlsplit(url).netloc, [])
        connection = _usable(kept, deadline) or self._connected(url, deadline)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.sock is not None:
            kept.append(connection)

    def _connected(self, url: str, deadline: Deadline) -> Connection:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        found = look_up(host, port, deadline.left())
        return connect(host, port, found, deadline, trust(self._ca_file, self._authorities) if secure else None)


def _close(kept: dict[str, list[Connection]]) -> None:
    for connection in chain.from_iterable(kept.values()):
        connection.close()


def _usable(kept: list[Connection], deadline: Deadline) -> Connection | None:
    while kept:
        connection = kept.pop()
        if connection.usable:
            connection.deadline = deadline
            return connection
        connection.close()
    return None


def connect(
    host: str,
    port: int,
    addresses: Sequence[str],
    deadline: Deadline,
    context: ssl.SSLContext | None,
    open_socket: OpenSocket = socket.create_connection,
) -> Connection:
    """Return a connection to the first of the addresses that takes one; raise the OSError of the last one."""
    failed = OSError("the name has no address")
    for address in addresses:
        try:
            sock = open_socket((address, port), min(CONNECT_SECONDS, deadline.left()))
        except OSError as error:
            failed = error
            continue
        connection = Connection(host, port, sock, deadline)
        try:
            if context is not None:
                left = deadline.left()
                connection.start_tls(context, left if address == addresses[-1] else min(CONNECT_SECONDS, left))
        except OSError as error:
            connection.close()
            failed = error
        else:
            return connection
    raise failed


def look_up(host: str, port: int, timeout: float, ask: Callable[..., Any] = socket.getaddrinfo) -> list[str]:
    """Return the addresses of a name, in the system's order; raise OSError, also where it takes too long.

    The system's resolver knows no deadline, so it is asked in a thread that is left behind when time is up.
    """
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def run() -> None:
        try:
            found = ask(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else socket.gaierror("not a name"))

    Thread(target=run, daemon=True, name="look-up").start()
    try:
        answer = answers.get(timeout=timeout)
    except Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


@cache
def trust(ca_file: str | None, authorities: str | None = None) -> ssl.SSLContext:
    """Return a context that verifies against the given certificates, else certifi's; the environment has no say.

    `authorities` are certificates as PEM text. Raises ValueError or SSLError where they are none.
    """
    if authorities is None:
        context = ssl.create_default_context(cafile=ca_file or certifi.where())
    else:
        context = ssl.create_default_context(cadata=authorities)
        # Python 3.13 would refuse what many a company's own authority leaves out, such as the authority's key id.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    return context
