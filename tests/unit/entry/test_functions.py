"""The functions' own files: each invoked as Lambda does it, with the template's environment and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from standdown.aws.settings import Environment, SettingsError
from standdown.core.operation import State
from standdown.core.outcome import Delivery, Outcome, Result
from standdown.core.request import Source, StopRequest
from standdown.core.targets import Targets
from standdown.entry.wiring import acting, aws, parameters
from support.deployed import ACCOUNT, FUNCTIONS, GROUP, REGION, SDRS, SECRET, Deployed, deployment, forget_clients, load
from support.inmemory.template import template

STOP = f"{SDRS}/server-groups/{GROUP}/action"
OPERATION_ID = StopRequest("m-1", Source.QUEUE, aws.now(), target="erp-prod").operation_id


@pytest.fixture(scope="module", autouse=True)
def _clients() -> Iterator[None]:
    forget_clients()
    yield
    forget_clients()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with deployment(monkeypatch) as deployed:
        yield deployed


def message(deployed: Deployed, body: Any, name: str = "m-1", receives: int = 1) -> dict[str, Any]:
    """Return a record of a message that is in the queue, as Lambda is given it."""
    sqs, url = aws.client("sqs"), deployed.values["REQUEST_QUEUE_URL"]
    sqs.send_message(QueueUrl=url, MessageBody="a stand-in with a handle that SQS knows")
    [taken] = sqs.receive_message(QueueUrl=url)["Messages"]
    return {
        "messageId": name,
        "receiptHandle": taken["ReceiptHandle"],
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": str(int(time.time() * 1000)),
            "SenderId": "AROASENDER:someone",
            "ApproximateFirstReceiveTimestamp": str(int(time.time() * 1000)),
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:requests",
        "awsRegion": REGION,
    }


def followed(deployed: Deployed) -> None:
    """Have one stop under way."""
    deployed.target()
    deployed.http.post(STOP, json={"job_id": "j-1"})
    deployed.invoke("trigger", {"Records": [message(deployed, {"target": "erp-prod"})]})


# --- trigger ---------------------------------------------------------------------------------------------------------


def test_a_message_becomes_one_stop_whose_workflow_is_started(deployed: Deployed) -> None:
    deployed.target()
    deployed.http.post(STOP, json={"job_id": "j-1"})

    answer = deployed.invoke("trigger", {"Records": [message(deployed, {"target": "erp-prod"})]})

    operation = deployed.ledger.get(OPERATION_ID)
    assert answer == {"batchItemFailures": []}
    assert operation is not None
    assert (operation.state, operation.job_id) == (State.FOLLOWING, "j-1")
    assert deployed.executions() == [f"stop-{OPERATION_ID}"]
    assert [call.request.method for call in deployed.http.calls] == ["POST"]


def test_in_a_batch_only_what_must_wait_is_delivered_again(deployed: Deployed) -> None:
    crm = GROUP.replace("4", "5")
    deployed.target()
    deployed.target("crm-prod", server_group_id=crm)
    deployed.http.post(STOP, json={"job_id": "j-1"})
    syncing = {"error": {"code": "SDRS.1830", "message": "synchronizing"}}
    deployed.http.post(f"{SDRS}/server-groups/{crm}/action", status=400, json=syncing)
    batch = [
        message(deployed, "not JSON", "m-bad"),
        message(deployed, {"target": "crm-prod"}, "m-waits"),
        message(deployed, {"target": "unheard-of"}, "m-refused"),
        message(deployed, {"target": "erp-prod"}),
    ]

    answer = deployed.invoke("trigger", {"Records": batch})

    good = deployed.ledger.get(OPERATION_ID)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-waits"}]}
    assert good is not None
    assert good.state is State.FOLLOWING
    assert [letter["Body"] for letter in deployed.letters()] == ["not JSON"]
    assert len(deployed.executions()) == 2


def test_a_batch_in_which_all_must_wait_is_no_error_of_the_function(deployed: Deployed) -> None:
    deployed.target()
    deployed.http.post(STOP, status=400, json={"error": {"code": "SDRS.1830", "message": "synchronizing"}})

    answer = deployed.invoke("trigger", {"Records": [message(deployed, {"target": "erp-prod"})]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


def test_a_message_that_is_too_old_and_was_received_too_often_is_dead_lettered_and_not_reported(
    deployed: Deployed,
) -> None:
    deployed.target()
    old = message(deployed, {"target": "erp-prod"}, receives=9)
    told = {"standdown-requested-at": {"stringValue": "2026-01-02T03:04:05Z", "dataType": "String"}}

    answer = deployed.invoke("trigger", {"Records": [old | {"messageAttributes": told}]})

    [letter] = deployed.letters()
    assert answer == {"batchItemFailures": []}
    assert letter["MessageAttributes"]["standdown-delivery-id"]["StringValue"] == "m-1"


def test_a_stack_without_targets_stops_nothing(deployed: Deployed) -> None:
    answer = deployed.invoke("trigger", {"Records": [message(deployed, {"server_group_id": GROUP})]})

    assert answer == {"batchItemFailures": []}
    assert len(deployed.http.calls) == 0
    assert [operation.outcome and operation.outcome.result for operation in deployed.ledger.unfinished()] == [
        Result.REFUSED
    ]


@pytest.mark.parametrize("mode", ["off", "OFF", "of"])
def test_the_kill_switch_holds_however_it_is_spelt(deployed: Deployed, mode: str) -> None:
    deployed.target()
    aws.client("ssm").put_parameter(Name="/standdown/mode", Value=mode, Type="String")

    deployed.invoke("trigger", {"target": "erp-prod"})

    assert len(deployed.http.calls) == 0


def everything(settings: acting.ActingSettings) -> Targets:
    """Return all targets, which are read."""
    list(acting.targets(settings))
    return acting.targets(settings)


def test_documents_are_read_once_for_as_long_as_they_stay_as_they_are(deployed: Deployed) -> None:
    settings = acting.ActingSettings.read(Environment(deployed.values))
    deployed.target()
    first = everything(settings)
    parameters.parameters.cache_clear()
    again = everything(settings)
    deployed.target("crm-prod", mode="off")
    parameters.parameters.cache_clear()

    changed = everything(settings)

    assert again is first
    assert set(first.valid) == {"erp-prod"}
    assert {name: target.mode for name, target in changed.valid.items()} == {"erp-prod": "live", "crm-prod": "off"}


def test_a_direct_caller_is_answered(deployed: Deployed) -> None:
    deployed.target()
    deployed.http.post(STOP, json={"job_id": "j-1"})

    [told] = deployed.invoke("trigger", {"target": "erp-prod"})["operations"]
    [again] = deployed.invoke("trigger", {"target": "erp-prod"})["operations"]

    assert (told["state"], told["job_id"]) == ("following", "j-1")
    assert again == told
    assert len(deployed.http.calls) == 1


@pytest.mark.parametrize("event", [None, 5, "x", [], {}, {"target": 5}, {"target": ["", 7]}, {"a": {"b": [None] * 99}}])
def test_a_direct_caller_with_no_request_gets_a_reason_and_no_traceback(deployed: Deployed, event: Any) -> None:
    answer = deployed.invoke("trigger", event)

    assert answer["operations"] == []
    assert "Traceback" not in json.dumps(answer)
    assert set(answer["rejected"]) == {"code", "message"}


def test_targets_that_cannot_be_read_have_the_whole_batch_delivered_again(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [message(deployed, {"target": "erp-prod"})]
    forget_clients()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    answer = deployed.invoke("trigger", {"Records": batch})
    direct = deployed.invoke("trigger", {"target": "erp-prod"})

    forget_clients()
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert direct["queued"]["message"] == "the targets below /standdown could not be read"
    assert len(deployed.http.calls) == 0


# --- poller ----------------------------------------------------------------------------------------------------------


def test_a_look_returns_the_workflows_next_state(deployed: Deployed) -> None:
    followed(deployed)
    deployed.http.get(f"{SDRS}/jobs/j-1", json={"job_id": "j-1", "status": "RUNNING"})
    state = {"schema_version": 1, "operation_id": OPERATION_ID, "finished": False, "wait_seconds": 2}

    first = deployed.invoke("poller", state)
    second = deployed.invoke("poller", first)

    assert (first["finished"], first["seen"], second["looks"]) == (False, "RUNNING", 2)
    assert 2 <= first["wait_seconds"] <= 60


def test_a_look_that_sees_the_end_writes_it_down(deployed: Deployed) -> None:
    followed(deployed)
    deployed.http.get(f"{SDRS}/jobs/j-1", json={"job_id": "j-1", "status": "SUCCESS"})
    deployed.http.get(f"{SDRS}/server-groups/{GROUP}", json={"server_group": {"id": GROUP, "status": "available"}})
    deployed.http.get(f"{SDRS}/replications", json={"count": 1, "replications": [{"id": "p-1", "status": "available"}]})

    state = deployed.invoke("poller", {"operation_id": OPERATION_ID})

    operation = deployed.ledger.get(OPERATION_ID)
    assert state["finished"]
    assert operation is not None
    assert operation.outcome is not None
    assert (operation.outcome.result, operation.outcome.verified) == (Result.SUCCEEDED, True)


def test_an_endless_job_does_not_outgrow_the_workflows_state(deployed: Deployed) -> None:
    followed(deployed)
    children = [{"job_id": f"j-{n}", "status": "RUNNING", "fail_reason": "x" * 900} for n in range(1000)]
    job = {"job_id": "j-1", "status": "RUNNING", "fail_reason": "x" * 10_000, "entities": {"sub_jobs": children}}
    deployed.http.get(f"{SDRS}/jobs/j-1", json=job)

    state = deployed.invoke("poller", {"operation_id": OPERATION_ID})

    assert len(json.dumps(state)) < 4096


@pytest.mark.parametrize("state", [None, [], "x", {}, {"operation_id": "group#x"}, {"operation_id": "0" * 5000}])
def test_a_workflow_that_was_started_by_hand_is_finished_without_a_look(deployed: Deployed, state: Any) -> None:
    assert deployed.invoke("poller", state)["finished"] is True
    assert len(deployed.http.calls) == 0


# --- notifier --------------------------------------------------------------------------------------------------------


def test_an_outcome_is_published_and_the_operation_settled(deployed: Deployed) -> None:
    followed(deployed)
    operation = deployed.ledger.get(OPERATION_ID)
    assert operation is not None
    deployed.ledger.end(operation, Outcome(Result.SUCCEEDED, aws.now(), "Protection is off.", verified=True))

    state = deployed.invoke("notifier", {"operation_id": OPERATION_ID, "finished": True})

    settled = deployed.ledger.get(OPERATION_ID)
    assert (state["published"], state["outcome"], state["wait_seconds"]) == (True, "succeeded", 0)
    assert settled is not None
    assert settled.state is State.PUBLISHED
    assert {name: channel.status for name, channel in settled.channels.items()} == {
        "sns": Delivery.DONE,
        "eventbridge": Delivery.DONE,
    }


@pytest.mark.parametrize("event", [{}, {"operation_id": None}, {"operation_id": "f" * 32}, {"Error": "States.Timeout"}])
def test_nothing_is_published_of_an_operation_that_never_was(deployed: Deployed, event: Any) -> None:
    state = deployed.invoke("notifier", event)

    assert (state["published"], state["outcome"]) == (True, "unknown")


# --- sweeper ---------------------------------------------------------------------------------------------------------


def test_a_sweep_of_nothing_finds_nothing(deployed: Deployed) -> None:
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}

    assert deployed.invoke("sweeper", event) == {"seen": 0, "moved": []}


def test_a_sweep_leaves_alone_what_others_are_at(deployed: Deployed) -> None:
    followed(deployed)
    deployed.http.get(f"{SDRS}/server-groups", json={"count": 0, "server_groups": []})

    assert deployed.invoke("sweeper", {}) == {"seen": 1, "moved": []}
    assert [call.request.method for call in deployed.http.calls] == ["POST", "GET"]


# --- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["trigger", "poller", "notifier", "sweeper"])
def test_a_function_that_is_deployed_without_a_variable_names_it(deployed: Deployed, function: str) -> None:
    deployed.values["TABLE_NAME"] = ""

    with pytest.raises(SettingsError, match="environment variable TABLE_NAME is not set"):
        deployed.invoke(function, {"target": "erp-prod", "operation_id": OPERATION_ID})


def test_no_line_of_any_log_holds_the_credential(deployed: Deployed, capfd: pytest.CaptureFixture[str]) -> None:
    followed(deployed)
    deployed.http.get(f"{SDRS}/jobs/j-1", status=500, body=f"your token {SECRET} is of no use")
    deployed.invoke("poller", {"operation_id": OPERATION_ID})
    deployed.invoke("notifier", {"operation_id": OPERATION_ID})
    aws.client("secretsmanager").put_secret_value(SecretId="standdown/huawei", SecretString=f'"{SECRET}"')
    deployed.invoke("trigger", {"target": "erp-prod"}, "another")

    out, err = capfd.readouterr()
    told = json.dumps([operation.to_dict() for operation in deployed.ledger.history("erp-prod")])
    assert SECRET not in out + err + told
    assert all(line.startswith("{") for line in out.splitlines() if line)


@pytest.mark.parametrize("path", sorted(FUNCTIONS.glob("*/app.py")), ids=lambda path: path.parent.name)
def test_a_handler_is_a_table_of_contents(path: Any) -> None:
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 22
    assert text.startswith('"""')
    assert "os.environ" not in text
    assert "boto3" not in text


def test_every_function_of_the_template_has_its_handler_and_no_handler_is_forgotten() -> None:
    resources = template()["Resources"]
    functions = {n for n, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"}
    handlers = {path.parent.name for path in FUNCTIONS.glob("*/app.py")}

    assert {name.removesuffix("Function").lower() for name in functions} <= handlers


@pytest.mark.parametrize("function", sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py")))
def test_importing_a_function_needs_no_environment_and_no_network(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TABLE_NAME", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

    assert callable(load(function).lambda_handler)
