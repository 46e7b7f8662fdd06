"""The models of AWS services that the layer carries: what the functions call, by the same requests as ever."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import botocore
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.config import Config

from scan.rights import CALLS
from standdown.entry.wiring import models

LAYER = Path(__file__).parents[3] / "layers" / "standdown"
DATA = Path(botocore.__file__).parent / "data"
ITEM = {"pk": {"S": "a"}}
ASKED: dict[tuple[str, str], dict[str, Any]] = {
    ("dynamodb", "get_item"): {"TableName": "ledger", "Key": ITEM},
    ("dynamodb", "transact_write_items"): {
        "TransactItems": [{"Put": {"TableName": "ledger", "Item": ITEM}}],
        "ClientRequestToken": "one",
    },
    ("events", "put_events"): {"Entries": [{"Source": "standdown", "DetailType": "a", "Detail": "{}"}]},
    ("secretsmanager", "get_secret_value"): {"SecretId": "standdown/huawei"},
    ("sns", "publish"): {"TopicArn": "arn:aws:sns:us-east-1:123456789012:outcomes", "Message": "a"},
    ("sqs", "send_message"): {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody": "a"},
    ("ssm", "get_parameters_by_path"): {"Path": "/standdown", "Recursive": True},
    ("stepfunctions", "start_execution"): {"stateMachineArn": "arn:aws:states:::stateMachine:s", "name": "stop-1"},
}
UNSTEADY = {"X-Amz-Date", "Authorization", "amz-sdk-invocation-id", "User-Agent"}


def cutter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cut_models", LAYER / "cut_models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what is cut out of the botocore that is installed here."""
    folder = tmp_path_factory.mktemp("models")
    wheel = folder / "botocore.whl"
    with ZipFile(wheel, "w") as out:
        for service in cutter().CALLED:
            for path in (DATA / service).rglob("*.json*"):
                out.write(path, f"botocore/data/{path.relative_to(DATA)}")
        for path in (*DATA.glob("endpoints.json*"), *DATA.glob("partitions.json*")):
            out.write(path, f"botocore/data/{path.name}")
        out.writestr("botocore-1.0.0.dist-info/licenses/LICENSE.txt", "Apache")
    with ZipFile(wheel) as given:
        cutter().cut(given, folder / "cut")
    return folder / "cut"


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "FOLDER", Path("/none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    models._session.cache_clear()


def sent(client: Any, operation: str) -> tuple[Any, ...]:
    """Return the request that a call sends, without what changes from one call to the next."""
    seen: list[Any] = []

    def answer(request: Any, **_: Any) -> Any:
        seen.append(request)
        response = AWSResponse(request.url, 200, HTTPHeaders(), None)
        setattr(response, "_content", b"<a><PublishResult/></a>" if operation == "publish" else b"{}")  # noqa: B010
        return response

    client.meta.events.register("before-send", answer)
    service = client.meta.service_model.service_name
    getattr(client, operation)(**ASKED[service, operation])
    [request] = seen
    headers = {name: value for name, value in request.headers.items() if name not in UNSTEADY}
    scope = request.headers["Authorization"].decode().split("/", 2)[2].partition(",")[0]
    return request.method, request.url, request.body, headers, scope


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "eu-central-1", "us-gov-west-1", "xx-new-1"])
def test_a_call_by_the_cut_models_is_the_call_by_the_whole_ones(
    cut: Path, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    whole = {asked: sent(models.make_client(asked[0], Config()), asked[1]) for asked in ASKED}

    monkeypatch.setattr(models, "FOLDER", cut)
    ours = {asked: sent(models.make_client(asked[0], Config()), asked[1]) for asked in ASKED}

    assert ours == whole
    assert models._session.cache_info().currsize == 1


def test_every_operation_that_the_product_calls_is_in_the_cut_models() -> None:
    called = {call.rpartition(".")[2] for _, call in CALLS if "_table" not in call and call.islower()}
    kept = {xform_name(operation) for operations in cutter().CALLED.values() for operation in operations}

    assert called <= kept


def test_rule_sets_and_partitions_are_left_to_the_runtime(cut: Path) -> None:
    names = {path.name for path in cut.rglob("*") if path.is_file()}

    assert names == {"service-2.json", "paginators-1.json", "endpoints.json", "LICENSE.txt"}


@pytest.mark.parametrize("flaw", ["not JSON", "no operations", "no such service"])
def test_models_that_are_of_no_use_leave_the_runtime_s_own(
    cut: Path, flaw: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(cut, folder)
    monkeypatch.setattr(models, "FOLDER", folder)
    [model] = (folder / "ssm").glob("*/service-2.json")
    if flaw == "no such service":
        shutil.rmtree(folder / "ssm")
    else:
        model.write_text(json.dumps({"version": "2.0"}) if flaw == "no operations" else "not JSON")

    client = models.make_client("ssm", Config(region_name="us-east-1"))

    assert sent(client, "get_parameters_by_path")[1] == "https://ssm.us-east-1.amazonaws.com/"


def test_the_services_of_the_runtime_are_not_listed(cut: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "FOLDER", cut)

    assert models.CutModels([str(cut)]).list_available_services("service-2") == sorted(cutter().CALLED)
