"""The command `standdown` against a stack: what it prints, what it asks the stack, and what it sends."""

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
from moto.core import DEFAULT_ACCOUNT_ID
from pytest_httpserver import HTTPServer

from standdown.base.text_table import places
from standdown_cli import follow
from standdown_cli.command import main
from support.answering import AnsweringStack, answering

GOLDEN = Path(__file__).with_name("golden") / "command"
ID = "2df168f208e760c191e527c6fc040ada"
PLACE = "Stack dr, account 123456789012, region us-east-1"
EXECUTION = f"arn:aws:states:us-east-1:123456789012:execution:dr-stop:stop-{ID}"
ENTRY: dict[str, Any] = {
    "operation_id": ID,
    "target": "erp-prod",
    "who": "the alarm erp-prod-corruption-pages-of-the-primary-database",
    "requested_by": "erp-prod-corruption-pages-of-the-primary-database",
    "reason": "Threshold Crossed",
    "source": "alarm",
    "received_at": "2026-11-24T02:14:08.250000Z",
    "requested_at": "2026-11-24T02:14:07Z",
    "accepted_at": "2026-11-24T02:14:09Z",
    "ended_at": "2026-11-24T02:14:32Z",
    "state": "published",
    "outcome": "succeeded",
    "refusal": None,
    "verified": True,
    "detail": "Protection is off: the group was read and is 'available'.",
    "job_id": "ff8080825ddb93b7015ddb9d57ba0008",
    "execution_name": f"stop-{ID}",
    "joined_result": None,
    "undelivered": [],
}
OPEN = ENTRY | {"state": "following", "outcome": None, "ended_at": None, "detail": None}
REFUSED = ENTRY | {"outcome": "refused", "refusal": "stale", "who": "Ada Lovelace (by a webhook call)", "target": "crm"}
SEEN = {
    "target": "erp-prod", "last_requested_at": "2026-11-24T02:14:07Z", "last_stopped_at": "2026-11-24T02:14:32Z",
    "last_rehearsed_at": None, "protection": "off", "seen_at": "2026-11-24T02:14:32Z", "seen_by": ID,
}  # fmt: skip
STATUS = {
    "version": "0.2.0",
    "stack_mode": "dry-run",
    "configured": [{"target": "erp-prod", "mode": "live"}, {"target": "erp-test", "mode": "dry-run"}],
    "invalid": [{"target": "hr", "problem": "target 'hr', key 'mode': must be one of live, dry-run, off"}],
    "checks": [
        {
            "tried": "stop",
            "checked_at": "2026-11-24T06:01:07Z",
            "targets": 3,
            "not_ready": 1,
            "wrong": [
                {
                    "target": "hr",
                    "cause": "document",
                    "why": "target 'hr', key 'mode': must be one of live, dry-run, off.",
                    "next_step": "Correct the document; until then nothing stops this target.",
                }
            ],
        },
        {"tried": "read", "checked_at": "2026-11-24T06:01:09Z", "targets": 3, "not_ready": 0, "wrong": []},
    ],
    "open": [OPEN],
    "undelivered": [REFUSED | {"undelivered": ["webhook:ops"]}],
    "targets": [SEEN, SEEN | {"target": "crm", "protection": None, "last_stopped_at": None}],
    "holds": [
        {"hold_id": ID, "target_name": "erp-prod", "since": "2026-11-24T02:14:32Z", "state": "open", "askers": 2,
         "asked": [{"source": "schedule", "requested_by": "nightly"}, {"source": "alarm", "alarm": "erp-pages"}],
         "acknowledged_until": "2026-11-24T10:00:00Z", "acknowledged_by": "Ada", "resume_at": "2026-11-24T05:00:00Z"},
        {"hold_id": "0" * 32, "target_name": "crm", "since": "2026-11-23T20:00:00Z", "state": "copying"},
    ],
    "holds_omitted": 1,
    "complete": True,
}  # fmt: skip
VERDICTS: dict[str, Any] = {
    "all_ready": False, "stack_mode": "live", "credential": "access key",
    "verdicts": [
        {"target": "erp-prod", "verdict": "ready", "why": "", "next_step": "", "sources": ["alarm", "queue"],
         "group_status": "protected", "server_group_name": "ERP production", "mode": "live", "region": "cn-north-4",
         "server_group_id": "40df180b-9fe2-471a-8c64-1b758dc84189", "direct_refused": None},
        {"target": "crm", "verdict": "not now", "why": "The group is failed-over.", "next_step": "Wait.", "sources": [],
         "group_status": "failed-over", "server_group_name": None, "mode": "dry-run", "region": "cn-north-4",
         "server_group_id": None, "direct_refused": "'crm' takes requests from alarm, not from direct"},
    ],
}  # fmt: skip
ONE = VERDICTS | {"verdicts": VERDICTS["verdicts"][:1]}


