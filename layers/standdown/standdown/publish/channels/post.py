"""One POST to an endpoint: within its own deadline, to an address that was checked, and to no other.

Never a proxy, never a redirect, never an address that was not checked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from standdown.base.http.connection import Connection
from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import connect, look_up, trust
from standdown.base.http.exchange import Answer, ExchangeError, Request, exchange
from standdown.publish.backoff import WEBHOOK, Schedule
from standdown.publish.channels.errors import PublishError
from standdown.publish.channels.public_address import (
    AddressError,
    IpAddress,
    Place,
    is_public,
    open_checked,
    public_addresses,
)

__all__ = ["Sender"]


@dataclass(frozen=True, slots=True)
class Sender:
    """How endpoints are reached. Everything but `schedule` is for tests: a resolver, loopback allowed, another CA."""

    schedule: Schedule = WEBHOOK
    deadline: float = 15.0
    ports: Sequence[int] = (443,)
    ca_file: str | None = None
    allow: Callable[[IpAddress], bool] = is_public
    resolve: Callable[[str, int, float], list[str]] = look_up
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def post(self, place: Place, headers: Mapping[str, str], body: bytes, cap: int = 0) -> Answer:
        """Return the answer with at most `cap` bytes of its body; raise PublishError where none came."""
        request = Request("POST", f"https://{place.host}:{place.port}{place.path}", headers, body)

        @contextmanager
        def dial(_url: str, deadline: Deadline) -> Iterator[Connection]:
            """Yield a connection to an address that was checked: the name is not looked up a second time."""
            found = public_addresses(self.resolve(place.host, place.port, deadline.left()), self.allow)
            addresses = [str(address) for address in found]
            connection = connect(place.host, place.port, addresses, deadline, trust(self.ca_file), open_checked)
            try:
                yield connection
            finally:
                connection.close()

        try:
            return exchange(request, Deadline(time.monotonic() + self.deadline), dial, cap)
        except AddressError as error:
            raise PublishError(f"the endpoint's address {error}") from None
        except ExchangeError as error:
            raise PublishError(f"the endpoint {error}") from None
