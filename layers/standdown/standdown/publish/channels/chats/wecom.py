"""WeCom: markdown of a group's robot; its address is the credential.

Source: developer.work.weixin.qq.com, document 99110.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from standdown.base.http.exchange import Answer, retry_after
from standdown.publish.channels.chats.form import Form, Refused, fitting, said
from standdown.publish.channels.chats.plain import clipped, joined, link, marked
from standdown.publish.render.message import Message

__all__ = ["FORM"]

_MOST = 4_096
"""Bytes of the content."""
_TITLE = 150
_RATE, _BUSY, _CONCURRENT = 45009, -1, 45033
_RATE_SECONDS = 60.0
_FINAL = {40058: "the message is too long or not in its form", 93000: "the robot is gone, or its address is wrong"}


def _body(message: Message) -> dict[str, Any]:
    content = _content(fitting(message, lambda one: len(_content(one).encode()) <= _MOST))
    return {"msgtype": "markdown", "markdown": {"content": clipped(content, _MOST)}}


def _content(message: Message) -> str:
    title = marked(message.chat_title(_TITLE))
    colour = "warning" if message.urgent else "info"
    lines = [f'### <font color="{colour}">{title}</font>', *(f"> {marked(line)}" for line in message.state), ""]
    lines += _section(message.steps.title, joined(message.steps.lines))
    for section in message.facts:
        lines += _section(section.title, section.lines)
    if message.again:
        lines += [message.again[0], f"`{message.again[1]}`", ""]
    lines += [link(one.label, one.url) for one in message.links]
    return "\n".join(lines)


def _section(title: str, lines: tuple[str, ...]) -> list[str]:
    return [f"**{title}**", *(marked(line) for line in lines), ""] if lines else []


def _judge(answer: Answer, now: datetime) -> None:
    code = said(answer).get("errcode")
    if answer.status == 200 and code == 0 and not isinstance(code, bool):
        return
    asked = retry_after(answer, now.timestamp()) or 0.0
    if code == _RATE or answer.status == 429:
        raise Refused("WeCom refused it: too many messages", retry_after=max(asked, _RATE_SECONDS), rate=True)
    if isinstance(code, int) and code in _FINAL:
        raise Refused(f"WeCom refused it with code {code}: {_FINAL[code]}", retryable=False)
    busy = ": it is busy" if code in (_BUSY, _CONCURRENT) else ""
    about = f"code {code}" if isinstance(code, int) else f"HTTP status {answer.status} and no code"
    raise Refused(f"WeCom refused it with {about}{busy}", retry_after=asked)  # its words quote our address


FORM = Form(_body, _judge, timedelta(seconds=3.5))  # its limit: 20 a minute
