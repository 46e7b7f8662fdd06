"""The simulator as a server: its limits, its record, its switches, and as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator import Simulator
from simulator import defaults as sim
from simulator.control import Control, ControlError
from simulator.identity import Key
from standdown.base.http.deadline import Deadline
from standdown.base.http.dial import Dialer
from standdown.base.http.exchange import Request
from standdown.sdrs.auth import AkSkAuth, TokenAuth
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError, SignInError, UnclearError
from standdown.sdrs.iam import IamPasswordAuth, find_project_id

GROUP = sim.ERP_PROD
TESTS = Path(__file__).parents[2]


def password_auth(simulator: Simulator, password: str = sim.PASSWORD) -> IamPasswordAuth:
    return IamPasswordAuth(sim.USER, password, sim.DOMAIN, simulator.url, region=sim.REGION)


def call(simulator: Simulator, method: str, path: str, **options: Any) -> tuple[int, Any]:
    asked = requests.Request(method, f"{simulator.url}/v1/{sim.PROJECT_ID}{path}", **options).prepare()
    body = asked.body.encode() if isinstance(asked.body, str) else asked.body
    request = Request(method, str(asked.url), dict(asked.headers), body)
    asked.headers.update(AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY).sign(request, Deadline(time.monotonic() + 5)).headers)
    answer = requests.Session().send(asked, timeout=5)
    assert answer.headers["X-Request-Id"]
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/server-groups?limit=0", None, 400, "SDRS.0221"),
        ("GET", "/server-groups?limit=1001", None, 400, "SDRS.0221"),
        ("GET", "/server-groups?limit=many", None, 400, "SDRS.0221"),
        ("GET", "/server-groups?offset=-1", None, 400, "SDRS.0222"),
        ("GET", "/server-groups?offset=1.5", None, 400, "SDRS.0222"),
        ("GET", "/server-groups/no-uuid", None, 400, "SDRS.0207"),
        ("GET", "/server-groups/00000000-0000-0000-0000-000000000000", None, 400, "SDRS.1013"),
        ("POST", f"/server-groups/{GROUP}/action", "{", 400, "SDRS.0201"),
        ("POST", f"/server-groups/{GROUP}/action", "[]", 400, "SDRS.0201"),
        ("POST", f"/server-groups/{GROUP}/action", "{}", 400, "SDRS.0201"),
        ("POST", f"/server-groups/{GROUP}/action", '{"stop-server-group": null}', 400, "SDRS.0201"),
        ("POST", f"/server-groups/{GROUP}/action", '{"resize-server-group": {}}', 400, "SDRS.0206"),
        (
            "POST",
            "/server-groups/9e50b042-73a6-414f-9e9b-639fae435f06/action",
            '{"stop-server-group": {}}',
            400,
            "SDRS.1015",
        ),
    ],
)
def test_each_wrong_call_gets_the_documented_error(
    simulator: Simulator, method: str, path: str, body: str | None, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}

    answered, said = call(simulator, method, path, data=body, headers=headers)

    assert (answered, said["error"]["code"]) == (status, code)


def test_what_is_not_served_gets_the_gateways_404(simulator: Simulator) -> None:
    assert call(simulator, "GET", "/protected-instances")[1]["error_code"] == "APIGW.0101"
    assert call(simulator, "DELETE", f"/server-groups/{GROUP}")[0] == 404


def test_the_list_is_paged_and_filtered(client: SdrsClient) -> None:
    names = [group.name for group in client.iter_protection_groups(limit=2)]

    assert names == [group["name"] for group in sim.GROUPS]
    assert [group.name for group in client.list_protection_groups(name="prod").groups] == ["erp-prod", "crm-prod"]
    assert [group.name for group in client.list_protection_groups(status="available").groups] == ["intranet"]
    assert client.list_protection_groups(offset=50).groups == ()
    assert client.list_protection_groups(limit=1).count == len(sim.GROUPS)
    assert [group.name for group in client.list_protection_groups(query_type="status_abnormal").groups] == ["billing"]


def test_every_call_is_recorded_without_its_secrets(simulator: Simulator) -> None:
    SdrsClient(simulator.url, sim.PROJECT_ID, password_auth(simulator)).stop_protection(GROUP)
    with pytest.raises(ApiError):
        SdrsClient(simulator.url, sim.PROJECT_ID, AkSkAuth(sim.ACCESS_KEY, "no", "canary-token")).get_job("job-1")

    recorded = json.dumps(Control(simulator.url).calls())

    assert simulator.endpoints() == ["token", "stop", "get-job"]
    assert [each.status for each in simulator.calls] == [201, 200, 401]
    assert simulator.calls[1].body == '{"stop-server-group":{}}'
    for secret in (sim.PASSWORD, "canary-token", *simulator.service.identity.tokens):
        assert secret not in recorded


def test_a_password_gets_a_token_a_wrong_one_does_not(simulator: Simulator) -> None:
    auth = password_auth(simulator)
    client = SdrsClient(simulator.url, sim.PROJECT_ID, auth)

    assert client.get_protection_group(GROUP).name == "erp-prod"
    assert find_project_id(simulator.url, sim.REGION, auth, Dialer(), Deadline(time.monotonic() + 5)) == sim.PROJECT_ID
    with pytest.raises(SignInError) as caught:
        SdrsClient(simulator.url, sim.PROJECT_ID, password_auth(simulator, "wrong")).get_protection_group(GROUP)
    assert caught.value.http_status == 401


def test_tokens_that_expired_are_renewed_by_the_client_once(simulator: Simulator) -> None:
    client = SdrsClient(simulator.url, sim.PROJECT_ID, password_auth(simulator))
    client.get_protection_group(GROUP)

    Control(simulator.url).expire_tokens()
    client.stop_protection(GROUP)

    assert simulator.endpoints() == ["token", "get-group", "stop", "token", "stop"]
    assert [each.status for each in simulator.calls if each.endpoint == "stop"] == [401, 200]


def test_a_job_that_takes_an_hour_ends_when_it_is_asked_to(simulator: Simulator) -> None:
    control = Control(simulator.url)
    control.put_groups({"id": GROUP, "plan": {"job_seconds": 3600}})
    client = SdrsClient(simulator.url, sim.PROJECT_ID, AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY))
    job = client.stop_protection(GROUP)
    before = control.group(GROUP)["status"]

    control.end_job(GROUP)

    assert (before, control.group(GROUP)["status"]) == ("stopping", "available")
    assert client.get_job(job).status == "SUCCESS"
    with pytest.raises(ControlError):
        control.end_job(GROUP)


def test_an_unknown_token_and_another_project_are_refused(simulator: Simulator) -> None:
    with pytest.raises(ApiError) as unknown:
        SdrsClient(simulator.url, sim.PROJECT_ID, TokenAuth("made-up")).get_protection_group(GROUP)
    with pytest.raises(ApiError) as elsewhere:
        SdrsClient(simulator.url, "0606", AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY)).get_protection_group(GROUP)

    assert (unknown.value.http_status, elsewhere.value.http_status) == (401, 403)


def test_a_read_only_key_may_look_and_not_stop() -> None:
    with Simulator(keys={"READER": Key("secret", read_only=True)}) as simulator:
        client = SdrsClient(simulator.url, sim.PROJECT_ID, AkSkAuth("READER", "secret"))

        assert client.get_protection_group(GROUP).status.stoppable
        with pytest.raises(ApiError) as caught:
            client.stop_protection(GROUP)

        assert caught.value.code == "SDRS.0005"
        assert simulator.group("erp-prod").status == "protected"


@pytest.mark.parametrize("kind", ["reset", "hang", "drip"])
def test_faults_strike_over_a_socket_as_well(simulator: Simulator, kind: str) -> None:
    control = Control(simulator.url)
    control.add_faults({"endpoint": "stop", "kind": kind, "when": "after", "count": 1, "seconds": 0.2})
    auth = AkSkAuth(sim.ACCESS_KEY, sim.SECRET_KEY)
    client = SdrsClient(simulator.url, sim.PROJECT_ID, auth, total_timeout=0.6)

    with pytest.raises(UnclearError):
        client.stop_protection(GROUP)

    assert control.group("erp-prod")["status"] in ("stopping", "available")
    assert control.calls("stop")[0]["fault"] == f"after {kind}"


def test_switches_can_be_set_and_wrong_ones_are_named(simulator: Simulator, client: SdrsClient) -> None:
    control = Control(simulator.url)

    control.settings(wrong_state_code="SDRS.1019", error_key="badrequest", job_seconds=60)
    control.put_groups({"id": GROUP, "status": "failing-over"}, {"id": "0" * 32, "name": "new", "pairs": 4})
    control.add_faults({"endpoint": "get-job", "status": 429, "headers": {"Retry-After": "9"}, "count": 1})

    with pytest.raises(ApiError) as wrong_state:
        client.stop_protection(GROUP)
    with pytest.raises(ApiError) as throttled:
        client.get_job("job-1")
    assert wrong_state.value.code == "SDRS.1019"
    assert (throttled.value.code, throttled.value.retry_after) == ("APIGW.0308", 9.0)
    assert control.group("new")["replication_num"] == 4
    with pytest.raises(ControlError, match="unknown in a fault: sort"):
        control.add_faults({"endpoint": "stop", "sort": "reset"})
    with pytest.raises(ControlError, match="unknown status 'dozing'"):
        control.put_groups({"id": GROUP, "status": "dozing"})
    with pytest.raises(ControlError, match="no setting is called 'colour'"):
        control.settings(colour="red")
    with pytest.raises(ControlError, match="no scenario is called 'nonsense'"):
        control.reset("nonsense")

    control.reset()

    assert control.calls() == []
    assert control.group("erp-prod")["status"] == "protected"


def test_as_a_program_it_is_up_at_once_and_leaves_when_told(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    groups = tmp_path / "groups.json"
    groups.write_text(json.dumps([{"id": "1" * 32, "name": "only", "status": "protected"}]), encoding="utf-8")
    began = time.monotonic()
    command = [sys.executable, "-m", "simulator", "--port-file", str(port_file), "--groups", str(groups)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}

    command += ["--scenario", "job-fails"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        assert process.stdout is not None
        line = process.stdout.readline()
        took = time.monotonic() - began
        control = Control(f"http://127.0.0.1:{port_file.read_text().strip()}")
        state = control.state()
        process.send_signal(signal.SIGTERM)
        left = process.wait(timeout=5)

    assert control.url in line
    assert took < 2  # half a second when nothing else runs
    assert (state["scenario"], [group["name"] for group in state["groups"]]) == ("job-fails", ["only"])
    assert left == 0
