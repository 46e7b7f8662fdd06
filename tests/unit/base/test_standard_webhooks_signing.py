from __future__ import annotations

import base64
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from standdown.base.standard_webhooks import decode_secret, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_vector_of_the_specification_is_met() -> None:
    headers = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [decode_secret(SECRET)])

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("length", [23, 65, 0])
def test_a_key_that_is_too_short_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        decode_secret("whsec_" + base64.b64encode(b"k" * length).decode())


@pytest.mark.parametrize(
    "secret", ["whsec_not base64!", "whsec_" + "é" * 40, "whsec_abc", "MfKQ9r8GKYqrTwjUPD8ILPZIo2L"]
)
def test_what_is_no_secret_is_refused_without_being_quoted(secret: str) -> None:
    with pytest.raises(ValueError, match=r"base64|begin with") as caught:
        decode_secret(secret)

    assert secret.removeprefix("whsec_") not in str(caught.value)


def test_either_secret_verifies_during_a_rotation_and_no_other() -> None:
    secrets = ["whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"a", b"b", b"c")]

    headers = sign("id", int(time.time()), b"{}", [decode_secret(secret) for secret in secrets[:2]])

    assert headers["webhook-signature"].count("v1,") == 2
    for secret in secrets[:2]:
        Webhook(secret).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets[2]).verify("{}", headers)
