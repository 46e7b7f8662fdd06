"""SMN: only what it signed, for a topic of ours, lately, and in a form that leaves no doubt."""

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.intake.errors import (
    ConfirmSubscriptionError,
    IgnoredError,
    UnauthenticatedError,
    UnverifiedError,
    WebhookSecretError,
)
from standdown.intake.webhook.smn import SmnPins, verify
from support.signing import (
    ID,
    NOW,
    TOPIC,
    canonical,
    certificate_pem,
    names_of,
    private_key,
    public_pem,
    sign,
    smn_fields,
)

PINS = SmnPins((certificate_pem(private_key()),), (TOPIC,))
CONFIRM = "https://console.huaweicloud.com/smn/subscription/confirm?token=abc&region=cn-north-4"


def subscription(**changes: str) -> dict[str, str]:
    return smn_fields("You are invited.", type="SubscriptionConfirmation", **{"subscribe_url": CONFIRM, **changes})


@pytest.mark.parametrize("subject", [None, "", "ERP alarm", "[cn-north-4][告警]磁盘"])
@pytest.mark.parametrize("empty_subject", [False, True])
def test_a_notification_is_genuine_in_both_ways_of_signing_a_subject(subject: str | None, empty_subject: bool) -> None:
    fields = smn_fields("anything\nwith lines", subject=subject)

    message = verify(PINS, {"x-smn-message-type": "Notification"}, sign(fields, empty_subject=empty_subject), NOW)

    assert (message.message, message.message_id, message.topic_urn) == ("anything\nwith lines", ID, TOPIC)
    assert message.sent_at == NOW - timedelta(seconds=5)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100), st.booleans())
def test_what_the_oracle_signs_is_genuine(text: str, empty_subject: bool) -> None:
    body = sign(smn_fields(text), empty_subject=empty_subject)

    assert verify(PINS, {}, body, NOW).message == text


@pytest.mark.parametrize(
    "changes",
    [
        {"message": "other"}, {"message_id": "0" * 32}, {"subject": "other"}, {"timestamp": "2026-01-02T03:04:01Z"},
        {"type": "SubscriptionConfirmation"}, {"type": "Other"}, {"topic_urn": TOPIC + "x"}, {"signature": ""},
        {"signature": "!"}, {"signature": "é"}, {"signature": "AAAA"}, {"signature": None}, {"message": None},
        {"message_id": None}, {"timestamp": None}, {"topic_urn": None}, {"type": None}, {"message": 7}, {"message": {}},
        {"message_id": ID.upper()}, {"message_id": ID + "\n"}, {"timestamp": "2026-01-02 03:04:00Z"}, {"subject": 7},
    ],
)  # fmt: skip
def test_a_changed_field_is_refused(changes: dict[str, str]) -> None:
    body = json.loads(sign(smn_fields("stop", subject="s")))

    with pytest.raises(UnauthenticatedError):
        verify(PINS, {}, json.dumps({**body, **changes}).encode(), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": f"{ID}\nsubject\nx"}, {"message_id": ID.upper()}, {"message_id": "1" * 31},
        {"subject": "a\ntimestamp\n2026-01-02T03:04:00Z"}, {"subject": "a\rb"}, {"subject": "a\u2028b"},
        {"timestamp": "2026-01-02T03:04:00+00:00"}, {"timestamp": "2026-13-02T03:04:00Z"}, {"timestamp": "now"},
        {"timestamp": "2026-01-02T03:04:00Z\n"}, {"topic_urn": TOPIC + "\n"}, {"topic_urn": "urn:smn:a:b:other"},
        {"type": "Notification\n"},
    ],
)  # fmt: skip
def test_a_field_in_a_doubtful_form_is_refused_though_rightly_signed(changes: dict[str, str]) -> None:
    fields = smn_fields("stop", **changes)

    with pytest.raises(UnauthenticatedError):
        verify(PINS, {}, sign({**fields, "type": fields["type"]}), NOW)


