"""Grafana's way to sign a webhook: does the HMAC over time and raw body hold? Never looks into the body.

Source: Grafana's documentation, "Configure webhook notifications", HMAC signature. Without a timestamp header Grafana
signs the body alone, and a copy would be good for ever: the contact point must name the header.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from standdown.intake.errors import UnauthenticatedError

SIGNATURE, TIMESTAMP = "x-grafana-alerting-signature", "x-grafana-alerting-timestamp"
TOLERANCE = 300  # seconds that the sender's clock may be off, either way
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Return if the request is genuine and fresh; `headers` have lower-case names.

    Raises UnauthenticatedError for whatever does not hold.
    """
    given, sent_at = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
    if not _SIGNATURE.fullmatch(given):
        raise UnauthenticatedError("the signature's header has a wrong form")
    if not _TIMESTAMP.fullmatch(sent_at):
        raise UnauthenticatedError(
            f"the time is missing: name {TIMESTAMP} as the timestamp header in the contact point"
        )
    message = sent_at.encode() + b":" + body
    expected = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets]
    held = [hmac.compare_digest(one, given) for one in expected]
    if not any(held):
        raise UnauthenticatedError("the signature is of none of the configured secrets, or the body was changed")
    if abs(now.timestamp() - int(sent_at)) > TOLERANCE:
        raise UnauthenticatedError("the time that was signed is more than 5 minutes off")
