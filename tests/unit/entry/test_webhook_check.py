"""The daily check of webhooks' secrets: each that cannot be used is counted and named, and no value is shown."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from standdown.core.retry import RetryLaterError
from standdown.entry.webhook import WebhookEndpoint, handle
from standdown.intake.errors import WebhookSecretError
from standdown.intake.webhook.request import WebhookSecrets
from standdown.intake.webhook.senders import read_secrets
from standdown.intake.webhook.smn import SmnPins
from support.signing import NOW, TOPIC, certificate_pem, private_key, public_pem
from unit.intake.webhook.test_request import GITHUB, SECRETS, STANDARD

CHECK = {"check": True}


def endpoint(secrets: WebhookSecrets | Exception) -> WebhookEndpoint:
    """Return a door of which nothing but the secrets is asked."""

    def read() -> WebhookSecrets:
        if isinstance(secrets, Exception):
            raise secrets
        return secrets

    return WebhookEndpoint(read, None, None, lambda: NOW)  # type: ignore[arg-type]


def pinned(*days: int) -> WebhookSecrets:
    """Return pins of certificates that end so many days from now."""
    pems = [certificate_pem(private_key(), NOW - timedelta(days=90), NOW + timedelta(days=one)) for one in days]
    return WebhookSecrets(smn=SmnPins(tuple(pems), (TOPIC,)))


EXPIRED = "number 1 in 'smn.keys' does not hold now"
SOON = "the last certificate in 'smn.keys' expires on 2026-01-22: pin the next one beside it"
BARE = WebhookSecrets(smn=SmnPins((public_pem(private_key()),), (TOPIC,)))


@pytest.mark.parametrize(
    ("secrets", "problems"),
    [
        (WebhookSecrets((STANDARD,), (GITHUB,)), []),
        (WebhookSecrets(), []),
        (BARE, []),
        (pinned(31), []),
        (pinned(30), ["the last certificate in 'smn.keys' expires on 2026-02-01: pin the next one beside it"]),
        (pinned(20, 400), []),
        (pinned(-1, 400), [EXPIRED]),
        (pinned(-1, 20), [EXPIRED, SOON]),
        (pinned(-1), [EXPIRED]),
        (
            read_secrets(json.dumps({"github": ["short"]})),
            ["number 1 in 'github': it must have at least 16 characters"],
        ),
        (
            read_secrets(json.dumps({"github": [GITHUB, "short"]})),
            ["number 2 in 'github': it must have at least 16 characters"],
        ),
        (RetryLaterError("the secret could not be read"), ["the secret could not be read"]),
        (WebhookSecretError("bad_secret", "it is no JSON"), ["bad_secret: it is no JSON"]),
    ],
)
def test_what_cannot_be_used_or_expires_soon_is_counted_and_named(
    secrets: WebhookSecrets | Exception,
    problems: list[str],
    capsys: pytest.CaptureFixture[str],
    lines: io.StringIO,
) -> None:
    answer = handle(CHECK, endpoint(secrets))

    [counted] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"BrokenSecrets"' in line]
    assert answer == {"schema_version": 1, "problems": problems}
    assert counted["BrokenSecrets"] == [float(len(problems))]
    assert [json.loads(line)["problem"] for line in lines.getvalue().splitlines()] == problems


def test_no_request_over_http_is_taken_for_the_check() -> None:
    answer = handle({"check": True, "version": "2.0", "rawPath": "/stop"}, endpoint(SECRETS))

    assert answer["statusCode"] == 400
