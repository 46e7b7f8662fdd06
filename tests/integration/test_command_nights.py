"""`standdown skip`, `resume` and `ack` against a stack: what they print, put and send, and what they do not."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from pytest_httpserver import HTTPServer
from rich.console import Console

from standdown.base.text import from_iso
from standdown.base.text_table import places
from standdown.core.calendars import read_calendar
from standdown.core.hold import Asker, Hold
from standdown.core.operation import GroupRef
from standdown.core.request import Source
from standdown_cli import follow
from standdown_cli.command import main
from standdown_cli.live import picture
from standdown_cli.progress import Progress
from support.answering import AnsweringStack, answering

GOLDEN = Path(__file__).with_name("golden") / "command"
ID = "2df168f208e760c191e527c6fc040ada"
PLACE = "Stack dr, account 123456789012, region us-east-1"
NOW = "2026-12-23T23:30:00Z"  # in Berlin it is the 24th
HOLD: dict[str, Any] = {
    "hold": ID,
    **Hold(
        ID,
        GroupRef("cn-north-4", "0605767a9980d5762f6bc00b8e0d2a8c", "40df180b-9fe2-471a-8c64-1b758dc84189"),
        from_iso("2026-12-23T02:14:32Z"),
        status="available",
        name="ERP production",
        target_name="erp-prod",
        asked=(
            Asker("1" * 32, Source.SCHEDULE, from_iso("2026-12-23T02:14:08Z"), "nightly", "erp-prod"),
            Asker(ID, Source.ALARM, from_iso("2026-12-23T02:20:00Z"), "", "erp-prod",
                  "erp-prod-corruption-pages-of-the-primary-database"),
        ),
        askers=2,
        alarmed=True,
    ).to_dict(),
}  # fmt: skip
RESUMED: dict[str, Any] = {
    "operation_id": ID, "target": "erp-prod", "state": "published", "outcome": "resumed", "refusal": None,
    "action": "resume", "in_step": False, "progress": 40,
    "detail": "Protection is on.", "ended_at": "2026-12-23T23:35:00Z", "undelivered": [],
    "joined_result": None,
}  # fmt: skip
HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//holidays//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20201225
DTEND;VALUE=DATE:20201227
RRULE:FREQ=YEARLY
SUMMARY:Christmas
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20270101
SUMMARY:New Year
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTAMP:20260101T000000Z
DTSTART:20270115T170000Z
DTEND:20270115T220000Z
SUMMARY:Change freeze
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20250606
SUMMARY:Over long ago
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def stack(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AnsweringStack]:
    monkeypatch.setenv("STANDDOWN_STACK", "dr")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(follow, "EVERY", 0.0)
    with answering(httpserver, monkeypatch) as made, time_machine.travel(NOW, tick=False):
        made.parameters |= {"HuaweiRegion": "cn-north-4", "ScheduleTimezone": "Europe/Berlin"}
        made.answers = {
            "holds": {"holds": [HOLD]},
            "acknowledge": {"acknowledged": {"hold": ID, "target": "erp-prod", "until": "2026-12-24T07:30:00.000Z"}},
            "target": {"operations": [{"operation_id": ID, "state": "accepted"}]},
            "history": {"operations": [RESUMED]},
        }
        put("targets/erp-prod", {"server_group_id": "40df180b-9fe2-471a-8c64-1b758dc84189"})
        yield made


def put(path: str, document: Any) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    boto3.client("ssm").put_parameter(Name=f"/dr/{path}", Value=text, Type="String")


def there(path: str) -> Any:
    """Return what a parameter below the stack's prefix holds; None where there is none."""
    found = boto3.client("ssm").get_parameters(Names=[f"/dr/{path}"])["Parameters"]
    return json.loads(found[0]["Value"]) if found else None


def typed(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))


