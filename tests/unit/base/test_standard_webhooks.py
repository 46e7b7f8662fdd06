"""Standard Webhooks: what the reference signs is let in, and nothing else."""

import base64
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from standdown.base import standard_webhooks
from standdown.base.standard_webhooks import NotGenuineError, decode_secret, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes, yes!").decode()
BODY = b'{"test": 2432232314}'
NOW = datetime.fromtimestamp(1614265330, UTC)
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    return standard_webhooks.verify([decode_secret(secret) for secret in secrets], headers, body, now)


def signed(webhook_id: str, at: datetime, body: str, secret: str = SECRET) -> dict[str, str]:
    signature = standardwebhooks.Webhook(secret).sign(webhook_id, at, body)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


def test_the_published_vector_is_genuine() -> None:
    assert verify([SECRET], VECTOR, BODY, NOW) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@pytest.mark.parametrize("body", ["", "{}", '{"target": "erp-prod"}', "é" * 100, "\n\r\t\x00", "x" * 65536])
@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_what_the_reference_signs_is_genuine(body: str, secret: str) -> None:
    headers = signed("evt_1", NOW, body, secret)

    assert verify([SECRET, OTHER], headers, body.encode(), NOW) == "evt_1"


@pytest.mark.parametrize("seconds", [-301, -300, -299, 0, 299, 300, 301, 86400])
def test_a_timestamp_holds_for_five_minutes_both_ways(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)

    if abs(seconds) <= 300:
        assert verify([SECRET], VECTOR, BODY, now)
    else:
        with pytest.raises(NotGenuineError):
            verify([SECRET], VECTOR, BODY, now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook-id": ""}, {"webhook-id": "msg.1"}, {"webhook-id": "m" * 4096}, {"webhook-id": "msg 1"},
        {"webhook-id": "msg\x00"}, {"webhook-id": "é"},
        {"webhook-timestamp": ""}, {"webhook-timestamp": "nan"}, {"webhook-timestamp": "1_614_265_330"},
        {"webhook-timestamp": "1614265330.5"}, {"webhook-timestamp": "-1614265330"}, {"webhook-timestamp": "1" * 20},
        {"webhook-timestamp": " 1614265330"}, {"webhook-timestamp": "1614265330\n"}, {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "01614265330"}, {"webhook-timestamp": "0"},
        {"webhook-signature": ""}, {"webhook-signature": "v1"}, {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,a"}, {"webhook-signature": "v1,é"}, {"webhook-signature": "v1,\ud800"},
        {"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"webhook-signature": "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="},
        {"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE"},
        {"webhook-signature": VECTOR["webhook-signature"] + "," + VECTOR["webhook-signature"]},
        {"webhook-signature": " ".join([VECTOR["webhook-signature"]] * 10_000)},
        {"webhook-signature": "  ".join(["v1"] * 9)},
    ],
)  # fmt: skip
def test_headers_that_are_wrong_are_all_refused_and_the_check_that_failed_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(NotGenuineError) as caught:
        verify([SECRET], {**VECTOR, **wrong}, BODY, NOW)

    (header,) = wrong
    assert str(caught.value).startswith((header, "the signature"))


@pytest.mark.parametrize("missing", list(VECTOR))
def test_a_missing_header_is_refused(missing: str) -> None:
    headers = {name: value for name, value in VECTOR.items() if name != missing}

    with pytest.raises(NotGenuineError):
        verify([SECRET], headers, BODY, NOW)


def test_with_no_secret_nobody_comes_in() -> None:
    with pytest.raises(NotGenuineError):
        verify([], VECTOR, BODY, NOW)


def test_one_genuine_signature_among_others_is_enough_for_rotation() -> None:
    header = f"v1a,abc v1,AAAA {VECTOR['webhook-signature']} nonsense"

    assert verify([OTHER, SECRET], {**VECTOR, "webhook-signature": header}, BODY, NOW)


@pytest.mark.parametrize("place", [0, 15])
def test_sixteen_signatures_are_looked_at(place: int) -> None:
    header = " ".join([*["v1,AAAA"] * place, VECTOR["webhook-signature"], *["v1,AAAA"] * (15 - place)])

    assert verify([SECRET], {**VECTOR, "webhook-signature": header}, BODY, NOW)


@pytest.mark.parametrize("more", [["v1,AAAA"] * 16, ["v2,AAAA"] * 16, [""] * 16])
def test_among_more_than_sixteen_signatures_none_is_looked_at(more: list[str]) -> None:
    for parts in ([VECTOR["webhook-signature"], *more], [*more, VECTOR["webhook-signature"]]):
        with pytest.raises(NotGenuineError):
            verify([SECRET], {**VECTOR, "webhook-signature": " ".join(parts)}, BODY, NOW)


@pytest.mark.parametrize("between", ["\t", "\n", "\u00a0"])
def test_signatures_are_apart_by_a_space_and_nothing_else(between: str) -> None:
    header = f"v2,AAAA{between}{VECTOR['webhook-signature']}"

    with pytest.raises(NotGenuineError):
        verify([SECRET], {**VECTOR, "webhook-signature": header}, BODY, NOW)


def test_ten_thousand_mutations_are_refused() -> None:
    rng = random.Random(7)  # noqa: S311 - mutations, no secrets
    keys = list(VECTOR)

    for _ in range(10_000):
        headers, body = dict(VECTOR), bytearray(BODY)
        place = rng.randrange(4)
        if place == 3:
            body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        else:
            text = headers[keys[place]]
            at = rng.randrange(len(text))
            other = rng.choice([chr(c) for c in range(0x20, 0x7F) if chr(c) != text[at]])
            cut = rng.choice([text[:at] + other + text[at + 1 :], text[:at] + text[at + 1 :]])
            headers[keys[place]] = cut

        with pytest.raises(NotGenuineError):
            verify([SECRET, OTHER], headers, bytes(body), NOW)


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "does not begin"), ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin"), ("whsec_é", "canonical form"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "canonical form"), ("whsec_M fKQ", "canonical form"),
        ("whsec_====", "canonical form"), ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx\n", "blank or a line end"),
        (" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "blank or a line end"), ("whsec_", "24 to 64 bytes"),
        ("whsec_" + "A" * 92, "24 to 64 bytes"), ("whsec_MfKQ", "24 to 64 bytes"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAB==", "canonical form"),  # two spellings of the same bytes
    ],
)  # fmt: skip
def test_k20_what_is_no_secret_is_refused_with_the_reason_and_without_being_shown(secret: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        decode_secret(secret)

    value = secret.removeprefix("whsec_").strip()
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("MfKQ", "does not begin with whsec_"),
        ("whsec_M fKQ", "is not base64 in its canonical form"),
        ("whsec_MfKQ ", "has a blank or a line end around it: remove that"),
        ("whsec_MfKQ", "does not hold 24 to 64 bytes"),
    ],
)
def test_what_is_no_secret_is_said_word_for_word(secret: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        decode_secret(secret)


@pytest.mark.parametrize("length", [0, 1, 23, 65])
def test_a_secret_of_another_length_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        decode_secret("whsec_" + base64.b64encode(bytes(length)).decode())


def test_what_we_sign_meets_the_published_vector() -> None:
    assert signed_headers(VECTOR["webhook-id"], 1614265330, BODY, [decode_secret(SECRET)]) == VECTOR


def test_either_secret_verifies_during_a_rotation_and_no_other() -> None:
    secrets = ["whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"a", b"b", b"c")]
    at = int(datetime.now(UTC).timestamp())

    headers = signed_headers("id", at, b"{}", [decode_secret(secret) for secret in secrets[:2]])

    assert headers["webhook-signature"].count("v1,") == 2
    for secret in secrets[:2]:
        standardwebhooks.Webhook(secret).verify("{}", headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secrets[2]).verify("{}", headers)


@pytest.mark.parametrize("length", [24, 64])
def test_a_secret_has_24_to_64_bytes(length: int) -> None:
    assert decode_secret("whsec_" + base64.b64encode(bytes(length)).decode()) == bytes(length)