def test_a_subject_that_is_there_must_have_been_signed() -> None:
    signed = json.loads(sign(smn_fields("stop")))

    with pytest.raises(UnauthenticatedError):
        verify(PINS, {}, json.dumps({**signed, "subject": "anything else"}).encode(), NOW)


def test_two_messages_with_the_same_signed_bytes_are_not_both_believed() -> None:
    shifted = smn_fields(f"stop\nmessage_id\n{ID}", message_id="Y")
    genuine = smn_fields("stop", message_id=f"{ID}\nmessage_id\nY")
    assert canonical(shifted, names_of(shifted)) == canonical(genuine, names_of(genuine))

    for fields in (shifted, genuine):
        with pytest.raises(UnauthenticatedError):
            verify(PINS, {}, sign(fields), NOW)


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(hours=24), True), (timedelta(hours=24, seconds=1), False), (timedelta(hours=48), False),
        (timedelta(minutes=-5), True), (timedelta(minutes=-5, seconds=-1), False),
    ],
)  # fmt: skip
def test_k15_a_message_is_genuine_for_a_day_and_not_before_its_time(age: timedelta, fresh: bool) -> None:
    sent_at = NOW - age
    body = sign(smn_fields("stop", timestamp=sent_at.strftime("%Y-%m-%dT%H:%M:%SZ")))

    if fresh:
        assert verify(PINS, {}, body, NOW).sent_at == sent_at
    else:
        with pytest.raises(UnauthenticatedError):
            verify(PINS, {}, body, NOW)


def test_the_header_must_name_the_type_that_was_signed() -> None:
    body = sign(smn_fields("stop"))

    with pytest.raises(UnauthenticatedError):
        verify(PINS, {"x-smn-message-type": "SubscriptionConfirmation"}, body, NOW)


def test_another_key_no_key_and_no_topic_let_nobody_in() -> None:
    body = sign(smn_fields("stop"))
    other = SmnPins((public_pem(private_key(2049)),), (TOPIC,))

    for pins in (other, SmnPins((), (TOPIC,)), SmnPins(PINS.keys, ()), SmnPins()):
        with pytest.raises(UnauthenticatedError):
            verify(pins, {}, body, NOW)


def test_one_of_several_pinned_keys_is_enough_for_a_change_of_certificate() -> None:
    pins = replace(PINS, keys=(public_pem(private_key(2049)), *PINS.keys))

    assert verify(pins, {}, sign(smn_fields("stop")), NOW).message == "stop"


def test_a_pinned_certificate_that_has_expired_is_our_own_trouble() -> None:
    pins = replace(PINS, keys=(certificate_pem(private_key(), NOW - timedelta(days=9), NOW - timedelta(days=1)),))

    with pytest.raises(WebhookSecretError) as caught:
        verify(pins, {}, sign(smn_fields("stop")), NOW)

    assert caught.value.code == "expired_key"
    assert caught.value.message == "the pinned SMN certificate does not hold now: pin the present one"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/cert.pem", "http://smn.cn-north-4.myhuaweicloud.com/x", "https://user:pw@smn.myhuaweicloud.com/",
        "https://smn.x.huaweicloud.com.evil/", "", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_the_certificates_address_changes_nothing(url: str) -> None:
    assert verify(PINS, {}, sign(smn_fields("stop", signing_cert_url=url)), NOW).message == "stop"


