"""A bearer token, for a sender that cannot sign: whoever holds it is the sender, and chooses a request's every word."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from standdown.intake.errors import UnauthenticatedError, WebhookSecretError

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{43,512}={0,2}")  # RFC 6750; 32 bytes are 43 characters of base64 at least
_DIFFERENT = 12  # characters, of which 32 random bytes have many more, in hexadecimal as well
SCHEME = "bearer "


def check_token(token: str) -> None:
    """Return if the token can be 32 random bytes; raise WebhookSecretError where it cannot."""
    if not _TOKEN.fullmatch(token) or len(set(token)) < _DIFFERENT:
        raise WebhookSecretError("bad_secret", "it must be at least 32 random bytes, in base64 or in hexadecimal")


def verify(tokens: Sequence[str], headers: Mapping[str, str]) -> None:
    """Return if the token in the request is one of ours; raise UnauthenticatedError where it is not."""
    given = _digest(headers.get("authorization", "")[len(SCHEME) :].strip(" "))
    # Digests are of one length, and none is left out: the time tells nothing of a token.
    held = [hmac.compare_digest(_digest(token), given) for token in tokens]
    if not any(held):
        raise UnauthenticatedError("the bearer token is none of the configured ones")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
