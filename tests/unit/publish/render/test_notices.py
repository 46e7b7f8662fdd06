"""What is published beside outcomes, in every language and on every channel. `GOLDEN=write` writes it anew: read it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from standdown.base.text import canonical, iso
from standdown.core.hold import Asker
from standdown.core.notice import Notice, NoticeKind, Unwatched
from standdown.publish.channels.chats.channel import form
from standdown.publish.channels.eventbridge import SOURCE
from standdown.publish.channels.kinds import CHATS, Kind
from standdown.publish.channels.sns import message as by_protocol
from standdown.publish.render.locale import languages, locale
from standdown.publish.render.notices import DETAIL_TYPE, render_notice
from standdown.publish.render.payload import LARGEST
from support.samples import BY_ALARM, LINKS, NOTICES, TICKET, notice

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/notice.schema.json").read_text("utf-8"))
EXAMPLES = ROOT / "events/notices"
GOLDEN = Path(__file__).with_name("golden.notices")
ZONES = {"en": None, "zh-CN": ZoneInfo("Asia/Shanghai")}
PINNED = {1: "a8caae0f669afe53577f2fcb11d7b997bcb686d7328eb5abbf55de5b17e4c484"}
NASTY = "x\r\nBcc: all@example.com\x1b[2J\u202e {name} <b> @all 保护 " * 200


def read(file: Path, shown: str) -> str:
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def event(told: Notice) -> dict[str, Any]:
    """Return the EventBridge event of a notice as a rule's target gets it."""
    rendered = render_notice(told, LINKS)
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": rendered.detail_type,
        "source": SOURCE,
        "account": "123456789012",
        "time": iso(rendered.at)[:19] + "Z",
        "region": "eu-central-1",
        "resources": [rendered.execution_arn],
        "detail": rendered.detail,
    }


@pytest.mark.parametrize("case", NOTICES)
@pytest.mark.parametrize("language", sorted(ZONES))
def test_a_mail_reads_as_it_was_reviewed(language: str, case: str) -> None:
    rendered = render_notice(NOTICES[case], LINKS, locale(language, ZONES[language]))

    shown = f"{rendered.subject}\n\n{rendered.text}"

    assert shown == read(GOLDEN / "mail" / language / f"{case}.txt", shown)


@pytest.mark.parametrize("case", NOTICES)
@pytest.mark.parametrize("language", sorted(ZONES))
@pytest.mark.parametrize("kind", CHATS)
def test_a_chat_s_message_reads_as_it_was_reviewed(kind: Kind, language: str, case: str) -> None:
    said = render_notice(NOTICES[case], LINKS, locale("en", ZONES[language])).message(language)

    shown = json.dumps(form(kind).body(said), ensure_ascii=False, indent=1) + "\n"

    assert shown == read(GOLDEN / kind.value / language / f"{case}.json", shown)


@pytest.mark.parametrize("case", NOTICES)
def test_the_event_in_the_repository_is_what_is_sent(case: str) -> None:
    shown = json.dumps(event(NOTICES[case]), indent=2, ensure_ascii=False) + "\n"

    assert shown == read(EXAMPLES / f"{case}.json", shown)
    assert event(NOTICES[case])["detail-type"] == DETAIL_TYPE == "SDRS Protection Notice"


def test_every_kind_of_notice_is_shown_and_nothing_is_left_over() -> None:
    assert set(ZONES) == set(languages())
    assert {one.kind for one in NOTICES.values()} == set(NoticeKind)
    assert {file.stem for file in EXAMPLES.iterdir()} == set(NOTICES)
    for language in languages():
        for channel in ("mail", *(kind.value for kind in CHATS)):
            assert {file.stem for file in (GOLDEN / channel / language).iterdir()} == set(NOTICES)


@pytest.mark.parametrize("case", NOTICES)
def test_every_notice_is_of_the_published_form(case: str) -> None:
    told = render_notice(NOTICES[case], LINKS).detail

    Draft202012Validator(SCHEMA).validate(told)
    assert set(told) == set(SCHEMA["properties"])


def test_a_change_of_the_schema_is_a_new_version() -> None:
    version = SCHEMA["properties"]["schema_version"]["const"]

    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == f"urn:standdown:notice:{version}"
    assert PINNED[version] == hashlib.sha256(canonical(SCHEMA).encode()).hexdigest()


