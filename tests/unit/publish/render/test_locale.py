"""The languages beside each other: nothing is missing, nothing is English by oversight, and times have both zones."""

# ruff: noqa: RUF001 - Chinese has punctuation of its own

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from local.template import load
from standdown.core import sentences as core_sentences
from standdown.core.operation import Operation
from standdown.core.outcome import HuaweiAnswer, Result
from standdown.core.reasons import Reason, Why
from standdown.publish import render
from standdown.publish.render.locale import ENGLISH, Locale, english, languages, locale, zone
from standdown.publish.render.message import message
from standdown.publish.render.text import body
from standdown.sdrs.codes import documented
from standdown.sdrs.models import GroupStatus
from support.samples import ENDED, LINKS, TICKET, ended

OTHERS = [language for language in languages() if language != ENGLISH]
SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_RECORDED = {Reason.OTHER}  # it has no one sentence: the outcome's own is quoted
KEY = re.compile(r'"((?:title|verdict|state|move|where|protected|section|asked|happened|said|record|link|step|sample)'
                 r'(?:\.[a-z_]+)*)"')  # fmt: skip


def values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def chinese() -> Locale:
    return locale("zh-CN", SHANGHAI)


def test_the_parameter_offers_the_languages_that_have_a_file() -> None:
    assert sorted(load()["Parameters"]["Language"]["AllowedValues"]) == sorted(languages())


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_sentence_with_the_values_of_the_english_one(language: str) -> None:
    sentences, originals = locale(language).sentences, english().sentences

    assert set(originals) - set(sentences) == set()
    assert {key for key in originals if values(sentences[key]) - values(originals[key])} == set()
    assert {key for key in originals if values(originals[key]) - values(sentences[key])} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_code_every_status_and_every_reason(language: str) -> None:
    known = locale(language)

    assert {code for code in documented() if not known.has(f"meaning.{code}")} == set()
    assert len(documented()) == 256
    assert {status for status in GroupStatus if not known.has(f"status.{status.value}")} == {GroupStatus.UNKNOWN}
    assert {reason for reason in Reason if not known.has(f"why.{reason.value}")} == AS_RECORDED


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_names_the_values_of_every_reason(language: str) -> None:
    known = locale(language)
    named = {reason: known.sentences[f"why.{reason.value}"] for reason in Reason if reason not in AS_RECORDED}

    plain = {reason: core_sentences.ENGLISH[reason].replace("!r}", "}") for reason in named}
    assert {reason for reason in named if values(named[reason]) != values(plain[reason])} == set()


def test_english_has_every_sentence_that_the_code_says() -> None:
    code = "".join(file.read_text("utf-8") for file in Path(render.__file__).parent.glob("*.py"))
    begun = set(KEY.findall(code))

    assert begun
    assert [key for key in begun if not any(f"{one}.".startswith(f"{key}.") for one in english().sentences)] == []


@pytest.mark.parametrize("case", ENDED)
def test_a_chinese_mail_reads_as_it_was_reviewed(case: str) -> None:
    text = body(ENDED[case], LINKS, chinese())

    file = Path(__file__).with_name("golden.zh-CN") / f"{case}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_outcome_has_a_chinese_golden_mail() -> None:
    assert {file.stem for file in Path(__file__).with_name("golden.zh-CN").iterdir()} == set(ENDED)


def foreign(operation: Operation) -> Iterator[str]:
    """Yield what others wrote: it stands in every language as it came."""
    outcome = operation.ended
    for cause in operation.all_causes:
        yield from (cause.reason, cause.requested_by, cause.alarm or "")
    said = outcome.huawei
    texts = [said.message, *(job.reason for job in said.failed_sub_jobs)] if said else []
    yield from (outcome.detail, *texts)


@pytest.mark.parametrize("case", ENDED)
def test_what_is_latin_in_a_chinese_mail_is_a_name_or_a_quotation(case: str) -> None:
    told = message(ENDED[case], replace(LINKS, queue_url=""), chinese())
    lines = [told.title, *told.state, *told.steps.lines, *(line for section in told.facts for line in section.lines)]

    unquoted = re.sub(r"“[^”]*”", "", "\n".join(lines))

    phrases = re.findall(r"[a-z]{2,}(?: [a-z]{2,}){2,}", unquoted)  # three small Latin words in a row: a sentence
    assert [phrase for phrase in phrases if phrase != "make targets-check"] == []


