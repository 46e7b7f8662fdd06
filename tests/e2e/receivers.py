"""A receiver of signed webhooks as somebody else would run it: HTTPS, a certificate of a CA of the tests, no cloud."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import trustme

from integration.publish.receiver import HOST, Receiver, answering, serving
from local.overlay import Overlay

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WANTED = {"fine": None, "shaky": "dry_run", "gone": "refused", "hangs": "already_stopped"}
"""What each endpoint does, and the outcome that it wants to hear of; None for every one."""
TRIES_OF_SHAKY = 3


@dataclass(slots=True)
class Received:
    """One request that arrived: when (monotonic seconds), with which headers and body."""

    at: float
    headers: dict[str, str]
    body: bytes


@dataclass
class Receivers:
    """One server with an endpoint for each behaviour; `broken` is a path that breaks the notifier while it exists."""

    broken: Path
    port: int = 0
    ca_pem: bytes = b""
    _received: dict[str, list[Received]] = field(default_factory=dict)

    def at(self, endpoint: str, operation_id: str) -> list[Received]:
        """Return what an endpoint got about one operation."""
        return [one for one in self._received.get(endpoint, []) if one.headers["webhook-id"] == operation_id]

    def document(self) -> str:
        """Return the webhook document that lists them."""
        endpoints: list[dict[str, Any]] = []
        for name, outcome in WANTED.items():
            only = {"outcomes": [outcome]} if outcome else {}
            url = f"https://{HOST}:{self.port}/{name}"
            endpoints.append({"name": name, "url": url, "secrets": [SECRET], **only})
        return json.dumps({"endpoints": endpoints})

    def overlay(self) -> Overlay:
        """Return what has the notifier of a test build reach them."""
        given = {"ports": [self.port], "broken": str(self.broken)}
        files = {"ca.pem": self.ca_pem, "receivers.json": json.dumps(given).encode()}
        return Overlay("notifier", "receivers_on_loopback", files)

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Behave as the endpoint of that path does."""
        endpoint = handler.path.strip("/")
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self._received.setdefault(endpoint, []).append(Received(time.monotonic(), headers, body))
        status = {"gone": 410}.get(endpoint, 204)
        if endpoint == "shaky" and len(self.at(endpoint, headers["webhook-id"])) < TRIES_OF_SHAKY:
            status = 500
        if endpoint == "hangs":
            time.sleep(20)
        answering(status)(handler)


@contextmanager
def receiving(folder: Path) -> Iterator[Receivers]:
    """Serve until the end of the block."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(HOST).configure_cert(context)
    receivers, log = Receivers(folder / "broken", ca_pem=ca.cert_pem.bytes()), Receiver()
    with serving(context, lambda handler: receivers.answer(handler, log.bodies[-1]), log) as served:
        receivers.port = served.port
        yield receivers