@pytest.fixture
def stack(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AnsweringStack]:
    monkeypatch.setenv("STANDDOWN_STACK", "dr")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(follow, "EVERY", 0.0)
    with answering(httpserver, monkeypatch) as made:
        made.parameters |= {"HuaweiRegion": "cn-north-4", "MaxAgeMinutes": "60", "DeadlineMinutes": "60"}
        made.answers = {
            "status": STATUS,
            "check": VERDICTS,
            "history": {"operations": [ENTRY, REFUSED], "after": f"2026-11-24T02:14:08.250000Z/{ID}"},
            "target": {"operations": [{"operation_id": ID, "state": "accepted"}]},
            "replay": {"operation_id": ID, "outcome": "succeeded", "channels": {"sns": "done", "webhook:ops": "done"}},
        }
        yield made


def typed(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))


# --- what is printed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [60, 120])
@pytest.mark.parametrize(("name", "words"), [("status", "status"), ("history", "history"), ("doctor", "doctor")])
def test_what_a_command_prints_is_as_the_golden_file_shows_it(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, words: str,
    columns: int,
) -> None:  # fmt: skip
    assert stack.topics
    monkeypatch.setenv("COLUMNS", str(columns))

    main(words.split())

    out = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    assert [line for line in out.splitlines() if places(line) > columns] == []
    golden = GOLDEN / f"{name}-{columns}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(out, "utf-8")
    assert out == golden.read_text("utf-8")


def test_nothing_that_others_wrote_moves_the_cursor_or_has_colours(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    hostile = "\x1b[2J\x1b]0;owned\x07[red]x[/red]\r\nowned"
    stack.answers["history"] = {"operations": [ENTRY | {"who": hostile, "target": hostile}], "after": None}

    assert main(["history"]) == 0

    out = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\r"} & set(out)
    assert "[red]x[/red]" in "".join(out.split())


@pytest.mark.parametrize("words", ["status", "history", "doctor", "watch erp-prod", "targets list"])
def test_json_is_nothing_but_json(stack: AnsweringStack, capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert stack.topics
    main([*words.split(), "--json"])

    assert json.loads(capsys.readouterr().out)


# --- how it asks -----------------------------------------------------------------------------------------------------


def test_the_status_of_twenty_targets_takes_three_calls(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.answers["status"] = STATUS | {"targets": [SEEN | {"target": f"target-{n:02}"} for n in range(20)]}
    calls: list[str] = []
    session = boto3.Session(region_name="us-east-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    session.events.register("before-call.*.*", lambda model, **_: calls.append(model.name))

    main(["status"])

    assert calls == ["DescribeStacks", "Invoke", "DescribeAlarms"]
    assert "target-19" in capsys.readouterr().out
    assert [function for function, _ in stack.asked] == ["notifier"]


def test_the_status_of_an_earlier_version_shows_what_it_has(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    new = ("stack_mode", "configured", "invalid", "checks")
    stack.answers["status"] = {key: value for key, value in STATUS.items() if key not in new}

    assert main(["status"]) == 1

    out = capsys.readouterr().out
    assert "Open: 1" in out
    assert not re.search("Mode:|Last check|Invalid", out)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stack_mode": None, "configured": None, "invalid": None}, "Mode: the notifier could not read it"),
        ({"checks": []}, "Last check: none yet"),
        ({"stack_mode": "live", "invalid": []}, "Mode: live: stops are sent\nInvalid documents: none"),
    ],
)
def test_what_is_not_known_is_said(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], said: str
) -> None:
    stack.answers["status"] = STATUS | changed

    main(["status"])

    assert said in capsys.readouterr().out


def test_the_alarms_that_ring_are_this_stack_s_alone(stack: AnsweringStack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.answers["status"] = STATUS | {"undelivered": []}
    stack.ring("dr-prod-TriggerErrorsAlarm-0FA3", mine=False)
    quiet = main(["status"])
    stack.ring("dr-TriggerErrorsAlarm-0FA3", mine=True)
    ringing = main(["status"])

    assert (quiet, ringing) == (0, 1)
    out = capsys.readouterr().out
    assert "dr-TriggerErrorsAlarm-0FA3" in out
    assert "dr-prod" not in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("history --since yesterday", 2, "'since' must be a day"),
        ("watch nobody", 2, "no operation of 'nobody' is recorded"),
        ("stop", 2, "Missing argument"),
        ("mode on", 2, "'on' is not one of"),
        ("status --stack dr --stage prod", 2, "not both"),
        ("status --stage prod", 2, "no stage 'prod'"),
        ("events send nowhere.json", 2, "nowhere.json"),
    ],
)
def test_an_error_is_one_line_that_says_what_is_wrong(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], words: str, code: int, said: str
) -> None:
    malformed = {"rejected": {"code": "malformed", "message": "'since' must be a day or a time"}}
    stack.answers["history"] = malformed if "since" in words else {"operations": [], "after": None}

    assert main(words.split()) == code

    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert stack.requests() == []


