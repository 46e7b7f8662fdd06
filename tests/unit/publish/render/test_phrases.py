from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from standdown.core.request import Source
from standdown.publish.render.locale import english
from standdown.publish.render.phrases import ask, name, readable, who
from support.samples import ALARM, ENDED, TICKET


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "less than a second"),
        (0.4, "less than a second"),
        (1, "1 second"),
        (59.6, "1 minute"),
        (125, "2 minutes 5 seconds"),
        (3_600, "1 hour"),
        (93_784, "1 day 2 hours"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert english().duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            'SdrsExtendTask-fail:SDRS.0011:Client error : {"badRequest": {"message": "No quota", "code": 400}}',
            "Client error: No quota",
        ),
        ('{"error": {"message": "Busy", "code": "X.1"}}', "Busy"),
        ('{"errors": [{"error_msg": "One"}, {"error_msg": "Two"}]}', "One; Two"),
        ('Failed : {"badRequest": {"message": "cut of', "Failed: cut of"),
        ('Odd: {"code": 400}', "Odd: code : 400"),
        ("SDRS.1028:Failed to disable protection", "Failed to disable protection"),
        ("1 datapoint [57.0] was greater", "1 datapoint [57.0] was greater"),
        ("two\r\nlines\x1b[2J", "two lines\\u001b[2J"),
        ('x: {"message": "' + "[" * 5_000, f"x: {'[' * 296}…"),
        ("", ""),
    ],
)
def test_what_a_service_wrote_is_quoted_without_its_json(raw: str, said: str) -> None:
    assert readable(raw) == said


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (ALARM, "the alarm erp-prod-corruption-pages"),
        (replace(ALARM, requested_by=ALARM.alarm or ""), "the alarm erp-prod-corruption-pages"),
        (TICKET, "Ada Lovelace (by a webhook call)"),
        (replace(TICKET, requested_by="", source=Source.SCHEDULE), "a schedule"),
        (replace(TICKET, requested_by="\n", source=Source.DIRECT), "a direct call"),
        (replace(TICKET, requested_by="", source=Source.QUEUE), "a message on the request queue"),
    ],
)
def test_a_sender_is_named_by_person_and_way(request_: object, said: str) -> None:
    assert who(request_, english()) == said  # type: ignore[arg-type]


def test_a_dry_run_is_said_to_be_one() -> None:
    assert "asked for a dry run of the stop at" in ask(replace(TICKET, dry_run=True), english())


def test_a_group_without_a_target_goes_by_the_best_name_there_is() -> None:
    bare = replace(ENDED["succeeded"], target=None, request=replace(ALARM, target=None, server_group_id="40df180b"))
    unread = replace(bare, outcome=None)
    nameless = replace(unread, request=replace(ALARM, target=None))

    names = [name(one, english()) for one in (bare, unread, nameless)]

    assert names == ["ERP production", "40df180b", "an unnamed protection group"]
