"""A stand-in for SMN in the tests: a key of its own, and messages signed with it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOPIC = "urn:smn:cn-north-4:0605767b5780d5762fc5c0118072a564:erp-alarms"
ID = "88c726942175432bac921eafd0036163"


@lru_cache
def private_key(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@lru_cache
def certificate(key: rsa.RSAPrivateKey, start: datetime, end: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a stand-in for SMN")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(4711).not_valid_before(start).not_valid_after(end)
    return builder.sign(key, hashes.SHA256())


def certificate_pem(
    key: rsa.RSAPrivateKey, start: datetime = NOW - timedelta(days=1), end: datetime = NOW + timedelta(days=1)
) -> str:
    return certificate(key, start, end).public_bytes(serialization.Encoding.PEM).decode()


def smn_fields(message: Any, **changes: str | None) -> dict[str, str]:
    fields: dict[str, str | None] = {
        "type": "Notification",
        "topic_urn": TOPIC,
        "message_id": ID,
        "message": message if isinstance(message, str) else json.dumps(message),
        "timestamp": "2026-01-02T03:04:00Z",
        "signature_version": "v1",
        "signing_cert_url": "https://smn.cn-north-4.myhuaweicloud.com/smn/SMN_cn-north-4_1.pem",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def canonical(fields: dict[str, str], names: tuple[str, ...]) -> bytes:
    return "".join(f"{name}\n{fields.get(name, '')}\n" for name in names).encode()


def names_of(fields: dict[str, str], *, empty_subject: bool = False) -> tuple[str, ...]:
    if fields["type"] != "Notification":
        return ("message", "message_id", "subscribe_url", "timestamp", "topic_urn", "type")
    subject = ("subject",) if fields.get("subject") or empty_subject else ()
    return ("message", "message_id", *subject, "timestamp", "topic_urn", "type")


def sign(fields: dict[str, str], *, empty_subject: bool = False, key: rsa.RSAPrivateKey | None = None) -> bytes:
    """Return the body of a signed SMN message."""
    text = canonical(fields, names_of(fields, empty_subject=empty_subject))
    signature = (key or private_key()).sign(text, padding.PKCS1v15(), hashes.SHA256())
    return json.dumps({**fields, "signature": base64.b64encode(signature).decode()}).encode()
