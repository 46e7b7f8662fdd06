"""The webhook's door: who comes in, what everyone else is answered, and that nothing is read before it is verified."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks

from standdown.base.text import iso
from standdown.core.request import Source
from standdown.intake.errors import (
    ConfirmSubscriptionError,
    IgnoredError,
    IntakeError,
    UnauthenticatedError,
    UnverifiedError,
    WebhookSecretError,
)
from standdown.intake.queue_message import read_queue_record
from standdown.intake.webhook.request import AcceptedRequest, WebhookSecrets, read_http
from standdown.intake.webhook.smn import SmnPins
from support.signing import NOW, TOPIC, certificate_pem, private_key, sign, smn_fields
from support.wire import TARGETS, TRUST, event, record

STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GITHUB = "It's a Secret to Everybody"
SECRETS = WebhookSecrets((STANDARD,), (GITHUB,), SmnPins((certificate_pem(private_key()),), (TOPIC,)))
COMMAND = json.dumps(event("webhook-standard"))


def request(body: str | bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Return an event of an HTTP API, payload format 2.0."""
    encoded = isinstance(body, bytes)
    return {
        "version": "2.0",
        "routeKey": "POST /stop",
        "rawPath": "/stop",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/stop", "sourceIp": "192.0.2.1"}},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": encoded,
    }


def standard(body: str | bytes, webhook_id: str = "msg_1", at: datetime = NOW) -> dict[str, str]:
    text = body.decode("latin-1") if isinstance(body, bytes) else body
    signed = f"{webhook_id}.{int(at.timestamp())}.".encode() + (body if isinstance(body, bytes) else text.encode())
    key = base64.b64decode(STANDARD.removeprefix("whsec_"))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode(),
    }


