"""Each function loads only what it may use: seen in a fresh interpreter, with every optional part configured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from unit.handlers.stack import FUNCTIONS

LAYER = Path(__file__).parents[3] / "layers" / "standdown"
MAY_NOT = {
    "trigger": {"publish", "notify", "follow", "sweep", "webhook", "doctor", "history", "replay"},
    "poller": {"intake", "admit", "stop", "door", "publish", "notify", "sweep", "request_queue", "targets", "doctor"},
    "notifier": {"intake", "huawei", "stop", "issue", "follow", "sweep", "door", "targets", "admit", "doctor"},
    "sweeper": {"intake", "door", "webhook", "doctor", "history", "replay"},
    "webhook": {"sdrs", "huawei", "stop", "issue", "admit", "targets", "publish", "notify", "follow", "sweep"},
}
WITHOUT_REQUESTS = {"webhook", "notifier"}
STARTED = """
import json, sys
import app
from standdown.wiring import aws
if "standdown.wiring.notifier" in sys.modules:
    from standdown.wiring import notifier
    aws.client = notifier.client = lambda service: None
    notifier.secrets = lambda: type("Store", (), {"get": lambda self, name, max_age: sys.argv[1]})()
    assert len(notifier.publication(notifier.NotifierSettings.from_env())._channels) == 3
print(json.dumps(sorted(sys.modules)))
"""
OUTGOING = {"endpoints": [{"name": "ops", "url": "https://ops.example.com/", "secrets": ["whsec_" + "A" * 43 + "="]}]}
CONFIGURED = {
    "TABLE_NAME": "ledger",
    "LEDGER_DAYS": "90",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:outcomes",
    "EVENT_BUS_NAME": "default",
    "NOTIFY_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/undelivered",
    "OUTGOING_WEBHOOK_SECRET_NAME": "standdown/outgoing",
}


def loaded(function: str) -> set[str]:
    """Return the modules that a fresh process has once the function was imported and its parts put together."""
    path = os.pathsep.join([str(FUNCTIONS / function), str(LAYER)])
    command = [sys.executable, "-c", STARTED, json.dumps(OUTGOING)]
    environment = os.environ | CONFIGURED | {"PYTHONPATH": path}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize("function", sorted(MAY_NOT))
def test_a_function_loads_nothing_that_it_may_not_use(function: str) -> None:
    found = loaded(function)

    ours = {name.split(".")[1] for name in found if name.startswith("standdown.")}
    assert not ours & MAY_NOT[function]
    assert ("requests" in found) is (function not in WITHOUT_REQUESTS)
