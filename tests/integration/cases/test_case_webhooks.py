"""Webhooks as senders and gateways really form them: who is let in, and what sender and operator are told otherwise."""

from __future__ import annotations

import base64
import io
import json

from integration.cases.scene import Case, Scene, cases, check
from integration.cases.senders import COMMAND, document, github, request, standard

_NEUTRAL = (r'"the signature does not hold, is too old, or is missing"',)
_PING = json.dumps({
    "zen": "Half measures are as bad as nothing at all.",
    "hook_id": 55021,
    "hook": {"type": "Repository", "events": ["repository_dispatch"], "config": {"content_type": "json"}},
    "repository": {"id": 9, "full_name": "payroll/ops"},
})  # fmt: skip
_ALERTS = json.dumps(
    {"version": "4", "status": "firing", "receiver": "ops", "alerts": [{"labels": {"job": "payroll"}}]}
)
_ENVELOPE = json.dumps({"type": "stop.wanted", "timestamp": "2026-03-17T21:41:59Z", "data": {"target": "payroll"}})
_DISPATCH = json.dumps({"target": "payroll", "requested_at": "2026-03-17T21:41:50Z", "reason": "release 4.2"})
_CONFIRM = json.dumps({"Type": "SubscriptionConfirmation", "Token": "0a1b", "TopicArn": "arn:aws:sns:eu-west-3:1:t"})


def _as(content_type: str) -> dict[str, str]:
    return {"content-type": content_type}


def _renamed(headers: dict[str, str], old: str, new: str) -> dict[str, str]:
    return {name.replace(old, new): value for name, value in headers.items()}


def _joined(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"webhook-signature": f"v1,bm9uZQ==,{headers['webhook-signature']}"}


@cases(
    Case("a request of GitHub is let in", request(_DISPATCH, github(_DISPATCH)), "202, stopped"),
    Case(
        "the headers of another family are named in the log",
        request(COMMAND, _renamed(standard(COMMAND), "webhook-", "svix-")),
        "401",
        _NEUTRAL,
        (r"svix",),
    ),
    Case(
        "a clock that is five minutes off is named in the log",
        request(COMMAND, standard(COMMAND, seconds=-301)),
        "401",
        _NEUTRAL,
        (r"(?i)standard", r"clock|webhook-timestamp"),
    ),
    Case(
        "a body that was written anew on its way is named in the log",
        request(json.dumps(json.loads(COMMAND), separators=(",", ":")), standard(COMMAND)),
        "401",
        _NEUTRAL,
        (r"(?i)standard", r"secret|key"),
    ),
    Case(
        "a sender without a signature is named in the log",
        request(_ALERTS, {"user-agent": "Alertmanager/0.28.1"}),
        "401",
        _NEUTRAL,
        (r"header|unsigned",),
    ),
    Case("two signatures that a gateway joined", request(COMMAND, _joined(standard(COMMAND))), "401", _NEUTRAL),
    Case(
        "an id with a dot in it",
        request(COMMAND, standard(COMMAND, webhook_id="evt_90411.retry")),
        "401",
        _NEUTRAL,
    ),
    Case(
        "utf8 without its hyphen",
        request(COMMAND, standard(COMMAND) | _as("application/json; charset=utf8")),
        "202, stopped",
    ),
    Case(
        "a CloudEvent",
        request(COMMAND, standard(COMMAND) | _as("application/cloudevents+json; charset=utf-8")),
        "415",
        (r"application/json",),
    ),
    Case(
        "a form of GitHub",
        request(
            base64.b64encode(b"payload=%7B%22zen%22%3A%22x%22%7D").decode(),
            github("payload=%7B%22zen%22%3A%22x%22%7D", "ping") | _as("application/x-www-form-urlencoded"),
            isBase64Encoded=True,
        ),
        "415",
        (r"application/json",),
    ),
    Case(
        "a topic of SNS",
        request(_CONFIRM, _as("text/plain; charset=UTF-8") | {"x-amz-sns-message-type": "SubscriptionConfirmation"}),
        "415",
    ),
    Case(
        "the ping of GitHub is ignored",
        request(_PING, github(_PING, "ping")),
        "200",
    ),
    Case("an envelope around the command", request(_ENVELOPE, standard(_ENVELOPE)), "400", (r"'target'",)),
    Case("a slash at the end of the path", request(COMMAND, standard(COMMAND), rawPath="/stop/"), "404"),
)
def test_a_request_to_the_webhook(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.post(case.given, document())

    check(case, scene.became())


@cases(
    Case(
        "a sender of whom no secret is configured is named in the log",
        request(_DISPATCH, github(_DISPATCH)),
        "401",
        _NEUTRAL,
        (r"(?i)github", r"configured"),
    ),
)
def test_a_request_of_a_sender_that_is_not_configured(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)

    scene.post(case.given, document(github=None, smn=None))

    check(case, scene.became())
