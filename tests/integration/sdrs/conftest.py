from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from simulator import Simulator
from simulator import defaults as sim
from standdown.sdrs.auth import AkSkAuth
from standdown.sdrs.client import SdrsClient

Serve = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(job_seconds=0.3, init_seconds=0.05) as running:
        yield running


@pytest.fixture
def client(simulator: Simulator) -> SdrsClient:
    return SdrsClient(simulator.url, sim.PROJECT_ID, AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve raw sockets: what is given is called with each connection, after its request has been read."""
    listeners: list[socket.socket] = []

    def start(answer: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=_accept, args=(listener, answer), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


def _accept(listener: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve_one, args=(connection, answer), daemon=True).start()


def _serve_one(connection: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    with connection, contextlib.suppress(OSError):
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += connection.recv(4096)
        answer(connection)
