"""Senders of webhooks: Standard Webhooks, GitHub and SMN, each with a secret of its own, signing as they do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from integration.cases.scene import START
from support.signing import certificate_pem, private_key, sign, smn_fields

KEY = base64.b64encode(b"of-the-tests-and-of-nobody-else").decode()
STANDARD = f"whsec_{KEY}"
GITHUB = "nobody signs with this but the tests"
TOPIC = "urn:smn:la-north-2:5d0c2b7e91f34a6880cc7712d3ef09ab:storage-watch"
PEM = certificate_pem(private_key(), START - timedelta(days=30), START + timedelta(days=300))
EXPIRED = certificate_pem(private_key(), START - timedelta(days=300), START - timedelta(days=2))
COMMAND = json.dumps({"target": "payroll", "reason": "ticket 90411"})


def document(**parts: Any) -> str:
    """Return the webhooks' secret; a part that is None is left out."""
    usual = {"standard": [STANDARD], "github": [GITHUB], "smn": {"keys": [PEM], "topic_urns": [TOPIC]}}
    return json.dumps({name: part for name, part in (usual | parts).items() if part is not None})


def request(body: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return an event of an HTTP API, payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": "POST /stop",
        "rawPath": "/stop",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/stop", "sourceIp": "203.0.113.9"}},
        "body": body,
        "isBase64Encoded": False,
        **more,
    }


def standard(body: str, *, webhook_id: str = "evt_90411", seconds: float = 0.0) -> dict[str, str]:
    """Return the headers of Standard Webhooks, by a clock that is so many seconds off."""
    at = str(int(START.timestamp() + seconds))
    digest = hmac.digest(base64.b64decode(KEY), f"{webhook_id}.{at}.{body}".encode(), "sha256")
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": webhook_id, "webhook-timestamp": at, "webhook-signature": signature}


def github(body: str, event: str = "repository_dispatch") -> dict[str, str]:
    """Return the headers of GitHub."""
    digest = hmac.new(GITHUB.encode(), body.encode(), hashlib.sha256).hexdigest()
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "0d2f5c80-2241-11f1-9c3e-5a7b6c1d0e2f",
        "X-Hub-Signature-256": f"sha256={digest}",
    }


def smn(message: Any, content_type: str = "application/json", **changes: str) -> dict[str, Any]:
    """Return a request of SMN around a message, signed as it is."""
    usual = {"topic_urn": TOPIC, "timestamp": "2026-03-17T21:41:40Z", "message_id": "4b8e0c6d2f5a49b18d7e3a90c1f2b6d4"}
    fields = smn_fields(message, **(usual | changes))
    headers = {
        "content-type": content_type,
        "X-SMN-MESSAGE-TYPE": fields["type"],
        "X-SMN-TOPIC-URN": fields["topic_urn"],
        "X-SMN-MESSAGE-ID": fields["message_id"],
    }
    return request(sign(fields).decode(), headers)
