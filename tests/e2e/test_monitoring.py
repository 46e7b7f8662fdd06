"""docs/using/monitoring.md to the letter: from a bare stack to an alert in the chat, then Alertmanager itself."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from e2e.typed import commands, shell_of
from integration.publish.receiver import Receiver, serving
from local.case import Case, wait_for
from local.cloud import ARTEFACTS, LocalCloud
from local.overlay import Overlay
from local.places import ROOT, SAM_BIN, plain_env
from local.process import Child, free_port
from simulator import defaults
from support.robots import DingTalkRobot

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "using" / "monitoring.md").read_text("utf-8")
SECTION = re.compile(r"(?ms)^## A test alert.*?(?=^## )")
SAVED = re.compile(r"`(?P<name>[a-z-]+\.json)`[^\n]*\n(?:[^`\n][^\n]*\n)*\n```json\n(?P<text>.*?)```", re.DOTALL)
YAML = re.compile(r"```yaml\n(?P<text>.*?)```", re.DOTALL)
HOST, ROBOT_SECRET, TOKEN = "oapi.dingtalk.com", "SEC-OF-THE-ROBOT", secrets.token_hex(32)
ALERT = "erp-prod-corruption-writes"


@dataclass
class Bare:
    """A stack with nothing switched on, a robot that its notifier could reach, and the shell that a reader types in."""

    cloud: LocalCloud
    robot: DingTalkRobot
    port: int
    folder: Path

    def type(self, command: str) -> str:
        """Type one command, and return what it printed."""
        ran = subprocess.run(  # noqa: S603 - the page's own commands
            ["/bin/bash", "-euo", "pipefail", "-c", command],
            env=self.shell(), cwd=self.folder, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command}\n{ran.stdout[-1500:]}\n{ran.stderr[-1500:]}"
        return ran.stdout

    def shell(self) -> dict[str, str]:
        """Return an environment in which the programs are the real ones, and AWS is the local cloud."""
        place = f'SdrsEndpoint="{self.cloud.simulator.url}" IamEndpoint="{self.cloud.simulator.url}"'
        deploy = (
            f"--template-file {self.cloud.built}/template.yaml --stack-name standdown --s3-bucket {ARTEFACTS} "
            "--capabilities CAPABILITY_IAM --no-confirm-changeset --no-progressbar --parameter-overrides"
        )
        local = f"{self.cloud.endpoint}/_aws/execute-api/\\1/\\$default/"
        rewritten = f"s#^https://([a-z0-9]+)[.]execute-api[.][^/]+/#{local}#"
        typed = '[ "$1 $2" = "deploy --parameter-overrides" ] && shift 2'
        each = f'set -- "$@" "$(printf %s "$one" | sed -E "{rewritten}")"; shift'
        wrapped = {
            "sam": f'{typed} && exec {SAM_BIN}/sam deploy {deploy} {place} "$@"',
            "curl": f'for one; do {each}; done; exec {shutil.which("curl")} "$@"',
        }
        more = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"}
        return shell_of(self.folder, self.cloud.endpoint, wrapped, **more)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    ca, context, log = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Receiver()
    ca.issue_cert(HOST).configure_cert(context)
    robot = DingTalkRobot(ROBOT_SECRET)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        status, body = robot.post(handler.path, log.bodies[-1], datetime.now(UTC))
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    folder = tmp_path_factory.mktemp("reader")
    (folder / "events").symlink_to(ROOT / "events")
    with serving(context, answer, log) as receiver:
        given = {"ports": [receiver.port], "broken": str(folder / "broken")}
        files = {"ca.pem": ca.cert_pem.bytes(), "receivers.json": json.dumps(given).encode()}
        overlay = Overlay("notifier", "receivers_on_loopback", files)
        with LocalCloud(auth=True, wait_scale=0.2, overlays=[overlay]) as cloud:
            yield Bare(cloud, robot, receiver.port, folder)


@pytest.fixture(scope="module")
def followed(bare: Bare) -> Bare:
    """Follow the page's first section to the letter."""
    section = SECTION.search(PAGE)
    assert section
    for saved in SAVED.finditer(section[0]):
        text = saved["text"].replace("TOKEN", TOKEN).replace(HOST, f"{HOST}:{bare.port}")
        (bare.folder / saved["name"]).write_text(text, "utf-8")
    for command in commands(section[0]):
        bare.type(command)
        if command.startswith("sam deploy"):
            bare.cloud.deployed()
    Case(bare.cloud, "erp-prod").published()  # the other tests count from here, whichever comes first
    return bare