def github(body: str) -> dict[str, str]:
    digest = hmac.new(GITHUB.encode(), body.encode(), hashlib.sha256).hexdigest()
    return {"x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "x-hub-signature-256": f"sha256={digest}"}


def read(message: Any, secrets: WebhookSecrets = SECRETS) -> AcceptedRequest:
    return read_http(message, secrets, now=NOW)


def status_of(message: Any, secrets: WebhookSecrets = SECRETS) -> int:
    with pytest.raises(IntakeError) as caught:
        read(message, secrets)
    assert STANDARD not in str(caught.value)
    assert caught.value.message.isprintable()
    return caught.value.status


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_standard_webhook_is_let_in(as_bytes: bool) -> None:
    body = COMMAND.encode() if as_bytes else COMMAND

    accepted = read(request(body, standard(COMMAND)))

    (wish,) = accepted.requests
    assert (wish.target, wish.source, wish.delivery_id, wish.requested_at) == ("erp-prod", Source.WEBHOOK, "msg_1", NOW)
    assert accepted.delivery_id == "msg_1"
    assert accepted.body_sha256 == hashlib.sha256(COMMAND.encode()).hexdigest()


def test_what_the_reference_library_signs_is_let_in() -> None:
    signature = standardwebhooks.Webhook(STANDARD).sign("msg_1", NOW, COMMAND)
    headers = {**standard(COMMAND), "webhook-signature": signature}

    assert read(request(COMMAND, headers)).delivery_id == "msg_1"


def test_a_github_webhook_that_says_its_time_is_let_in() -> None:
    body = json.dumps(event("webhook-github"))

    (wish,) = read(request(body, github(body))).requests

    assert wish.delivery_id == f"github/{hashlib.sha256(body.encode()).hexdigest()}"
    assert wish.requested_at == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_a_github_webhook_is_a_repeat_whatever_id_it_comes_under() -> None:
    body = json.dumps(event("webhook-github"))
    copied = {**github(body), "x-github-delivery": "00000000-0000-0000-0000-000000000000"}

    assert read(request(body, github(body))) == read(request(body, copied))


def test_a_github_webhook_without_a_time_of_its_own_is_not() -> None:
    assert status_of(request(COMMAND, github(COMMAND))) == 400


def test_what_the_door_queues_the_trigger_reads_as_the_same_requests() -> None:
    body = json.dumps({"target": ["erp-prod", "crm-prod"], "reason": "r", "dry_run": True})
    accepted = read(request(body, standard(body)))

    read_back = read_queue_record(record(accepted.message, sender="AROAWEBHOOK:x"), TARGETS, now=NOW, trust=TRUST)

    assert tuple(replace(one, sender="") for one in read_back) == accepted.requests
    assert [one.sender for one in read_back] == ["AROAWEBHOOK"] * 2


def test_a_webhook_that_names_nobody_asks_as_no_person_also_once_it_was_queued() -> None:
    body = json.dumps({"target": "erp-prod", "action": "resume", "hold": "a" * 32})
    accepted = read(request(body, standard(body)))

    [read_back] = read_queue_record(record(accepted.message, sender="AROAWEBHOOK:x"), TARGETS, now=NOW, trust=TRUST)

    assert (read_back.person, read_back.requested_by) == ("", "webhook")


def test_a_time_of_its_own_is_held_against_now_and_not_against_when_it_was_sent() -> None:
    body = json.dumps({"target": "erp-prod", "requested_at": iso(NOW + timedelta(minutes=6))})

    (wish,) = read_http(request(body, standard(body)), SECRETS, now=NOW + timedelta(minutes=2)).requests

    assert wish.requested_at == NOW + timedelta(minutes=6)


def test_a_repeat_has_the_same_operation_ids_and_another_body_another_digest() -> None:
    first = read(request(COMMAND, standard(COMMAND)))
    later = standard(COMMAND, at=NOW + timedelta(seconds=200))
    again = read(request(COMMAND, later))
    other = read(request(COMMAND + " ", standard(COMMAND + " ")))

    assert [wish.operation_id for wish in first.requests] == [wish.operation_id for wish in again.requests]
    assert first.body_sha256 == again.body_sha256 != other.body_sha256
    assert first.delivery_id == other.delivery_id


@pytest.mark.parametrize("name", ["smn-alarm", "smn-alarm-v1"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain; charset=UTF-8", ""])
def test_a_cloud_eye_alarm_by_smn_is_queued_as_verified(name: str, kind: str) -> None:
    body = sign(smn_fields(event(name)))
    headers = {"X-SMN-MESSAGE-TYPE": "Notification", "content-type": kind}

    accepted = read(request(body.decode(), headers))
    (wish,) = read_queue_record(record(accepted.message, sender="AROAWEBHOOK:x"), TARGETS, now=NOW, trust=TRUST)

    assert accepted.requests == ()
    assert (wish.target, wish.source, wish.delivery_id) == ("erp-prod", Source.ALARM, accepted.delivery_id)


def test_an_alarm_by_smn_under_the_same_identity_but_with_other_words_is_a_conflict() -> None:
    headers = {"x-smn-message-type": "Notification"}
    bodies = [sign(smn_fields({**event("smn-alarm"), **beside})).decode() for beside in ({}, {"more": "words"})]

    first, other = (read(request(body, headers)) for body in bodies)

    assert first.delivery_id == other.delivery_id
    assert first.body_sha256 != other.body_sha256


def test_one_alarm_by_two_subscriptions_is_a_repeat_and_no_conflict() -> None:
    headers = {"x-smn-message-type": "Notification"}
    bodies = [sign(smn_fields(event("smn-alarm"), unsubscribe_url=f"https://x/{n}")).decode() for n in range(2)]

    first, second = (read(request(body, headers)) for body in bodies)

    assert first == second


def test_a_recovery_by_smn_is_acknowledged_and_ignored() -> None:
    body = sign(smn_fields(event("smn-recovery"))).decode()

    with pytest.raises(IgnoredError) as caught:
        read(request(body, {"x-smn-message-type": "Notification"}))

    assert caught.value.status == 200


def test_a_subscription_by_smn_is_for_the_operator() -> None:
    body = sign(event("smn-subscription")).decode()

    with pytest.raises(ConfirmSubscriptionError) as caught:
        read(request(body, {"x-smn-message-type": "SubscriptionConfirmation"}))

    assert caught.value.subscribe_url == event("smn-subscription")["subscribe_url"]
    assert caught.value.status == 200


def test_a_genuine_smn_message_that_is_no_alarm_is_ignored() -> None:
    assert status_of(request(sign(smn_fields("hello")).decode(), {"x-smn-message-type": "Notification"})) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"authorization": "Bearer x"}, {"webhook-signature": "v1,x"}, {"webhook-id": "msg_1"},
        {"x-hub-signature-256": "sha256=00"}, {"x-smn-message-type": "Notification"},
        {**standard(COMMAND), **github(COMMAND)}, {**standard(COMMAND), "x-smn-message-type": "Notification"},
        {**standard(COMMAND), "webhook-signature": ""}, {**standard(COMMAND), "Webhook-Id": "msg_1"},
        {**standard(COMMAND + " ")}, {**standard(COMMAND), "webhook-timestamp": "nan"},
        standard(COMMAND, at=NOW - timedelta(seconds=301)), standard(COMMAND, at=NOW + timedelta(seconds=301)),
        standard(COMMAND, webhook_id="a.b"), standard(COMMAND, webhook_id="m" * 4096),
    ],
)  # fmt: skip
def test_every_failed_authentication_is_one_identical_401(headers: dict[str, str]) -> None:
    with pytest.raises(IntakeError) as caught:
        read(request(COMMAND, headers))

    assert caught.value.status == 401
    assert str(caught.value) == "unauthenticated: the signature does not hold, is too old, or is missing"
    assert caught.value.__cause__ is None


