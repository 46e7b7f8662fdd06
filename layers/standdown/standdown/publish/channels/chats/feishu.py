"""Feishu and Lark: a card of a custom robot, signed in its body.

Source: the guide to custom robots (open.feishu.cn, client-docs/bot-v3/add-custom-bot) and that to cards, version 2.0.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from standdown.base.http.exchange import Answer, retry_after
from standdown.publish.channels.chats.form import Form, Refused, fitting, said
from standdown.publish.channels.chats.plain import joined, plain
from standdown.publish.render.message import Message

__all__ = ["FORM", "signature"]

_MOST = 18_000
"""Bytes of a body: 20 KB is the chat's limit for the whole request."""
_TITLE = 200
_RATE = 11232
_FINAL = {
    9499: "the message was malformed or too large",
    19001: "the robot is gone, or its address is wrong",
    19021: "the signature is wrong: check the robot's secret",
    19022: "the robot takes messages from listed addresses only",
    19024: 'the message lacks the robot\'s keyword: make it "Standdown", which is in every title',
}


def signature(secret: bytes, seconds: int) -> str:
    """Return a robot's signature: its key is the time and the secret, and its message is empty."""
    return base64.b64encode(hmac.new(b"%d\n%s" % (seconds, secret), b"", hashlib.sha256).digest()).decode()


def _signed(path: str, body: dict[str, Any], secret: bytes, now: datetime) -> tuple[str, dict[str, Any]]:
    seconds = int(now.timestamp())
    return path, {"timestamp": str(seconds), "sign": signature(secret, seconds), **body}


def _body(message: Message) -> dict[str, Any]:
    return _card(fitting(message, lambda one: len(json.dumps(_card(one), ensure_ascii=False).encode()) <= _MOST))


def _card(message: Message) -> dict[str, Any]:
    elements = [_text("\n".join(plain(line) for line in message.state))]
    elements += _section(message.steps.title, joined(message.steps.lines))
    for section in message.facts:
        elements += _section(section.title, section.lines)
    if message.again:
        elements += [_text("\n".join(message.again))]
    elements += [_button(link.label, link.url) for link in message.links]
    return {
        "msg_type": "interactive",
        "card": {
            "schema": "2.0",
            "header": {
                "title": {"tag": "plain_text", "content": plain(message.chat_title(_TITLE))},
                "template": "red" if message.urgent else "blue",
            },
            "body": {"elements": elements},
        },
    }


def _section(title: str, lines: tuple[str, ...]) -> list[dict[str, Any]]:
    if not lines:
        return []
    return [{"tag": "markdown", "content": f"**{title}**"}, _text("\n".join(plain(line) for line in lines))]


def _text(content: str) -> dict[str, Any]:
    return {"tag": "div", "text": {"tag": "plain_text", "content": content}}


def _button(label: str, url: str) -> dict[str, Any]:
    return {
        "tag": "button",
        "text": {"tag": "plain_text", "content": label},
        "type": "default",
        "behaviors": [{"type": "open_url", "default_url": url}],
    }


def _judge(answer: Answer, now: datetime) -> None:
    got = said(answer)
    code = got.get("code", got.get("StatusCode"))  # old robots say StatusCode alone
    if answer.status == 200 and code == 0 and not isinstance(code, bool):
        return
    words = str(got.get("msg", "")).lower()
    if code == _RATE or answer.status == 429 or "frequency limited" in words:
        asked = max(1.0, retry_after(answer, now.timestamp()) or 0.0)
        raise Refused("Feishu refused it: too many messages", retry_after=asked, rate=True)
    if isinstance(code, int) and code in _FINAL:
        raise Refused(f"Feishu refused it with code {code}: {_FINAL[code]}", retryable=False)
    about = f"code {code}" if isinstance(code, int) else f"HTTP status {answer.status} and no code"
    raise Refused(f"Feishu refused it with {about}", retry_after=retry_after(answer, now.timestamp()))


FORM = Form(_body, _judge, timedelta(milliseconds=700), _signed)  # its limits: 100 a minute, and 5 a second
