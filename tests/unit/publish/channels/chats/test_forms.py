"""What each chat is sent, and what its answers mean. `GOLDEN=write` writes the golden files anew: read them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from standdown.base.http.exchange import Answer
from standdown.core.operation import Operation
from standdown.core.outcome import Result
from standdown.publish.channels.chats.channel import form
from standdown.publish.channels.chats.form import Refused
from standdown.publish.channels.kinds import CHATS, Kind
from standdown.publish.render.locale import languages, locale
from standdown.publish.render.message import Message, message
from support.http import headers_of
from support.samples import ENDED, LINKS, TICKET, ended

GOLDEN = Path(__file__).with_name("golden")
NOW = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
ZONES = {"en": None, "zh-CN": ZoneInfo("Asia/Shanghai")}
LIMITS = {Kind.FEISHU: 20_480, Kind.DINGTALK: 20_000, Kind.TEAMS: 28_000}


def told(operation: Operation, language: str = "en") -> Message:
    return message(operation, LINKS, locale(language, ZONES[language]))


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a body."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


@pytest.mark.parametrize("case", ENDED)
@pytest.mark.parametrize("language", sorted(ZONES))
@pytest.mark.parametrize("kind", CHATS)
def test_a_chat_s_message_reads_as_it_was_reviewed(kind: Kind, language: str, case: str) -> None:
    body = form(kind).body(told(ENDED[case], language))

    shown = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    file = GOLDEN / kind.value / language / f"{case}.json"
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_every_outcome_has_a_golden_message_in_every_language_and_chat() -> None:
    assert set(ZONES) == set(languages())
    for kind in CHATS:
        for language in languages():
            assert {file.stem for file in (GOLDEN / kind.value / language).iterdir()} == set(ENDED)


@pytest.mark.parametrize("language", sorted(ZONES))
@pytest.mark.parametrize("kind", CHATS)
def test_a_message_says_in_its_title_what_holds_and_then_what_to_do(kind: Kind, language: str) -> None:
    operation = ENDED["failed"]
    said = told(operation, language)

    body = "\n".join(texts(form(kind).body(said)))

    assert "Standdown" in body
    assert body.index("erp-prod") < body.index(said.steps.title) < body.index(operation.operation_id)
    assert "https://wiki.example.com/dr/erp-prod" in body
    assert said.again
    assert said.again[1] in body


def huge(language: str) -> Message:
    request = replace(TICKET, reason="保护 " * 3_000, requested_by="n" * 900)
    operation = replace(ended(Result.FAILED, "很长 " * 3_000, request=request), causes=(request,) * 50)
    said = told(operation, language)
    long = tuple(replace(section, lines=section.lines * 60) for section in said.facts)
    return replace(said, facts=long)


@pytest.mark.parametrize("language", sorted(ZONES))
@pytest.mark.parametrize("kind", LIMITS)
def test_a_message_that_is_too_large_keeps_what_is_said_first(kind: Kind, language: str) -> None:
    said = huge(language)

    body = form(kind).body(said)

    assert len(json.dumps(body, ensure_ascii=False).encode()) < LIMITS[kind] - 300
    assert said.steps.title in list(texts(body)) or f"**{said.steps.title}**" in "\n".join(texts(body))


@pytest.mark.parametrize("language", sorted(ZONES))
def test_wecom_s_markdown_is_at_most_4096_bytes_and_ends_on_a_character(language: str) -> None:
    many = replace(huge(language), state=("保" * 5_000,))
    for said in (huge(language), many):
        content = form(Kind.WECOM).body(said)["markdown"]["content"]

        assert len(content.encode()) <= 4_096
        assert "erp-prod" in content


@pytest.mark.parametrize("language", sorted(ZONES))
def test_slack_s_blocks_keep_their_limits(language: str) -> None:
    body = form(Kind.SLACK).body(huge(language))

    blocks = body["blocks"]
    assert len(blocks) <= 50
    assert len(blocks[0]["text"]["text"]) <= 150
    assert all(0 < len(block["text"]["text"]) <= 3_000 for block in blocks)
    assert body["text"]


def answer(status: int, body: bytes, **headers: str) -> Answer:
    return Answer(status, headers_of({name.replace("_", "-"): value for name, value in headers.items()}), body)


def judged(kind: Kind, status: int, body: bytes, **headers: str) -> Refused | None:
    try:
        form(kind).judge(answer(status, body, **headers), NOW)
    except Refused as refused:
        return refused
    return None


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        (Kind.FEISHU, 200, b'{"code":0,"msg":"success","data":{},"StatusCode":0,"StatusMessage":"success"}'),
        (Kind.FEISHU, 200, b'{"StatusCode":0,"StatusMessage":"success"}'),
        (Kind.DINGTALK, 200, b'{"errcode":0,"errmsg":"ok"}'),
        (Kind.WECOM, 200, b'{"errcode":0,"errmsg":"ok"}'),
        (Kind.SLACK, 200, b"ok"),
        (Kind.TEAMS, 202, b""),
        (Kind.TEAMS, 200, b"1"),
    ],
)
def test_an_answer_that_is_the_chat_s_own_success_is_one(kind: Kind, status: int, body: bytes) -> None:
    assert judged(kind, status, body) is None


SOON, NEVER = True, False


@pytest.mark.parametrize(
    ("kind", "status", "body", "retryable", "wait"),
    [
        (Kind.FEISHU, 200, b'{"code":9499,"msg":"Bad Request"}', NEVER, None),
        (Kind.FEISHU, 200, b'{"code":9499,"msg":"frequency limited psm[x]"}', SOON, 1),
        (Kind.FEISHU, 200, b'{"code":11232,"msg":"frequency limited psm[x]appID[1500]"}', SOON, 1),
        (Kind.FEISHU, 200, b'{"code":19021,"msg":"sign match fail"}', NEVER, None),
        (Kind.FEISHU, 200, b'{"code":19022,"msg":"Ip Not Allowed"}', NEVER, None),
        (Kind.FEISHU, 200, b'{"code":19024,"msg":"Key Words Not Found"}', NEVER, None),
        (Kind.FEISHU, 200, b'{"code":19001,"msg":"param invalid"}', NEVER, None),
        (Kind.FEISHU, 200, b'{"code":424242}', SOON, None),
        (Kind.FEISHU, 200, b'{"code":false}', SOON, None),
        (Kind.FEISHU, 200, b"<html>ok</html>", SOON, None),
        (Kind.FEISHU, 200, b"[" * 4_096, SOON, None),
        (Kind.FEISHU, 200, b"", SOON, None),
        (Kind.FEISHU, 502, b'{"code":0}', SOON, None),
        (Kind.DINGTALK, 200, b'{"errcode":130101,"errmsg":"send too fast"}', SOON, 600),
        (Kind.DINGTALK, 200, b'{"errcode":410100,"errmsg":"rate"}', SOON, 600),
        (Kind.DINGTALK, 200, b'{"errcode":-1,"errmsg":"system busy"}', SOON, 0),
        (Kind.DINGTALK, 200, b'{"errcode":90030,"errmsg":"webhook over limit"}', NEVER, None),
        (Kind.DINGTALK, 200, b'{"errcode":310000,"errmsg":"keywords not in content"}', NEVER, None),
        (Kind.DINGTALK, 200, b'{"errcode":310000,"errmsg":"invalid timestamp"}', SOON, None),
        (Kind.DINGTALK, 200, b'{"errcode":310000,"errmsg":"sign not match"}', NEVER, None),
        (Kind.DINGTALK, 200, b'{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}', NEVER, None),
        (Kind.DINGTALK, 200, b'{"errcode":300001}', NEVER, None),
        (Kind.DINGTALK, 200, b'{"errcode":400102}', NEVER, None),
        (Kind.DINGTALK, 200, b'{"errcode":430102}', NEVER, None),
        (Kind.DINGTALK, 200, b'{"outcome":"succeeded"}', SOON, 0),
        (Kind.WECOM, 200, b'{"errcode":45009,"errmsg":"api freq out of limit, hint: [1], from ip: 1.2.3.4"}', SOON, 60),
        (Kind.WECOM, 200, b'{"errcode":45033}', SOON, 0),
        (Kind.WECOM, 200, b'{"errcode":-1}', SOON, 0),
        (Kind.WECOM, 200, b'{"errcode":40058}', NEVER, None),
        (Kind.WECOM, 200, b'{"errcode":93000,"errmsg":"invalid webhook url, hint: [CANARY]"}', NEVER, None),
        (Kind.SLACK, 200, b"not ok", SOON, None),
        (Kind.SLACK, 200, b'{"ok":true}', SOON, None),
        (Kind.SLACK, 400, b"invalid_payload", NEVER, None),
        (Kind.SLACK, 403, b"invalid_token", NEVER, None),
        (Kind.SLACK, 404, b"no_service", NEVER, None),
        (Kind.SLACK, 410, b"channel_is_archived", NEVER, None),
        (Kind.SLACK, 500, b"rollup_error", SOON, None),
        (Kind.TEAMS, 400, b"", NEVER, None),
        (Kind.TEAMS, 401, b"", NEVER, None),
        (Kind.TEAMS, 404, b"", NEVER, None),
        (Kind.TEAMS, 204, b"", SOON, None),
        (Kind.TEAMS, 302, b"", SOON, None),
        (Kind.TEAMS, 502, b"", SOON, None),
    ],
)
def test_an_error_is_a_failure_whatever_its_status_says(
    kind: Kind, status: int, body: bytes, retryable: bool, wait: float | None
) -> None:
    refused = judged(kind, status, body)

    assert refused is not None
    assert (refused.retryable, refused.retry_after) == (retryable, wait)
    assert "CANARY" not in refused.problem
    assert "1.2.3.4" not in refused.problem


@pytest.mark.parametrize("kind", CHATS)
def test_a_429_waits_as_long_as_it_says(kind: Kind) -> None:
    refused = judged(kind, 429, b"", Retry_After="700")

    assert refused is not None
    assert (refused.retryable, refused.retry_after, refused.rate) == (True, 700, True)


def test_the_censor_s_codes_say_that_the_text_is_to_blame() -> None:
    refused = judged(Kind.DINGTALK, 200, b'{"errcode":430104}')

    assert refused is not None
    assert refused.unfit


def test_a_webhook_is_no_chat() -> None:
    with pytest.raises(ValueError, match="webhook is no chat"):
        form(Kind.WEBHOOK)
