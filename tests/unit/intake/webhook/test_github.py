"""GitHub's signature: the documented vector, and what must not pass for it."""

import hashlib
import hmac
import random

import pytest

from standdown.intake.errors import UnauthenticatedError, WebhookSecretError
from standdown.intake.webhook.github import verify

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
HEADERS = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}


def test_the_documented_vector_is_genuine() -> None:
    verify(["another secret of ours", SECRET], HEADERS, BODY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-hub-signature-256": ""}, {"x-hub-signature-256": "757107ea"}, {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": HEADERS["x-hub-signature-256"].upper()},
        {"x-hub-signature-256": HEADERS["x-hub-signature-256"] + "\n"},
        {"x-hub-signature-256": "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()},
        {"x-hub-signature-256": "sha256=" + "é" * 64},
    ],
)  # fmt: skip
def test_headers_that_are_wrong_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(UnauthenticatedError):
        verify([SECRET], {**HEADERS, **wrong}, BODY)


def test_without_the_header_nobody_comes_in() -> None:
    with pytest.raises(UnauthenticatedError):
        verify([SECRET], {}, BODY)


def test_a_thousand_mutations_are_refused() -> None:
    rng = random.Random(7)  # noqa: S311 - mutations, no secrets

    for _ in range(1000):
        body = bytearray(BODY)
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        digest = list(HEADERS["x-hub-signature-256"])
        at = rng.randrange(7, len(digest))
        digest[at] = rng.choice([c for c in "0123456789abcdef" if c != digest[at]])

        with pytest.raises(UnauthenticatedError):
            verify([SECRET], HEADERS, bytes(body))
        with pytest.raises(UnauthenticatedError):
            verify([SECRET], {**HEADERS, "x-hub-signature-256": "".join(digest)}, BODY)


def test_with_no_secret_nobody_comes_in_and_a_short_one_is_none() -> None:
    with pytest.raises(UnauthenticatedError):
        verify([], HEADERS, BODY)
    with pytest.raises(WebhookSecretError) as caught:
        verify([SECRET, "x" * 15], HEADERS, BODY)

    assert caught.value.code == "bad_secret"
    assert caught.value.message == "a GitHub webhook secret must have at least 16 characters"
    verify([SECRET, "x" * 16], HEADERS, BODY)
