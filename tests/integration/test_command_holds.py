"""`standdown resume`, `ack` and `status` against what trigger and notifier really answer of a hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from standdown.core.hold import Asker, Hold, HoldState
from standdown.core.operation import GroupRef
from standdown.core.request import Source
from standdown.entry.wiring import aws
from standdown_cli import follow, holds, options
from standdown_cli.command import main
from support.deployed import GROUP, PROJECT, SDRS, Deployed, deployment

ID, OTHER = "2df168f208e760c191e527c6fc040ada", "1" * 32
WHERE = GroupRef("cn-north-4", PROJECT, GROUP)
GROUP_URL, ACTION_URL = f"{SDRS}/server-groups/{GROUP}", f"{SDRS}/server-groups/{GROUP}/action"


@dataclass(slots=True)
class Told:
    """The stack as the command has it: its functions are the deployed ones, and what they answered is kept."""

    deployed: Deployed
    answers: list[tuple[str, dict[str, Any], dict[str, Any]]]
    name: str = "dr"
    place: str = "stack dr, account 123456789012, region eu-central-1"
    status: str = "UPDATE_COMPLETE"

    def ask(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = self.deployed.invoke(function, event)
        self.answers.append((function, event, said))
        return said

    def ringing_by_name(self) -> list[str]:
        return []


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    with deployment(monkeypatch) as deployed:
        made = Told(deployed, [])
        monkeypatch.setenv("STANDDOWN_STACK", "dr")
        monkeypatch.setattr(options, "Stack", lambda _name: made)
        monkeypatch.setattr(holds, "caller", lambda: "arn:aws:iam::1:user/ada")
        monkeypatch.setattr(follow, "EVERY", 0.0)
        deployed.target("erp-prod", sources=["direct"])
        deployed.http.get(GROUP_URL, json={"server_group": {"id": GROUP, "name": "ERP", "status": "available"}})
        deployed.http.post(ACTION_URL, json={"job_id": "j-1"})
        yield made


def held(told: Told, **more: Any) -> Hold:
    """Write the hold of erp-prod's group, as a stop by a direct call left it an hour ago."""
    since = aws.now() - timedelta(hours=1)
    asker = Asker(ID, Source.DIRECT, since, "Grace", "erp-prod")
    made = Hold(ID, WHERE, since, status="available", name="ERP", target_name="erp-prod", asked=(asker,), askers=1)
    saved = told.deployed.ledger.holds.save(replace(made, **more))
    assert saved is not None
    return saved


def posts(told: Told) -> list[Any]:
    return [call for call in told.deployed.http.calls if call.request.method == "POST"]


