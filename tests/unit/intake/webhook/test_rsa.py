"""The pinned key and its signatures, with another implementation as the oracle."""

import base64
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from standdown.intake.errors import WebhookSecretError
from standdown.intake.webhook.der import Reader
from standdown.intake.webhook.rsa import MAX_PEM, PublicKey, read_public_key
from support.signing import NOW, certificate, certificate_pem, private_key, public_pem


def pem(der: bytes, label: str = "PUBLIC KEY") -> str:
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n"


def der_of(text: str) -> bytes:
    return base64.b64decode("".join(text.split("-----")[2].split()))


@pytest.mark.parametrize(("bits", "exponent"), [(2048, 65537), (2048, 3), (3072, 65537), (2049, 65537)])
def test_a_public_key_is_read_as_the_oracle_reads_it(bits: int, exponent: int) -> None:
    key = private_key(bits, exponent)

    read = read_public_key(public_pem(key))

    numbers = key.public_key().public_numbers()
    assert (read.modulus, read.exponent) == (numbers.n, numbers.e)
    assert read.holds_at(datetime(1970, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2020, 9, 9, 1, 2, 3, tzinfo=UTC), datetime(2030, 9, 7, tzinfo=UTC)),
        (datetime(1999, 12, 31, tzinfo=UTC), datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_certificate_is_read_as_the_oracle_reads_it(start: datetime, end: datetime) -> None:
    read = read_public_key(certificate_pem(private_key(), start, end))

    assert read.modulus == private_key().public_key().public_numbers().n
    assert (read.not_before, read.not_after) == (start, end)
    assert read.holds_at(start)
    assert read.holds_at(end)
    assert not read.holds_at(start - timedelta(seconds=1))
    assert not read.holds_at(end + timedelta(seconds=1))


@given(st.binary(max_size=300))
def test_what_the_oracle_signs_verifies_and_an_altered_copy_does_not(message: bytes) -> None:
    key = private_key()
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    read = read_public_key(public_pem(key))

    assert read.verifies(signature, message)
    assert not read.verifies(signature, message + b"\x00")


def test_two_thousand_mutations_of_a_signature_are_refused() -> None:
    rng = random.Random(7)  # noqa: S311 - mutations, no secrets
    key = private_key()
    read, message = read_public_key(public_pem(key)), b"message\nstop\n"
    genuine = key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    for _ in range(2000):
        signature = bytearray(genuine)
        signature[rng.randrange(len(signature))] ^= 1 << rng.randrange(8)

        assert not read.verifies(bytes(signature), message)


def test_only_the_one_encoding_of_the_digest_is_accepted() -> None:
    key, message = private_key(), b"message\nstop\n"
    read = read_public_key(public_pem(key))
    private = key.private_numbers()
    good = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    encoded = pow(int.from_bytes(good, "big"), read.exponent, read.modulus).to_bytes(256, "big")
    at = encoded.index(b"\x00", 2)
    forged = [
        encoded[:at] + b"\x00" + encoded[at + 1 :].ljust(len(encoded[at + 1 :]), b"\x00")[:-1] + b"\x00",
        b"\x00\x01\xff\x00" + encoded[at + 1 :] + bytes(256 - 4 - len(encoded[at + 1 :])),  # the rest filled at will
        b"\x00\x02" + encoded[2:],
        encoded.replace(b"\x05\x00\x04\x20", b"\x04\x00\x04\x20"),
    ]

    signatures = [pow(int.from_bytes(form, "big"), private.d, read.modulus).to_bytes(256, "big") for form in forged]

    assert read.verifies(good, message)
    assert not any(read.verifies(signature, message) for signature in signatures)


def test_a_signature_of_the_wrong_size_or_beyond_the_modulus_is_refused() -> None:
    key, message = private_key(), b"x"
    read = read_public_key(public_pem(key))
    good = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    beyond = (int.from_bytes(good, "big") + read.modulus).to_bytes(257, "big")

    assert read.verifies(good, message)
    for wrong in (b"", good[:-1], b"\x00" + good, good + b"\x00", b"\xff" * 256, beyond):
        assert not read.verifies(wrong, message)
    assert not read.verifies(key.sign(message, padding.PKCS1v15(), hashes.SHA384()), message)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    assert not read.verifies(key.sign(message, pss, hashes.SHA256()), message)


@lru_cache
def other_keys() -> list[str]:
    form = serialization.PublicFormat
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
    pkcs1 = private_key().public_key().public_bytes(serialization.Encoding.PEM, form.PKCS1).decode()
    spki = der_of(public_pem(private_key()))
    cert = certificate(private_key(), NOW, NOW).public_bytes(serialization.Encoding.DER)
    return [
        "", "nonsense", "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----", pem(b"\x30\x00"),
        pem(b"\x30\x80\x00\x00"),
        curve.public_bytes(serialization.Encoding.PEM, form.SubjectPublicKeyInfo).decode(), public_pem(weak), pkcs1,
        pem(spki + b"\x00"), pem(spki[:-1]), pem(spki, "CERTIFICATE"), pem(cert), pem(cert + b"\x00", "CERTIFICATE"),
        pem(spki) * 2, pem(spki).replace("M", "é", 1), pem(spki)[:100] + "=" + pem(spki)[100:], "x" * 20_000,
        pem(spki, "CERTIFICATE").replace("END CERTIFICATE", "END PUBLIC KEY"),
    ]  # fmt: skip


@pytest.mark.parametrize("which", range(len(other_keys())))
def test_what_is_no_strong_rsa_key_is_refused_by_name(which: int) -> None:
    text = other_keys()[which]

    with pytest.raises(WebhookSecretError):
        read_public_key(text)


def spki_of(modulus: int, exponent: int, *, unused: bytes = b"\x00", parameters: bytes = b"\x05\x00") -> str:
    def tlv(tag: int, data: bytes) -> bytes:
        size = len(data)
        length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
        return bytes([tag]) + length + data

    def integer(value: int) -> bytes:
        return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    algorithm = tlv(0x30, tlv(6, bytes.fromhex("2a864886f70d010101")) + parameters)
    bits = tlv(3, unused + tlv(0x30, integer(modulus) + integer(exponent)))
    return pem(tlv(0x30, algorithm + bits))


@pytest.mark.parametrize(("size", "taken"), [(MAX_PEM, True), (MAX_PEM + 1, False)])
def test_a_pem_of_16_kib_is_read_and_a_longer_one_is_not(size: int, taken: bool) -> None:
    text = public_pem(private_key())
    padded = text + "\n" * (size - len(text))

    if taken:
        assert read_public_key(padded) == read_public_key(text)
    else:
        with pytest.raises(WebhookSecretError):
            read_public_key(padded)


@pytest.mark.parametrize("exponent", [1, 2, 65536, 2**33 + 1])
def test_an_exponent_that_proves_nothing_is_refused(exponent: int) -> None:
    with pytest.raises(WebhookSecretError):
        read_public_key(spki_of(2**2047 + 1, exponent))


def test_a_modulus_or_its_packing_out_of_bounds_is_refused() -> None:
    for bits in (2048, 8192):
        modulus = 2 ** (bits - 1) + 1
        assert read_public_key(spki_of(modulus, 3)) == PublicKey(modulus, 3)
    for wrong in (
        spki_of(2**2047, 3),
        spki_of(2**8192 + 1, 3),
        spki_of(2**2047 + 1, 3, unused=b"\x01"),
        spki_of(2**2047 + 1, 3, parameters=b"\x05\x01\x00"),
    ):
        with pytest.raises(WebhookSecretError):
            read_public_key(wrong)


@pytest.mark.parametrize("old", [b"260101", b"991332"])
def test_a_certificate_with_a_time_that_does_not_exist_is_refused(old: bytes) -> None:
    der = certificate(private_key(), datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)).public_bytes(
        serialization.Encoding.DER
    )
    broken = der.replace(b"260101", b"261332" if old == b"260101" else b"2601 1")

    with pytest.raises(WebhookSecretError):
        read_public_key(pem(broken, "CERTIFICATE"))


