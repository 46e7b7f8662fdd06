"""The daily check of who may send webhooks: what cannot be used is known before a sender needs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from standdown.base.log import logger
from standdown.base.metrics import Metric, record
from standdown.core.retry import RetryLaterError
from standdown.entry.webhook import WebhookEndpoint
from standdown.intake.errors import WebhookSecretError
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.rsa import read_public_key

SOON = timedelta(days=30)
"""How long before the last pinned certificate expires the operators are told every day."""


def check_webhook(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Answer `{"check": true}`: log and count what is wrong with the secrets and keys; never with their values."""
    try:
        problems = list(_problems(endpoint.secrets(), endpoint.clock()))
    except (RetryLaterError, WebhookSecretError) as error:
        problems = [str(error)]
    for problem in problems:
        logger.error("a secret or key cannot be used", extra={"problem": problem})
    record(Metric.BROKEN_SECRETS, len(problems))
    return {"schema_version": 1, "problems": problems}


def _problems(secrets: WebhookSecrets, now: datetime) -> Iterator[str]:
    yield from secrets.broken.values()
    yield from secrets.left_out
    keys = [read_public_key(pem) for pem in secrets.smn.keys]
    ends = [key.not_after for key in keys if key.holds_at(now)]
    for number, key in enumerate(keys, 1):
        if not key.holds_at(now):
            yield f"number {number} in 'smn.keys' does not hold now"
    last = max((end for end in ends if end), default=None)
    if last and None not in ends and last <= now + SOON:
        yield f"the last certificate in 'smn.keys' expires on {last:%Y-%m-%d}: pin the next one beside it"
