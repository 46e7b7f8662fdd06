"""A stack for Open Telekom Cloud: its region is all that is configured, and its real host names are called."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from local.case import Case, documents, group_id
from local.cloud import LocalCloud
from local.overlay import Overlay

SUB_PROJECT = "1605767a9980d5762f6bc00b8e0d2a8c"
NOTHING_BUT_THE_REGION = {"HuaweiRegion": "eu-de", "SdrsEndpoint": "", "IamEndpoint": "", "HuaweiProjectId": ""}
WITHOUT_A_PROJECT = json.dumps({"server_group_id": group_id("whole")})
"""As text: the local cloud gives a project to what is no text."""
HOSTS = {"sdrs.eu-de.otc.t-systems.com", "iam.eu-de.otc.t-systems.com"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    beside = {"otc.json": json.dumps({"port": port}).encode()}
    with LocalCloud(
        wait_scale=0.2,
        simulator=("--port", str(port), "--job-seconds", "2", "--init-seconds", "0.2"),
        parameters=NOTHING_BUT_THE_REGION,
        overlays=[Overlay(name, "otc_on_loopback", beside) for name in ("trigger", "poller", "sweeper")],
        targets={
            "whole": json.dumps({"server_group_id": group_id("whole")}),
            **documents(["below"], project_id="eu-de_erp"),
        },
    ) as running:
        running.simulator.settings(region="eu-de", sub_projects={"eu-de_erp": SUB_PROJECT})
        yield running


@pytest.mark.parametrize("target", ["whole", "below"], ids=["the region's project", "a sub-project"])
def test_a_stop_needs_nothing_but_the_region(cloud: LocalCloud, target: str) -> None:
    case = Case(cloud, target)
    case.set_group(name=target, status="protected", pairs=2)
    before = len(cloud.simulator.calls())

    case.request()
    (operation,) = case.published()

    calls = [call for call in cloud.simulator.calls() if call["number"] > before]
    assert operation["outcome"]["result"] == "succeeded"
    assert {call["headers"]["host"] for call in calls} <= HOSTS
    (stop,) = [call for call in calls if call["endpoint"] == "stop"]
    assert stop["headers"]["host"] == "sdrs.eu-de.otc.t-systems.com"
    assert (SUB_PROJECT in stop["path"]) is (target == "below")
    # Whenever it was: a process looks a project up once.
    looked_up = [call["query"] for call in cloud.simulator.calls("projects")]
    assert f"name={'eu-de_erp' if target == 'below' else 'eu-de'}" in looked_up
