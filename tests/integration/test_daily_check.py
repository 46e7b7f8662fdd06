"""The daily check: what it counts under which cause, what it leaves out, and that each credential is asked."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from standdown.entry.wiring import aws
from support.deployed import GROUP, SDRS, Deployed, deployment

GROUP_URL = f"{SDRS}/server-groups/{GROUP}"
PAIRS_URL = f"{SDRS}/replications"
CHECK = {"check": True}
NONE = {"credential": 0.0, "document": 0.0, "group": 0.0, "unreachable": 0.0}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployment(monkeypatch) as deployed:
        yield deployed


def group(deployed: Deployed, status: str = "protected") -> None:
    deployed.http.get(GROUP_URL, json={"server_group": {"id": GROUP, "name": "ERP", "status": status}})
    deployed.http.get(PAIRS_URL, json={"count": 0, "replications": []})


def refuse(deployed: Deployed, status: int, code: str = "APIGW.0301") -> None:
    deployed.http.get(GROUP_URL, json={"error_code": code, "error_msg": "no"}, status=status)


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """Return how many targets were counted under each cause; nothing if nothing was counted."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"TargetsNotReady"' in line]
    return {line["cause"]: line["TargetsNotReady"][0] for line in lines}


@pytest.mark.parametrize("status", ["protected", "available", "stopping", "starting", "failed-over"])
def test_what_is_ready_or_passes_or_was_meant_is_counted_as_none(
    deployed: Deployed, status: str, capsys: pytest.CaptureFixture[str]
) -> None:
    group(deployed, status)
    deployed.target("erp-prod")

    deployed.invoke("trigger", CHECK)

    assert counted(capsys) == NONE


def test_a_credential_that_expired_is_counted(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    refuse(deployed, 401)
    deployed.target("erp-prod")

    deployed.invoke("trigger", CHECK)

    assert counted(capsys) == {**NONE, "credential": 1.0}


def test_a_group_that_is_gone_or_in_an_error_of_its_own_is_counted(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    group(deployed, "error-starting")
    deployed.target("erp-prod")

    deployed.invoke("trigger", CHECK)

    assert counted(capsys) == {**NONE, "group": 1.0}


def test_a_document_that_is_broken_is_counted(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    group(deployed)
    deployed.target("erp-prod")
    deployed.target("broken", mode="on")

    deployed.invoke("trigger", CHECK)

    assert counted(capsys) == {**NONE, "document": 1.0}


def test_a_target_that_is_switched_off_is_left_out_whatever_is_wrong_with_it(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(deployed, 401)
    deployed.target("erp-prod", mode="off")
    deployed.target("crm-prod", mode="dry-run")

    deployed.invoke("trigger", CHECK)

    assert counted(capsys) == {**NONE, "credential": 1.0}


def test_a_stack_that_is_switched_off_has_nothing_to_be_ready(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(deployed, 401)
    deployed.target("erp-prod")
    aws.client("ssm").put_parameter(Name="/standdown/mode", Value="off", Type="String")

    deployed.invoke("trigger", CHECK)

    assert counted(capsys) == NONE


def test_a_check_of_one_target_counts_nothing(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    refuse(deployed, 401)
    deployed.target("erp-prod")

    deployed.invoke("trigger", {"check": True, "target": "erp-prod"})

    assert counted(capsys) == {}


def test_the_sweeper_checks_with_its_own_credential_and_sweeps_nothing(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(deployed, 403, "APIGW.0305")
    deployed.target("erp-prod")

    told: dict[str, Any] = deployed.invoke("sweeper", CHECK)

    assert [one["verdict"] for one in told["verdicts"]] == ["no access"]
    assert counted(capsys) == {**NONE, "credential": 1.0}
    assert "seen" not in told


def test_each_target_that_is_not_ready_is_one_entry_of_the_log(deployed: Deployed, lines: io.StringIO) -> None:
    refuse(deployed, 401)
    deployed.target("erp-prod")

    deployed.invoke("trigger", CHECK)

    entries = [json.loads(line) for line in lines.getvalue().splitlines() if '"target not ready"' in line]
    assert [(one["level"], one["target"], one["cause"]) for one in entries] == [("WARNING", "erp-prod", "credential")]
    assert "did not accept the credential" in entries[0]["why"]
    assert entries[0]["next_step"]