def test_with_nothing_configured_nobody_comes_in() -> None:
    body = json.dumps(event("webhook-github"))
    for message in (
        request(COMMAND, standard(COMMAND)),
        request(body, github(body)),
        request(sign(smn_fields(event("smn-alarm"))), {"x-smn-message-type": "Notification"}),
    ):
        assert status_of(message, WebhookSecrets()) == 401


@pytest.mark.parametrize(
    "body", ["{", "\x00", "[" * 2000, "NaN", '{"a": 1, "a": 2}', "<xml/>", "", '{"target": "erp-prod"}']
)
def test_nothing_is_read_of_a_body_whose_signature_does_not_hold(body: str) -> None:
    assert status_of(request(body, standard("another"))) == 401


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"", b"null", b"[]", b"{", b"NaN", b'"x"', b'{"a":1,"a":2}', b"[" * 2000]
)
def test_a_genuine_sender_is_told_that_its_body_is_malformed(body: bytes) -> None:
    assert status_of(request(body, standard(body))) == 400


@pytest.mark.parametrize(
    "document",
    [
        {}, {"target": []}, {"target": "ERP"}, {"target": "a", "unknown": 1}, {"target": "a", "dry_run": "false"},
        {"target": "a", "delivery_id": "mine"}, {"target": "a", "source": "webhook"},
        {"target": "a", "source": "schedule"},
        {"target": "a", "requested_at": "now"}, {"target": "a", "reason": None}, {"target": "a", "schema_version": 2},
        {"target": "a", "server_group_id": "0" * 32},
    ],
)  # fmt: skip
def test_a_genuine_sender_is_told_what_is_wrong_at_once(document: dict[str, Any]) -> None:
    body = json.dumps(document)

    assert status_of(request(body, standard(body))) == 400


def signed_request(**changes: Any) -> dict[str, Any]:
    return {**request(COMMAND, standard(COMMAND)), **changes}


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "post", "", None])
def test_only_post_is_answered(method: Any) -> None:
    context = {"stage": "$default", "http": {"method": method}}

    assert status_of(signed_request(requestContext=context)) == 405


@pytest.mark.parametrize("path", ["/", "/stop/", "/other", "", None, "/stop/../stop", ["/stop"]])
def test_only_the_one_path_is_answered(path: Any) -> None:
    if isinstance(path, list):
        path = str(path)
    assert status_of(signed_request(rawPath=path)) == 404


