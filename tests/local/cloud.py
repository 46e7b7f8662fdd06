"""The whole local cloud as one context manager: simulator, embedded AWS, this project built and deployed."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

from local import sam
from local.aws import EmbeddedAws
from local.inbox import Inbox
from local.mend import mend
from local.overlay import Overlay, laid_over
from local.places import CACHE, CLOUD_PYTHON, REGION, ROOT, plain_env
from local.process import Child, ending_on_signals, undisturbed
from simulator import defaults
from simulator.control import Control

ARTEFACTS = "artefacts"
SECRET = "standdown/huawei"
CREDENTIAL = {"access_key": defaults.ACCESS_KEY, "secret_key": defaults.SECRET_KEY}
_LOOKING = 30
"""Seconds for which the messages of a dead-letter queue are out of sight while they are being read."""
_STARTS, _CODE_FOLDER = 3, "ministack-lambda-"
SAMPLE_TARGET = {"server_group_id": defaults.ERP_PROD, "alarms": ["erp-prod-*"]}


class LocalCloud:
    """A stack on this machine; enter it to start it, leave it and nothing of it is left.

    `wait_scale` shortens every Wait of the workflow, `auth` has IAM enforced, `parameters` are the template's,
    `targets` the documents in the Parameter Store, `root` another checkout to deploy, `switches` more for ministack,
    `overlays` what of the tests is wrapped around functions.
    """

    def __init__(
        self,
        *,
        wait_scale: float = 1.0,
        auth: bool = False,
        parameters: Mapping[str, str] | None = None,
        targets: Mapping[str, Mapping[str, Any] | str] | None = None,
        simulator: tuple[str, ...] = (),
        switches: Mapping[str, str] | None = None,
        overlays: Sequence[Overlay] = (),
        root: Path = ROOT,
        stack: str = "standdown",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.stack, self._root, self._say = stack, root, say
        self._wait_scale, self.auth, self._switches = wait_scale, auth, switches
        self._parameters, self._simulator_options = dict(parameters or {}), simulator
        self._overlays = overlays
        self._targets: dict[str, Mapping[str, Any] | str] = {"erp-prod": SAMPLE_TARGET, **(targets or {})}
        self._leave = contextlib.ExitStack()
        self._clients: dict[str, Any] = {}
        self.outputs: dict[str, str] = {}
        self.built: Path
        self.simulator: Control
        self.endpoint: str
        self._aws: EmbeddedAws

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as started:
            started.enter_context(ending_on_signals())
            folder = started.enter_context(_scratch())
            self._start(started, folder)
            self._leave = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.close()

    def client(self, service: str) -> Any:
        """Return a client of one AWS service of the local cloud."""
        if service not in self._clients:
            self._clients[service] = boto3.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(connect_timeout=5, read_timeout=70, retries={"total_max_attempts": 2}, proxies={}),
            )
        return self._clients[service]

    def deploy(self, built: Path, log: Path) -> None:
        """Deploy what was built: over the stack, as after a change of the sources, where it is there already."""
        place = {"SdrsEndpoint": self.simulator.url, "IamEndpoint": self.simulator.url}
        sam.deploy(built, self.endpoint, self.stack, ARTEFACTS, place | self._parameters, log)
        self.deployed()

    def deployed(self) -> None:
        """Take over what a deployment made: the stack's outputs, and what the local cloud does not do of itself."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
        mend(self.client, self.auth)

    def put_target(self, name: str, document: Mapping[str, Any] | str) -> None:
        """Put a target's document into the Parameter Store; functions that run already see it within a minute."""
        text = document if isinstance(document, str) else json.dumps({"project_id": defaults.PROJECT_ID, **document})
        name = f"{self.outputs['ConfigPrefix']}/targets/{name}"
        self.client("ssm").put_parameter(Name=name, Value=text, Type="String", Overwrite=True)

    def request(self, body: str | Mapping[str, Any], **attributes: str) -> str:
        """Put one message into the RequestQueue, `delivery_id=` its attribute standdown-delivery-id; return its id."""
        sent = self.client("sqs").send_message(
            QueueUrl=self.outputs["RequestQueueUrl"],
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageAttributes={
                f"standdown-{name.replace('_', '-')}": {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )
        return str(sent["MessageId"])

    def dead_letters(self, queue: str = "Request") -> list[dict[str, Any]]:
        """Return the messages in the dead-letter queue of requests, or of `Notify`, and leave them there."""
        return self._letters(
            queue, lambda **letter: self.client("sqs").change_message_visibility(**letter, VisibilityTimeout=0)
        )

    def take_dead_letters(self) -> list[dict[str, Any]]:
        """Return the messages in the dead-letter queue of requests, and take them out, all before any comes back."""
        return self._letters("Request", self.client("sqs").delete_message)

    def _letters(self, queue: str, afterwards: Callable[..., Any]) -> list[dict[str, Any]]:
        url, found = self.outputs[f"{queue}DeadLetterQueueUrl"], []
        wanted = {"MaxNumberOfMessages": 10, "VisibilityTimeout": _LOOKING, "MessageAttributeNames": ["All"]}
        while letters := self.client("sqs").receive_message(QueueUrl=url, **wanted).get("Messages", []):
            found += letters
        for letter in found:
            afterwards(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
        return found

    def invoke(self, function: str, event: Any) -> Any:
        """Invoke a function (trigger, poller, ...) and return its answer; raise RuntimeError where it raised."""
        name = self.outputs[f"{function.capitalize()}FunctionName"]
        starts = 0
        while True:
            answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
            payload = json.loads(answer["Payload"].read() or b"null")
            if not answer.get("FunctionError"):
                return payload
            starts += 1
            # A function that was just configured again: the local cloud removed the code that it was about to start.
            removed = payload.get("errorType") == "FileNotFoundError" and _CODE_FOLDER in payload["errorMessage"]
            if starts == _STARTS or not removed:
                raise RuntimeError(f"{function}: {payload}")

    def hasten(self, trigger_seconds: int, seen_again_seconds: int) -> None:
        """Give the trigger less time, and have a message that it did not acknowledge delivered again sooner."""
        name, url = self.outputs["TriggerFunctionName"], self.outputs["RequestQueueUrl"]
        self.client("lambda").update_function_configuration(FunctionName=name, Timeout=trigger_seconds)
        again = {"VisibilityTimeout": str(seen_again_seconds)}
        self.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=again)

    def ledger(self) -> list[dict[str, Any]]:
        """Return every operation in the ledger as plain values, in the order in which they came."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["LedgerTableName"])
        items = [{key: _plain(value) for key, value in item.items()} for page in pages for item in page["Items"]]
        return sorted((item for item in items if "#" not in item["pk"]), key=lambda item: str(item["received_at"]))

    def logs(self, function: str) -> list[dict[str, Any]]:
        """Return the JSON lines that a function logged, oldest first; other lines as {"text": ...}."""
        pages = (
            self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/{self.stack}/{function}")
        )
        return [_log_line(event["message"]) for page in pages for event in page["events"]]

    def executions(self) -> list[dict[str, Any]]:
        """Return the workflow's executions, newest first."""
        found = self.client("stepfunctions").list_executions(stateMachineArn=self.outputs["StopWorkflowArn"])
        return list(found["executions"])

    def mails(self) -> list[dict[str, str]]:
        """Return the mails that arrived, as their readers see them: `to`, `subject` and `text`, oldest first."""
        return self._aws.mails()

    def subscribe(self) -> Inbox:
        """Return an inbox that subscribes to the topic, as a person's would."""
        inbox = Inbox(self.client("sqs"), f"people-{time.monotonic_ns()}")
        self.client("sns").subscribe(TopicArn=self.outputs["OutcomeTopicArn"], Protocol="sqs", Endpoint=inbox.arn)
        return inbox

    def watch_events(self) -> Inbox:
        """Return an inbox that is the target of a rule for the outcome events, as a machine's would be."""
        inbox = Inbox(self.client("sqs"), f"machines-{time.monotonic_ns()}")
        events = self.client("events")
        events.put_rule(Name=inbox.name, EventPattern=json.dumps({"source": ["standdown"]}))
        events.put_targets(Rule=inbox.name, Targets=[{"Id": "inbox", "Arn": inbox.arn}])
        return inbox

    def _start(self, started: contextlib.ExitStack, folder: Path) -> None:
        def end(child: Child | EmbeddedAws) -> None:
            with undisturbed():
                child.end()

        aws = EmbeddedAws(folder, self._wait_scale, self.auth, self._switches)
        started.callback(end, aws)
        port_file = folder / "simulator.port"
        command = (CLOUD_PYTHON, "-m", "simulator", "--port-file", port_file, *self._simulator_options)
        simulator = Child("simulator", command, folder / "simulator.log", plain_env(), cwd=ROOT / "tests")
        started.callback(end, simulator)
        self._say("sam build")
        built = sam.build(self._root)
        if self._overlays:
            built = laid_over(built, folder, self._overlays)
        self.built = built
        self._say("starting the SDRS simulator and the local cloud on free loopback ports")
        simulator.wait_until(port_file.exists)
        self.simulator = Control(f"http://127.0.0.1:{port_file.read_text().strip()}")
        aws.wait()
        self.endpoint, self._aws = aws.endpoint, aws
        self._say("sam deploy")
        self._deploy(built, folder)

    def _deploy(self, built: Path, folder: Path) -> None:
        self.client("s3").create_bucket(Bucket=ARTEFACTS)
        self.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(CREDENTIAL))
        self.deploy(built, folder / "deploy.log")
        for name, document in self._targets.items():
            self.put_target(name, document)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder for everything that runs; keep its logs where something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="standdown-"))
    try:
        yield folder
    except Exception:
        kept = CACHE / "last-failure"
        kept.mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):
            shutil.copy(log, kept)
        raise
    finally:
        with undisturbed():
            shutil.rmtree(folder, ignore_errors=True)


def _plain(value: dict[str, Any]) -> Any:
    """Return a DynamoDB attribute as a plain value."""
    ((kind, inner),) = value.items()
    if kind == "M":
        return {key: _plain(item) for key, item in inner.items()}
    if kind == "L":
        return [_plain(item) for item in inner]
    if kind == "N":
        return int(inner) if inner.lstrip("-").isdigit() else float(inner)
    return None if kind == "NULL" else inner


def _log_line(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {"text": text}
    return line if isinstance(line, dict) else {"text": text}
