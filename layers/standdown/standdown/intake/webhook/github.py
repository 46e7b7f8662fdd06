"""GitHub's way to sign a webhook: does the HMAC over the raw body hold? Never looks into the body.

Neither a time nor the delivery's id is signed, so the body has to say itself when it was written, and stands for its
own identity.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from standdown.intake.errors import UnauthenticatedError, WebhookSecretError

MIN_SECRET = 16  # characters
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> None:
    """Return if the request is genuine; `headers` have lower-case names.

    Raises UnauthenticatedError for whatever does not hold, and WebhookSecretError for a secret too short to be one.
    """
    if any(len(secret) < MIN_SECRET for secret in secrets):
        raise WebhookSecretError("bad_secret", f"a GitHub webhook secret must have at least {MIN_SECRET} characters")
    given = headers.get("x-hub-signature-256", "")
    if not _SIGNATURE.fullmatch(given):
        raise UnauthenticatedError("the signature's header has a wrong form")
    expected = ["sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    # A list, not a generator: no comparison is left out because an earlier one held.
    held = [hmac.compare_digest(one, given) for one in expected]
    if not any(held):
        raise UnauthenticatedError("the signature is of none of the configured secrets, or the body was changed")
