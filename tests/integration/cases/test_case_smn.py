"""Messages of Huawei Cloud SMN, signed anew: which alarm stops a group, and what is answered and logged otherwise."""

from __future__ import annotations

import io
import json
from typing import Any

from integration.cases.cloud_eye import GONE, NAME, OWN_TEMPLATE, SCALING, TEST, alarm
from integration.cases.scene import GROUP, Case, Scene, cases, check
from integration.cases.senders import TOPIC, document, request, smn
from support.inmemory.stack import Target

_CHINESE = "payroll-damage-\u78c1\u76d8\u5199\u5165"
_ADDRESS = "https://la-north-2-console.huaweicloud.com/smn/subscription/confirm?token=8f1c&region=la-north-2"


def _as_an_object(message: dict[str, Any]) -> dict[str, Any]:
    """Return the request with the message in it as an object, which is not what was signed."""
    body = json.loads(message["body"])
    return {**message, "body": json.dumps({**body, "message": json.loads(body["message"])})}


def _scene(log: io.StringIO) -> Scene:
    return Scene(log, [Target("payroll", GROUP, {"alarms": ["payroll-damage-*"]})])


@cases(
    Case("an alarm over many lines stops", smn(alarm()), "202, stopped"),
    Case("an alarm with a subject stops", smn(alarm(), subject='[Major Alarm]From Cloud Eye: "x"'), "202, stopped"),
    Case(
        "an alarm without variables and time stops",
        smn(alarm(template_variable=GONE, time=GONE, alarm_level=3)),
        "202, stopped",
    ),
    Case("a capital in the version of the signature stops", smn(alarm(), signature_version="V1"), "202, stopped"),
    Case("a rule with a Chinese name stops", smn(alarm(alarm_name=_CHINESE)), "202, stopped"),
    Case(
        "utf8 without its hyphen stops",
        smn(alarm(), "application/json;charset=utf8"),
        "202, stopped",
    ),
    Case("a recovery is ignored", smn(alarm({"IsAlarm": False}, alarm_status="ok")), "200"),
    Case(
        "a repeated alarm stops where no earlier message came in", smn(alarm({"IsCycleTrigger": True})), "202, stopped"
    ),
    Case(
        "a topic that asks to be confirmed is logged with its address",
        smn("You are invited to subscribe.", type="SubscriptionConfirmation", subscribe_url=_ADDRESS),
        "200",
        logs=(r"subscription/confirm\?token=8f1c",),
    ),
    Case("a message that is an object is not what was signed", _as_an_object(smn(alarm())), "503"),
    Case(
        "a topic that is not pinned is named in the log",
        smn(alarm(), topic_urn=f"{TOPIC}-2"),
        "401",
        (r"the signature does not hold, is too old, or is missing",),
        (r"(?i)smn", r"topic"),
    ),
    Case(
        "an alarm by a template of the user's own is ignored, and the log says which template is read",
        smn(OWN_TEMPLATE),
        "200",
        logs=(r"template",),
    ),
    Case("a test message of the console is ignored", smn(TEST), "200"),
    Case("a message of another service is ignored", smn(SCALING), "200"),
    Case(
        "an alarm on events, which has no state, is called that",
        smn(alarm(alarm_status="--", namespace="SYS.ECS", metric_name="instanceRecovered")),
        "200",
        logs=(r"event",),
        or_ends="202, stopped",
    ),
    Case(
        "a time in seconds is called that",
        smn(alarm(time=1773783680)),
        "400",
        (r"'time'.*seconds",),
        or_ends="202, stopped",
    ),
    Case(
        "an alarm that is an hour old is refused as stale, and everyone is told",
        smn(alarm(template_variable=GONE, time=GONE), timestamp="2026-03-17T20:39:00Z"),
        "202, refused: stale",
    ),
)
def test_a_message_of_smn(case: Case, lines: io.StringIO) -> None:
    scene = _scene(lines)

    scene.post(case.given, document())

    check(case, scene.became())


def test_a_message_that_is_not_signed_at_all_is_refused(lines: io.StringIO) -> None:
    scene = _scene(lines)

    scene.post(request(alarm(), {"X-SMN-MESSAGE-TYPE": "Notification"}), document())

    check(Case("", None, "401", never=(NAME,)), scene.became())
