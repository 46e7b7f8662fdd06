"""The simulator as an HTTP server on this machine: sockets, and what goes wrong on them."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from simulator import admin
from simulator.group import Group
from simulator.record import Call
from simulator.service import Reply, SdrsService

LARGEST_BODY = 8 * 1024 * 1024


class Simulator:
    """A running simulator: `with Simulator(job_seconds=2) as sim: sim.url`.

    Takes a ready service, or the settings for one: `scenario`, `scale`, `groups`, `keys`, `seed`, `clock`, and the
    fields of a Plan (`job_seconds`, `ending`, ...). Port 0 picks a free one.
    """

    def __init__(
        self, port: int = 0, host: str = "127.0.0.1", service: SdrsService | None = None, **settings: Any
    ) -> None:
        self.service = service or admin.make_service(**settings)
        self._server = _Server((host, port), _handler(self.service))
        self._host = host
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return where SDRS and IAM are served, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[Call]:
        """Return the calls so far, oldest first; those to the admin API are not among them."""
        return list(self.service.calls)

    @property
    def groups(self) -> dict[str, Group]:
        """Return the groups by id, as of now."""
        self.service.world.advance()
        return self.service.world.groups

    def group(self, name: str) -> Group:
        """Return the group of a name, as of now."""
        return next(group for group in self.groups.values() if group.name == name)

    def endpoints(self) -> list[str]:
        """Return the names of the endpoints called, in order."""
        return [call.endpoint for call in self.calls]

    def start(self) -> Simulator:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.serve, name="simulator", daemon=True)
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve in this thread until `stop`."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Stop serving; calls that hang are cut off."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.gone.set()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.gone = threading.Event()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind, without asking a name server for this machine's name: that can take seconds."""
        socket_address = self.server_address
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(socket_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are part of the game."""


def _handler(service: SdrsService) -> type[_Handler]:
    return type("Handler", (_Handler,), {"service": service})


class _Handler(BaseHTTPRequestHandler):
    service: ClassVar[SdrsService]
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "simulator"
    sys_version = ""
    timeout = 60.0

    def handle_one_request(self) -> None:
        """Read one request of any method and answer it."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdigit() else 0
        body = self.rfile.read(min(size, LARGEST_BODY))
        path, _, query = self.path.partition("?")
        if path.startswith(admin.PREFIX):
            reply = self._administer(path, query, body)
        else:
            reply = self.service.handle(self.command, path, query, dict(self.headers.items()), body)
        with contextlib.suppress(OSError):
            self._send(reply)

    def _administer(self, path: str, query: str, body: bytes) -> Reply:
        if self.client_address[0] not in ("127.0.0.1", "::1"):
            return Reply(403, {}, b'{"error": "only from this machine itself"}')
        return admin.handle(self.service, self.command, path, query, body)

    def _send(self, reply: Reply) -> None:
        if reply.delay:
            self.server.gone.wait(reply.delay)
        if reply.kind == "hang":
            self._wait_for_client(reply.seconds)
        if reply.kind in ("reset", "refuse", "hang"):
            self._reset()
            return
        head = f"HTTP/1.1 {reply.status} Simulated\r\n" + "".join(f"{k}: {v}\r\n" for k, v in reply.headers.items())
        head += f"Date: {self.date_time_string()}\r\n"
        if "Content-Length" not in reply.headers:
            head += f"Content-Length: {len(reply.body)}\r\n"
        whole = f"{head}\r\n".encode("latin-1") + reply.body
        self._drip(whole, reply.seconds) if reply.kind == "drip" else self.wfile.write(whole)

    def _drip(self, whole: bytes, seconds: float) -> None:
        for byte in whole:
            self.wfile.write(bytes([byte]))
            if self.server.gone.wait(seconds):
                return

    def _wait_for_client(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self.connection.settimeout(0.1)
        while time.monotonic() < until and not self.server.gone.is_set():
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(1):
                    return

    def _reset(self) -> None:
        """Close with RST, as a broken middlebox does: linger for no time."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wfile.close()
        self.rfile.close()
        self.connection.close()