def test_a_resume_shows_the_hold_and_the_trigger_takes_it_by_that_name(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    held(told)

    assert main(["resume", "erp-prod", "--yes", "--no-wait", "--reason", "checked"]) == 0

    [operation] = told.deployed.ledger.history()
    assert (operation.action.value, operation.request.hold, operation.job_id) == ("resume", ID, "j-1")
    assert operation.request.requested_by == "arn:aws:iam::1:user/ada"
    assert len(posts(told)) == 1
    err = capsys.readouterr().err
    assert "Asked for by Grace (direct)" in err
    assert f"This is the hold {ID}." in err


def test_a_target_that_asked_too_finds_the_hold_of_its_group(told: Told) -> None:
    mine = Asker(OTHER, Source.DIRECT, aws.now(), "Ada", "erp-too")
    held(told, hold_id=OTHER, asked=(Asker(ID, Source.DIRECT, aws.now(), "Grace", "erp-prod"), mine), askers=2)
    told.deployed.target("erp-too", sources=["direct"])

    assert main(["resume", "erp-too", "--yes", "--no-wait"]) == 0

    [operation] = told.deployed.ledger.history()
    assert (operation.target, operation.request.hold, len(posts(told))) == ("erp-too", OTHER, 1)


@pytest.mark.parametrize(
    ("words", "more", "said"),
    [
        (f"--hold {OTHER}", {}, f"hold_changed: erp-prod has the hold {ID} now, not {OTHER}"),
        ("", {"state": HoldState.COPYING}, "erp-prod: protection is on again, not every pair is in step yet"),
        ("", {"state": HoldState.OVER}, "no group of erp-prod is known to be without protection"),
    ],
)
def test_what_is_not_the_open_hold_is_said_in_one_line_and_nothing_is_sent(
    told: Told, capsys: pytest.CaptureFixture[str], words: str, more: dict[str, Any], said: str
) -> None:
    held(told, **more)

    assert main(["resume", "erp-prod", "--yes", *words.split()]) == 1

    assert said in capsys.readouterr().err.splitlines()[-1]
    assert (posts(told), list(told.deployed.ledger.history())) == ([], [])


def test_a_hold_that_changes_after_it_was_shown_is_not_resumed_and_that_is_told(
    told: Told, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = held(told)
    changed = hold.asked_by(Asker(OTHER, Source.ALARM, aws.now(), "", "erp-prod", "erp-pages"))

    def meanwhile() -> str:
        told.deployed.ledger.holds.save(changed)
        return "Ada"

    monkeypatch.setattr(holds, "caller", meanwhile)

    assert main(["resume", "erp-prod", "--yes", "--no-wait"]) == 0

    [operation] = told.deployed.ledger.history()
    assert (operation.ended.result.value, operation.ended.refusal) == ("refused", "hold_changed")
    assert posts(told) == []
    assert f"operation {operation.operation_id}: ended" in capsys.readouterr().out


@pytest.mark.parametrize("named", [ID, "erp-prod"])
def test_a_hold_is_acknowledged_by_its_id_or_by_its_target(
    told: Told, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    held(told)

    assert main(["ack", named, "--until", "8h", "--by", "Ada"]) == 0

    found = told.deployed.ledger.holds.get(WHERE)
    assert found is not None
    assert (found.acknowledged_by, found.acknowledged_until) == ("Ada", told_until(told))
    assert f"No reminder of erp-prod until {found.acknowledged_until:%Y-%m-%d %H:%M:%S} UTC" in " ".join(
        capsys.readouterr().out.split()
    )


def told_until(told: Told) -> Any:
    """Return until when the trigger said that nobody is reminded."""
    from standdown.base.text import from_iso

    return from_iso(told.answers[-1][2]["acknowledged"]["until"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (f"{OTHER} --until 8h", 2, "no open hold has this id"),
        ("crm --until 8h", 1, "no group of crm is known to be without protection"),
        (f"{ID} --until 8d", 2, "'until' must be in the future and at most 7 days ahead"),
    ],
)
def test_what_cannot_be_acknowledged_is_said_in_one_line(
    told: Told, capsys: pytest.CaptureFixture[str], words: str, code: int, said: str
) -> None:
    held(told)

    assert main(["ack", *words.split()]) == code

    assert said in capsys.readouterr().err.splitlines()[-1]
    found = told.deployed.ledger.holds.get(WHERE)
    assert found is not None
    assert found.acknowledged_until is None


def test_the_status_shows_the_hold_in_the_one_question_that_it_asks(
    told: Told, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    at = aws.now().replace(microsecond=0)
    hold = held(told, acknowledged_until=at, acknowledged_by="Ada", resume_at=at + timedelta(hours=6))

    main(["status"])

    shown = " ".join(capsys.readouterr().out.split())
    assert f"Without protection: 1 - erp-prod since {hold.since:%Y-%m-%d %H:%M:%S} UTC, by Grace (direct);" in shown
    assert f"acknowledged by Ada until {at:%Y-%m-%d %H:%M:%S} UTC;" in shown
    assert f"resume due {at + timedelta(hours=6):%Y-%m-%d %H:%M:%S} UTC (hold {ID})" in shown
    assert [function for function, _, _ in told.answers] == ["notifier"]
