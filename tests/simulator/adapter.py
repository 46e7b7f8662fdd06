"""Plug the simulated service into the client, with no network: `SdrsClient(..., dial=SimulatorDial(service))`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from simulator.service import Reply, SdrsService
from standdown.base.http.deadline import Deadline
from standdown.base.http.exchange import ExchangeError
from support.http import FakeConnection, Given, Sent


class SimulatorDial:
    """Leads every URL to a service, and fails as a network does where a fault says so.

    `sleep` is called with the seconds that would pass: give it the fake clock's way to move on. A delay or silence
    longer than the exchange has left ends in TimeoutError, at the time at which it would.
    """

    def __init__(self, service: SdrsService, sleep: Callable[[float], None] = lambda _: None) -> None:
        self.service = service
        self._sleep = sleep

    @contextmanager
    def __call__(self, url: str, deadline: Deadline) -> Iterator[Any]:
        """Give a connection; whether it is refused shows only when the service has looked at the request."""
        yield FakeConnection(url, deadline, self.answer)

    def answer(self, sent: Sent, deadline: Deadline) -> Given:
        """Hand the request to the service and return its reply, or raise what a socket would."""
        url = urlsplit(sent.url)
        reply = self.service.handle(sent.method, url.path or "/", url.query, sent.headers, sent.body or b"")
        self._suffer(reply, deadline.left())
        return Given(reply.status, reply.headers, reply.body)

    def _suffer(self, reply: Reply, patience: float) -> None:
        silence = reply.delay + (reply.seconds if reply.kind == "hang" else 0.0)
        if reply.kind == "drip":
            silence += reply.seconds * len(reply.body)
        if silence > patience:
            self._sleep(patience)
            raise TimeoutError("simulated: no answer in time")
        self._sleep(silence)
        if reply.kind == "refuse":
            raise ExchangeError("refused the connection", sent=False)
        if reply.kind in ("reset", "hang"):
            raise ConnectionResetError("simulated: reset by peer")