@pytest.mark.parametrize(
    "url",
    [CONFIRM, "https://smn.cn-north-4.myhuaweicloud.com/smn/confirm?token=1", CONFIRM.replace("com/", "com:443/")],
)
def test_a_genuine_subscription_is_for_the_operator_to_confirm(url: str) -> None:
    with pytest.raises(ConfirmSubscriptionError) as caught:
        verify(PINS, {"x-smn-message-type": "SubscriptionConfirmation"}, sign(subscription(subscribe_url=url)), NOW)

    assert caught.value.code == "confirm_subscription"
    assert caught.value.subscribe_url == url
    assert TOPIC in caught.value.message
    assert "token" not in str(caught.value)
    assert isinstance(caught.value, IgnoredError)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/", "https://smn.x.huaweicloud.com.evil/", "https://user@console.huaweicloud.com/",
        "https://@console.huaweicloud.com/", "https://console.huaweicloud.com:8443/", "https://huaweicloud.com/",
        "https://evil.example\\.huaweicloud.com/", "https://console.huaweicloud.com:99999/", "https://[::1/", "https:///x",
        "https://evil.example#.huaweicloud.com", "https://evil.example?.huaweicloud.com",
    ],
)  # fmt: skip
def test_a_subscription_at_a_strange_address_is_not_shown_though_signed(url: str) -> None:
    with pytest.raises(IgnoredError) as caught:
        verify(PINS, {}, sign(subscription(subscribe_url=url)), NOW)

    assert caught.value.code == "strange_host"
    assert caught.value.message == "SMN's address for confirming is not one of SMN's own: use its console"
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://console.huaweicloud.com/", "https://a b", "https://é.huaweicloud.com", "", "https://x\n"]
)
def test_a_subscription_whose_address_is_no_https_one_is_refused(url: str) -> None:
    with pytest.raises(UnauthenticatedError):
        verify(PINS, {}, sign(subscription(subscribe_url=url)), NOW)


def test_a_forged_subscription_is_refused_and_shows_no_address() -> None:
    body = json.loads(sign(subscription()))

    with pytest.raises(UnauthenticatedError):
        verify(PINS, {}, json.dumps({**body, "subscribe_url": "https://a.huaweicloud.com/other"}).encode(), NOW)


def test_a_cancelled_subscription_is_ignored_with_its_topic() -> None:
    fields = {**subscription(), "type": "UnsubscribeConfirmation"}

    with pytest.raises(IgnoredError) as caught:
        verify(PINS, {}, sign(fields), NOW)

    assert caught.value.code == "unsubscribed"


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"7", b'"x"', b"\xff", b"{", b"[" * 5000, b'{"a":1,"a":2}', b"NaN"]
)
def test_what_is_no_json_object_is_refused_like_a_bad_signature(body: bytes) -> None:
    with pytest.raises(UnauthenticatedError):
        verify(PINS, {}, body, NOW)


def test_two_thousand_mutations_of_the_body_are_refused() -> None:
    rng = random.Random(7)  # noqa: S311 - mutations, no secrets
    genuine = sign(smn_fields("stop", subject="s", signing_cert_url=None, signature_version=None))
    want = json.loads(genuine)

    for _ in range(2000):
        body = bytearray(genuine)
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(7)
        try:
            verify(PINS, {}, bytes(body), NOW)
        except UnauthenticatedError:
            continue
        pytest.fail(f"{bytes(body)!r} passes for {want!r}")


def test_k05b_an_expired_certificate_is_left_out_and_named_while_another_one_is_valid() -> None:
    expired = certificate_pem(private_key(), NOW - timedelta(days=9), NOW - timedelta(days=2))
    pins = SmnPins(keys=(expired, *PINS.keys), topic_urns=PINS.topic_urns)

    message = verify(pins, {}, sign(smn_fields("stop")), NOW)

    assert message.problems == ("number 1 in 'smn.keys' does not hold now: remove it",)


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"topic_urn": "urn:smn:cn-north-4:0605767b5780d5762fc5c0118072a564:other"}, "topic"),
        ({"timestamp": "2020-01-02T03:04:05Z"}, "older"),
    ],
)
def test_k14b_the_check_that_failed_is_said_beside_the_one_message(changes: dict[str, str], check: str) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        verify(PINS, {}, sign(smn_fields("stop", **changes)), NOW)

    assert check in caught.value.check
    assert check not in str(caught.value).replace("too old", "")


# --- What is to be sent again ----------------------------------------------------------------------------------------

OTHER = "urn:smn:cn-north-4:0605767b5780d5762fc5c0118072a564:other"
NO_KEY = "the signature is of none of the pinned keys"
HEADER = {"x-smn-topic-urn": TOPIC}


