"""RSA PKCS#1 v1.5 with SHA-256: does a signature hold against a pinned public key? Verifies alone, and signs never.

The signature is raised to the public exponent, and the whole outcome is compared with the one encoding that the digest
has (RFC 8017, 8.2.2): nothing of it is parsed, so there is nothing to be lenient about.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from standdown.intake.errors import WebhookSecretError
from standdown.intake.webhook.der import (
    BIT_STRING,
    CONTEXT_0,
    GENERALIZED_TIME,
    NULL,
    OID,
    SEQUENCE,
    UTC_TIME,
    DerError,
    Reader,
)

MAX_PEM = 16 * 1024  # characters
_PEM = re.compile(r"-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_RSA = bytes.fromhex("2a864886f70d010101")
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key, and how long the certificate that it came in, if any, holds."""

    modulus: int
    exponent: int
    not_before: datetime | None = None
    not_after: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Tell whether the certificate holds at this time; a bare key always does."""
        return (self.not_before or now) <= now <= (self.not_after or now)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature is this key's over the message."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            return False
        digest = _SHA256 + hashlib.sha256(message).digest()
        expected = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        return hmac.compare_digest(pow(number, self.exponent, self.modulus).to_bytes(size, "big"), expected)


def read_public_key(pem: str) -> PublicKey:
    """Read one PEM public key or certificate; raise WebhookSecretError where it is none, or too weak to trust."""
    match = _PEM.fullmatch(pem.strip()) if len(pem) <= MAX_PEM else None
    if match is None:
        raise WebhookSecretError("bad_key", "the pinned key must be one PEM block: a PUBLIC KEY or a CERTIFICATE")
    try:
        reader = Reader(base64.b64decode("".join(match[2].split()), validate=True))
        key = _certificate(reader) if match[1] == "CERTIFICATE" else _key(reader, None, None)
        reader.end()
    except (DerError, binascii.Error) as error:
        raise WebhookSecretError("bad_key", f"the pinned key cannot be read: {error}") from error
    if not 2048 <= key.modulus.bit_length() <= 8192 or key.modulus % 2 == 0:
        raise WebhookSecretError("bad_key", "the pinned key must have 2048 to 8192 bits")
    if not 3 <= key.exponent < 2**33 or key.exponent % 2 == 0:
        raise WebhookSecretError("bad_key", "the pinned key's exponent must be an odd number from 3 to 2^33")
    return key


def _certificate(reader: Reader) -> PublicKey:
    """Read the key and the validity of an X.509 certificate (RFC 5280, 4.1); its own signature is not what we trust."""
    outer = reader.sequence()
    body = outer.sequence()
    if body.next_tag() == CONTEXT_0:
        body.take(CONTEXT_0)  # version
    body.integer()  # serial number
    body.take(SEQUENCE)  # signature algorithm
    body.take(SEQUENCE)  # issuer
    validity = body.sequence()
    not_before, not_after = _time(validity), _time(validity)
    validity.end()
    body.take(SEQUENCE)  # subject
    key = _key(body, not_before, not_after)
    outer.take(SEQUENCE)  # signature algorithm
    outer.take(BIT_STRING)
    outer.end()
    return key


def _key(reader: Reader, not_before: datetime | None, not_after: datetime | None) -> PublicKey:
    """Read a SubjectPublicKeyInfo that holds an RSA key (RFC 3279, 2.3.1)."""
    info = reader.sequence()
    algorithm = info.sequence()
    if algorithm.take(OID) != _RSA or algorithm.take(NULL):
        raise DerError("it is not an RSA key")
    algorithm.end()
    bits = info.take(BIT_STRING)
    info.end()
    if bits[:1] != b"\x00":
        raise DerError("its bits do not fill their bytes")
    outer = Reader(bits, 1)
    numbers = outer.sequence()
    outer.end()
    key = PublicKey(numbers.integer(), numbers.integer(), not_before, not_after)
    numbers.end()
    return key


def _time(reader: Reader) -> datetime:
    """Read a certificate's time: in UTC, to the second (RFC 5280, 4.1.2.5)."""
    short = reader.next_tag() == UTC_TIME
    text = reader.take(UTC_TIME if short else GENERALIZED_TIME)
    if not re.fullmatch(rb"[0-9]{12}Z" if short else rb"[0-9]{14}Z", text):
        raise DerError("a time is not in the form that certificates have")
    century = b"" if not short else b"20" if text[:2] < b"50" else b"19"
    try:
        return datetime.strptime((century + text).decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise DerError("a time does not exist") from error
