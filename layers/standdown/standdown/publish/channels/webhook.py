"""Signed webhooks by Standard Webhooks 1.0.0: one channel for each endpoint, each within its own deadline.

Never a proxy, never a redirect, never an address that was not checked; what a receiver answers is not read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from standdown.base.http.exchange import Answer, retry_after
from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.base.standard_webhooks import signed_headers
from standdown.publish.channels.broken import BrokenChannel
from standdown.publish.channels.endpoint_channel import EndpointChannel
from standdown.publish.channels.endpoints import BrokenEndpoint, DocumentError, Endpoint, read_document
from standdown.publish.channels.errors import PublishError
from standdown.publish.channels.kinds import Kind
from standdown.publish.channels.post import Sender
from standdown.publish.render.rendered import Channel, Rendered

if TYPE_CHECKING:
    from standdown.ledger.turns import Turns

__all__ = ["UNREADABLE", "Sender", "WebhookChannel", "webhook_channels"]

UNREADABLE = "webhook:*"
"""Stands for all endpoints while the document that lists them cannot be read."""


@dataclass(frozen=True, slots=True)
class WebhookChannel(EndpointChannel):
    """Posts notices to one endpoint."""

    alongside: bool = True

    def send(self, rendered: Rendered, /) -> None:
        """Post it signed; raise PublishError where the answer is not a 2xx, or does not come in time."""
        body, now = rendered.json.encode(), self.sender.clock()
        place, seconds = self.endpoint.place, int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "standdown",
            **signed_headers(rendered.identity, seconds, body, self.endpoint.keys),
        }
        # Of the answer's body nothing is read.
        _judge(self.sender.post(place, headers, body), now)


def webhook_channels(
    read: Callable[[], str | bytes], sender: Sender | None = None, turns: Callable[[], Turns] | None = None
) -> tuple[Channel, ...]:
    """Return a channel for each endpoint of the document that `read` returns, also for those that cannot be used.

    `turns` gives what paces the chats; it is asked only where there is one.

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
    return tuple(_channel(item, sender, turns) for item in listed)


def _channel(item: Endpoint | BrokenEndpoint, sender: Sender, turns: Callable[[], Turns] | None) -> Channel:
    if isinstance(item, BrokenEndpoint):
        return BrokenChannel(f"webhook:{item.name}", item.problem, sender.schedule)
    if item.kind is Kind.WEBHOOK:
        return WebhookChannel(item, sender)
    from standdown.publish.channels.chats.channel import ChatChannel  # a stack without a chat does not wait for it

    return ChatChannel(item, sender, turns() if turns else None)


def _judge(answer: Answer, now: datetime) -> None:
    """Raise PublishError unless the status is a 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status == 410:
        raise PublishError(
            "the endpoint answered 410 Gone: it wants no more outcomes. Take it out of the webhook document.",
            retryable=False,
        )
    redirect = ", a redirect: these are not followed" if 300 <= status < 400 else ""
    asked = retry_after(answer, now.timestamp())
    raise PublishError(f"the endpoint answered {status}{redirect}", retry_after=asked)
