"""The smoke test after a deployment, on a stack that is deployed."""

from __future__ import annotations

import pytest

from local.case import Case
from local.cloud import LocalCloud
from support.command import smoke


def test_a_target_with_a_broken_document_is_found(operator: LocalCloud, capsys: pytest.CaptureFixture[str]) -> None:
    status = smoke(["--stack", operator.stack])

    told = capsys.readouterr().out
    assert status == 1
    assert "NOT OK" in told
    assert "broken" in told


def test_a_stack_that_is_none_is_told(operator: LocalCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.endpoint
    assert smoke(["--stack", "nowhere"]) == 3
    assert "'nowhere' cannot be read" in capsys.readouterr().err


def test_a_dry_run_goes_all_the_way_and_stops_nothing(operator: LocalCloud, case: Case) -> None:
    from standdown_cli.smoke import _dry_run
    from standdown_cli.stack import Stack

    told = _dry_run(Stack(operator.stack), case.target, clock=iter(range(1000)).__next__)

    assert "ended as dry_run and was told" in told
    assert not case.stops()