@given(st.binary(max_size=600), st.sampled_from(["PUBLIC KEY", "CERTIFICATE"]))
def test_any_bytes_in_a_pem_end_in_a_key_or_the_named_error(data: bytes, label: str) -> None:
    with suppress(WebhookSecretError):
        assert isinstance(read_public_key(pem(data, label)), PublicKey)


@given(st.integers(0, 600), st.integers(0, 255))
def test_any_alteration_of_a_certificate_ends_in_a_key_or_the_named_error(at: int, value: int) -> None:
    der = bytearray(certificate(private_key(), NOW, NOW).public_bytes(serialization.Encoding.DER))
    der[at] = value

    with suppress(WebhookSecretError):
        assert isinstance(read_public_key(pem(bytes(der), "CERTIFICATE")), PublicKey)


def certificate_der() -> bytes:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    return certificate(private_key(), start, end).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(("year", "wanted"), [(b"00", 2000), (b"49", 2049), (b"50", 1950), (b"99", 1999)])
def test_a_year_of_two_digits_is_between_1950_and_2049(year: bytes, wanted: int) -> None:
    read = read_public_key(pem(certificate_der().replace(b"260101", year + b"0101"), "CERTIFICATE"))

    assert read.not_before == datetime(wanted, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense", "the pinned key must be one PEM block: a PUBLIC KEY or a CERTIFICATE"),
        (spki_of(2**2046 + 1, 3), "the pinned key must have 2048 to 8192 bits"),
        (spki_of(2**2047 + 1, 2), "the pinned key's exponent must be an odd number from 3 to 2^33"),
        (spki_of(2**2047 + 1, 3, unused=b"\x01"), "the pinned key cannot be read: its bits do not fill their bytes"),
        (spki_of(2**2047 + 1, 3, parameters=b"\x05\x01\x00"), "the pinned key cannot be read: it is not an RSA key"),
        (
            pem(certificate_der().replace(b"260101", b"2601 1"), "CERTIFICATE"),
            "the pinned key cannot be read: a time is not in the form that certificates have",
        ),
        (
            pem(certificate_der().replace(b"260101", b"261332"), "CERTIFICATE"),
            "the pinned key cannot be read: a time does not exist",
        ),
        (pem(b"\x30"), "the pinned key cannot be read: the bytes end too early"),
        (pem(b"\x30\x00"), "the pinned key cannot be read: a value is of another kind than expected"),
        (pem(b"\x30\x01"), "the pinned key cannot be read: a value is longer than what holds it"),
        (pem(b"\x30\x80\x00\x00"), "the pinned key cannot be read: a length is indefinite or far too long"),
        (pem(b"\x30\x81\x01\x00"), "the pinned key cannot be read: a length is not in its shortest form"),
        (
            pem(der_of(spki_of(2**2047 + 1, 3)) + b"\x00"),
            "the pinned key cannot be read: something follows where the end should be",
        ),
        (spki_of(0x80 << 2040, 3), "the pinned key must have 2048 to 8192 bits"),
    ],
)
def test_a_key_that_is_refused_says_why(text: str, problem: str) -> None:
    with pytest.raises(WebhookSecretError) as caught:
        read_public_key(text)

    assert (caught.value.code, caught.value.message) == ("bad_key", problem)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_a_value_of_any_size_is_taken_whole(size: int) -> None:
    length = size.to_bytes(max(1, (size.bit_length() + 7) // 8), "big")
    header = length if size < 128 else bytes([0x80 + len(length)]) + length
    reader = Reader(b"\x04" + header + bytes(size) + b"\x05\x00")

    assert reader.take(4) == bytes(size)
    assert reader.take(5) == b""
    reader.end()