@pytest.mark.parametrize("columns", [60, 120])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resume", "resume erp-prod --yes --by Ada"),
        ("skip", "skip erp-prod --reason quarter-end"),
        ("skip-import", "skip import holidays.ics --yes"),
        ("ack", f"ack {ID} --until 8h --by Ada"),
    ],
)
def test_what_a_command_prints_is_as_the_golden_file_shows_it(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, words: str,
    columns: int,
) -> None:  # fmt: skip
    assert stack.topics
    monkeypatch.setenv("COLUMNS", str(columns))
    Path("holidays.ics").write_text(HOLIDAYS, "utf-8")

    assert main(words.split()) == 0

    captured = capsys.readouterr()
    shown = "".join(f"{line.rstrip()}\n" for line in (captured.err + captured.out).splitlines())
    assert [line for line in shown.splitlines() if places(line) > columns] == []
    golden = GOLDEN / f"{name}-{columns}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")


# --- skip ------------------------------------------------------------------------------------------------------------


def test_to_skip_tonight_puts_today_of_the_schedules_zone_into_the_targets_own_calendar(stack: AnsweringStack) -> None:
    assert main(["skip", "erp-prod"]) == 0

    assert there("calendars/erp-prod") == {"dates": ["2026-12-24"], "zone": "Europe/Berlin"}
    assert stack.asked == []


def test_another_day_is_added_in_the_zone_of_the_calendar_and_days_that_are_long_over_go(
    stack: AnsweringStack,
) -> None:
    assert stack.topics
    dates = ["2026-10-01", "2026-12-20", {"from": "2026-12-30", "until": "2027-01-02", "reason": "freeze"}]
    put("calendars/erp-prod", {"zone": "Asia/Shanghai", "reason": "maintenance", "dates": dates})

    assert main(["skip", "erp-prod", "--on", "2027-02-01", "--reason", "quarter-end"]) == 0

    found = there("calendars/erp-prod")
    assert found == {
        "zone": "Asia/Shanghai",
        "reason": "maintenance",
        "dates": [*dates[1:], {"on": "2027-02-01", "reason": "quarter-end"}],
    }
    assert len(read_calendar("erp-prod", json.dumps(found)).entries) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("skip nobody", "no target named 'nobody' is configured"),
        ("skip erp-prod --on yesterday", "Invalid isoformat"),
        ("skip erp-prod --on 2026-12-23", "2026-12-23 is over"),
        ("skip erp-prod --zone Mars/Base", "'Mars/Base' is no time zone"),
        ("skip import nowhere.ics", "nowhere.ics: No such file"),
        ("skip import wrong.ics", "wrong.ics cannot be read as a calendar"),
        ("skip import empty.ics", "has no event from 2026-12-24 on"),
        ("skip import Holidays.ics --yes", "use 1 to 63 lower-case letters"),
    ],
)
def test_what_cannot_be_skipped_is_said_in_one_line_and_nothing_is_put(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert stack.topics
    Path("wrong.ics").write_text("no calendar", "utf-8")
    Path("empty.ics").write_text("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n", "utf-8")
    Path("Holidays.ics").write_text(HOLIDAYS, "utf-8")

    assert main(words.split()) == 1

    err = capsys.readouterr().err
    assert said in err
    assert err.endswith("nothing was put\n")
    assert len(boto3.client("ssm").get_parameters_by_path(Path="/dr", Recursive=True)["Parameters"]) == 1


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "not JSON"),
        ({"zone": "Asia/Shanghai", "dates": []}, "has the zone Asia/Shanghai"),
        ({"zone": "UTC", "dates": [{"on": "2027-01-01", "reason": "x" * 190}] * 18}, "a parameter takes 4096"),
    ],
)
def test_a_calendar_that_cannot_take_a_day_stays_as_it_is(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], document: Any, said: str
) -> None:
    assert stack.topics
    put("calendars/erp-prod", document)

    assert main(["skip", "erp-prod", "--zone", "UTC"]) == 1

    assert said in capsys.readouterr().err
    [found] = boto3.client("ssm").get_parameters(Names=["/dr/calendars/erp-prod"])["Parameters"]
    assert found["Value"] == (document if isinstance(document, str) else json.dumps(document))


