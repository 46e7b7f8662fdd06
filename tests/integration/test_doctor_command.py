"""The doctor and the check of documents as commands: on a simulator with sockets, on a deployed stack's settings."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pytest_httpserver import HTTPServer

from simulator import Simulator
from simulator import defaults as sim
from standdown.base.text_table import places
from standdown.sdrs import iam
from support.command import doctor, targets_check

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
        (["--targets", "nowhere.json", "--credential", "-"], "cannot be read: nowhere.json: No such file"),
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
def test_arguments_that_say_too_little_are_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # where no samconfig.toml says which stack is meant

    assert doctor(arguments) == 2


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

    code = doctor(["--stack", "dr", "--from-here"])

    assert (code, told(capsys.readouterr().out)) == (1, VERDICTS)


def test_a_stack_that_is_switched_off_is_told(
    simulator: Simulator, cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(simulator, cloudformation)
    put("/dr/targets/erp-prod", json.dumps(SIX["erp-prod"]))
    put("/dr/mode", "off")

    assert doctor(["--stack", "dr", "--from-here"]) == 1
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

    code = doctor(["--stack", "dr", "--from-here", *arguments])

    assert code == 0
    assert f"Credential: {form}." in capsys.readouterr().out


def test_a_secret_that_is_not_there_is_no_access(
    simulator: Simulator, cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(simulator, cloudformation, HuaweiSecretName="standdown/another")
    put("/dr/targets/erp-prod", json.dumps(SIX["erp-prod"]))

    code = doctor(["--stack", "dr", "--from-here"])

    out = capsys.readouterr().out
    assert (code, told(out)) == (1, {"erp-prod": "no access"})
    assert "'standdown/another' with the credential could not be read (ResourceNotFound" in " ".join(out.split())


def test_a_stack_of_something_else_is_told_apart(
    cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(cloudformation, {"Name": "another"})

    assert doctor(["--stack", "dr"]) == 3
    assert "is not one of this application" in capsys.readouterr().err


def test_a_stack_that_is_not_there_is_said_to_be_out_of_reach(
    cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.expect_request("/", "POST").respond_with_data(
        "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id dr does not exist</Message></Error>"
        "</ErrorResponse>",
        status=400,
        content_type="text/xml",
    )

    assert doctor(["--stack", "dr"]) == 3
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
        (
            {"a.json": {"x": SIX["archive"]}, "x.json": SIX["archive"]},
            2,
            ["the target 'x' stands in", "already: keep one"],
        ),
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
    told = " ".join((captured.out + captured.err).split())  # how long the path is says where a line ends
    assert [words for words in said if " ".join(words.split()) not in told] == []


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
    assert "no file in it ends with .json" in " ".join(capsys.readouterr().out.split())


def test_a_folder_is_checked_whole_whatever_one_of_its_files_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_bytes(b"\xff\xfe")
    (tmp_path / "b.json").write_text('{"server_group_id": "x"}', "utf-8")
    (tmp_path / "c.json").write_text(json.dumps(SIX["erp-prod"]), "utf-8")
    (tmp_path / "d.json").mkdir()
    (tmp_path / "e.json").symlink_to("nowhere.json")
    (tmp_path / "many.json").write_text(json.dumps({"c": SIX["archive"], "f": SIX["archive"]}), "utf-8")

    code = targets_check([str(tmp_path), "not-there.json"])

    out = " ".join(capsys.readouterr().out.split())
    assert [
        said
        for said in (
            f"CANNOT BE READ {tmp_path}/a.json: not UTF-8 text",
            f"CANNOT BE READ {tmp_path}/d.json: not a file",
            f"CANNOT BE READ {tmp_path}/e.json: No such file or directory",
            f"CANNOT BE READ {tmp_path}/many.json: the target 'c' stands in {tmp_path}/c.json already: keep one",
            "CANNOT BE READ not-there.json: No such file or directory",
        )
        if said not in out
    ] == [], out
    assert "BROKEN target 'b', key 'server_group_id'" in out
    assert "1 valid, 1 broken, 5 not read" in out
    assert code == 2


@pytest.mark.timeout(20)
def test_a_folder_with_a_pipe_in_it_is_checked_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "erp-prod.json").write_text(json.dumps(SIX["erp-prod"]), "utf-8")

    code = targets_check([str(tmp_path)])

    out = capsys.readouterr().out
    assert (code, "pipe.json: not a file" in out, "1 valid" in out) == (2, True, True), out


def test_a_document_may_come_through_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    reading, writing = os.pipe()
    os.write(writing, json.dumps({"erp-prod": SIX["erp-prod"]}).encode())
    os.close(writing)

    assert targets_check([f"/dev/fd/{reading}"]) == 0
    os.close(reading)
    assert "1 valid, 0 broken" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("document", "arguments", "said"),
    [
        ({"region": "cn-north4"}, [], "WARNING target 'erp-prod': no region 'cn-north4' is known: is it 'cn-north-4'?"),
        ({"region": "cn-nroth-4"}, [], "is it 'cn-north-4'?"),
        ({"region": "xx-private-7"}, [], "WARNING target 'erp-prod': no region 'xx-private-7' is known"),
        ({}, ["--region", "eu-dee"], "is it 'eu-de'?"),
        ({"region": "eu-de"}, [], None),
        ({"region": "ap-southeast-3"}, [], None),
        ({"region": "my-own", "endpoint": "https://sdrs.my-own.example.com"}, [], None),
    ],
)
def test_a_region_that_nobody_knows_is_a_warning(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    document: dict[str, str],
    arguments: list[str],
    said: str | None,
) -> None:
    (tmp_path / "erp-prod.json").write_text(json.dumps(SIX["erp-prod"] | document), "utf-8")

    code = targets_check([str(tmp_path), *arguments])

    out = capsys.readouterr().out
    assert code == 0
    assert ("WARNING" in out, (said or "1 valid, 0 broken") in out) == (said is not None, True), out


def test_the_tables_fit_the_terminal(
    simulator: Simulator, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns, widest in (("60", 60), ("80", 80), ("20", 60), ("300", 120)):
        monkeypatch.setenv("COLUMNS", columns)

        doctor(before_deploying(simulator, folder))
        targets_check([str(folder)])

        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if places(line) > widest] == []


def test_a_credential_from_a_file_is_to_be_corrected_in_that_file(
    simulator: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "credential").write_text(json.dumps({"access_key": sim.ACCESS_KEY, "secret_key": "wrong"}), "utf-8")

    code = doctor(before_deploying(simulator, folder, "--only", "erp-prod"))

    out = " ".join(capsys.readouterr().out.split())
    assert (code, f"Put the right credential into {folder}/credential" in out) == (1, True), out
    assert "stack's secret" not in out


PASSWORD = json.dumps({"user": sim.USER, "password": sim.PASSWORD, "domain": sim.DOMAIN})
SDRS_NOWHERE, IAM_NOWHERE = "https://sdrs.nowhere.invalid", "https://iam.nowhere.invalid"


@pytest.mark.parametrize(
    ("credential", "place", "said"),
    [
        (KEY, ["--iam-endpoint", IAM_NOWHERE], f"IAM at {IAM_NOWHERE} could not be asked: not sent: "),
        (
            PASSWORD,
            ["--iam-endpoint", IAM_NOWHERE, "--project-id", sim.PROJECT_ID],
            f"IAM at {IAM_NOWHERE} could not be asked: IAM gave no token: not sent: ",
        ),
        (
            KEY,
            ["--endpoint", SDRS_NOWHERE, "--project-id", sim.PROJECT_ID],
            f"SDRS at {SDRS_NOWHERE} could not be asked: not sent: ",
        ),
    ],
)
def test_the_service_that_cannot_be_asked_is_named_with_its_address(
    simulator: Simulator,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    credential: str,
    place: list[str],
    said: str,
) -> None:
    (folder / "credential").write_text(credential, "utf-8")

    code = doctor([*before_deploying(simulator, folder, "--only", "erp-prod"), *place])

    out = " ".join(capsys.readouterr().out.split())
    assert (code, said in out) == (1, True), out
    assert ("IamEndpoint" in out) is ("IAM at" in said)


def test_the_service_that_refuses_the_credential_is_named(
    simulator: Simulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "credential").write_text(PASSWORD.replace(sim.PASSWORD, "wrong"), "utf-8")

    doctor(before_deploying(simulator, folder, "--only", "erp-prod"))

    out = " ".join(capsys.readouterr().out.split())
    assert f"IAM at {simulator.url} did not accept the credential" in out, out
