"""What a schedule of the stack sends: as many targets as one message may name, once, and by the schedule's own role."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from integration.cases.scene import SCHEDULE_ROLE, Case, Scene, cases, check
from support.inmemory.stack import Target
from support.inmemory.template import template

_NIGHT = {
    "schema_version": 1,
    "source": "schedule",
    "target": "payroll",
    "reason": "night run",
    "requested_by": "schedule standdown-stop",
    "delivery_id": "schedule/2026-03-17T21:41:00Z",
    "requested_at": "2026-03-17T21:41:00Z",
}


def _names(number: int) -> list[str]:
    return [f"site-{one}" for one in range(1, number + 1)]


def _many(log: io.StringIO, names: list[str]) -> Scene:
    groups = [f"7d0c5e2a-91b3-4f68-8a57-{number:012x}" for number in range(len(names))]
    scene = Scene(log, [Target(name, group) for name, group in zip(names, groups, strict=True)])
    for group in groups:
        scene.set_group("protected", group, name=group[-4:])
    return scene


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        (1, True),
        (20, True),
        (21, False),
    ],
)
def test_k04_the_template_takes_as_many_targets_as_a_message_may_name(number: int, fits: bool) -> None:
    pattern = template()["Parameters"]["ScheduleTargets"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, ",".join(_names(number)))) is fits


def test_a_schedule_with_twenty_targets_stops_them_all(lines: io.StringIO) -> None:
    scene = _many(lines, _names(20))

    scene.put({**_NIGHT, "target": _names(20)}, sender=SCHEDULE_ROLE)

    check(Case("", None, "stopped", stops=20), scene.became())


def test_a_schedule_that_is_delivered_twice_stops_once(lines: io.StringIO) -> None:
    scene = Scene(lines)

    for _ in range(2):
        scene.put(_NIGHT, sender=SCHEDULE_ROLE)

    check(Case("", None, "stopped"), scene.became())
    assert len(scene.topic.details) == 1


@cases(
    Case(
        "a schedule of another role may not say that it is the stack's",
        {
            "delivery_id": "payroll-weekend/<aws.scheduler.scheduled-time>",
            "requested_at": "<aws.scheduler.scheduled-time>",
        },
        "refused: malformed",
        (r"'source'", r"placeholder"),
    ),
)
def test_a_schedule_that_somebody_else_made(case: Case, lines: io.StringIO) -> None:
    scene = Scene(lines)
    body: dict[str, Any] = {**_NIGHT, **case.given}

    scene.put(body, sender="AROASOMEBODY")

    check(case, scene.became())
