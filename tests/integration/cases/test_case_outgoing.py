"""The document of outgoing webhooks as people write it: an endpoint that cannot be used is named with what is wrong."""

from __future__ import annotations

import io
import json
from typing import Any

from integration.cases.scene import Became, Case, Scene, cases, check
from standdown.publish.channels.webhook import Sender, webhook_channels
from standdown.publish.delivery import Publication
from standdown.publish.render.links import Links

_SECRET = "whsec_bm9ib2R5cy1vdXRnb2luZy1zZWNyZXQtMDA0Mg=="


def _endpoint(name: str, url: str, **more: Any) -> str:
    return json.dumps({"endpoints": [{"name": name, "url": url, "secrets": [_SECRET], **more}]})


@cases(
    Case(
        "a list without its object",
        json.dumps([{"name": "desk", "url": "https://desk.example.com/in", "secrets": [_SECRET]}]),
        "not used",
        (r"webhook:\*.*object with the key endpoints",),
    ),
    Case(
        "one secret under a key of its own",
        json.dumps({"endpoints": [{"name": "desk", "url": "https://desk.example.com/in", "secret": _SECRET}]}),
        "not used",
        (r"webhook:desk.*'secret'",),
    ),
    Case(
        "a name with a capital",
        _endpoint("Slack", "https://hooks.slack.com/services/T1/B2/c3"),
        "not used",
        (r"webhook:number-1.*\bname\b",),
    ),
    Case(
        "an address of a chat with an at sign in its path",
        _endpoint("teams", "https://payroll.webhook.office.com/webhookb2/a@b/IncomingWebhook/c"),
        "tried",
        or_ends="not used",
    ),
    Case(
        "an address of a chat",
        _endpoint("discord", "https://discord.com/api/webhooks/4711/a_B-c"),
        "tried",
        or_ends="not used",
    ),
    Case(
        "a user in the address",
        _endpoint("oncall", "https://me:pw@oncall.example.net/in"),
        "not used",
        (r"webhook:oncall.*no user",),
        never=(r"me:pw",),
    ),
    Case(
        "a port of its own",
        _endpoint("port", "https://desk.example.com:9443/in"),
        "not used",
        (r"webhook:port.*\bport\b",),
    ),
    Case("no TLS", _endpoint("plain", "http://desk.example.com/in"), "not used", (r"webhook:plain.*https://",)),
    Case(
        "a secret that is none",
        _endpoint("desk", "https://desk.example.com/in", secrets=["hunter2"]),
        "not used",
        (r"webhook:desk.*\bsecrets\b",),
        never=(r"hunter2",),
    ),
)
def test_an_endpoint(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)
    channels = webhook_channels(lambda: case.given, Sender(resolve=_nowhere))
    scene.publication = Publication(channels, Links(), clock=scene.clock)

    scene.put({"target": "payroll", "dry_run": True})

    [(name, state)] = scene.operation.channels.items()
    ends = "tried" if "refused the connection" in (state.problem or "") else "not used"
    check(case, Became(ends, len(scene.accepted), f"{name}: {state.problem}", scene.became().logged))


def _nowhere(_host: str, _port: int, _seconds: float) -> list[str]:
    raise ConnectionRefusedError
