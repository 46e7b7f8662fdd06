"""Every command of `standdown` on a deployed stack, by a user who has no more than its printed policy."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.case import Case
from local.cloud import LocalCloud
from local.places import REGION, aws_env
from scan.printed import policy_text
from standdown_cli import follow
from standdown_cli.command import main

ACCOUNT = "000000000000"
HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//holidays//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20201225
RRULE:FREQ=YEARLY
SUMMARY:Christmas
END:VEVENT
END:VCALENDAR
"""
ON_ANYTHING = ("ssm:GetParametersByPath", "cloudwatch:DescribeAlarms")
"""What the local cloud judges on `*` whatever is asked for: another evaluator judges these policies elsewhere."""
Become = Callable[[str], None]


@pytest.fixture(scope="module")
def keys(stack: LocalCloud) -> dict[str, dict[str, str]]:
    """Give the keys of a role for each printed policy, with that policy and nothing else."""
    return {name: keys_of(stack, name) for name in ("read", "operate", "configure", "credential")}


@pytest.fixture
def become(stack: LocalCloud, keys: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Become:
    """Give what makes this process's AWS the local cloud, as a user with one printed policy."""
    for name, value in aws_env(stack.endpoint).items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("STANDDOWN_STACK", stack.stack)

    def user(policy: str) -> None:
        for name, value in keys[policy].items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    return user


def keys_of(cloud: LocalCloud, policy: str) -> dict[str, str]:
    roles, name = cloud.client("iam"), f"{policy}-{uuid.uuid4().hex[:8]}"
    words = {"ACCOUNT": ACCOUNT, "REGION": REGION, "STACK": cloud.stack, "HuaweiSecretName": "standdown/huawei"}
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trusted = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = roles.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]
    roles.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=policy_text(policy, words))
    mended = [action for action in ON_ANYTHING if action in policy_text(policy, words)]
    if mended:
        statement = {"Effect": "Allow", "Action": mended, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        roles.put_role_policy(RoleName=name, PolicyName="mended", PolicyDocument=document)
    given = cloud.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName="operator")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def starts(case: Case) -> list[dict[str, Any]]:
    """Return the calls that asked SDRS to protect this group again."""
    return [call for call in case.cloud.simulator.calls("start") if case.group_id in call["path"]]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Run a command with --json; return its exit code and what it printed."""
    code = main([*words, "--json"])
    captured = capsys.readouterr()
    assert captured.out, captured.err
    return code, json.loads(captured.out)


def test_whoever_reads_sees_status_history_an_operation_and_a_report(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    case.request()
    (operation,) = case.published()
    become("read")

    _, status = said(capsys, "status")
    _, history = said(capsys, "history", "--target", case.target)
    watched, one = said(capsys, "watch", case.target)
    again, replayed = said(capsys, "replay", operation["pk"], "--channel", "sns")
    tested, sample = said(capsys, "notify-test", "--channel", "sns")
    written = main(["report", "--target", case.target, "-o", str(tmp_path / "report.html")])

    (target,) = [one for one in status["targets"] if one["target"] == case.target]
    assert (target["protection"], target["seen_by"]) == ("off", operation["pk"])
    assert [each["operation_id"] for each in history["operations"]] == [operation["pk"]]
    assert (watched, one["outcome"]) == (0, "succeeded")
    assert (again, replayed["channels"]) == (0, {"sns": "done"})
    assert (tested, sample["channels"]) == (0, {"sns": "done"})
    assert (written, operation["pk"] in (tmp_path / "report.html").read_text("utf-8")) == (0, True)


def test_whoever_reads_sees_the_mode_the_targets_and_the_last_check(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str]
) -> None:
    case.cloud.invoke("trigger", {"check": True})
    become("read")

    _, status = said(capsys, "status")

    assert status["stack_mode"] == "live"
    assert {"target": case.target, "mode": "live"} in status["configured"]
    assert "broken" in {one["target"] for one in status["invalid"]}
    (check, *_) = status["checks"]
    assert (check["tried"], check["credential"]) == ("stop", "access key")
    assert "broken" in {one["target"] for one in check["wrong"]}


def test_whoever_reads_watches_a_stop_poll_by_poll(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "EVERY", 0.1)
    case.set_group(plan={"job_seconds": 4.0})
    case.request()
    case.under_way()
    become("read")

    assert main(["watch", case.target]) == 0

    out = capsys.readouterr().out
    assert re.search(rf"{case.target}: poll \d+: RUNNING; replication pairs: [12] (RUNNING|SUCCESS)", out), out
    assert f"{case.target}: succeeded" in out


@pytest.mark.parametrize(
    "words",
    [
        "stop NAME --yes",
        "dry-run NAME",
        "doctor",
        "mode off",
        "targets list",
        "doctor --from-here",
        "skip NAME",
        "ack 00000000000000000000000000000000 --until 8h",
    ],
)
def test_whoever_reads_can_do_nothing_else(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    become("read")

    code = main(words.replace("NAME", case.target).split())

    assert code == 3
    assert "not authorized" in capsys.readouterr().err
    assert (case.stops(), case.operations()) == ([], [])


def test_whoever_operates_rehearses_and_stops(case: Case, become: Become, capsys: pytest.CaptureFixture[str]) -> None:
    become("operate")

    ready, _ = said(capsys, "doctor", "--only", case.target)
    rehearsed, dry = said(capsys, "dry-run", case.target)
    before = case.stops()
    stopped, stop = said(capsys, "stop", case.target, "--yes", "--reason", "CHG0042")
    off, _ = said(capsys, "doctor", "--only", case.target)

    assert (ready, rehearsed, dry["outcome"], before) == (0, 0, "dry_run", [])
    assert (stopped, stop["outcome"], stop["reason"], off) == (0, "succeeded", "CHG0042", 1)
    assert "operate-" in stop["requested_by"]
    assert len(case.stops()) == 1


def test_whoever_operates_sees_the_hold_acknowledges_it_and_resumes_what_it_showed(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(follow, "EVERY", 0.2)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    case.request(requested_by="Grace")
    (stop,) = case.published()
    become("read")
    forbidden = main(["resume", case.target, "--yes"])
    capsys.readouterr()
    become("operate")

    _, before = said(capsys, "status")
    acknowledged, quiet = said(capsys, "ack", case.target, "--until", "8h", "--by", "Ada")
    wrong = main(["resume", case.target, "--hold", "0" * 32, "--yes"])
    refused = capsys.readouterr().err.splitlines()[-1]
    untouched = starts(case)
    resumed = main(["resume", case.target, "--reason", "the data is clean", "--by", "Ada"])
    told = capsys.readouterr()
    _, after = said(capsys, "status")
    again = main(["resume", case.target, "--hold", stop["pk"], "--yes"])

    (hold,) = [one for one in before["holds"] if one["target_name"] == case.target]
    assert (hold["hold_id"], hold["state"], hold["asked"][0]["requested_by"]) == (stop["pk"], "open", "Grace")
    assert (acknowledged, quiet["acknowledged"]["hold"]) == (0, stop["pk"])
    assert (forbidden, wrong, untouched) == (3, 1, [])
    assert refused == (
        f"standdown: nothing was sent: hold_changed: {case.target} has the hold {stop['pk']} now, not {'0' * 32}. "
        "Look at it, then name it"
    )
    assert (resumed, len(starts(case))) == (0, 1)
    assert f"This is the hold {stop['pk']}." in told.err
    assert f"{case.target}: resumed, " in told.out
    assert [one for one in after["holds"] if one["target_name"] == case.target and one["state"] == "open"] == []
    assert (again, len(starts(case))) == (1, 1)
    assert main(["report", "--target", case.target, "-o", str(tmp_path / "report.csv")]) == 0
    rows = list(csv.DictReader((tmp_path / "report.csv").read_text("utf-8-sig").splitlines()))
    assert {(one["kind"], one["outcome"]) for one in rows if one["kind"] in ("stop", "resume")} == {
        ("stop", "succeeded"), ("resume", "resumed"),
    }  # fmt: skip
    assert "Protected again by: Ada (by a direct call)" in [one["outcome"] for one in rows]


def test_whoever_watches_a_resume_sees_each_poll(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "EVERY", 0.1)
    case.request()
    case.published()
    case.set_group(plan={"job_seconds": 4.0})
    become("operate")

    assert main(["resume", case.target, "--yes"]) == 0

    out = capsys.readouterr().out
    assert f"{case.target}: SDRS accepted the resume" in out or f"{case.target}: poll 1" in out
    assert re.search(rf"{case.target}: poll \d+: \w+", out), out
    assert f"{case.target}: resumed" in out


def test_whoever_configures_skips_tonight_and_imports_holidays(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "holidays.ics").write_text(HOLIDAYS, "utf-8")
    become("configure")

    skipped = main(["skip", case.target, "--reason", "quarter-end", "--zone", "Europe/Berlin"])
    put = main(["skip", "import", str(tmp_path / "holidays.ics"), "--calendar", "holidays-e2e", "--yes"])
    nobody = main(["skip", "nobody"])

    calendars = f"/{case.cloud.stack}/calendars"
    ssm = case.cloud.client("ssm")
    tonight = json.loads(ssm.get_parameter(Name=f"{calendars}/{case.target}")["Parameter"]["Value"])
    holidays = json.loads(ssm.get_parameter(Name=f"{calendars}/holidays-e2e")["Parameter"]["Value"])
    assert (skipped, put, nobody) == (0, 0, 1)
    assert (tonight["zone"], [one["reason"] for one in tonight["dates"]]) == ("Europe/Berlin", ["quarter-end"])
    assert {one["reason"] for one in holidays["dates"]} == {"Christmas"}
    assert f"No schedule stops {case.target} on {tonight['dates'][0]['on']} (Europe/Berlin)." in " ".join(
        capsys.readouterr().out.split()
    )
    assert case.operations() == []


def test_whoever_operates_sends_an_event_and_reads_the_mode(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"target": case.target, "dry_run": True}), "utf-8")
    become("operate")

    sent = main(["events", "send", str(event), "--yes"])
    read = main(["mode"])
    (operation,) = case.published()

    captured = capsys.readouterr()
    assert (sent, read, operation["outcome"]["result"]) == (0, 0, "dry_run")
    assert "live: stops are sent" in captured.out
    assert captured.err.startswith(f"Stack {case.cloud.stack}, account {ACCOUNT}, region {REGION}")


def test_whoever_operates_runs_the_smoke_test_and_the_mode_takes_effect(
    stack: LocalCloud, become: Become, capsys: pytest.CaptureFixture[str]
) -> None:
    become("operate")

    smoked = main(["smoke"])  # one of this stack's targets is broken on purpose
    put = main(["mode", "live"])

    assert (smoked, put) == (1, 0)
    assert re.search(r"there is trouble with .*\bbroken\b", capsys.readouterr().out)
    assert stack.client("ssm").get_parameter(Name=f"/{stack.stack}/mode")["Parameter"]["Value"] == "live"


def test_whoever_configures_puts_a_target_and_lists_it_and_stops_nothing(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    document = json.dumps({"server_group_id": case.group_id, "mode": "off"})
    (tmp_path / f"{case.target}.json").write_text(document, "utf-8")
    become("configure")

    put = main(["targets", "put", str(tmp_path), "--yes"])
    listed = main(["targets", "list"])
    stop = main(["stop", case.target, "--yes"])
    mode = main(["mode", "off"])

    assert (put, listed, stop, mode) == (0, 1, 3, 3)  # one of this stack's targets is broken on purpose
    assert case.target in capsys.readouterr().out
    assert case.stops() == []


def test_whoever_configures_acknowledges_and_resumes_nothing(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str]
) -> None:
    case.request()
    (stop,) = case.published()
    become("configure")

    resume = main(["resume", case.target, "--yes"])
    ack = main(["ack", stop["pk"], "--until", "8h"])

    assert (resume, ack) == (3, 3)
    assert "not authorized" in capsys.readouterr().err
    assert starts(case) == []


def test_whoever_has_the_credential_looks_from_here(
    case: Case, become: Become, capsys: pytest.CaptureFixture[str]
) -> None:
    become("credential")

    code, found = said(capsys, "doctor", "--from-here", "--only", case.target)

    assert (code, found["verdicts"][0]["verdict"]) == (0, "ready")


def test_documents_are_checked_without_any_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "erp-prod.json").write_text('{"server_group_name": "erp"}', "utf-8")

    assert main(["targets", "check", str(tmp_path)]) == 0
    assert "1 valid, 0 broken" in capsys.readouterr().out
