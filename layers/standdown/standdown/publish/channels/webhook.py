"""Signed webhooks by Standard Webhooks 1.0.0: one channel for each endpoint, each within its own deadline.

Never a proxy, never a redirect, never an address that was not checked; what a receiver answers is not read.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from standdown.base.http.deadline import Deadline, under
from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.standard_webhooks import sign
from standdown.publish.backoff import WEBHOOK, Schedule
from standdown.publish.channels.broken import BrokenChannel
from standdown.publish.channels.endpoints import BrokenEndpoint, DocumentError, Endpoint, read_document
from standdown.publish.channels.errors import PublishError
from standdown.publish.channels.pinned_connection import connected, trust
from standdown.publish.channels.public_address import AddressError, IpAddress, is_public, look_up, public_addresses
from standdown.publish.render.rendered import Channel, RenderedOutcome

__all__ = ["UNREADABLE", "Sender", "WebhookChannel", "webhook_channels"]

UNREADABLE = "webhook:*"
"""Stands for all endpoints while the document that lists them cannot be read."""
_BUSY = frozenset({429, 502, 503, 504})
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (ssl.SSLCertVerificationError, "the endpoint's TLS certificate is not trusted, or is not for its name"),
    (ssl.SSLError, "the TLS connection to the endpoint failed"),
    (socket.gaierror, "the endpoint's name is not known"),
    ((TimeoutError, Urllib3TimeoutError), "the endpoint did not answer in time"),
    (ConnectionRefusedError, "the endpoint refused the connection"),
)


@dataclass(frozen=True, slots=True)
class Sender:
    """How endpoints are reached. Everything but `schedule` is for tests: a resolver, loopback allowed, another CA."""

    schedule: Schedule = WEBHOOK
    deadline: float = 10.0
    ports: Sequence[int] = (443,)
    ca_file: str | None = None
    allow: Callable[[IpAddress], bool] = is_public
    resolve: Callable[[str, int, float], list[str]] = look_up
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """Posts notices to one endpoint."""

    endpoint: Endpoint
    sender: Sender = field(default_factory=Sender, repr=False)
    alongside: bool = True

    @property
    def name(self) -> str:
        """Return `webhook:` and the endpoint's name."""
        return f"webhook:{self.endpoint.name}"

    @property
    def schedule(self) -> Schedule:
        """Return the schedule of all endpoints."""
        return self.sender.schedule

    def wants(self, rendered: RenderedOutcome, /) -> bool:
        """Return whether the endpoint asked for this outcome."""
        return self.endpoint.outcomes is None or rendered.outcome.result in self.endpoint.outcomes

    def send(self, rendered: RenderedOutcome, /) -> None:
        """Post the signed rendered; raise PublishError where the answer is not a 2xx, or does not come in time."""
        body, now = rendered.json.encode(), self.sender.clock()
        headers = {
            "content-type": "application/json",
            "user-agent": "standdown",
            **sign(rendered.operation.operation_id, int(now.timestamp()), body, self.endpoint.keys),
        }
        try:
            status, answered = self._post(body, headers)
        except AddressError as error:
            raise PublishError(f"the endpoint's address {error}") from None
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            raise PublishError(_trouble(error)) from None
        _judge(status, answered, now)

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
        """Return status and headers of the answer; its body is left unread."""
        place, sender = self.endpoint.place, self.sender
        deadline = Deadline(time.monotonic() + sender.deadline)
        with under(deadline):
            addresses = public_addresses(sender.resolve(place.host, place.port, deadline.left()), sender.allow)
            connection = connected(place, addresses, trust(sender.ca_file))
            try:
                connection.request("POST", place.path, body=body, headers=headers, preload_content=False)
                answer = connection.getresponse()
                return answer.status, answer.headers
            finally:
                connection.close()


def webhook_channels(read: Callable[[], str | bytes], sender: Sender | None = None) -> tuple[Channel, ...]:
    """Return a channel for each endpoint of the document that `read` returns, also for those that cannot be used.

    Where the document itself cannot be had or read, one channel named `UNREADABLE` stands for them all.
    """
    sender = sender or Sender()
    try:
        listed = read_document(read(), sender.ports)
    except DocumentError as error:
        return (BrokenChannel(UNREADABLE, str(error), sender.schedule),)
    except Exception as error:  # noqa: BLE001 - whatever the store raises, its text may quote what it read
        return (
            BrokenChannel(
                UNREADABLE, f"the webhook document could not be had: {type(error).__name__}", sender.schedule
            ),
        )
    for item in listed:
        if isinstance(item, Endpoint) and item.problem:
            logger.error("a secret or key is left out", extra={"problem": item.problem, "endpoint": item.name})
            record(Metric.BROKEN_SECRETS)
    return tuple(
        BrokenChannel(f"webhook:{item.name}", item.problem, sender.schedule)
        if isinstance(item, BrokenEndpoint)
        else WebhookChannel(item, sender)
        for item in listed
    )


def _judge(status: int, headers: Mapping[str, str], now: datetime) -> None:
    """Raise PublishError unless the status is a 2xx."""
    if 200 <= status < 300:
        return
    if status == 410:
        raise PublishError(
            "the endpoint answered 410 Gone: it wants no more outcomes. Take it out of the webhook document.",
            retryable=False,
        )
    if 300 <= status < 400:
        raise PublishError(f"the endpoint answered {status}, a redirect: these are not followed")
    wish = _retry_after(headers.get("Retry-After", ""), now) if status in _BUSY else None
    raise PublishError(f"the endpoint answered {status}", retry_after=wish)


def _retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds that a receiver asks for, by number or by date; None where it does not say."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _trouble(error: Exception) -> str:
    """Say in our own words what happened: an exception's own text may quote the address."""
    for kinds, said in _WORDS:
        if isinstance(error, kinds):
            return said
    return f"the connection to the endpoint failed ({type(error).__name__})"