def test_a_named_stage_stands_before_the_path() -> None:
    context = {"stage": "prod", "http": {"method": "POST"}}

    assert read(signed_request(rawPath="/prod/stop", requestContext=context)).delivery_id == "msg_1"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("content-type", "text/plain"), ("content-type", ""), ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "application/json; charset=utf-16"), ("content-type", "application/jsonp"),
        ("content-type", "application/json,application/json"), ("content-encoding", "gzip"), ("content-encoding", "br"),
        ("content-encoding", ""),
    ],
)  # fmt: skip
def test_only_plain_json_is_taken(header: str, value: str) -> None:
    assert status_of(request(COMMAND, {**standard(COMMAND), header: value})) == 415


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_may_say_its_charset(kind: str) -> None:
    headers = {**standard(COMMAND), "content-type": kind, "content-encoding": "identity"}

    assert read(request(COMMAND, headers)).delivery_id == "msg_1"


def test_64_kib_are_taken_and_a_byte_more_is_not() -> None:
    largest = COMMAND.ljust(64 * 1024)
    larger = largest + " "

    assert read(request(largest, standard(largest))).requests
    assert read(request(largest.encode(), standard(largest))).requests
    assert status_of(request(larger, standard(larger))) == 413
    assert status_of(request(larger.encode(), standard(larger))) == 413
    assert status_of(request("x" * 10**6, {})) == 413
    assert status_of(request("é" * 33_000, {})) == 413


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "!", "isBase64Encoded": True}, {"body": "é", "isBase64Encoded": True},
        {"body": "QQ", "isBase64Encoded": True},
        {"body": "Q Q=", "isBase64Encoded": True}, {"body": "\ud800"}, {"body": 7}, {"body": ["x"]}, {"headers": None},
        {"headers": []}, {"requestContext": None}, {"requestContext": {}}, {"requestContext": {"http": None}},
    ],
)  # fmt: skip
def test_an_event_that_is_broken_is_a_bad_request(changes: dict[str, Any]) -> None:
    assert status_of(signed_request(**changes)) in {400, 404}


@pytest.mark.parametrize("message", [None, [], "x", 7, {}, {"version": "1.0"}])
def test_an_event_that_is_none_is_a_bad_request(message: Any) -> None:
    assert status_of(message) in {400, 404}


@pytest.mark.parametrize("body", [None, ""])
def test_an_empty_body_is_verified_like_any_other(body: Any) -> None:
    assert status_of({**request("", standard("x")), "body": body}) == 401
    assert status_of({**request("", standard("")), "body": body}) == 400


def test_headers_that_are_no_text_are_not_there() -> None:
    assert status_of(signed_request(headers={"content-type": "application/json", "webhook-id": 7})) == 401


def test_a_kind_of_sender_that_is_badly_configured_is_our_own_trouble_and_lets_the_others_in() -> None:
    secrets = WebhookSecrets((STANDARD,), broken={"github": "number 1 in 'github': it must have 16 characters"})
    body = json.dumps(event("webhook-github"))

    assert status_of(request(body, github(body)), secrets) == 503
    assert read(request(COMMAND, standard(COMMAND)), secrets).requests


def test_our_own_bad_secret_is_our_own_trouble() -> None:
    with pytest.raises(WebhookSecretError) as caught:
        read(request(COMMAND, standard(COMMAND)), WebhookSecrets(("hunter2-hunter2",)))

    assert caught.value.status == 503
    assert "hunter2" not in str(caught.value) + repr(WebhookSecrets(("hunter2-hunter2",), ("hunter2",)))


@pytest.mark.parametrize("content_type", ["application/json; charset=utf8", 'application/json;charset="UTF8"'])
def test_k16_utf8_without_its_hyphen_is_accepted(content_type: str) -> None:
    assert read(request(COMMAND, {**standard(COMMAND), "content-type": content_type})).requests


def test_k19_the_ping_of_github_is_verified_and_ignored() -> None:
    ping = json.dumps({"zen": "Keep it logically awesome.", "hook_id": 1})

    with pytest.raises(IgnoredError) as caught:
        read(request(ping, {**github(ping), "x-github-event": "ping"}))

    assert caught.value.code == "ping"
    assert status_of(request(ping, {**github(ping + " "), "x-github-event": "ping"})) == 401


