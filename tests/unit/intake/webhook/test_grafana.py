"""Grafana's HMAC: equal to what openssl computes, over time and body, and fresh."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.intake.errors import UnauthenticatedError
from standdown.intake.webhook.grafana import SIGNATURE, TIMESTAMP, verify

SECRET = "grafana-example-secret-0123456789"
BODY = b'{"receiver":"standdown","status":"firing","alerts":[]}'
AT = datetime.fromtimestamp(1760000000, UTC)
SIGNED = "87e57f2c5079488d5d118c85f779e4f6c2d6d1a75cf0629ce60751c03410cfe8"
OF_THE_BODY_ALONE = "f6124df869d3e9e1cd9f6d4d45910c55734158cf42e8fb93da880c10cb351f61"


def headers(signature: str = SIGNED, at: str = "1760000000") -> dict[str, str]:
    return {SIGNATURE: signature, TIMESTAMP: at}


def openssl(secret: str, message: bytes) -> str:
    """Return the HMAC-SHA256 as another program computes it."""
    program = shutil.which("openssl")
    assert program, "openssl is not installed: run make browser"
    command = [program, "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.encode().hex()}", "-r"]
    ran = subprocess.run(command, input=message, capture_output=True, check=True)  # noqa: S603 - openssl, of our words
    return ran.stdout.decode().split()[0]


def test_the_known_signature_holds() -> None:
    verify([SECRET], headers(), BODY, AT)
    verify(["another-secret-of-ours", SECRET], headers(), BODY, AT)


@given(
    st.binary(max_size=200), st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=16, max_size=40)
)
def test_what_openssl_signs_is_genuine(body: bytes, secret: str) -> None:
    signature = openssl(secret, b"1760000000:" + body)

    verify([secret], headers(signature), body, AT)


@pytest.mark.parametrize(
    "given_",
    [
        headers("0" * 64), headers(SIGNED.upper()), headers(f"sha256={SIGNED}"), headers(SIGNED[:-1]), headers(""),
        headers(at="1760000001"), headers(at=""), headers(at="now"), headers(at="-1"), headers(at="1" * 12), {},
        {SIGNATURE: SIGNED}, {SIGNATURE: OF_THE_BODY_ALONE}, headers(OF_THE_BODY_ALONE), headers(at="١٧٦٠٠٠٠٠٠٠"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(given_: dict[str, str]) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        verify([SECRET], given_, BODY, AT)

    assert SECRET not in caught.value.check


@pytest.mark.parametrize(("secrets", "body"), [([], BODY), (["another-secret-of-ours"], BODY), ([SECRET], BODY + b" ")])
def test_another_secret_or_another_body_is_refused(secrets: list[str], body: bytes) -> None:
    with pytest.raises(UnauthenticatedError):
        verify(secrets, headers(), body, AT)


@pytest.mark.parametrize(("seconds", "held"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes_either_way(seconds: int, held: bool) -> None:
    now = AT + timedelta(seconds=seconds)
    if held:
        verify([SECRET], headers(), BODY, now)
        return
    with pytest.raises(UnauthenticatedError) as caught:
        verify([SECRET], headers(), BODY, now)
    assert "5 minutes" in caught.value.check
