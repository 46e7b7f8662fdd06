"""Whoever writes a reason, a name or an error can mention nobody, link nowhere, and change nothing of the message."""

# ruff: noqa: RUF001 - what looks alike is the point here

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from standdown.core.outcome import HuaweiAnswer, Result
from standdown.publish.channels.chats.channel import form
from standdown.publish.channels.chats.plain import marked, plain
from standdown.publish.channels.kinds import CHATS, Kind
from standdown.publish.render.locale import english, locale
from standdown.publish.render.message import Message, message
from support.samples import LINKS, TICKET, ended

PIECES = (
    "<at id=all></at>", '<at user_id="all">所有人</at>', "<@all>", "<@U0123ABC>", "<!channel>", "<!here>", "@所有人",
    "@13800000000", "@all", "<at>Ada</at>", "[pay](https://evil.example)", "![x](https://evil.example/p.png)",
    "<https://evil.example|SDRS console>", "https://evil.example/?a=b", "HTTP://EVIL.EXAMPLE", "www.evil.example",
    "mailto:a@evil.example", "tel:110", "`", "```", "**", "__", "~~", "\n# Heading", "\r\n---\r\n", "\n===\n",
    "\n> quote", '<font color="info">all is well</font>', "<script>", "</font>", "&#60;at id=all&#62;", "&lt;!here&gt;",
    "\\", '"}]}}', '","at":{"isAtAll":true}', "{{1}}", "{name}", "${x}", "\u202e", "\u200b", "<\u200bat id=all>",
    ":\u200b//", "\x00", "\x1b[2J", "\u2028", "\u2066", "\ufeff", "％3Cat", "＜at", "👩\u200d🚀", "保护", "x" * 300,
    "evil.example", "pay at evil.example/now", "EVIL.EXAMPLE:8080", "xn--e1afmkfd.xn--p1ai", "例子.测试", "a_.example",
    " ", "|", "| a | b |\n|---|---|", "- [ ] x", "1. Pay.", ":tada:", "$$x$$", "\t", "\u0130",
)  # fmt: skip
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
WORDS_OF_TEAMS = ("application/vnd.microsoft.card.adaptive", "Action.OpenUrl")


def hostile(generator: random.Random) -> str:
    return "".join(generator.choice(PIECES) for _ in range(generator.randint(1, 8)))


def about(text: str, language: str = "en") -> Message:
    """Return the message of an operation in which everything that others write is this text."""
    request = replace(TICKET, reason=text, requested_by=text, alarm=text)
    said = HuaweiAnswer(400, text, text, text)
    operation = ended(Result.FAILED, text, request=request, huawei=said, group_name=text, group_status=text)
    words = english() if language == "en" else locale(language)
    return message(replace(operation, target=text, causes=(request,)), LINKS, words)


