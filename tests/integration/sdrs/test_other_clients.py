"""Two more clients drive the simulator, each as a program: Open Telekom Cloud's, and Huawei Cloud's for Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from local import places
from simulator import Simulator
from simulator import defaults as sim

PROGRAMS = Path(__file__).parent / "clients"
GROUP = sim.ERP_PROD
STOPPED = {"before": "protected", "during": "stopping", "job": "stopProtectionGroupNoCG"}


def run(program: str, name: str, *arguments: str) -> dict[str, Any]:
    command = [str(places.CLIENTS / "bin" / program), str(PROGRAMS / name), *arguments]
    environment = {"PATH": "/usr/bin:/bin", "NODE_PATH": str(places.CLIENTS / "node_modules"), "HOME": "/nonexistent"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stderr[-2000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_openstacksdk_finds_sdrs_in_the_catalogue_and_stops_a_group() -> None:
    with Simulator(job_seconds=60) as simulator:
        who = (sim.USER, sim.PASSWORD, sim.DOMAIN, sim.REGION, sim.REGION)

        seen = run("python", "openstack_client.py", simulator.url, *who, GROUP)

    assert seen == {**STOPPED, "groups": [group["name"] for group in sim.GROUPS]}
    first = ["iam-version", "token", "list-groups", "list-groups"]
    assert [call.endpoint for call in simulator.calls][:4] == first
    assert [call.status for call in simulator.calls if call.endpoint == "stop"] == [200]


def test_the_client_for_node_finds_its_project_and_stops_a_group() -> None:
    with Simulator(job_seconds=60) as simulator:
        seen = run("node", "node_client.js", simulator.url, sim.ACCESS_KEY, sim.SECRET_KEY, sim.REGION, GROUP)

    assert seen == STOPPED
    assert simulator.endpoints() == ["projects", "get-group", "stop", "get-job", "get-group"]