def test_the_events_of_a_file_are_put_as_days_of_a_calendar_repeated_ones_each_year(stack: AnsweringStack) -> None:
    Path("holidays.ics").write_text(HOLIDAYS, "utf-8")

    assert main(["skip", "import", "holidays.ics", "--calendar", "holidays-de", "--yes"]) == 0

    assert there("calendars/holidays-de") == {
        "zone": "Europe/Berlin",
        "dates": [
            {"from": "2026-12-25", "until": "2026-12-26", "reason": "Christmas"},
            {"on": "2027-01-01", "reason": "New Year"},
            {"from": "2027-01-15T18:00", "until": "2027-01-15T23:00", "reason": "Change freeze"},
            {"from": "2027-12-25", "until": "2027-12-26", "reason": "Christmas"},
        ],
    }
    assert stack.asked == []


def test_an_import_that_is_not_confirmed_puts_nothing(stack: AnsweringStack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack.topics
    Path("holidays.ics").write_text(HOLIDAYS, "utf-8")
    typed(monkeypatch, "n\n")

    assert main(["skip", "import", "holidays.ics"]) == 2
    assert there("calendars/holidays") is None


# --- resume and ack --------------------------------------------------------------------------------------------------


def test_a_resume_shows_what_it_means_asks_and_names_the_hold_that_it_showed(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "y\n")

    code = main(["resume", "erp-prod", "--reason", "checked", "--by", "Ada"])

    (sent,) = stack.requests()
    assert code == 0
    assert sent.pop("delivery_id").startswith("command-")
    assert sent == {"action": "resume", "target": "erp-prod", "hold": ID, "reason": "checked", "requested_by": "Ada"}
    err = capsys.readouterr().err
    assert err.startswith(f"{PLACE}\n")
    assert "An alarm asked for it" in err
    assert "may overwrite the copy" in err


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_a_resume_that_is_not_confirmed_sends_nothing(
    stack: AnsweringStack, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    typed(monkeypatch, answer)

    assert main(["resume", "erp-prod"]) == 2
    assert stack.requests() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("resume crm", "no group of crm is known to be without protection"),
        (f"resume erp-prod --hold {'0' * 32}", f"erp-prod has the hold {ID} now"),
    ],
)
def test_a_resume_of_another_hold_than_the_one_that_there_is_sends_nothing(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert main([*words.split(), "--yes"]) == 1
    assert stack.requests() == []
    assert said in capsys.readouterr().err


def test_a_resume_is_asked_for_by_whoever_aws_knows(stack: AnsweringStack) -> None:
    assert main(["resume", "erp-prod", "--yes", "--no-wait"]) == 0

    (sent,) = stack.requests()
    assert sent["requested_by"].startswith("arn:aws:sts::")


def test_a_resume_that_was_refused_is_exit_code_one(stack: AnsweringStack) -> None:
    refused = RESUMED | {"outcome": "refused", "refusal": "hold_changed"}
    stack.answers["history"] = {"operations": [refused]}

    assert main(["resume", "erp-prod", "--yes"]) == 1


@pytest.mark.parametrize(
    ("until", "sent"),
    [
        ("8h", "2026-12-24T07:30:00.000Z"),
        ("2d", "2026-12-25T23:30:00.000Z"),
        ("90m", "2026-12-24T01:00:00.000Z"),
        ("2026-12-24T09:00:00+01:00", "2026-12-24T08:00:00.000Z"),
    ],
)
def test_an_acknowledgement_says_which_hold_until_when_and_by_whom(
    stack: AnsweringStack, until: str, sent: str
) -> None:
    assert main(["ack", ID, "--until", until, "--by", "Ada"]) == 0

    assert stack.asked == [("trigger", {"acknowledge": ID, "until": sent, "requested_by": "Ada"})]


def test_an_acknowledgement_until_nobody_knows_when_sends_nothing(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ack", ID, "--until", "tomorrow"]) == 2
    assert stack.asked == []
    assert "neither a span such as 8h nor a time" in capsys.readouterr().err


# --- watch and history of a resume -----------------------------------------------------------------------------------


def polled(looks: int, **pairs: str) -> list[dict[str, Any]]:
    """Return what the newest event of an execution is once the poller has looked that often."""
    state = {"operation_id": ID, "looks": looks, "seen": "RUNNING", "pairs": pairs}
    return [{"type": "TaskStateExited", "stateExitedEventDetails": {"name": "Look", "output": json.dumps(state)}}]


def test_a_resume_is_watched_poll_by_poll_with_how_many_pairs_are_protected(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    following = RESUMED | {"state": "following", "outcome": None, "execution_name": f"stop-{ID}", "job_id": "j-1"}
    stack.answers["history"] = [{"operations": [one]} for one in (following, following, RESUMED)]
    stack.events = [polled(1, a="available", b="starting"), polled(2, a="protected", b="starting")]

    assert main(["watch", ID]) == 0

    out = capsys.readouterr().out.splitlines()
    assert out[0] == "erp-prod: poll 1: RUNNING; replication pairs: 1 available, 1 starting"
    assert out[1] == "erp-prod: poll 2: RUNNING; replication pairs: 1 protected, 1 starting"
    assert any(line.startswith("erp-prod: resumed, ") for line in out[2:])


@pytest.mark.parametrize(
    ("action", "word", "line"),
    [
        ("resume", "protected", "1 of 2 replication pairs are protected"),
        ("resume", "available", "0 of 2 replication pairs are protected"),
        ("stop", "available", "1 of 2 replication pairs are stopped"),
    ],
)
def test_on_a_terminal_a_pair_is_done_where_the_action_takes_it(action: str, word: str, line: str) -> None:
    seen = Progress(2, "RUNNING", {"a": word, "b": "RUNNING"}, action)
    drawn = Console(width=80, file=io.StringIO(), record=True)

    drawn.print(picture(RESUMED | {"action": action}, "going on", seen))

    assert line in drawn.export_text()


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"in_step": True}, "Every replication pair is in step again."),
        ({"in_step": False, "progress": 40}, "Not every replication pair is in step yet: 40 % is synchronised."),
        ({"in_step": None}, "SDRS did not say whether every replication pair is in step."),
    ],
)
def test_the_end_of_a_resume_says_whether_the_copy_is_whole(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], more: dict[str, Any], line: str
) -> None:
    pairs = {"total": 2, "stopped": 0, "copying": 1, "unknown": 0}
    stack.answers["history"] = {"operations": [RESUMED | more | {"pairs": pairs}]}

    assert main(["watch", ID]) == 0

    out = capsys.readouterr().out
    assert line in out
    assert "are stopped" not in out


def test_a_stop_that_waits_behind_a_resume_says_for_what(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = RESUMED | {"action": "stop", "outcome": "succeeded"}
    waiting = ended | {"state": "intent", "outcome": None, "waits_for": "waiting: 40 % synchronised"}
    stack.answers["history"] = [{"operations": [one]} for one in (waiting, ended)]

    assert main(["watch", ID]) == 0

    assert "the stop is about to be sent (waiting: 40 % synchronised)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "end"),
    [
        ({}, "resumed"),
        ({"outcome": "refused", "refusal": "hold_changed"}, "resume refused: hold_changed"),
        ({"outcome": None}, "resume not yet"),
        ({"outcome": "succeeded", "action": "stop"}, "succeeded"),
    ],
)
def test_the_history_says_what_is_a_resume(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], more: dict[str, Any], end: str
) -> None:
    one = RESUMED | {"received_at": "2026-12-23T23:30:00Z", "who": "Ada (by a direct call)"} | more
    stack.answers["history"] = {"operations": [one], "after": None}

    assert main(["history"]) == 0

    assert re.search(rf"  {end} +{ID}", capsys.readouterr().out)
