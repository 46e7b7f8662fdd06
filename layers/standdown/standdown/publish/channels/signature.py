"""Signing by Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, one signature for each secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

__all__ = ["secret_key", "signed_headers"]

_PREFIX = "whsec_"


def secret_key(secret: str) -> bytes:
    """Return the key inside a `whsec_` secret of 24 to 64 bytes; raise ValueError, without the secret, otherwise."""
    if not secret.startswith(_PREFIX):
        raise ValueError(f"does not begin with {_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not Base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("does not hold 24 to 64 bytes")
    return key


def signed_headers(message_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that a receiver verifies; with two keys, during a rotation, either of them does."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
