"""Standard Webhooks 1.0.0: does the HMAC over the raw body hold? Never looks into the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from standdown.intake.errors import UnauthenticatedError, WebhookSecretError
from standdown.intake.fields import from_base64

TOLERANCE = 300  # seconds, both ways
MAX_SIGNATURES = 16
_PREFIX = "whsec_"
_ID = re.compile(r"[!-\-/-~]{1,200}")  # visible ASCII without the dot, which separates the signed parts
_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,11}")


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the `webhook-id` of a genuine request; `headers` have lower-case names.

    Every secret and every signature is compared, in constant time. Raises UnauthenticatedError for whatever does not
    hold, and WebhookSecretError for a configured secret that is none.
    """
    keys = [decode_secret(secret) for secret in secrets]
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise UnauthenticatedError("webhook-id or webhook-timestamp is missing or has a wrong form")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise UnauthenticatedError(
            f"webhook-timestamp is more than {TOLERANCE} seconds off: a clock, or a late request"
        )
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    expected = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in keys]
    candidates = _candidates(headers.get("webhook-signature", ""))
    # A list, not a generator: no comparison is left out because an earlier one held.
    held = [hmac.compare_digest(one, given) for one in expected for given in candidates]
    if not any(held):
        raise UnauthenticatedError("the signature is of none of the configured secrets, or the body was changed")
    return webhook_id


def decode_secret(secret: str) -> bytes:
    """Return the key in `whsec_` + base64 of 24 to 64 bytes; raise WebhookSecretError, without the secret, if not."""
    try:
        key = from_base64(secret.removeprefix(_PREFIX))
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise WebhookSecretError("bad_secret", "a webhook secret must be whsec_ and the base64 of 24 to 64 bytes")
    return key


def _candidates(header: str) -> list[bytes]:
    """Return the signatures of version 1, as sent; other versions are for other keys."""
    parts = header.split(" ", MAX_SIGNATURES)
    if len(parts) > MAX_SIGNATURES:
        raise UnauthenticatedError("webhook-signature holds too many signatures")
    return [part[3:].encode("utf-8", "surrogatepass") for part in parts if part.startswith("v1,")]
