"""Standard Webhooks 1.0.0, for both directions: HMAC-SHA256 over `id.timestamp.body`. Never looks into the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from standdown.base.text import from_base64

__all__ = ["TOLERANCE", "SecretError", "SignatureError", "decode_secret", "sign", "verify"]

TOLERANCE = 300  # seconds, both ways
MAX_SIGNATURES = 16
_PREFIX = "whsec_"
_ID = re.compile(r"[!-\-/-~]{1,200}")  # visible ASCII without the dot, which separates the signed parts
_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,11}")


class SecretError(ValueError):
    """Raised when a text is no secret; the message goes on from "it", and never holds the secret."""


class SignatureError(ValueError):
    """Raised when a request is not genuine; the message says which check failed, in words of ours alone."""


def decode_secret(secret: str) -> bytes:
    """Return the key in `whsec_` + base64 of 24 to 64 bytes, in canonical spelling; raise SecretError if not."""
    if not secret.startswith(_PREFIX):
        raise SecretError(f"does not begin with {_PREFIX}")
    try:
        key = from_base64(secret.removeprefix(_PREFIX))
    except ValueError:
        raise SecretError("is not whsec_ and base64 in its canonical form") from None
    if not 24 <= len(key) <= 64:
        raise SecretError("is not whsec_ and the base64 of 24 to 64 bytes")
    return key


def sign(message_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that a receiver verifies; with two keys, during a rotation, either of them does."""
    signatures = (_signature(key, message_id, str(timestamp), body).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the `webhook-id` of a genuine request; `headers` have lower-case names.

    Every secret and every signature is compared, in constant time. Raises SignatureError for whatever does not hold,
    and SecretError for a configured secret that is none.
    """
    keys = [decode_secret(secret) for secret in secrets]
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError("webhook-id or webhook-timestamp is missing or has a wrong form")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise SignatureError(f"webhook-timestamp is more than {TOLERANCE} seconds off: a clock, or a late request")
    expected = [_signature(key, webhook_id, timestamp, body) for key in keys]
    candidates = _candidates(headers.get("webhook-signature", ""))
    # A list, not a generator: no comparison is left out because an earlier one held.
    held = [hmac.compare_digest(one, given) for one in expected for given in candidates]
    if not any(held):
        raise SignatureError("the signature is of none of the configured secrets, or the body was changed")
    return webhook_id


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256))


def _candidates(header: str) -> list[bytes]:
    """Return the signatures of version 1, as sent; other versions are for other keys."""
    parts = header.split(" ", MAX_SIGNATURES)
    if len(parts) > MAX_SIGNATURES:
        raise SignatureError("webhook-signature holds too many signatures")
    return [part[3:].encode("utf-8", "surrogatepass") for part in parts if part.startswith("v1,")]
