"""The doctor and the check of documents as commands: on a simulator with sockets, on a deployed stack's settings."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pytest_httpserver import HTTPServer

from simulator import Simulator
from simulator import defaults as sim
from standdown.sdrs import iam
from standdown_cli.check_targets import main as targets_check
from standdown_cli.doctor import main as doctor

IDS = {group["name"]: group["id"] for group in sim.GROUPS}
KEY = json.dumps({"access_key": sim.ACCESS_KEY, "secret_key": sim.SECRET_KEY})
SIX: dict[str, Any] = {
    "archive": {"server_group_id": IDS["archive"]},
    "billing": {"server_group_name": "twice"},
    "crm-prod": {"server_group_id": "crm"},
    "erp-prod": {"server_group_id": IDS["erp-prod"], "alarms": ["erp-*"]},
    "ghost": {"server_group_name": "ghost"},
    "intranet": {"server_group_id": IDS["intranet"]},
}
VERDICTS = {
    "archive": "not now",
    "billing": "ambiguous name",
    "crm-prod": "broken document",
    "erp-prod": "ready",
    "ghost": "not found",
    "intranet": "already off",
}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    iam._tokens.clear()
    with Simulator() as running:
        for number in (1, 2):
            running.service.put_group({"id": f"{number}" * 8 + IDS["lab"][8:], "name": "twice"})
        yield running
    iam._tokens.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, document in SIX.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "credential").write_text(KEY, "utf-8")
    return tmp_path


def before_deploying(simulator: Simulator, folder: Path, *more: str) -> list[str]:
    place = ["--endpoint", simulator.url, "--iam-endpoint", simulator.url]
    return ["--targets", str(folder), "--credential", str(folder / "credential"), *place, *more]


def told(table: str) -> dict[str, str]:
    """Return the verdicts in a table: the second column, where it begins in the head."""
    lines = table.split("\n\n")[1].splitlines()
    begin, end = lines[0].index("VERDICT"), lines[0].index("STATUS")
    return {line.split()[0]: line[begin:end].strip() for line in lines[1:]}


def test_six_targets_in_different_states_get_the_right_verdicts(
    simulator: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = doctor(before_deploying(simulator, folder))

    assert told(capsys.readouterr().out) == VERDICTS
    assert code == 1
    assert {call.method for call in simulator.service.calls} == {"GET"}


def test_all_ready_is_a_success_and_json_says_the_same(
    simulator: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = doctor(before_deploying(simulator, folder, "--only", "erp-prod", "--json"))

    found = json.loads(capsys.readouterr().out)
    assert (code, found["all_ready"]) == (0, True)
    assert [one["verdict"] for one in found["verdicts"]] == ["ready"]


def test_the_credential_may_come_from_standard_input(
    simulator: Simulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = {"user": sim.USER, "password": sim.PASSWORD, "domain": sim.DOMAIN}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(password)))
    place = ["--endpoint", simulator.url, "--iam-endpoint", simulator.url]

    code = doctor(["--targets", str(folder / "erp-prod.json"), "--credential", "-", *place])

    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--targets", "nowhere.json", "--credential", "-"], "nowhere.json cannot be read"),
        (["--targets", "{folder}", "--credential", "nowhere"], "the credential in nowhere cannot be read"),
    ],
)
def test_what_is_not_there_is_wrong_usage(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = doctor([argument.replace("{folder}", str(folder)) for argument in arguments])

    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--targets", "x.json"], ["--credential", "-"], ["--nonsense"]])
def test_arguments_that_say_too_little_are_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        doctor(arguments)

    assert caught.value.code == 2


# --- a deployed stack ------------------------------------------------------------------------------------------------

PARAMETERS = {
    "HuaweiSecretName": "standdown/huawei",
    "HuaweiReadSecretName": "",
    "HuaweiRegion": sim.REGION,
    "HuaweiProjectId": "",
    "ConfigPrefix": "",
    "MaxAgeMinutes": "60",
    "DeadlineMinutes": "60",
}


def deploy(simulator: Simulator, cloudformation: HTTPServer, **changes: str) -> None:
    values = PARAMETERS | {"SdrsEndpoint": simulator.url, "IamEndpoint": simulator.url} | changes
    describe(cloudformation, values)
    boto3.client("secretsmanager").create_secret(Name="standdown/huawei", SecretString=KEY)


def describe(cloudformation: HTTPServer, parameters: dict[str, str]) -> None:
    """Have CloudFormation answer DescribeStacks with one stack of these parameters."""
    members = "".join(
        f"<member><ParameterKey>{name}</ParameterKey><ParameterValue>{value}</ParameterValue></member>"
        for name, value in parameters.items()
    )
    cloudformation.expect_request("/", "POST").respond_with_data(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>dr</StackName><StackStatus>UPDATE_COMPLETE</StackStatus>"
        f"<Parameters>{members}</Parameters></member></Stacks></DescribeStacksResult></DescribeStacksResponse>",
        content_type="text/xml",
    )


def put(path: str, value: str) -> None:
    boto3.client("ssm").put_parameter(Name=path, Value=value, Type="String")


@pytest.fixture
def cloudformation(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", httpserver.url_for(""))
    with mock_aws():
        yield httpserver


@pytest.mark.parametrize(("changes", "prefix"), [({}, "/dr"), ({"ConfigPrefix": "/our/dr"}, "/our/dr")])
def test_a_deployed_stack_is_looked_at_as_it_stands(
    simulator: Simulator,
    cloudformation: HTTPServer,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    prefix: str,
) -> None:
    deploy(simulator, cloudformation, **changes)
    for name, document in SIX.items():
        put(f"{prefix}/targets/{name}", json.dumps(document))

    code = doctor(["--stack", "dr"])

    assert (code, told(capsys.readouterr().out)) == (1, VERDICTS)


def test_a_stack_that_is_switched_off_is_told(
    simulator: Simulator, cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(simulator, cloudformation)
    put("/dr/targets/erp-prod", json.dumps(SIX["erp-prod"]))
    put("/dr/mode", "off")

    assert doctor(["--stack", "dr"]) == 1
    assert "Stack mode: off." in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "form"), [([], "access key"), (["--reader"], "password")])
def test_the_readers_credential_can_be_looked_at_too(
    simulator: Simulator,
    cloudformation: HTTPServer,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    form: str,
) -> None:
    deploy(simulator, cloudformation, HuaweiReadSecretName="standdown/reader")
    reader = {"user": sim.USER, "password": sim.PASSWORD, "domain": sim.DOMAIN}
    boto3.client("secretsmanager").create_secret(Name="standdown/reader", SecretString=json.dumps(reader))
    put("/dr/targets/erp-prod", json.dumps(SIX["erp-prod"]))

    code = doctor(["--stack", "dr", *arguments])

    assert code == 0
    assert f"Credential: {form}." in capsys.readouterr().out


def test_a_secret_that_is_not_there_is_no_access(
    simulator: Simulator, cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(simulator, cloudformation, HuaweiSecretName="standdown/another")
    put("/dr/targets/erp-prod", json.dumps(SIX["erp-prod"]))

    code = doctor(["--stack", "dr"])

    out = capsys.readouterr().out
    assert (code, told(out)) == (1, {"erp-prod": "no access"})
    assert "'standdown/another' with the credential could not be read (ResourceNotFoundException)" in out


def test_a_stack_of_something_else_is_told_apart(
    cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(cloudformation, {"Name": "another"})

    assert doctor(["--stack", "dr"]) == 2
    assert "is not one of this application" in capsys.readouterr().err


def test_a_stack_that_is_not_there_is_wrong_usage(
    cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.expect_request("/", "POST").respond_with_data(
        "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id dr does not exist</Message></Error>"
        "</ErrorResponse>",
        status=400,
        content_type="text/xml",
    )

    assert doctor(["--stack", "dr"]) == 2
    assert "the stack 'dr' cannot be read" in capsys.readouterr().err


# --- documents, offline ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"erp-prod.json": SIX["erp-prod"]}, 0, ["erp-prod", "1 valid, 0 broken"]),
        ({"all.json": {"a": SIX["erp-prod"], "b": SIX["archive"]}}, 0, ["2 valid, 0 broken"]),
        ({"all.json": {"a": SIX["erp-prod"], "b": "x"}}, 1, ["target 'b', key '(document)': must be a JSON object"]),
        ({"crm.json": {"server_group_id": "x"}}, 1, ["BROKEN target 'crm', key 'server_group_id': must be", "0 valid"]),
        ({"crm.json": {}}, 1, ["give the group's id, or its name"]),
        ({"crm.json": []}, 1, ["target 'crm', key '(document)'"]),
        ({"Crm.json": SIX["archive"]}, 1, ["target 'Crm', key 'name': use 1 to 63 lower-case letters"]),
        ({"a.json": {"x": SIX["archive"]}, "x.json": SIX["archive"]}, 2, ["'x' stands in", "and again in"]),
    ],
)
def test_documents_are_checked_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, Any], code: int, said: list[str]
) -> None:
    for name, document in files.items():
        (tmp_path / name).write_text(json.dumps(document), "utf-8")

    found = targets_check([str(tmp_path)])

    captured = capsys.readouterr()
    assert found == code
    assert [words for words in said if words not in captured.out + captured.err] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"server_group_name": "a", "server_group_name": "b"}', "the key 'server_group_name' stands twice"),
        (b'{"server_group_name": "a",}', "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_json_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes, said: str
) -> None:
    (tmp_path / "erp.json").write_bytes(text)

    assert targets_check([str(tmp_path / "erp.json")]) != 0
    captured = capsys.readouterr()
    assert said in captured.out + captured.err


def test_an_empty_folder_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert targets_check([str(tmp_path)]) == 2
    assert "no file in" in capsys.readouterr().err
