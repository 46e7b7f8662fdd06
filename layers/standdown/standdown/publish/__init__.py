"""Publishing an outcome: rendered once, sent on every channel on its own, by SNS, EventBridge and signed webhooks."""

from standdown.publish.errors import PublishError
from standdown.publish.eventbridge import EventBridgeChannel
from standdown.publish.links import Links
from standdown.publish.notice import Notice, Outlet, render
from standdown.publish.publication import Publication, seconds_to_next, settled
from standdown.publish.sns import SnsChannel
from standdown.publish.webhook import Sender, WebhookChannel, webhook_channels

__all__ = [
    "EventBridgeChannel",
    "Links",
    "Notice",
    "Outlet",
    "Publication",
    "PublishError",
    "Sender",
    "SnsChannel",
    "WebhookChannel",
    "render",
    "seconds_to_next",
    "settled",
    "webhook_channels",
]
