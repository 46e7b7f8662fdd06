"""Each function loads only what it may use: seen in a fresh interpreter, with every optional part configured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.deployed import FUNCTIONS

LAYER = Path(__file__).parents[3] / "layers" / "standdown"
SDRS_WORDS = {"sdrs.classify", "sdrs.codes", "sdrs.errors", "sdrs.fail_reason"}  # what its error codes mean
# The packages and modules of each function, beside core and base, which all have.
MAY = {
    "trigger": {
        "entry.trigger",
        "entry.own_messages",
        "entry.questions",
        "action",
        "intake",
        "ledger",
        "aws",
        "huawei",
        "sdrs",
    },
    "poller": {"entry.poller", "follow", "ledger", "aws.settings", "aws.workflow", "huawei", "sdrs"},
    "notifier": {"entry.notifier", "entry.questions", "publish", "ledger", "aws.settings", *SDRS_WORDS},
    "sweeper": {
        "entry.sweeper",
        "entry.questions",
        "sweep",
        "action",
        "follow",
        "publish",
        "ledger",
        "aws",
        "huawei",
        "sdrs",
    },
    "webhook": {"entry.webhook", "intake", "ledger", "aws.request_queue", "aws.settings"},
}
MAY_NOT = {  # of what MAY allows as a whole
    "trigger": {
        "action.dry_run",
        "action.due_resume",
        "core.due",
        "doctor",
        "entry.trigger_questions",
        "ledger.receipts",
        "intake.webhook",
        "intake.webhook.request",
        "intake.webhook.github",
        "intake.webhook.senders",
        "intake.alertmanager",
        "intake.monitoring",
        "sdrs.fail_reason",
        "sdrs.iam",
    },
    "poller": {"sdrs.fail_reason", "sdrs.iam", "ledger.receipts", "core.targets", "core.admission"},
    "notifier": {
        "entry.notifier_questions",
        "ledger.receipts",
        "ledger.turns",
        "publish.channels.chats",
        "publish.history",
        "publish.notices",
        "publish.render.notice_payload",
        "publish.render.notice_text",
        "publish.render.notices",
        "publish.render.resume_steps",
        "publish.replay",
        "publish.sample",
        "core.targets",
        "core.admission",
        "core.retry",
    },
    "sweeper": {"publish.channels.sns", "publish.channels.webhook", "publish.history", "publish.replay", "aws.batch"},
    "webhook": {
        "core.targets",
        "core.admission",
        "core.decisions",
        "intake.alertmanager",
        "intake.monitoring",
        "intake.smn_alarm",
        "intake.webhook.bearer",
        "intake.webhook.grafana",
        "intake.webhook.smn_rules",
    },
}
STARTED = """
import json, sys
import app
from standdown.entry.wiring import aws
if "standdown.entry.wiring.notifier" in sys.modules:
    from standdown.entry.wiring import notifier
    aws.client = notifier.client = lambda service: None
    notifier.secrets = lambda: type("Store", (), {"get": lambda self, name, max_age: sys.argv[1]})()
    assert len(notifier.publication(notifier.NotifierSettings.from_env()).channels) == 3
print(json.dumps(sorted(sys.modules)))
"""
SEARCHED = """
import gc, json, sys
seen = []
gc.callbacks.append(lambda phase, about: seen.append(phase) if "boto3" in sys.modules else None)
import app
print(json.dumps([len(seen), gc.isenabled(), gc.get_freeze_count() > 0]))
"""
DEEP = """
import json, sys
depths = {}

class Looks:
    def find_spec(name, path=None, target=None):
        frame, depths[name] = sys._getframe(), 0
        while frame := frame.f_back:
            depths[name] += 1

sys.meta_path.insert(0, Looks)
import app
print(json.dumps(depths))
"""
FLAT = 30
"""Frames below the import of boto3. With thirty more than that, a start asked the system for memory 430 times, by one
trace of `munmap`; where it was loaded before, 2,800 times.
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
    return set(said(function, STARTED))


def said(function: str, script: str, **more: str) -> Any:
    """Return what a script prints that imports the function in a fresh process."""
    path = os.pathsep.join([str(FUNCTIONS / function), str(LAYER)])
    command = [sys.executable, "-c", script, json.dumps(OUTGOING)]
    environment = os.environ | CONFIGURED | {"PYTHONPATH": path} | more
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    return json.loads(ran.stdout)


@pytest.mark.parametrize("function", sorted(MAY))
def test_what_is_deep_in_itself_is_loaded_from_a_flat_stack(function: str) -> None:
    depths = said(function, DEEP)

    assert max(depths["urllib3"], depths["botocore.session"], depths["boto3"]) <= FLAT


@pytest.mark.parametrize("function", sorted(MAY))
def test_nothing_is_searched_for_garbage_while_a_function_is_imported_and_from_then_on_it_is(function: str) -> None:
    assert said(function, SEARCHED, AWS_LAMBDA_FUNCTION_NAME="one", AWS_DEFAULT_REGION="us-east-1") == [0, True, True]


@pytest.mark.parametrize("function", sorted(MAY))
def test_a_function_loads_nothing_that_it_may_not_use(function: str) -> None:
    found = loaded(function)

    ours = {name.removeprefix("standdown.") for name in found if name.startswith("standdown.")}
    assert {name for name in ours if not _may(function, name)} == set()
    assert not ours & MAY_NOT[function]
    assert not {"requests", "asyncio", "aws_lambda_powertools.utilities.data_classes"} & found
    assert f"entry.wiring.{function}" in ours
    assert not ours & {f"entry.wiring.{other}" for other in MAY if other != function}


def _may(function: str, name: str) -> bool:
    """Return whether a module, or a package that holds it or is on the way to it, is on the function's list."""
    allowed = MAY[function] | {"core", "base", "entry.wiring"}
    return any(name == one or name.startswith(f"{one}.") or one.startswith(f"{name}.") for one in allowed)
