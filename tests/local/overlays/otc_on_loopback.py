"""Around any function: Open Telekom Cloud's hosts in eu-de, and no others, lead to the simulator on this machine.

Beside it: `otc.json` with `port`, the simulator's.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from standdown.base.http.connection import Connection
from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import connect
from standdown.entry.wiring import connections

PORT = int(json.loads((Path(__file__).parent / "otc.json").read_text())["port"])
HOSTS = ("sdrs.eu-de.otc.t-systems.com", "iam.eu-de.otc.t-systems.com")


class Led:
    """Takes the place of the dialer: what is signed and sent names the real host."""

    def __init__(self, **_: object) -> None:
        pass

    @contextmanager
    def __call__(self, url: str, deadline: Deadline) -> Iterator[Connection]:
        """Give a connection to the simulator."""
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc not in HOSTS:
            raise OSError("no host of Open Telekom Cloud")
        connection = connect("127.0.0.1", PORT, ["127.0.0.1"], deadline, None)
        try:
            yield connection
        finally:
            connection.close()


connections.Dialer = Led  # type: ignore[attr-defined,assignment]

# Only now: the function may make its way to Huawei Cloud when it is imported.
from deployed_app import lambda_handler as deployed  # type: ignore[import-not-found]  # noqa: E402


def lambda_handler(event: Any, context: Any) -> Any:
    """Hand the call on."""
    return deployed(event, context)