@pytest.mark.parametrize(
    ("headers", "secrets", "check"),
    [
        ({}, SECRETS, "unsigned: no header of a known sender"),
        ({"svix-id": "hunter2"}, SECRETS, "unsigned: no header of a known sender, but of svix-…"),
        ({"hunter2-signature": "hunter2"}, SECRETS, "unsigned: no header of a known sender"),
        ({**github(COMMAND), **standard(COMMAND)}, SECRETS, "the request has the headers of several senders: "),
        (standard(COMMAND), WebhookSecrets(), "standard: no secret of this kind is configured"),
        (
            standard(COMMAND, at=NOW - timedelta(hours=1)),
            SECRETS,
            "standard: webhook-timestamp is more than 300 seconds",
        ),
        (github(COMMAND + " "), SECRETS, "github: the signature is of none of the configured secrets"),
    ],
)
def test_k14_the_check_that_failed_is_for_the_log_and_not_for_the_sender(
    headers: dict[str, str], secrets: WebhookSecrets, check: str
) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        read(request(COMMAND, headers), secrets)

    assert caught.value.check.startswith(check)
    assert "hunter2" not in caught.value.check
    assert caught.value.message == "the signature does not hold, is too old, or is missing"


# --- SMN's own path --------------------------------------------------------------------------------------------------


def smn_request(path: str = "/smn", headers: dict[str, str] | None = None, **changes: str) -> dict[str, Any]:
    fields = smn_fields(event("smn-alarm"), **changes)
    return {**request(sign(fields).decode(), headers or {}), "rawPath": path}


@pytest.mark.parametrize("path", ["/smn", "/$default/smn"])
@pytest.mark.parametrize("kind", ["", "application/json", "text/plain; charset=GBK", "application/octet-stream"])
def test_h01e_whatever_comes_by_smn_s_path_is_read_as_smn_s(path: str, kind: str) -> None:
    accepted = read(smn_request(path, {"content-type": kind}))

    assert accepted.message["verified"] == "cloud-eye"
    assert accepted.alarm is not None
    assert accepted.alarm.change.name == accepted.message["alarm_name"]


def test_smn_s_path_lets_no_other_sender_in() -> None:
    message = {**request(COMMAND, standard(COMMAND)), "rawPath": "/smn"}

    with pytest.raises(UnauthenticatedError) as caught:
        read(message)

    assert caught.value.check == "smn: a field that is signed is missing or has a wrong form"
    assert caught.value.status == 401


@pytest.mark.parametrize("path", ["/smn/", "/smn2", "/", "/$default/other", "/other/smn"])
def test_another_path_is_not_found(path: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read(smn_request(path))

    assert (caught.value.status, caught.value.message) == (404, "only /stop and /smn are answered here")


def test_only_a_post_is_taken_at_smn_s_path() -> None:
    assert status_of({**smn_request(), "requestContext": {"stage": "$default", "http": {"method": "GET"}}}) == 405


@pytest.mark.parametrize(("size", "status"), [(1024 * 1024, 401), (1024 * 1024 + 1, 413)])
def test_m03d_a_message_of_smn_may_have_a_mebibyte(size: int, status: int) -> None:
    for path, headers in (("/smn", {}), ("/stop", {"x-smn-message-type": "Notification"})):
        assert status_of({**request("x" * size, headers), "rawPath": path}) == status
    assert status_of({**request("x" * size, {}), "rawPath": "/stop"}) == 413


def test_what_cannot_be_verified_says_whose_it_is_and_which_check_failed() -> None:
    message = smn_request()
    changed = message["body"].replace("erp-prod-corruption", "crm-prod-corruption")

    with pytest.raises(UnverifiedError) as caught:
        read({**message, "body": changed})

    assert (caught.value.status, caught.value.code) == (503, "unauthenticated")
    assert caught.value.check == "smn: the signature is of none of the pinned keys"
