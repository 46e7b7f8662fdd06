"""DingTalk: markdown of a custom robot, signed in its address.

Source: open.dingtalk.com, orgapp/custom-robots-send-group-messages, and the robots' security settings.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from standdown.base.http.exchange import Answer, retry_after
from standdown.publish.channels.chats.form import Form, Refused, fitting, said
from standdown.publish.channels.chats.plain import joined, link, marked, plain
from standdown.publish.render.message import Message

__all__ = ["FORM", "signature"]

_MOST = 16_000
"""Bytes of a body: the chat's limit is believed to be 20,000."""
_TITLE = 100
_SHUT_SECONDS = 600.0
_RATE = (130101, 410100)
_BUSY = -1
_FOUR_IN_ONE = 310000
_UNFIT = (430101, 430102, 430103, 430104)
_FINAL = {
    300001: "its token does not exist",
    300005: "its token does not exist",
    400101: "its token does not exist",
    400013: "its group was dissolved",
    400102: "the robot was stopped",
    400106: "the robot is gone",
    400105: "it does not take this type of message",
    40035: "a parameter is missing",
    43004: "it does not take this content type",
    90030: "the quota of the robot's organisation is used up",
}


def signature(secret: bytes, milliseconds: int) -> str:
    """Return a robot's signature: its key is the secret, and its message is the time and the secret."""
    message = b"%d\n%s" % (milliseconds, secret)
    return base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()


def _signed(path: str, body: dict[str, Any], secret: bytes, now: datetime) -> tuple[str, dict[str, Any]]:
    milliseconds = int(now.timestamp() * 1000)
    between = "&" if "?" in path else "?"
    encoded = quote(signature(secret, milliseconds), safe="")
    return f"{path}{between}timestamp={milliseconds}&sign={encoded}", body


def _body(message: Message) -> dict[str, Any]:
    return _markdown(
        fitting(message, lambda one: len(json.dumps(_markdown(one), ensure_ascii=False).encode()) <= _MOST)
    )


def _markdown(message: Message) -> dict[str, Any]:
    title = message.chat_title(_TITLE)
    lines = [f"#### {marked(title)}", *(marked(line) for line in message.state)]
    lines += _section(message.steps.title, joined(message.steps.lines))
    for section in message.facts:
        lines += _section(section.title, section.lines)
    lines += list(message.again or ())
    lines += [link(one.label, one.url) for one in message.links]
    return {
        "msgtype": "markdown",
        "markdown": {"title": plain(title), "text": "\n\n".join(lines)},
        "at": {"atMobiles": [], "atUserIds": [], "isAtAll": False},
    }


def _section(title: str, lines: tuple[str, ...]) -> list[str]:
    return [f"**{title}**", *(marked(line) for line in lines)] if lines else []


def _judge(answer: Answer, now: datetime) -> None:
    got = said(answer)
    code, words = got.get("errcode"), str(got.get("errmsg", "")).lower()
    if answer.status == 200 and code == 0 and not isinstance(code, bool):
        return
    asked = retry_after(answer, now.timestamp()) or 0.0
    if code in _RATE or answer.status == 429:
        problem = "DingTalk refused it: too many messages, and the robot is shut for ten minutes"
        raise Refused(problem, retry_after=max(asked, _SHUT_SECONDS), rate=True)
    if code == _FOUR_IN_ONE:
        raise _one_of_four(words)
    if code in _UNFIT:
        raise Refused(f"DingTalk refused it with code {code}: unfit content", retryable=False, unfit=True)
    if isinstance(code, int) and code in _FINAL:
        raise Refused(f"DingTalk refused it with code {code}: {_FINAL[code]}", retryable=False)
    about = f"code {code}" if isinstance(code, int) else f"HTTP status {answer.status} and no code"
    raise Refused(f"DingTalk refused it with {about}{': it is busy' if code == _BUSY else ''}", retry_after=asked)


def _one_of_four(words: str) -> Refused:
    """Return what the one code for four causes means, by its words."""
    if "timestamp" in words:
        return Refused("DingTalk refused it with code 310000: its clock and ours differ")
    if "keyword" in words:
        cause = 'the message lacks the robot\'s keyword: make it "Standdown", which is in every title'
    elif "sign" in words:
        cause = "the signature is wrong: check the robot's secret"
    elif "whitelist" in words:
        cause = "the robot takes messages from listed addresses only"
    else:
        cause = "keyword, signature or address"
    return Refused(f"DingTalk refused it with code 310000: {cause}", retryable=False)


FORM = Form(_body, _judge, timedelta(seconds=3.5), _signed)  # its limit: 20 a minute, and then shut for ten