def test_a_stack_of_an_earlier_version_is_said_to_be_one(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "the event is no question that the notifier answers: ask history or replay, one at a time"
    stack.answers["status"] = {"rejected": {"code": "malformed", "message": said}}

    assert main(["status"]) == 3
    assert "update the stack" in capsys.readouterr().err


def test_the_stack_is_that_of_a_stage_of_samconfig(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert stack.topics
    monkeypatch.delenv("STANDDOWN_STACK")
    (tmp_path / "samconfig.toml").write_text('[prod.global.parameters]\nstack_name = "dr"\n', "utf-8")

    none = main(["status"])
    of_stage = main(["status", "--stage", "prod"])

    assert (none, of_stage) == (2, 1)
    captured = capsys.readouterr()
    assert "which stack is meant?" in captured.err
    assert PLACE in captured.out


# --- what it sends ---------------------------------------------------------------------------------------------------


def test_a_stop_says_what_it_takes_away_asks_and_is_sent_once(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "y\n")
    stack.answers["check"] = ONE

    code = main(["stop", "erp-prod", "--reason", "CHG0042", "--by", "Ada"])

    (sent,) = stack.requests()
    assert code == 0
    assert sent.pop("delivery_id").startswith("command-")
    assert sent == {"target": "erp-prod", "reason": "CHG0042", "requested_by": "Ada"}
    err = capsys.readouterr().err
    assert err.startswith(f"{PLACE}\n")
    assert "SDRS takes no failover" in err
    assert "protection group ERP production, protected" in err


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_a_stop_that_is_not_confirmed_sends_nothing(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    typed(monkeypatch, answer)
    stack.answers["check"] = ONE

    assert main(["stop", "erp-prod"]) == 2
    assert stack.requests() == []
    assert "nothing was sent" in capsys.readouterr().err


def test_a_stop_that_would_be_refused_is_not_sent(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "y\n")
    stack.answers["check"] = VERDICTS | {"verdicts": VERDICTS["verdicts"][1:]}

    assert main(["stop", "crm"]) == 1
    assert stack.requests() == []
    assert "not from direct" in capsys.readouterr().err


def test_with_yes_nothing_is_asked_and_the_request_goes_out_first(stack: AnsweringStack) -> None:
    assert main(["stop", "erp-prod", "--yes", "--no-wait"]) == 0

    ((function, sent),) = stack.asked
    assert function == "trigger"
    assert sent["requested_by"].startswith(f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:")


def test_the_end_of_a_stop_says_how_many_pairs_stopped_and_of_when_the_copy_is(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = {"total": 2, "stopped": 1, "copying": 1, "unknown": 0}
    ended = ENTRY | {"pairs": pairs, "copy_as_of": "2026-11-24T02:14:30Z"}
    stack.answers["history"] = {"operations": [ended]}

    main(["watch", ID])

    out = capsys.readouterr().out
    assert "1 of 2 replication pairs are stopped" in out
    assert "The copy is as of 2026-11-24 02:14:30 UTC." in out


def polled(looks: int, **pairs: str) -> list[dict[str, Any]]:
    """Return the events of an execution after a poll, newest first, as Step Functions has them."""
    state = json.dumps({"operation_id": ID, "looks": looks, "seen": "RUNNING", "pairs": pairs, "wait_seconds": 2})
    return [
        {"type": "WaitStateEntered", "stateEnteredEventDetails": {"name": "Wait", "input": state}},
        {"type": "TaskStateExited", "stateExitedEventDetails": {"name": "Look", "output": state}},
    ]


def test_a_stop_is_watched_poll_by_poll_with_what_its_pairs_do(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.answers["history"] = [{"operations": [one]} for one in (OPEN, OPEN, OPEN, OPEN, ENTRY)]
    stack.events = [
        [],
        polled(1, a="RUNNING", b="RUNNING"),
        polled(1, a="RUNNING", b="RUNNING"),
        polled(2, a="SUCCESS", b="RUNNING"),
    ]

    assert main(["watch", ID]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == [
        "erp-prod: poll 1: RUNNING; replication pairs: 2 RUNNING",
        "erp-prod: poll 2: RUNNING; replication pairs: 1 RUNNING, 1 SUCCESS",
    ]
    assert {one["executionArn"] for one in stack.executions} == {EXECUTION}
    assert len(stack.executions) == 4


def test_who_may_not_read_the_execution_watches_without_it(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.answers["history"] = [{"operations": [OPEN]}, {"operations": [ENTRY]}]
    stack.events = None

    assert main(["watch", ID]) == 0
    assert "its job is being polled" in capsys.readouterr().out


def test_on_a_terminal_a_stop_is_watched_live(stack: AnsweringStack, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setattr(follow, "EVERY", 0.3)
    stack.answers["history"] = [{"operations": [one]} for one in (OPEN, OPEN, ENTRY)]
    stack.events = [
        polled(3, **{f"pair-{number:02}": "RUNNING" if number == 24 else "SUCCESS" for number in range(25)})
    ]

    assert main(["watch", ID]) == 0

    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    for said in ("poll 3: RUNNING", "24 of 25 replication pairs are stopped", "pair-24  RUNNING", "and 15 more"):
        assert said in shown
    assert "pair-23" not in shown
    assert "erp-prod: succeeded" in shown


def test_a_stop_that_did_not_succeed_is_exit_code_one(stack: AnsweringStack) -> None:
    stack.answers["history"] = [{"operations": [OPEN]}, {"operations": [ENTRY | {"outcome": "failed"}]}]

    assert main(["stop", "erp-prod", "--yes"]) == 1


@pytest.mark.parametrize(("result", "code"), [("succeeded", 0), ("failed", 1), (None, 1)])
def test_a_joined_stop_is_as_good_as_the_one_that_it_joined(
    stack: AnsweringStack, result: str | None, code: int
) -> None:
    stack.answers["history"] = {"operations": [ENTRY | {"outcome": "joined", "joined_result": result}]}

    assert main(["watch", ID]) == code


def test_a_dry_run_is_one(stack: AnsweringStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dry-run", "erp-prod"]) == 0

    (sent,) = stack.requests()
    assert sent["dry_run"] is True
    assert capsys.readouterr().err.startswith(PLACE)


def test_a_replay_names_its_channels(stack: AnsweringStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", ID, "--channel", "sns", "--channel", "webhook:ops"]) == 0

    assert stack.asked == [("notifier", {"replay": ID, "channels": ["sns", "webhook:ops"]})]
    assert capsys.readouterr().err.startswith(PLACE)


def test_a_replay_that_a_channel_did_not_accept_is_exit_code_one(stack: AnsweringStack) -> None:
    stack.answers["replay"] = {"operation_id": ID, "channels": {"sns": "done", "webhook:ops": "failed: 500"}}

    assert main(["replay", ID]) == 1


def test_a_sample_is_sent_after_the_stack_was_named(stack: AnsweringStack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.answers["sample"] = {"sample": True, "channels": {"sns": "done"}}

    assert main(["notify-test", "--channel", "sns"]) == 0

    assert stack.asked == [("notifier", {"sample": True, "channels": ["sns"]})]
    assert capsys.readouterr().err.startswith(PLACE)


def test_the_mode_is_put_below_the_stack_s_prefix(stack: AnsweringStack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.parameters["ConfigPrefix"] = "/ours/dr"

    assert main(["mode"]) == 0
    assert main(["mode", "off"]) == 0
    assert main(["mode"]) == 0

    found = boto3.client("ssm").get_parameter(Name="/ours/dr/mode")["Parameter"]["Value"]
    captured = capsys.readouterr()
    assert found == "off"
    assert (captured.out.splitlines()[0].endswith("live: stops are sent"), captured.err) == (True, f"{PLACE}\n")


def test_the_region_is_that_of_aws_region_as_for_the_aws_cli(
    stack: AnsweringStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stack.topics
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert main(["mode", "off"]) == 0

    there = boto3.client("ssm", region_name="eu-central-1").get_parameters_by_path(Path="/dr")["Parameters"]
    assert [one["Value"] for one in there] == ["off"]


def test_targets_are_checked_before_any_is_put(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = {"server_group_id": "40df180b-9fe2-471a-8c64-1b758dc84189", "mode": "dry-run"}
    (tmp_path / "erp-prod.json").write_text(json.dumps(good), "utf-8")
    (tmp_path / "crm.json").write_text('{"server_group_id": "crm"}', "utf-8")

    broken = main(["targets", "put", str(tmp_path), "--yes"])
    nothing = boto3.client("ssm").get_parameters_by_path(Path="/dr", Recursive=True)["Parameters"]
    put = main(["targets", "put", str(tmp_path / "erp-prod.json"), "--yes"])
    listed = main(["targets", "list"])

    (found,) = boto3.client("ssm").get_parameters_by_path(Path="/dr", Recursive=True)["Parameters"]
    assert (broken, nothing, put, listed) == (1, [], 0, 0)
    assert (found["Name"], json.loads(found["Value"])) == ("/dr/targets/erp-prod", good)
    assert stack.asked == []
    assert "40df180b-9fe2" in capsys.readouterr().out


def test_a_calendar_that_is_missing_is_listed_as_broken(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"server_group_id": "40df180b-9fe2-471a-8c64-1b758dc84189", "skip_on": ["holidays"]}
    boto3.client("ssm").put_parameter(Name="/dr/targets/erp-prod", Value=json.dumps(document), Type="String")

    listed = main(["targets", "list"])
    text = capsys.readouterr().out
    as_json = main(["targets", "list", "--json"])

    assert stack.asked == []
    assert (listed, as_json) == (1, 1)
    assert "BROKEN calendar 'holidays', key '(document)': is missing" in text
    assert list(json.loads(capsys.readouterr().out)["broken_calendars"]) == ["holidays"]


def test_an_event_is_sent_after_it_was_confirmed(
    stack: AnsweringStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"target": "erp-prod"}', "utf-8")
    typed(monkeypatch, "n\n")
    refused = main(["events", "send", str(event), "--to", "direct"])
    before = list(stack.requests())
    sent = main(["events", "send", str(event), "--to", "direct", "--yes"])

    assert (refused, before, sent) == (2, [], 0)
    assert stack.requests() == [{"target": "erp-prod"}]
    assert capsys.readouterr().err.startswith(PLACE)