def test_four_commands_lead_from_a_bare_stack_to_a_dry_run_in_the_chat(followed: Bare) -> None:
    section = SECTION.search(PAGE)
    assert section
    assert len(commands(section[0])) <= 4
    assert defaults.ERP_PROD in section[0]

    operation = min(Case(followed.cloud, "erp-prod").published(), key=lambda one: one["received_at"])

    wait_for(lambda: followed.robot.taken, lambda taken: len(taken) >= 1)
    said = followed.robot.taken[0]["markdown"]["text"]
    assert (operation["request"]["source"], operation["request"]["alarm"]) == ("monitoring", ALERT)
    assert operation["outcome"]["result"] == "dry_run"
    assert "dry run, nothing was stopped" in said
    assert followed.cloud.simulator.calls("stop") == []


@pytest.fixture
def alertmanager(followed: Bare, tmp_path: Path) -> Iterator[str]:
    """Run Debian's Alertmanager with the page's configuration; only what a reader fills in, and waits, are changed."""
    if not (shutil.which("prometheus-alertmanager") and shutil.which("amtool")):
        pytest.fail("Alertmanager is not here: run make alertmanager")
    [found] = YAML.finditer(PAGE)
    config: dict[str, Any] = yaml.safe_load(found["text"])
    [hook] = config["receivers"][1]["webhook_configs"]
    api = followed.cloud.outputs["WebhookUrl"].removeprefix("https://").partition(".")[0]
    assert re.fullmatch(r"https://ID\.execute-api\.REGION\.amazonaws\.com/stop", hook["url"])
    hook |= {"url": f"{followed.cloud.endpoint}/_aws/execute-api/{api}/$default/stop", "send_resolved": True}
    token = tmp_path / "standdown.token"
    token.write_text(f"{TOKEN}\n", "utf-8")
    hook["http_config"]["authorization"]["credentials_file"] = str(token)
    config["route"]["routes"][0] |= {"group_wait": "1s", "group_interval": "2s"}
    file, port = tmp_path / "alertmanager.yml", free_port()
    file.write_text(yaml.safe_dump(config), "utf-8")
    options = [f"--config.file={file}", f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    command = ["prometheus-alertmanager", *options, f"--storage.path={tmp_path / 'data'}"]
    child = Child("alertmanager", command, tmp_path / "alertmanager.log", plain_env(), cwd=tmp_path)
    try:
        child.wait_until(lambda: _amtool(f"http://127.0.0.1:{port}", "config", "show", check=False) == 0)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.end()


def _amtool(address: str, *words: str, check: bool = True) -> int:
    command = ["amtool", f"--alertmanager.url={address}", *words]
    return subprocess.run(command, capture_output=True, check=check, timeout=20).returncode  # noqa: S603 - Debian's


def fire(address: str, *more: str) -> None:
    """Report an alert to Alertmanager, as Prometheus does."""
    _amtool(address, "alert", "add", f"alertname={ALERT}", "instance=erp-db-2:9100", *more)


def test_alertmanager_drives_a_firing_alert_to_a_dry_run_and_a_resolved_one_to_nothing(
    followed: Bare, alertmanager: str
) -> None:
    case = Case(followed.cloud, "erp-prod")
    before = len(case.operations())
    ignored = len(not_firing(followed.cloud))

    fire(alertmanager, "--annotation=summary=Writes on erp-db-2 look like an encryption")
    operation = case.published(before + 1)[-1]
    fire(alertmanager, f"--end={datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}")
    wait_for(lambda: not_firing(followed.cloud), lambda lines: len(lines) > ignored)

    assert operation["outcome"]["result"] == "dry_run"
    assert operation["request"]["requested_by"] == f"Alertmanager alert {ALERT}"
    assert operation["request"]["reason"] == "Writes on erp-db-2 look like an encryption"
    assert len(case.operations()) == before + 1
    assert followed.cloud.simulator.calls("stop") == []


def not_firing(cloud: LocalCloud) -> list[dict[str, Any]]:
    """Return the webhook's lines about messages in which nothing fired."""
    return [line for line in cloud.logs("webhook") if line.get("reason_code") == "not_firing"]
