"""The example "after the stop": its function calls CBR once, signed as Huawei Cloud wants it, or not at all."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest
from moto import mock_aws

from local.places import ROOT
from simulator import Simulator
from simulator import defaults as sim
from standdown.sdrs.signature import authorization

VAULT = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
APP = ROOT / "examples" / "after-the-stop" / "app.py"
STOPPED = json.loads((ROOT / "events" / "outcomes" / "succeeded.json").read_text("utf-8"))


def app() -> ModuleType:
    """Import the example's function as Lambda does, by its path."""
    spec = importlib.util.spec_from_file_location("after_the_stop", APP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    given = {"PROJECT_ID": sim.PROJECT_ID, "VAULT_ID": VAULT, "SECRET_NAME": "standdown/cbr"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with Simulator() as simulator, mock_aws():
        monkeypatch.setenv("CBR_ENDPOINT", simulator.url)
        yield simulator


def key(secret_key: str = sim.SECRET_KEY) -> None:
    document = json.dumps({"access_key": sim.ACCESS_KEY, "secret_key": secret_key})
    boto3.client("secretsmanager").create_secret(Name="standdown/cbr", SecretString=document)


def test_a_verified_stop_is_backed_up_by_one_signed_call(cloud: Simulator) -> None:
    key()

    said = app().lambda_handler(STOPPED, None)

    [call] = cloud.calls
    body = json.loads(call.body)["checkpoint"]
    assert (call.endpoint, call.status, call.path) == ("checkpoint", 200, f"/v3/{sim.PROJECT_ID}/checkpoints")
    assert (body["vault_id"], body["parameters"]["name"]) == (VAULT, f"after-stop-{STOPPED['detail']['operation_id']}")
    assert len(body["parameters"]["name"]) <= 64
    assert said == {"checkpoint": json.loads(call.answer)["checkpoint"]["id"]}


def test_a_key_that_is_wrong_is_an_error_of_the_function(cloud: Simulator) -> None:
    key("another-secret-key")

    with pytest.raises(HTTPError, match="401"):
        app().lambda_handler(STOPPED, None)

    assert [call.status for call in cloud.calls] == [401]


@pytest.mark.parametrize("verified", [False, None])
def test_a_stop_that_is_not_verified_is_not_backed_up(cloud: Simulator, verified: bool | None) -> None:
    key()

    said = app().lambda_handler(STOPPED | {"detail": STOPPED["detail"] | {"verified": verified}}, None)

    assert (said, cloud.calls) == ({"checkpoint": None}, [])


def test_the_signature_is_that_of_the_layer() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    url = f"https://cbr.cn-north-4.myhuaweicloud.com/v3/{sim.PROJECT_ID}/checkpoints"

    made: dict[str, Any] = app().signed(url, b'{"checkpoint": {}}', "AK", "SK", now)

    given = {name: value for name, value in made.items() if name != "authorization"}
    date = given["x-sdk-date"]
    assert date == "20260102T030405Z"
    assert made["authorization"] == authorization("AK", "SK", "POST", url, given, b'{"checkpoint": {}}', date)
