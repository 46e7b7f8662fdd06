"""A bearer token: which can be one, and whose request is let in."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable

import pytest

from standdown.intake.errors import UnauthenticatedError, WebhookSecretError
from standdown.intake.webhook.bearer import check_token, verify

BYTES = hashlib.sha256(b"made up").digest()  # the same in each of the processes that share the tests
TOKENS = (BYTES.hex(), base64.urlsafe_b64encode(BYTES).decode().rstrip("="))


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_of_ours_is_let_in(scheme: str, token: str) -> None:
    verify(TOKENS, {"authorization": f"{scheme} {token}"})


@pytest.mark.parametrize(
    "given",
    [
        "", "Bearer", "Bearer ", f"Bearer {TOKENS[0]}x", f"Bearer {TOKENS[0][:-1]}", f"Bearer {TOKENS[0].upper()}x",
        f"Bearer {TOKENS[0]},Bearer {TOKENS[1]}", f"Bearer {TOKENS[0]}\n", "Bearer é", "Bearer \ud800",
    ],
)  # fmt: skip
@pytest.mark.parametrize("tokens", [TOKENS, ()])
def test_anything_else_is_not(given: str, tokens: tuple[str, ...]) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        verify(tokens, {"authorization": given})

    assert TOKENS[0] not in caught.value.check


@pytest.mark.parametrize("made", [secrets.token_hex, secrets.token_urlsafe])
def test_random_bytes_are_a_token_in_every_usual_form(made: Callable[[int], str]) -> None:
    for size in [32] * 100 + [64]:
        check_token(made(size))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "hunter2",
        "x" * 64,
        "0123456789" * 5,
        BYTES[:20].hex(),
        f"{BYTES.hex()}\n",
        "a b" * 20,
        "ü" * 50,
    ],
)
def test_what_cannot_be_32_random_bytes_is_no_token(token: str) -> None:
    with pytest.raises(WebhookSecretError) as caught:
        check_token(token)

    assert not token or token not in caught.value.message
