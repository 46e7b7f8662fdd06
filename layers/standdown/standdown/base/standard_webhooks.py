"""Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, signed for receivers and verified of senders.

Never looks into the body. Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from standdown.base.text import from_base64

TOLERANCE = 300  # seconds, both ways
MAX_SIGNATURES = 16
_PREFIX = "whsec_"
_ID = re.compile(r"[!-\-/-~]{1,200}")  # visible ASCII without the dot, which separates the signed parts
_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,11}")


class NotGenuineError(Exception):
    """Raised when a message is not shown to be genuine; the message says which check failed, in our own words."""


def decode_secret(secret: str) -> bytes:
    """Return the key in `whsec_` and the base64 of 24 to 64 bytes; raise ValueError, without the secret, otherwise."""
    if secret != secret.strip():
        raise ValueError("has a blank or a line end around it: remove that")
    if not secret.startswith(_PREFIX):
        raise ValueError(f"does not begin with {_PREFIX}")
    try:
        key = from_base64(secret.removeprefix(_PREFIX))
    except ValueError:
        # Other spellings of the same bytes are refused: what one library reads another does not.
        raise ValueError("is not base64 in its canonical form") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("does not hold 24 to 64 bytes")
    return key


def signed_headers(message_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that a receiver verifies; with two keys, during a rotation, either of them does.

    `timestamp` is in seconds since 1970 (UTC).
    """
    signatures = (f"v1,{_signature(key, message_id, str(timestamp), body).decode()}" for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the `webhook-id` of a genuine message, or raise NotGenuineError; `headers` have lower-case names.

    Every key and every signature is compared, in constant time.
    """
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(webhook_id):
        raise NotGenuineError("webhook-id is missing or has a wrong form")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise NotGenuineError("webhook-timestamp is missing or has a wrong form")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise NotGenuineError(f"webhook-timestamp is more than {TOLERANCE} seconds off: a clock, or a late request")
    expected = [_signature(key, webhook_id, timestamp, body) for key in keys]
    given = _signatures(headers.get("webhook-signature", ""))
    # A list, not a generator: no comparison is left out because an earlier one held.
    held = [hmac.compare_digest(one, another) for one in expected for another in given]
    if not any(held):
        raise NotGenuineError("the signature is of none of the configured secrets, or the body was changed")
    return webhook_id


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256))


def _signatures(header: str) -> list[bytes]:
    """Return the signatures of version 1, as sent; other versions are for other keys."""
    parts = header.split(" ", MAX_SIGNATURES)
    if len(parts) > MAX_SIGNATURES:
        raise NotGenuineError("webhook-signature holds too many signatures")
    return [part[3:].encode("utf-8", "surrogatepass") for part in parts if part.startswith("v1,")]