def refused(body: bytes, headers: dict[str, str] | None = None, pins: SmnPins = PINS) -> UnauthenticatedError:
    with pytest.raises(UnauthenticatedError) as caught:
        verify(pins, headers or {}, body, NOW)
    return caught.value


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"signature": "AAAA"}, NO_KEY),
        ({"signature": "!"}, "the signature is not base64"),
        ({"message_id": "new"}, "a field that is signed is missing or has a wrong form"),
        ({"timestamp": "2026-01-02T03:09:06Z"}, "the message is from the future"),
        ({"type": "UnsubscribeConfirmation"}, "a field that is signed is missing or has a wrong form"),
    ],
)
def test_h02f_what_names_a_pinned_topic_and_cannot_be_verified_is_to_be_sent_again(
    changes: dict[str, str], check: str
) -> None:
    body = json.dumps({**json.loads(sign(smn_fields("stop"))), **changes}).encode()
    other = json.dumps({**json.loads(body), "topic_urn": OTHER}).encode()

    error = refused(body)

    assert (type(error), error.status, error.check) == (UnverifiedError, 503, check)
    assert (type(refused(other)), refused(other).status) == (UnauthenticatedError, 401)


@pytest.mark.parametrize("body", [b"", b"[]", b"\x1f\x8b", b'{"a":1,"a":2}'])
def test_h02g_the_header_names_the_topic_of_a_body_that_cannot_be_read(body: bytes) -> None:
    assert type(refused(body, HEADER)) is UnverifiedError
    assert type(refused(body, {"x-smn-topic-urn": OTHER})) is UnauthenticatedError
    assert type(refused(body)) is UnauthenticatedError


def test_with_no_topic_pinned_nothing_is_to_be_sent_again() -> None:
    assert type(refused(sign(smn_fields("stop", topic_urn="")), {"x-smn-topic-urn": ""}, SmnPins())) is (
        UnauthenticatedError
    )


def test_what_is_verified_and_too_old_is_not_to_be_sent_again() -> None:
    error = refused(sign(smn_fields("stop", timestamp="2026-01-01T03:04:04Z")))

    assert (type(error), error.check) == (UnauthenticatedError, "the message is older than 'smn.max_age_minutes'")


def test_an_expired_certificate_is_the_trouble_of_its_own_topic_alone() -> None:
    pins = replace(PINS, keys=(certificate_pem(private_key(), NOW - timedelta(days=9), NOW - timedelta(days=1)),))

    with pytest.raises(WebhookSecretError):
        verify(pins, {}, sign(smn_fields("stop")), NOW)
    assert refused(sign(smn_fields("stop", topic_urn=OTHER)), pins=pins).check == (
        "the topic is none of 'smn.topic_urns'"
    )


@pytest.mark.parametrize("kind", ["HttpSubscriptionUserConfirm", "HttpSubscriptionUserUnsubscribe"])
@pytest.mark.parametrize("where", ["body", "header"])
def test_what_a_subscriber_did_is_ignored_for_a_pinned_topic_alone(kind: str, where: str) -> None:
    fields = smn_fields("x", type=kind) if where == "body" else smn_fields("x")
    headers = {"x-smn-message-type": kind} if where == "header" else {}

    with pytest.raises(IgnoredError) as caught:
        verify(PINS, headers, json.dumps(fields).encode(), NOW)

    assert (caught.value.code, caught.value.message) == ("subscriber", f"SMN says what a subscriber did: {kind}")
    assert type(refused(json.dumps({**fields, "topic_urn": OTHER}).encode(), headers)) is UnauthenticatedError


@pytest.mark.parametrize("subject", ["[Major]writes", "", None])
def test_a_message_has_its_subject(subject: str | None) -> None:
    assert verify(PINS, {}, sign(smn_fields("stop", subject=subject)), NOW).subject == (subject or "")


@pytest.mark.parametrize("host", ["a.myhuaweicloud.eu", "a.myhuaweicloud.cn", "a.b.otc.t-systems.com"])
def test_l02b_an_address_of_each_site_is_shown(host: str) -> None:
    with pytest.raises(ConfirmSubscriptionError) as caught:
        verify(PINS, {}, sign(subscription(subscribe_url=f"https://{host}/confirm")), NOW)

    assert caught.value.subscribe_url == f"https://{host}/confirm"
