"""CloudWatch alarms in their three forms: which change stops a group, and what is said where none does."""

from __future__ import annotations

import io

from integration.cases.alarms import (
    AT,
    BAND,
    COMPOSITE,
    EARLIER,
    EXPRESSION,
    METRIC,
    SUPPRESSED,
    TOPIC,
    by_action,
    by_rule,
    by_topic,
    message,
    state,
)
from integration.cases.scene import GROUP, Case, Scene, cases, check
from support.inmemory.stack import Target

_NAME = "payroll-damage-seen"
_SPACE = "payroll: checksums \u2260 (b\u00fccher\u00a0db) 90%"
_OTHERS = "999900001111"


def _scene(log: io.StringIO, *alarms: str) -> Scene:
    return Scene(log, [Target("payroll", GROUP, {"alarms": list(alarms)})])


@cases(
    Case(
        "a composite alarm whose wait period is over stops",
        by_action(_NAME, state(), state(at="2026-03-17T21:39:58.914+0000", **SUPPRESSED), COMPOSITE),
        "stopped",
    ),
    Case(
        "an alarm on an expression stops",
        by_action(_NAME, state(), state("OK", EARLIER), EXPRESSION),
        "stopped",
    ),
    Case(
        "an alarm that had no data before stops",
        by_action(_NAME, state(), state("INSUFFICIENT_DATA", EARLIER), METRIC),
        "stopped",
    ),
    Case(
        "an alarm that comes with the ARN of another is refused",
        by_action(_NAME, state(), state("OK", EARLIER), EXPRESSION, own="payroll-sample"),
        "raised",
        (r"ARN",),
    ),
)
def test_an_alarm_s_own_action(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, "payroll-damage-*")

    scene.call(case.given)

    check(case, scene.became())


@cases(
    Case(
        "of a suppressed change and its release the release stops",
        [
            by_rule(_NAME, state(at="2026-03-17T21:39:58.914+0000", **SUPPRESSED), state("OK", EARLIER), COMPOSITE),
            by_rule(_NAME, state(at=AT), state(at="2026-03-17T21:39:58.914+0000", **SUPPRESSED), COMPOSITE),
        ],
        "stopped",
    ),
)
def test_an_alarm_s_events_by_a_rule(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, "payroll-damage-*")

    for event in case.given:
        scene.put(event)

    check(case, scene.became())


_WITHOUT_ARN = {key: value for key, value in message(_NAME).items() if key != "AlarmArn"}


@cases(
    Case("an alarm by anomaly detection stops", message(_NAME, before="INSUFFICIENT_DATA", Trigger=BAND), "stopped"),
    Case("an alarm without its ARN stops", _WITHOUT_ARN, "stopped"),
    Case("an alarm of another account is set aside", message(_NAME, account=_OTHERS), "dead letter", (r"account",)),
    Case("an alarm of no target is ignored", message("ledger-latency"), "ignored", logs=(r"'alarms'.*add it there",)),
)
def test_an_alarm_by_a_topic(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, "payroll-damage-*")

    scene.put(by_topic(case.given))

    check(case, scene.became())


@cases(
    Case(
        "a name with brackets stops",
        ["payroll free inodes [/srv/db]"],
        "stopped",
    ),
    Case("a name with letters of other languages stops", [_SPACE], "stopped"),
)
def test_an_alarm_whose_name_stands_in_the_target_to_the_letter(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines, *case.given)

    scene.put(by_topic(message(case.given[0])))

    check(case, scene.became())


def test_a_pattern_in_other_letters_is_no_pattern_of_the_alarm(lines: io.StringIO) -> None:
    scene = _scene(lines, "PAYROLL-Damage-*")

    scene.put(by_topic(message(_NAME)))

    check(Case("", None, "ignored", logs=(r"'alarms'",)), scene.became())


def test_an_alarm_without_its_envelope_is_set_aside_where_topics_are_listed(lines: io.StringIO) -> None:
    scene = _scene(lines, "payroll-damage-*")
    scene.trust = scene.trust._replace(topic_arns=(TOPIC,))

    scene.put(message(_NAME, Trigger=BAND))

    check(Case("", None, "dead letter", (r"raw message delivery off",)), scene.became())