def skeleton(body: dict[str, Any]) -> Any:
    """Return a body without its texts: the elements and their order, which nothing that is written can change."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(one) if key not in ("content", "text", "title") or not isinstance(one, str) else ""
                    for key, one in value.items()}  # fmt: skip
        return [bare(one) for one in value] if isinstance(value, list) else value

    return bare(body)


def of_markdown(kind: Kind, body: dict[str, Any]) -> str:
    """Return what a chat reads as markup, links of our own taken out; empty for a chat of plain elements."""
    if kind is Kind.DINGTALK:
        text = body["markdown"]["text"]
    elif kind is Kind.WECOM:
        text = body["markdown"]["content"]
        text = re.sub(r'^### <font color="(?:warning|info)">(.*)</font>', r"\1", text)
        text = re.sub(r"(?m)^> |^`aws sqs .*`$", "", text)
    elif kind is Kind.FEISHU:
        text = "\n".join(one["content"] for one in body["card"]["body"]["elements"] if one["tag"] == "markdown")
    elif kind is Kind.SLACK:
        text = body["text"] + "\n".join(b["text"]["text"] for b in body["blocks"] if b["text"]["type"] == "mrkdwn")
        text = re.sub(r"<https://[^|<>]*\|[^<>]*>", "", text)
    else:
        text = ""
    text = re.sub(r"(?m)^\[[^\[\]]*\]\((https://[^\s()]*)\)$", "", text)
    return re.sub(r"(?m)^aws sqs .*$|^\*\*[^*]*\*\*$|^#### ", "", text)


def all_texts(value: Any) -> str:
    if isinstance(value, str):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "\n".join(all_texts(one) for one in parts)


def check(kind: Kind, text: str, language: str) -> None:
    said = about(text, language)
    body = form(kind).body(said)
    raw = json.dumps(body, ensure_ascii=False)
    words = all_texts(body)
    for own in (*(link.url for link in said.links), *(said.again or ()), SCHEMA, *WORDS_OF_TEAMS):
        words = words.replace(own, "")

    mentions = re.findall(r"<at|<@|<!|@(?=\S)", words)
    links = re.findall(r"(?i)[a-z]+://\S*", words)
    assert mentions == []
    assert links == []
    assert not re.search(r"(?i)www\.|mailto:|tel:", words)
    assert re.findall(r"\w\.[^\W\d_]{2}", words) == []
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", words)
    assert not re.search(r"[<>\[\]`*_~!\\]|\]\(|(?m:^#|^---|^===|^\|)", of_markdown(kind, body).replace("&lt;", ""))
    if kind is Kind.DINGTALK:
        assert body["at"] == {"atMobiles": [], "atUserIds": [], "isAtAll": False}
    assert json.loads(raw) == body


@pytest.mark.parametrize("kind", CHATS)
def test_n06c_a_thousand_hostile_texts_mention_nobody_and_link_nowhere(kind: Kind) -> None:
    generator = random.Random(f"hostile {kind}")  # noqa: S311 - the same ones each time

    for number in range(1_000):
        check(kind, hostile(generator), ("en", "zh-CN")[number % 2])


@pytest.mark.parametrize("kind", CHATS)
def test_a_thousand_hostile_texts_leave_the_card_and_its_title_as_they_are(kind: Kind) -> None:
    generator = random.Random(f"card {kind}")  # noqa: S311 - the same ones each time
    harmless = skeleton(form(kind).body(about("x y")))

    for _ in range(1_000):
        body = form(kind).body(about(hostile(generator) + " y"))
        if kind not in (Kind.DINGTALK, Kind.WECOM):
            kept = skeleton(body)
            # What is too long is left out from the end; what is there has its place and its kind.
            assert shape(kept)[: len(shape(harmless))] == shape(harmless)[: len(shape(kept))]
        title = TITLES[kind](body)
        assert "\n" not in title
        assert title.startswith("ACTION NEEDED: SDRS ")
        assert "the stop of protection failed" in title or title.endswith(("…", "Standdown"))


def shape(value: Any) -> list[str]:
    return re.findall(r'"(?:tag|type|msg_type|msgtype)": "[A-Za-z_.]+"', json.dumps(value))


TITLES: dict[Kind, Callable[[dict[str, Any]], str]] = {
    Kind.FEISHU: lambda body: str(body["card"]["header"]["title"]["content"]),
    Kind.DINGTALK: lambda body: str(body["markdown"]["text"].partition("\n")[0].removeprefix("#### ")),
    Kind.WECOM: lambda body: str(re.sub(r"^### <font[^>]*>|</font>$", "", body["markdown"]["content"].split("\n")[0])),
    Kind.SLACK: lambda body: str(body["blocks"][0]["text"]["text"]),
    Kind.TEAMS: lambda body: str(body["attachments"][0]["content"]["body"][0]["inlines"][0]["text"]),
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a b c"),
        ("<@U1> https://x.example", "＜＠U1＞ https：//x．example"),
        ("WWW.x.example", "WWW．x．example"),
        ("pay at evil.example/now, or 例子.测试", "pay at evil．example/now, or 例子．测试"),
        ("v1.2.3, 10.5 s, e.g. this. And that", "v1.2.3, 10.5 s, e.g. this. And that"),
        ("a\u202eb\u200bc", "abc"),
        ("e\u0301", "é"),
        (":\u200b//", "：//"),
        ("erp-prod, SDRS.1028: 5 < 6 & 7", "erp-prod, SDRS.1028: 5 ＜ 6 & 7"),
    ],
)
def test_a_plain_line_stays_readable(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# x", "＃ x"),
        ("---", "－--"),
        ("- one of several", "- one of several"),
        ("a *b* _c_ `d` [e](f) !g ~h~ \\ & |", "a ＊b＊ ＿c＿ ｀d｀ ［e］(f) ！g ～h～ ＼ ＆ ｜"),
    ],
)
def test_a_line_of_markdown_has_nothing_left_that_is_markup(text: str, shown: str) -> None:
    assert marked(text) == shown
