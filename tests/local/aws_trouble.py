"""microburst between the functions and the local cloud: errors, resets and lost answers as AWS has them.

It has an environment of its own, which `make storm` and `make test` make: no other target needs it.
"""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.places import aws_env
from local.process import Child, free_port
from local.switchboard import Switchboard

RULES: list[dict[str, Any]] = [
    {"service": "dynamodb", "probability": 0.03, "error": {"code": "ProvisionedThroughputExceededException"}},
    {"service": "*", "probability": 0.03, "error": {"code": "ThrottlingException"}},
    {"service": "*", "probability": 0.03, "error": {"code": "InternalFailure", "status": 500}},
    {"service": "*", "probability": 0.02, "reset": True},
    {"service": "*", "probability": 0.03, "response": {"abort_frac": 0}},
]
"""Throttled, failed, cut off before it took effect, and cut off after."""


@contextlib.contextmanager
def aws_trouble(command: Path, upstream: str, switchboard: Switchboard, log: Path) -> Iterator[AwsTrouble]:
    """Have every function call AWS through microburst, which leaves each call's signature as it is."""
    port = free_port()
    started = [command, "--upstream", upstream, "--port", str(port), "--no-resign"]
    child = Child("microburst", started, log, aws_env(upstream))
    trouble = AwsTrouble(f"http://127.0.0.1:{port}")
    try:
        child.wait_until(trouble.answers)
        trouble.ask("POST", "rules", RULES)
        switchboard.lead_through(f"127.0.0.1:{port}")
        yield trouble
    finally:
        child.end()


class AwsTrouble:
    """A running microburst."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers(self) -> bool:
        """Say whether it is up."""
        try:
            self.ask("GET", "health")
        except OSError:
            return False
        return True

    def fired(self) -> list[dict[str, Any]]:
        """Return what it did to which call."""
        return list(self.ask("GET", "fired?limit=100000"))

    def calm(self) -> None:
        """Let every call through from now on."""
        self.ask("DELETE", "rules")

    def ask(self, method: str, what: str, data: Any = None) -> Any:
        """Call its control API and return its answer."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.url}/_microburst/{what}", data=body, method=method)  # noqa: S310
        with self._opener.open(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")
