"""Rules for other publishers on SMN: one rule, one alarm; two rules, none; globs in linear time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standdown.core.request import Source
from standdown.intake.cloud_eye_alarm import to_verified
from standdown.intake.errors import IgnoredError, MalformedError
from standdown.intake.queue_message import read_queue_record
from standdown.intake.smn_alarm import BY, read_by_rule
from standdown.intake.webhook.senders import read_secrets
from standdown.intake.webhook.smn import SmnMessage
from standdown.intake.webhook.smn_rules import SmnRule, matches
from support.signing import ID, TOPIC, private_key, public_pem
from support.wire import NOW, TARGETS, TRUST, record

ALARM = "erp-prod-corruption-hss"
MESSAGE = SmnMessage(
    json.dumps({"event": {"type": "ransomware", "level": 4, "handled": False}}), ID, TOPIC, NOW, (), "HSS: ransomware"
)
BY_SUBJECT = SmnRule(TOPIC, ALARM, subject="HSS: ransom*")
BY_FIELD = SmnRule("urn:smn:*:erp-alarms", ALARM, field="event.type", value="ransomware")


@pytest.mark.parametrize(
    "rule",
    [
        BY_SUBJECT, BY_FIELD, replace(BY_FIELD, subject="HSS:*"), replace(BY_FIELD, field="event.level", value="4"),
        replace(BY_FIELD, field="event.handled", value="false"),
    ],
)  # fmt: skip
def test_a_message_that_one_rule_knows_is_its_alarm(rule: SmnRule) -> None:
    change = read_by_rule([SmnRule(TOPIC, "other", subject="other"), rule], MESSAGE)

    assert (change.name, change.state, change.changed_at) == (ALARM, "ALARM", NOW)
    assert (change.delivery_id, change.reason) == (f"{ID}/rule/{ALARM}", "HSS: ransomware")


@pytest.mark.parametrize(
    "rule",
    [
        replace(BY_SUBJECT, topic_urn=TOPIC + "x"), replace(BY_SUBJECT, subject="hss:*"),
        replace(BY_FIELD, value="ransom"), replace(BY_FIELD, field="type"), replace(BY_FIELD, field="event"),
        replace(BY_FIELD, field="event.type.x"), replace(BY_FIELD, field="event.none"),
        replace(BY_FIELD, subject="another"),
    ],
)  # fmt: skip
def test_a_message_that_no_rule_knows_is_ignored(rule: SmnRule) -> None:
    with pytest.raises(IgnoredError) as caught:
        read_by_rule([rule], MESSAGE)

    assert (caught.value.code, caught.value.status) == ("no_rule", 200)


@pytest.mark.parametrize("alarm", [ALARM, "another"])
def test_a_message_that_two_rules_know_is_refused(alarm: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_by_rule([BY_SUBJECT, replace(BY_SUBJECT, subject="no"), replace(BY_FIELD, alarm=alarm)], MESSAGE)

    assert caught.value.code == "two_rules"
    assert "number 1 and 3" in caught.value.message


def test_a_text_that_is_no_json_has_no_fields_and_a_subject_all_the_same() -> None:
    text = replace(MESSAGE, message="ransomware found")

    assert read_by_rule([BY_SUBJECT, BY_FIELD], text).name == ALARM


def test_a_message_without_a_subject_says_its_topic() -> None:
    assert read_by_rule([BY_FIELD], replace(MESSAGE, subject="")).reason == "a message of the SMN topic erp-alarms"


def test_the_trigger_takes_it_for_an_alarm_from_the_webhook_alone() -> None:
    message = to_verified(read_by_rule([BY_SUBJECT], MESSAGE), BY)

    [found] = read_queue_record(record(json.dumps(message), sender="AROAWEBHOOK:x"), TARGETS, now=NOW, trust=TRUST)

    assert (found.source, found.alarm, found.target) == (Source.ALARM, ALARM, "erp-prod")
    assert found.requested_by == f"SMN message {ALARM}"
    with pytest.raises(MalformedError, match="not_verified"):
        read_queue_record(record(json.dumps(message)), TARGETS, now=NOW, trust=TRUST)


# --- Globs ------------------------------------------------------------------------------------------------------------

LETTERS = st.text("ab*?[]", max_size=8)


@given(LETTERS, st.text("ab?[]", max_size=10))
def test_a_glob_is_what_a_regular_expression_would_say(pattern: str, text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL)

    assert matches(pattern, text) is (expected is not None)


def test_a_glob_reads_a_long_text_a_few_times_at_most() -> None:
    class Counted(str):
        """Counts the characters that were searched."""

        __slots__ = ("searched",)

        def find(self, part: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
            found = super().find(part, start, end)
            self.searched = getattr(self, "searched", 0) + ((found if found >= 0 else len(self)) - start)
            return found

    text = Counted("a" * 100_000)

    assert not matches("*ab*ab*", text)
    assert text.searched <= 3 * len(text)


# --- The secret -------------------------------------------------------------------------------------------------------


def pins(rules: Any) -> Any:
    smn = {"keys": [public_pem(private_key())], "topic_urns": [TOPIC], "rules": rules}
    return read_secrets(json.dumps({"smn": smn}))


RULE = {"topic_urn": TOPIC, "subject": "HSS:*", "alarm": ALARM}


def test_rules_are_read_from_the_secret() -> None:
    other = {"topic_urn": "urn:smn:*", "field": "event.type", "value": "*ransom*", "alarm": "告警"}

    found = pins([RULE, other])

    assert found.left_out == ()
    assert found.smn.rules == (
        SmnRule(TOPIC, ALARM, subject="HSS:*"),
        SmnRule("urn:smn:*", "告警", field="event.type", value="*ransom*"),
    )


@pytest.mark.parametrize(
    "rules",
    [
        [], {}, "x", [RULE] * 21, ["x"], [{**RULE, "regex": "x"}], [{**RULE, "subject": "****a"}],
        [{**RULE, "subject": "*"}], [{**RULE, "subject": ""}], [{**RULE, "subject": "a\nb"}], [{**RULE, "alarm": ""}],
        [{**RULE, "alarm": "a" * 256}], [{**RULE, "subject": 7}], [{**RULE, "field": "a"}], [{**RULE, "value": "a"}],
        [{**RULE, "field": "a..b", "value": "a"}], [{**RULE, "field": "a.b.c.d.e.f", "value": "a"}],
        [{"topic_urn": TOPIC, "alarm": ALARM}], [{"subject": "x", "alarm": ALARM}], [{**RULE, "topic_urn": "*"}],
        [RULE, {**RULE, "alarm": None}],
    ],
)  # fmt: skip
def test_one_rule_that_is_wrong_takes_all_of_them_out_and_no_key_with_them(rules: Any) -> None:
    found = pins(rules)

    assert (found.broken, found.smn.rules, len(found.smn.keys)) == ({}, (), 1)
    assert found.left_out == (found.smn.rules_wrong,)
    assert "rules" in found.smn.rules_wrong
    assert "HSS" not in found.smn.rules_wrong


@pytest.mark.parametrize("stars", [0, 1, 2, 3])
def test_a_rule_may_have_three_stars(stars: int) -> None:
    assert pins([{**RULE, "subject": "a*" * stars + "a"}]).smn.rules
