"""One HTTP/1.1 connection to one address, whose every step takes no more than what its exchange has left.

http.client bounds each read, not the whole: a server that drips a byte a second would hold its caller for ever.
"""

from __future__ import annotations

import io
import select
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, parse_headers
from typing import Any

from standdown.base.http.deadline import Deadline

IDLE_SECONDS = 5.0
"""One unused for longer may be dead without a sign: behind a NAT, or in a restored snapshot."""


class Connection(HTTPConnection):
    """A connection over a socket that is open already. `deadline` is that of the exchange under way."""

    def __init__(self, host: str, port: int, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__(host, port)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the body must not wait for the headers' receipt
        self.sock, self.deadline = sock, deadline
        self.auto_open = 0  # a request that was begun on one connection must not go on over another
        self._used_at = time.time()

    def start_tls(self, context: ssl.SSLContext, seconds: float) -> None:
        """Shake hands, with the host's own name to be certified; the port of TLS goes without saying from then on."""
        self.default_port = 443
        self.sock.settimeout(seconds)
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def send(self, data: Any) -> None:
        """Send within the time that is left."""
        if self.sock is not None:
            self.sock.settimeout(self.deadline.left())
        super().send(data)
        self._used_at = time.time()

    def response_class(self, sock: socket.socket, **options: Any) -> HTTPResponse:  # type: ignore[override]
        """Return the answer, to be read within the time that is left."""
        return Response(_TimedSocket(sock, self.deadline), **options)  # type: ignore[arg-type]

    @property
    def usable(self) -> bool:
        """Return whether a further request may go over it: it is open, quiet, and was used a moment ago."""
        fresh = abs(time.time() - self._used_at) < IDLE_SECONDS
        return fresh and self.sock is not None and not select.select([self.sock], [], [], 0)[0]


class Response(HTTPResponse):
    """An answer that is told by its status line where its headers cannot be read; `headers_lost` says so."""

    headers_lost = False

    def begin(self) -> None:
        """Read up to the headers' end; raise HTTPException where there is no status line."""
        try:
            super().begin()
        except HTTPException:
            if not isinstance(self.status, int):
                raise
            self.headers = self.msg = HTTPMessage()
            self.chunked, self.length, self.will_close, self.headers_lost = False, None, True, True

    def _read_status(self) -> tuple[str, int, str]:
        """Return the status line of the answer itself: interim ones (RFC 9110, 15.2) only say that it will come."""
        version, status, reason = super()._read_status()  # type: ignore[misc]
        while 101 < status < 200:
            parse_headers(self.fp)
            version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, status, reason


class _TimedSocket:
    """Stands in for the socket where http.client asks it for the file to read an answer from."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._deadline))


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
