"""Microsoft Teams: an adaptive card for a workflow's webhook; its address is the credential.

202 says that the workflow was started, not that it posted. Source: learn.microsoft.com, connectors/teams, and the
adaptive cards' schema 1.4.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from standdown.base.http.exchange import Answer, retry_after
from standdown.publish.channels.chats.form import Form, Refused, fitting
from standdown.publish.channels.chats.plain import joined, plain
from standdown.publish.render.message import Message

__all__ = ["FORM"]

_MOST = 24_000
"""Bytes of a body: over 28 KB the workflow fails, and nobody reads the outcome."""
_TITLE = 200
_ACCEPTED = (200, 202)
_FINAL = {
    400: "the address or the card is not valid",
    401: 'the workflow does not let anyone trigger it: set "Who can trigger the flow" to Anyone',
    403: "the workflow does not allow it",
    404: "the workflow is off or deleted",
}


def _body(message: Message) -> dict[str, Any]:
    return _message(fitting(message, lambda one: len(json.dumps(_message(one), ensure_ascii=False).encode()) <= _MOST))


def _message(message: Message) -> dict[str, Any]:
    body = [_run(message.chat_title(_TITLE), size="Large", weight="Bolder")]
    body += [_run(line) for line in message.state]
    sections = [(message.steps.title, joined(message.steps.lines)), *((one.title, one.lines) for one in message.facts)]
    for name, lines in sections:
        body += [_run(name, weight="Bolder"), *(_run(line) for line in lines)] if lines else []
    if message.again:
        body += [_verbatim(line) for line in message.again]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": one.label, "url": one.url} for one in message.links],
        "msteams": {"width": "Full"},
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _run(text: str, **style: str) -> dict[str, Any]:
    """Return a line of text: a TextRun is the element that knows no markdown."""
    return _verbatim(plain(text), **style)


def _verbatim(text: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _judge(answer: Answer, now: datetime) -> None:
    if answer.status in _ACCEPTED:
        return
    asked = retry_after(answer, now.timestamp())
    if answer.status == 429:
        raise Refused("Teams refused it: too many messages", retry_after=max(asked or 0.0, 1.0), rate=True)
    if answer.status in _FINAL:
        raise Refused(f"Teams answered {answer.status}: {_FINAL[answer.status]}", retryable=False)
    raise Refused(f"Teams answered {answer.status}", retry_after=asked)


FORM = Form(_body, _judge, timedelta(milliseconds=500))  # its limit: four a second
