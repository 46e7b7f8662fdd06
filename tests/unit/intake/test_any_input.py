"""Whatever comes in, a parser ends in requests or in its own named error, and its words are safe to log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.base import standard_webhooks
from standdown.core.request import Source, StopRequest
from standdown.intake.alertmanager import is_group, read_group
from standdown.intake.cloud_eye_alarm import from_verified, read_alarm, to_verified
from standdown.intake.command import read_command
from standdown.intake.direct_invocation import read_direct
from standdown.intake.errors import IntakeError
from standdown.intake.fields import object_of
from standdown.intake.monitoring import alerts_message, command_message
from standdown.intake.queue_message import read_queue_record
from standdown.intake.trust import Trust
from standdown.intake.webhook import bearer, github, grafana, smn
from standdown.intake.webhook.request import WebhookSecrets, read_http
from standdown.intake.webhook.smn import SmnMessage, SmnPins
from support.signing import ID, NOW, TOPIC, certificate_pem, private_key, sign, smn_fields
from support.wire import ACCOUNT, TARGETS, TRUST, event, record, sns

NAMES = [
    "alarm-sns", "alarm-eventbridge", "alarm-direct", "alarm-composite-sns", "alarm-composite-eventbridge",
    "alarm-composite-direct", "direct", "event-request", "queue-message", "schedule", "smn-alarm", "smn-alarm-v1",
    "smn-recovery", "smn-subscription", "webhook-github", "webhook-standard", "alertmanager-firing",
    "alertmanager-resolved", "grafana-firing", "monitoring-command",
]  # fmt: skip
CALENDAR = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them bare
TEXT = st.one_of(
    st.text(max_size=30), CALENDAR.map(datetime.isoformat), st.sampled_from(["erp-prod", "ALARM", "v1", ACCOUNT])
)
LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT)


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_of(inner) for inner in value.values()))
    return set().union(*(keys_of(inner) for inner in value)) if isinstance(value, list) else set()


KEYS = st.sampled_from(
    sorted(set().union(*(keys_of(event(name)) for name in NAMES), sns({}), {"verified", "replay-name"}))
)
ANY = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | TEXT, inner, max_size=8), max_leaves=20
)


@st.composite
def nearly(draw: st.DrawFn) -> Any:
    """Return a real event with some of its values replaced, taken out, or joined by others."""
    document = draw(st.sampled_from([*map(event, NAMES), sns(event("alarm-sns")), sns(event("queue-message"))]))
    for _ in range(draw(st.integers(0, 3))):
        document = _changed(draw, document)
    return document


def _changed(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: _changed(draw, value[key])}
    if isinstance(value, dict) and draw(st.booleans()):
        return {**value, draw(KEYS): draw(ANY)}
    return draw(ANY)


def ends_well(parse: Callable[[], Any]) -> None:
    """Call the parser; demand that it answers with requests or its own error, both safe to log."""
    outcome: Any = None
    problem: IntakeError | None = None
    try:
        outcome = parse()
    except IntakeError as error:
        problem = error
    if problem:
        assert problem.code.isidentifier()
        assert problem.message.isprintable()
        assert len(problem.message) <= 300
    for request in outcome if isinstance(outcome, list) else []:
        assert isinstance(request, StopRequest)
        assert (request.target is None) != (request.server_group_id is None)
        assert request.wanted.isprintable() if request.flaw else request.wanted.isascii()
        assert len(request.operation_id) == 32
        assert all(text.isprintable() for text in (request.reason, request.requested_by, request.flaw or ""))
        assert StopRequest.from_dict(json.loads(json.dumps(request.to_dict()))).operation_id == request.operation_id


@pytest.mark.parametrize("trust", [TRUST, Trust(ACCOUNT)], ids=["strict", "local"])
@given(document=ANY | nearly())
def test_any_json_in_the_queue(trust: Trust, document: Any) -> None:
    ends_well(lambda: read_queue_record(record(document), TARGETS, now=NOW, trust=trust))


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_in_the_queue(text: str) -> None:
    ends_well(lambda: read_queue_record(record(text), TARGETS, now=NOW, trust=TRUST))


@given(st.dictionaries(st.sampled_from(sorted(record({}))), ANY) | ANY)
def test_any_record(document: Any) -> None:
    ends_well(lambda: read_queue_record(document, TARGETS, now=NOW, trust=TRUST))


@given(ANY | nearly())
def test_any_event_by_direct_invocation(document: Any) -> None:
    ends_well(lambda: read_direct(document, TARGETS, request_id="r-1", now=NOW, trust=TRUST))


@given(ANY | nearly())
def test_any_command(document: Any) -> None:
    ends_well(lambda: read_command(document, delivery_id="d", source=Source.QUEUE, requested_at=NOW))


@given(ANY | nearly())
def test_any_cloud_eye_message(document: Any) -> None:
    ends_well(lambda: read_alarm(SmnMessage(json.dumps(document), ID, TOPIC, NOW)))


@given(ANY | nearly())
def test_any_alerts_or_command_of_monitoring(document: Any) -> None:
    """Take the document in at the door, and what is queued of it in the trigger."""

    def both() -> list[StopRequest]:
        body = object_of(document, "the body")
        queued = alerts_message(read_group(body).firing) if is_group(body) else command_message(body, NOW)[0]
        return read_queue_record(record(queued, sender="AROAWEBHOOK:x"), TARGETS, now=NOW, trust=TRUST)

    ends_well(both)


@given(st.data())
def test_any_verified_message_of_monitoring(data: st.DataObject) -> None:
    body: dict[str, Any] = data.draw(
        st.sampled_from(
            [
                alerts_message(read_group(event("grafana-firing")).firing),
                command_message(event("monitoring-command"), NOW)[0],
            ]
        )
    )
    key = data.draw(st.sampled_from(sorted(body)))
    changed = record({**body, key: data.draw(ANY)}, sender="AROAWEBHOOK:x")

    ends_well(lambda: read_queue_record(changed, TARGETS, now=NOW, trust=TRUST))


@given(st.data())
def test_any_verified_alarm(data: st.DataObject) -> None:
    body = to_verified(read_alarm(SmnMessage(json.dumps(event("smn-alarm")), ID, TOPIC, NOW)).change)
    key = data.draw(st.sampled_from(sorted(body)))

    ends_well(lambda: from_verified({**body, key: data.draw(ANY)}, now=NOW))


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PINS = SmnPins((certificate_pem(private_key()),), (TOPIC,))
TOKEN = "0123456789abcdef" * 4
SECRETS = WebhookSecrets(
    (SECRET,), ("It's a Secret to Everybody",), PINS, (TOKEN,), ("of Grafana's and nobody else's",)
)
HEADERS = st.dictionaries(
    st.sampled_from([
        "webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256", "x-github-delivery",
        "x-smn-message-type", "content-type", "content-encoding", "authorization", grafana.SIGNATURE, grafana.TIMESTAMP,
    ]),
    st.text(max_size=60)
    | st.sampled_from(["application/json", "1767323045", "v1,AAAA", "sha256=" + "0" * 64, "0" * 64, "Bearer x"]),
)  # fmt: skip


@given(HEADERS, st.binary(max_size=100))
def test_any_headers_and_body_are_no_signature(headers: Mapping[str, str], body: bytes) -> None:
    with pytest.raises(standard_webhooks.NotGenuineError):
        standard_webhooks.verify([standard_webhooks.decode_secret(SECRET)], headers, body, NOW)
    for verify in (
        lambda: github.verify(["It's a Secret to Everybody"], headers, body),
        lambda: smn.verify(PINS, headers, body, NOW),
        lambda: bearer.verify([TOKEN], headers),
        lambda: grafana.verify(["of Grafana's and nobody else's"], headers, body, NOW),
    ):
        with pytest.raises(IntakeError) as caught:
            verify()
        assert caught.value.status == 401


@given(ANY, HEADERS, st.booleans())
def test_any_http_request(body: Any, headers: dict[str, str], encoded: bool) -> None:
    context = {"stage": "$default", "http": {"method": "POST"}}
    message = {
        "rawPath": "/stop",
        "requestContext": context,
        "headers": headers,
        "body": body,
        "isBase64Encoded": encoded,
    }

    ends_well(lambda: read_http(message, SECRETS, now=NOW))
    ends_well(lambda: read_http(body, SECRETS, now=NOW))


@given(ANY | nearly())
def test_any_body_with_a_token_of_ours(document: Any) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    message = {"rawPath": "/stop", "requestContext": {"stage": "$default", "http": {"method": "POST"}}}

    ends_well(lambda: read_http({**message, "headers": headers, "body": json.dumps(document)}, SECRETS, now=NOW))


@given(ANY | nearly())
def test_any_genuinely_signed_smn_message(document: Any) -> None:
    body = sign(smn_fields(document)).decode()
    context = {"stage": "$default", "http": {"method": "POST"}}
    headers = {"x-smn-message-type": "Notification"}

    ends_well(
        lambda: read_http(
            {"rawPath": "/stop", "requestContext": context, "headers": headers, "body": body}, SECRETS, now=NOW
        )
    )
