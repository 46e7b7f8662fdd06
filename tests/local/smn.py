"""A stand-in for Huawei Cloud's SMN: messages signed with a key of its own, made anew for each run."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import secrets
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

TOPIC = "urn:smn:cn-north-4:0605767b5780d5762fc5c0118072a564:erp-alarms"
_EXPONENT = 65537
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, no parameters
_SMALL = [n for n in range(3, 2000, 2) if all(n % m for m in range(3, math.isqrt(n) + 1, 2))]


class Smn:
    """Signs as SMN does (RSA with SHA-256, PKCS#1 v1.5); `pem` is what the receiver pins."""

    @cached_property
    def _primes(self) -> tuple[int, int]:
        return _prime(1024), _prime(1024)

    @property
    def _modulus(self) -> int:
        return self._primes[0] * self._primes[1]

    @property
    def pem(self) -> str:
        """Return the public key."""
        numbers = _der(0x30, _integer(self._modulus) + _integer(_EXPONENT))
        info = _der(0x30, _ALGORITHM + _der(0x03, b"\x00" + numbers))
        lines = base64.encodebytes(info).decode()
        return f"-----BEGIN PUBLIC KEY-----\n{lines}-----END PUBLIC KEY-----\n"

    def body(self, message: str, now: datetime | None = None, **changes: str) -> bytes:
        """Return the body of a notification, or of another type with the fields that it has."""
        fields = {
            "type": "Notification",
            "topic_urn": TOPIC,
            "message_id": secrets.token_hex(16),
            "message": message,
            "timestamp": f"{now or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "signature_version": "v1",
            "signing_cert_url": "https://smn.cn-north-4.myhuaweicloud.com/smn/SMN_cn-north-4_1.pem",
            **changes,
        }
        middle = ("timestamp",) if fields["type"] == "Notification" else ("subscribe_url", "timestamp")
        subject = ("subject",) if "subject" in fields else ()
        names = ("message", "message_id", *subject, *middle, "topic_urn", "type")
        text = "".join(f"{name}\n{fields[name]}\n" for name in names)
        signed: dict[str, Any] = {**fields, "signature": base64.b64encode(self._sign(text.encode())).decode()}
        return json.dumps(signed).encode()

    def _sign(self, text: bytes) -> bytes:
        p, q = self._primes
        size = (self._modulus.bit_length() + 7) // 8
        digest = _SHA256 + hashlib.sha256(text).digest()
        padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        exponent = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
        return pow(int.from_bytes(padded, "big"), exponent, self._modulus).to_bytes(size, "big")


def _prime(bits: int) -> int:
    while True:
        # Both highest bits are set, so that the product of two has twice as many bits.
        found = secrets.randbits(bits) | 3 << (bits - 2) | 1
        if all(found % small for small in _SMALL) and found % _EXPONENT != 1 and _passes(found):
            return found


def _passes(number: int) -> bool:
    """Tell whether it passes for a prime: Fermat's test is enough for a key that nobody relies on."""
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content