def test_a_reminder_says_how_long_what_is_not_possible_who_asked_and_how_to_end_it() -> None:
    told = NOTICES["reminder-after-an-alarm"]
    assert told.hold

    text = render_notice(told, LINKS).text

    assert "has been without protection for 4 hours 5 minutes" in text
    assert "SDRS takes no failover and no planned failover" in text
    assert "The alarm erp-prod-corruption-pages asked for the stop" in text
    assert f"standdown resume erp-prod --hold {told.hold.hold_id} --stack standdown-prod" in text
    assert f"standdown ack {told.hold.hold_id} --until 12h --stack standdown-prod" in text
    assert "A named person must resume." in text


@pytest.mark.parametrize("status", ["failed-over", "reprotecting", "error-reprotecting"])
@pytest.mark.parametrize("language", sorted(ZONES))
def test_a_reminder_of_a_group_at_the_other_site_has_no_line_how_to_resume(language: str, status: str) -> None:
    turned = replace(NOTICES["reminder"].hold or BY_ALARM, status=status)

    rendered = render_notice(notice(NoticeKind.REMINDER, turned), LINKS, locale(language))

    assert "standdown resume" not in rendered.text + rendered.json


def test_what_can_be_resumed_by_no_command_has_none() -> None:
    unnamed = replace(NOTICES["reminder"].hold or BY_ALARM, target_name=None)

    text = render_notice(notice(NoticeKind.REMINDER, unnamed), LINKS).text

    assert "standdown resume" not in text
    assert "enable protection again in the SDRS console" in text
    assert "standdown resume" not in render_notice(NOTICES["unwatched"], LINKS).text


def test_a_stop_that_cannot_be_sent_calls_somebody_to_do_it_by_hand() -> None:
    rendered = render_notice(NOTICES["stop-by-hand"], LINKS)

    assert rendered.subject.startswith("ACTION NEEDED: SDRS erp-prod: a stop cannot be sent: stop by hand")
    assert "asked for at 2026-11-24 02:14:07 UTC, and it cannot be sent" in rendered.text
    assert "the replication pairs are synchronising" in rendered.text
    assert "https://console.huaweicloud.com/sdrs/?region=cn-north-4" in rendered.text


def test_a_notice_can_be_chosen_by_its_kind_and_its_target() -> None:
    rendered = render_notice(NOTICES["reminder"], LINKS)

    assert rendered.attributes == {"kind": "notice", "notice": "reminder", "target": "erp-prod"}
    assert rendered.about == "notice"
    assert rendered.result is None
    assert re.fullmatch(r"notice-[0-9a-f]{32}-1", rendered.identity)


@pytest.mark.parametrize("case", NOTICES)
@pytest.mark.parametrize("language", sorted(ZONES))
def test_whatever_others_wrote_is_bounded_and_on_its_own_line(language: str, case: str) -> None:
    told = NOTICES[case]
    asker = Asker.of(replace(TICKET, requested_by=NASTY, target=NASTY))
    hold = told.hold and replace(told.hold, name=NASTY, status=NASTY, acknowledged_by=NASTY, asked=(asker,) * 20)
    groups = (Unwatched(NASTY, NASTY, NASTY),) * 500
    bad = replace(told, hold=hold, group_name=NASTY, target_name=NASTY, problem=NASTY, unwatched=groups)

    rendered = render_notice(bad, LINKS, locale(language))

    assert rendered.subject.isascii()
    assert rendered.subject.isprintable()
    assert len(rendered.subject) < 100
    assert all(line.isprintable() for line in rendered.text.split("\n"))
    assert max(len(line.encode()) for line in rendered.text.split("\n")) <= 998
    assert len(rendered.json.encode()) <= LARGEST
    assert len(by_protocol(rendered).encode()) < 262_144
    assert rendered.detail["unwatched_omitted"] + len(rendered.detail["unwatched"]) == 500
    Draft202012Validator(SCHEMA).validate(rendered.detail)


def test_one_group_is_counted_in_the_singular() -> None:
    one = replace(NOTICES["unwatched"], unwatched=NOTICES["unwatched"].unwatched[:1])

    assert "1 other group is without protection" in render_notice(one, LINKS).subject


def test_a_time_at_which_it_ends_by_itself_is_said_before_it_and_after_it() -> None:
    early = replace(NOTICES["reminder"], at=NOTICES["reminder"].at - timedelta(hours=3))
    assert early.hold is not None
    alone = replace(early, hold=replace(early.hold, asked=early.hold.asked[:1], askers=1))

    assert "is to be enabled again by itself at 2026-11-24 05:00:00 UTC" in render_notice(alone, LINKS).text
    assert "by itself" not in render_notice(early, LINKS).text
    assert "It was to be enabled again by itself" in render_notice(NOTICES["reminder"], LINKS).text