def test_what_huawei_cloud_said_stands_as_it_came_with_the_meaning_of_its_code() -> None:
    said = HuaweiAnswer(400, "SDRS.1028", "Failed to disable protection")

    text = body(ended(Result.FAILED, "It failed.", huawei=said), LINKS, chinese())

    assert "原文：“Failed to disable protection”（错误含义：停止保护失败）。" in text


def test_a_reason_that_has_a_code_is_said_in_chinese_and_one_without_its_values_as_recorded() -> None:
    known = ended(Result.REFUSED, Why.of(Reason.UNKNOWN_TARGET, target="x"))
    bare = replace(known, outcome=replace(known.ended, why=Why(Reason.UNKNOWN_TARGET)))

    assert "没有名为“x”的目标。" in body(known, LINKS, chinese())
    assert "记录（英文原文）：“No target named 'x' is configured.”" in body(bare, LINKS, chinese())


def test_times_are_said_in_utc_and_in_the_zone() -> None:
    when = datetime(2026, 11, 24, 2, 14, 9, tzinfo=UTC)

    assert english().moment(when) == "2026-11-24 02:14:09 UTC"
    assert locale("en", SHANGHAI).moment(when) == "2026-11-24 02:14:09 UTC (2026-11-24 10:14:09 UTC+08:00)"
    assert chinese().moment(when) == "2026-11-24 02:14:09（UTC），即 2026-11-24 10:14:09 UTC+08:00"


@pytest.mark.parametrize(("name", "hours"), [("Asia/Shanghai", 8), ("America/Lima", -5)])
def test_a_zone_is_found_where_the_system_has_no_database(
    name: str, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ZoneInfo.clear_cache()
    monkeypatch.setattr("zoneinfo._tzpath.TZPATH", ())
    monkeypatch.setitem(__import__("sys").modules, "tzdata", None)

    found = zone(name)

    offset = datetime(2026, 1, 1, tzinfo=found).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == hours * 3600


def test_a_zone_that_nobody_knows_is_refused_and_utc_needs_none() -> None:
    assert zone("UTC") is None
    assert zone("") is None
    for name in ("Mars/Base", "../../etc/passwd", "/etc/localtime"):
        with pytest.raises(ValueError, match="no time zone"):
            zone(name)


def test_a_language_without_a_file_is_refused() -> None:
    with pytest.raises(ValueError, match="is not one of en, zh-CN"):
        locale("tlh")


def test_a_sentence_that_a_language_lacks_is_said_in_english() -> None:
    assert Locale("xx", None, {}).say("step.done") == "Nothing more has to be stopped."


def test_braces_that_another_wrote_stay_braces() -> None:
    text = body(ended(Result.FAILED, "x", request=replace(TICKET, requested_by="{name} {0} {")), LINKS, chinese())

    assert "{name} {0} {（通过一次 Webhook 请求）" in text


def test_a_stop_that_would_do_harm_has_no_command_that_asks_again() -> None:
    shown = {case: message(operation, LINKS, english()).again is not None for case, operation in ENDED.items()}

    assert shown["failed"]
    assert shown["dry-run"]
    assert not shown["refused-production-failed"]
    assert not shown["timed-out"]
    assert not shown["refused-skipped"]


def test_a_stop_that_succeeded_has_the_command_that_undoes_it_unless_it_could_not_be_confirmed() -> None:
    shown = {case: message(operation, LINKS, english()).again for case, operation in ENDED.items()}

    command = f"standdown resume erp-prod --hold {ENDED['succeeded'].operation_id} --stack standdown-prod"
    assert shown["succeeded"] == ("To enable protection again, once the copy is kept:", command)
    for case in ("succeeded-half-stopped", "succeeded-unverified", "joined-succeeded"):
        assert shown[case] is None or "--hold" not in str(shown[case])
    assert shown["succeeded-half-stopped"] is None
    assert shown["succeeded-unverified"] is None
