"""Slack: blocks of plain text for an incoming webhook; its address is the credential.

Source: api.slack.com, incoming webhooks, their errors of 2016-05-17, and "Formatting text for app surfaces".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from standdown.base.http.exchange import Answer, retry_after
from standdown.publish.channels.chats.form import Form, Refused
from standdown.publish.channels.chats.plain import joined, marked, plain
from standdown.publish.render.message import Link, Message

__all__ = ["FORM"]

_TITLE, _TEXT = 150, 3_000
"""Characters of a header and of a section."""
_WORD = re.compile(rb"[a-z_]{1,40}")


def _body(message: Message) -> dict[str, Any]:
    title = message.chat_title(_TITLE)
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain_text(plain(title))}]
    blocks.append(_section("\n".join(plain(line) for line in message.state)))
    sections = [(message.steps.title, joined(message.steps.lines)), *((one.title, one.lines) for one in message.facts)]
    for name, lines in sections:
        if lines:
            blocks.append(_section("\n".join((name, *(plain(line) for line in lines)))))
    if message.again:
        blocks.append(_section("\n".join(message.again)))
    links = " \u00b7 ".join(found for one in message.links if (found := _link(one)))
    if links:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": links}})
    return {"text": _escaped(marked(title)), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain_text(text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}\u2026")}


def _plain_text(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _link(link: Link) -> str:
    """Return a link of our own; one that is longer than a section can hold is left out."""
    url = _escaped(link.url).replace("|", "%7C")
    return f"<{url}|{_escaped(plain(link.label))}>" if len(url) < _TEXT // 4 else ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _judge(answer: Answer, now: datetime) -> None:
    words = answer.body.strip()
    if answer.status == 200 and words == b"ok":
        return
    word = f": {words.decode()}" if _WORD.fullmatch(words) else ""
    asked = retry_after(answer, now.timestamp())
    if answer.status == 429:
        raise Refused("Slack refused it: too many messages", retry_after=max(asked or 0.0, 1.0), rate=True)
    final = 400 <= answer.status < 500 and answer.status != 408
    raise Refused(f"Slack answered {answer.status}{word}", retryable=not final, retry_after=asked)


FORM = Form(_body, _judge, timedelta(milliseconds=1_200))  # its limit: one a second for a channel
