"""A deployed stack whose people read Chinese: its mail, and robots of Feishu and DingTalk that judge what they get."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import trustme

from integration.publish.receiver import Receiver, serving
from local.case import Case, documents, group_id, wait_for
from local.cloud import LocalCloud
from local.overlay import Overlay
from support.robots import DingTalkRobot, FeishuRobot, Robot

pytestmark = pytest.mark.slow

ENDPOINTS = "standdown/outgoing"
SECRET = "SECstanddown-example-0123456789"
HOSTS = {"feishu": "open.feishu.cn", "dingtalk": "oapi.dingtalk.com"}
PATHS = {"feishu": "/open-apis/bot/v2/hook/5f0c", "dingtalk": "/robot/send?access_token=0123"}
ROBOTS: dict[str, Robot] = {"feishu": FeishuRobot(SECRET), "dingtalk": DingTalkRobot(SECRET)}


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Overlay, str]]:
    """Serve the robots; yield what has the notifier reach them, and the document that lists them."""
    ca, context, log = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Receiver()
    ca.issue_cert(*HOSTS.values()).configure_cert(context)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        kind = "feishu" if handler.path.startswith("/open-apis") else "dingtalk"
        status, body = ROBOTS[kind].post(handler.path, log.bodies[-1], datetime.now(UTC))
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with serving(context, answer, log) as receiver:
        given = {"ports": [receiver.port], "broken": str(tmp_path_factory.mktemp("robots") / "broken")}
        files = {"ca.pem": ca.cert_pem.bytes(), "receivers.json": json.dumps(given).encode()}
        at = {kind: f"https://{host}:{receiver.port}{PATHS[kind]}" for kind, host in HOSTS.items()}
        endpoints: list[dict[str, Any]] = [
            {"name": kind, "kind": kind, "url": at[kind], "secrets": [SECRET]} for kind in HOSTS
        ]
        endpoints[1]["language"] = "en"
        yield Overlay("notifier", "receivers_on_loopback", files), json.dumps({"endpoints": endpoints})


@pytest.fixture(scope="module")
def cloud(overlay: tuple[Overlay, str]) -> Iterator[LocalCloud]:
    wrapped, document = overlay
    targets = documents(["told"], mode="dry-run")
    with LocalCloud(
        auth=True,
        wait_scale=0.2,
        targets=targets,
        parameters={"OutgoingWebhookSecretName": ENDPOINTS, "Language": "zh-CN", "Timezone": "Asia/Shanghai"},
        overlays=[wrapped],
    ) as cloud:
        cloud.client("secretsmanager").create_secret(Name=ENDPOINTS, SecretString=document)
        cloud.simulator.put_groups({"id": group_id("told"), "name": "told", "status": "protected", "pairs": 2})
        yield cloud


def test_a_dry_run_is_published_in_every_chat_in_its_own_language_and_form(cloud: LocalCloud) -> None:
    case = Case(cloud, "told")

    case.request(reason="<at id=all></at> @所有人")
    [operation] = case.published()

    channels = {name: channel["status"] for name, channel in operation["channels"].items()}
    assert channels == {"sns": "done", "eventbridge": "done", "webhook:feishu": "done", "webhook:dingtalk": "done"}
    card, markdown = json.dumps(ROBOTS["feishu"].taken[-1], ensure_ascii=False), ROBOTS["dingtalk"].taken[-1]
    assert "试运行（未实际停止）" in card  # noqa: RUF001 - Chinese has punctuation of its own
    assert "UTC+08:00" in card
    assert "dry run, nothing was stopped" in markdown["markdown"]["text"]
    assert "@所有人" not in card
    assert "@所有人" not in markdown["markdown"]["text"]
    assert len(case.stops()) == 0
    assert all(turn(cloud, kind).keys() == {"pk", "free_at", "expires_at"} for kind in HOSTS)


def test_a_sample_arrives_in_the_chat_that_is_named_and_stops_nothing(cloud: LocalCloud) -> None:
    before = len(ROBOTS["dingtalk"].taken)

    said = cloud.invoke("notifier", {"sample": True, "channels": ["webhook:dingtalk"]})

    assert said == {"schema_version": 1, "sample": True, "channels": {"webhook:dingtalk": "done"}}
    wait_for(lambda: len(ROBOTS["dingtalk"].taken), lambda count: count == before + 1)
    assert "a sample message" in ROBOTS["dingtalk"].taken[-1]["markdown"]["text"]
    assert len(Case(cloud, "told").stops()) == 0


def turn(cloud: LocalCloud, kind: str) -> dict[str, Any]:
    """Return the item that hands out a chat's next free moment."""
    key = {"pk": {"S": f"turn#{kind}"}}
    return dict(cloud.client("dynamodb").get_item(TableName=cloud.outputs["LedgerTableName"], Key=key)["Item"])
