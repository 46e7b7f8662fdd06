"""Run a function in a fresh process as Lambda does, and learn what it did when."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import artefacts
from bench.artefacts import SUBJECTS
from bench.cloud import Cloud, group_of, name_of
from bench.report import MeasureError
from local.places import CACHE, aws_env
from simulator import defaults

_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| (\s*)(\S+)")
_SECONDS = 120
SCHEDULER = "AROASCHEDULER"
"""By which the queue knows the schedule's messages: of these the guard is asked."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One function to run: its name, and the folders of its path, the app's own first."""

    name: str
    folders: tuple[Path, ...]

    def run(
        self,
        cloud: Cloud,
        events: Sequence[Any],
        *options: str,
        trace: bool = False,
        group: Path | None = None,
        forget: bool = False,
    ) -> Run:
        """Run it with the events against the cloud; `options` are the interpreter's, `trace` sees what is idle.

        From its first event on it has the CPU share of the `group`. `forget` has it read its targets at every event.
        """
        with TemporaryDirectory(dir=CACHE) as scratch:
            given, result = Path(scratch) / "events.json", Path(scratch) / "result.json"
            given.write_text(json.dumps(events), "utf-8")
            path = os.pathsep.join(str(folder) for folder in self.folders)
            # Without site-packages and without writing bytecode: what the folders hold, as they are, and nothing else.
            command = [
                str(part)
                for part in (artefacts.python(), "-S", "-B", *options, SUBJECTS / "as_lambda.py", path, given, result)
            ]
            env = environment(cloud) | ({"BENCH_TRACE": "1"} if trace else {})
            env |= {"BENCH_GROUP": str(group)} if group else {}
            env |= {"BENCH_FORGET": "1"} if forget else {}
            spawned = time.monotonic_ns()
            done = subprocess.run(command, env=env, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
            if done.returncode:
                raise MeasureError(f"{self.name} failed:\n{done.stderr.decode()[-2000:]}")
            told = json.loads(result.read_text("utf-8"))
        return Run(spawned, told, done.stderr.decode(), tuple(cloud.arrivals))

    def imports(self, cloud: Cloud) -> dict[str, tuple[float, float]]:
        """Return for each imported module its own and its cumulative time in milliseconds."""
        lines = self.run(cloud, [], "-X", "importtime").errors.splitlines()
        found = [_IMPORT.match(line) for line in lines]
        return {one[4]: (int(one[1]) / 1000, int(one[2]) / 1000) for one in found if one}


@dataclass(frozen=True, slots=True)
class Run:
    """What one process did; times in monotonic nanoseconds, one clock for all processes."""

    spawned: int
    told: dict[str, Any]
    errors: str
    arrivals: tuple[Any, ...]

    @property
    def stops(self) -> list[Any]:
        """Return the stops that arrived; raise MeasureError where there is none."""
        found = [arrival for arrival in self.arrivals if arrival.name == "sdrs.stop"]
        if not found:
            raise MeasureError(f"no stop was sent; it said {self.told['invocations']}")
        return found

    @property
    def invocations(self) -> list[dict[str, Any]]:
        """Return the invocations with start, end, CPU time and answer."""
        found: list[dict[str, Any]] = self.told["invocations"]
        return found


def environment(cloud: Cloud) -> dict[str, str]:
    """Return what the template tells the functions, everything at the cloud given."""
    tls = {"AWS_CA_BUNDLE": str(cloud.far.ca_file)} if cloud.far else {}
    return (
        aws_env(cloud.url)
        | tls
        | {
            "AWS_LAMBDA_FUNCTION_NAME": "standdown-subject",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "STACK_NAME": "standdown",
            "POWERTOOLS_METRICS_NAMESPACE": "Standdown",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "POWERTOOLS_SERVICE_NAME": "standdown-trigger",
            "CONFIG_PREFIX": "/standdown",
            "SCHEDULE_SENDER_ID": SCHEDULER,
            "TABLE_NAME": "ledger",
            "WEBHOOK_SECRET_NAME": "standdown/webhook",
            "HUAWEI_SECRET_NAME": "standdown/huawei",
            "HUAWEI_REGION": defaults.REGION,
            "HUAWEI_PROJECT_ID": defaults.PROJECT_ID,
            "SDRS_ENDPOINT": cloud.sdrs_url,
            "IAM_ENDPOINT": cloud.sdrs_url,
            "WORKFLOW_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:standdown-stop",
            "REQUEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/requests",
            "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
            "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:outcomes",
            "NOTIFY_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/not-told",
            "EVENT_BUS_NAME": "default",
            "DEADLINE_MINUTES": "60",
            "MAX_AGE_MINUTES": "60",
            "LEDGER_DAYS": "400",
        }
    )


def batch(*numbers: int, named: bool = False, scheduled: bool = False) -> dict[str, Any]:
    """Return the event with which SQS delivers a request for each group of these numbers.

    `named` has each name its target, and not its group; `scheduled` has the scheduler send it.
    """
    sent = str(int(datetime.now(UTC).timestamp() * 1000))
    return {"Records": [_record(number, sent, named=named, scheduled=scheduled) for number in numbers]}


def _record(number: int, sent: str, *, named: bool, scheduled: bool) -> dict[str, Any]:
    wanted: dict[str, Any] = {"target": name_of(number)} if named else {"server_group_id": group_of(number)["id"]}
    wanted |= {"schema_version": 1, "source": "schedule"} if scheduled else {}
    return {
        "messageId": f"11111111-1111-4111-8111-{number:012d}",
        "receiptHandle": "handle",
        "body": json.dumps({**wanted, "reason": "bench", "requested_by": "bench"}),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": f"{SCHEDULER}:a" if scheduled else "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:requests",
        "awsRegion": "us-east-1",
    }
