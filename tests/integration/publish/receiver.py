"""Receivers of webhooks on loopback, with a TLS certificate of their own: well-behaved, and not."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "hooks.example.com"
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """What a receiver got: one entry a request."""

    port: int = 0
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    written: list[int] = field(default_factory=list)


def answering(status: int, **headers: str) -> Answer:
    """Return an answer with this status, these headers, and no body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def answering_after(seconds: float, status: int) -> Answer:
    """Return an answer that takes its time."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        answering(status)(handler)

    return answer


def saying(words: bytes) -> Answer:
    """Return an answer of these very bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(words)
        handler.close_connection = True

    return answer


def hanging(seconds: float) -> Answer:
    """Return an answer that never begins."""
    return lambda _handler: time.sleep(seconds)


def dripping(seconds: float) -> Answer:
    """Return an answer whose headers come a byte at a time, each well within any read's own limit."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            handler.wfile.write(b"x")
            time.sleep(0.05)

    return answer


def huge(receiver: Receiver, size: int = 1 << 30) -> Answer:
    """Return an answer with a body of a gigabyte; the receiver notes how much of it went out."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        sent = 0
        try:
            while sent < size:
                sent += handler.wfile.write(b"x" * 65_536)
        finally:
            receiver.written.append(sent)

    return answer


@contextmanager
def serving(context: ssl.SSLContext, answer: Answer, receiver: Receiver | None = None) -> Iterator[Receiver]:
    """Serve one receiver on a free port of 127.0.0.1 until the end of the block."""
    got = receiver or Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            got.paths.append(self.path)
            got.headers.append({name.lower(): value for name, value in self.headers.items()})
            got.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass

    def remember(_sock: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        got.names.append(name)

    context.sni_callback = remember
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    got.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent() -> Iterator[int]:
    """Yield a port on which connections are taken and nothing is ever said, not even in TLS."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
