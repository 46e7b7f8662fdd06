"""Plug the simulated service into requests, with no network: `session.mount("https://", SimulatorAdapter(service))`."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import NewConnectionError, ProtocolError

from simulator.service import Reply, SdrsService


def plugged_session(service: SdrsService, sleep: Callable[[float], None] = lambda _: None) -> requests.Session:
    """Return a session on which every https URL leads to the service."""
    session = requests.Session()
    session.mount("https://", SimulatorAdapter(service, sleep))
    return session


class SimulatorAdapter(BaseAdapter):
    """Answers from a service, and fails as a network does where a fault says so.

    `sleep` is called with the seconds that would pass: give it the fake clock's way to move on. A delay or silence
    longer than the read timeout ends in ReadTimeout, at the time at which it would.
    """

    def __init__(self, service: SdrsService, sleep: Callable[[float], None] = lambda _: None) -> None:
        super().__init__()
        self.service = service
        self._sleep = sleep

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the signature is that of requests
        timeout: Any = None,
        verify: Any = True,  # noqa: ARG002
        cert: Any = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        """Hand the request to the service and return its reply, or raise what requests would raise."""
        url = urlsplit(request.url or "")
        headers = {"Host": url.netloc, **request.headers}
        body = request.body.encode() if isinstance(request.body, str) else bytes(request.body or b"")
        reply = self.service.handle(request.method or "GET", url.path or "/", url.query, headers, body)
        self._suffer(reply, request, timeout[1] if isinstance(timeout, tuple) else timeout)
        return _response(reply, request)

    def _suffer(self, reply: Reply, request: requests.PreparedRequest, patience: float | None) -> None:
        silence = reply.delay + (reply.seconds if reply.kind == "hang" else 0.0)
        if reply.kind == "drip":
            silence += reply.seconds * len(reply.body)
        if patience is not None and silence > patience:
            self._sleep(patience)
            raise requests.ReadTimeout("simulated: no answer in time", request=request)
        self._sleep(silence)
        if reply.kind == "refuse":
            refused = NewConnectionError(None, "simulated: connection refused")  # type: ignore[arg-type]
            raise requests.ConnectionError(refused, request=request)
        if reply.kind in ("reset", "hang"):
            reset = ProtocolError("Connection aborted.", ConnectionResetError(104, "simulated: reset by peer"))
            raise requests.ConnectionError(reset, request=request)

    def close(self) -> None:
        """Do nothing: there is nothing open."""


def _response(reply: Reply, request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(reply.headers)
    response.raw = HTTPResponse(
        io.BytesIO(reply.body), headers=reply.headers, status=reply.status, preload_content=False
    )
    response.url = request.url or ""
    response.request = request
    return response
