"""Around the notifier: endpoints are on this machine, their certificates from a CA of the tests, waits are short.

Beside it: `ca.pem`, and `receivers.json` with `ports`, and `broken`, a path: while it exists the function fails.
"""

import json
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from deployed_app import lambda_handler as deployed  # type: ignore[import-not-found] # beside it in the artefact

from standdown.entry.wiring import notifier
from standdown.publish.backoff import Schedule
from standdown.publish.channels.webhook import Sender

HERE = Path(__file__).parent
GIVEN = json.loads((HERE / "receivers.json").read_text())
SENDER = Sender(
    schedule=Schedule((1.0, 1.0)),
    deadline=2.0,
    ports=tuple(GIVEN["ports"]),
    ca_file=str(HERE / "ca.pem"),
    allow=lambda address: address == ip_address("127.0.0.1"),
    resolve=lambda *_: ["127.0.0.1"],
)
notifier.publication = partial(notifier.publication, sender=SENDER)


def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    """Hand the call on, unless the function is to be broken."""
    if Path(GIVEN["broken"]).exists():
        raise RuntimeError("broken on purpose")
    return deployed(event, context)
