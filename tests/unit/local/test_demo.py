"""What the demo prints: it fits the terminal, and a full disk is said to be one."""

from __future__ import annotations

import shutil

import pytest

from local import demo, night
from local.places import ROOT
from simulator.scenarios import SCENARIOS

LONG = "operation ac78976f68b33c75701d2478a6bdf838, target erp-prod: published, succeeded (sns done, eventbridge done)"


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_a_line_fits_the_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    demo._Teller()("topic's subscriber", f"Standdown: erp-prod: protection stopped\n{LONG}")

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > columns] == []
    assert " ".join(" ".join(lines).split()).endswith(LONG)


def test_without_a_terminal_a_line_stays_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)

    demo._Teller()("operation", LONG)

    assert capsys.readouterr().out == f"   0.0 s  operation            {LONG}\n"


def test_a_full_temporary_folder_is_named_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3 * 1024 * 1024))

    status = demo.main([])

    out = capsys.readouterr().out
    assert status == 1
    assert "only 3 MB are free in" in out, out
    assert "set TMPDIR to another folder" in " ".join(out.split())
    assert "starting" not in out


def test_every_scenario_of_the_simulator_is_one_of_the_demo_and_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--list"]) == 0

    listed = capsys.readouterr().out
    assert set(demo.EXPECTED) == set(SCENARIOS)
    assert [name for name in SCENARIOS if f"  {name:<20} {SCENARIOS[name].about}: " not in listed] == []
    assert [path for path in demo.EVENTS.values() if not (ROOT / path).is_file()] == []


def test_a_night_has_an_event_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--scenario", night.SCENARIO, "--event", "events/direct.json"]) == 2

    assert "the scenario 'night' has an event of its own" in capsys.readouterr().err
