"""The deployed stack: one for the whole run, with IAM enforced, and a protection group of its own for each test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from local.case import Case, documents, group_id
from local.cloud import LocalCloud
from local.doors import Doors, parameters
from local.earlier import has_history
from local.places import CLOUD_PYTHON, SAM_BIN, aws_env

LONGEST = ("test_upgrade.py", "test_nights_typed.py")
"""Their files begin: whoever got one of them last would work alone to the end of the run."""
POOL = [f"case-{number:02}" for number in range(80)]
SPECIAL = {
    **documents(["switched-off"], mode="off"),
    **documents(["rehearsed"], mode="dry-run"),
    **documents(["alarm-only"], sources=["alarm"], alarms=["alarm-only-*"]),
    **documents(["impatient"], deadline_minutes=1),
    **documents(["by-topic", "by-topic-too"], alarms=["alarm-topic-*"]),
    **documents(["by-composite"], alarms=["alarm-composite"]),
    **documents(["by-rule"], alarms=["alarm-rule"]),
    **documents(["by-action"], alarms=["alarm-action"]),
    **documents(["by-cloud-eye"], alarms=["alarm-cloud-eye-*"]),
    **documents(["by-cloud-eye-v1"], alarms=["alarm-v1-*"]),
    **documents(["by-cloud-eye-again"], alarms=["alarm-again-*"]),
    **documents(["by-monitoring"], alarms=["alarm-fires-*"], sources=["monitoring"]),
    **documents(["by-grafana"], alarms=["alarm-grafana"], sources=["alarm", "monitoring"]),
    **documents(["by-command"], alarms=["alarm-command"], sources=["monitoring"]),
    **documents(["not-by-monitoring"], alarms=["alarm-not-asked"]),
    **documents(["by-rule-of-smn"], alarms=["alarm-by-rule"]),
    **documents(["scheduled-wrongly", "skipped"]),
    **documents(["brake-off", "brake-dry-run", "brake-sources", "brake-broken", "brake-gone"]),
}
PULLED: dict[str, dict[str, Any] | str | None] = {
    **documents(["brake-off"], mode="off"),
    **documents(["brake-dry-run"], mode="dry-run"),
    **documents(["brake-sources"], sources=["alarm"]),
    **documents(["brake-broken"], max_age_minutes="sixty"),
    "brake-gone": None,
}
ALARM_PREFIX = "alarm-"
JOB = ("--job-seconds", "2", "--init-seconds", "0.2")
"""Jobs short enough for a test and long enough for several looks: the workflow's waits are scaled as well."""
WAIT_SCALE = 0.2


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalCloud]:
    """Give the stack on the local cloud; its targets are erp-prod, the pool's and the special ones."""
    if not (CLOUD_PYTHON.exists() and (SAM_BIN / "sam").exists()):
        pytest.fail("the local cloud is not set up: run make setup, or make test")
    targets: dict[str, dict[str, Any] | str] = {**documents(POOL), **SPECIAL, "broken": "{not JSON"}
    groups = [{"id": group_id(name), "name": name, "status": "protected", "pairs": 2} for name in (*POOL, *SPECIAL)]
    ways_in = parameters(ALARM_PREFIX)
    with LocalCloud(auth=True, wait_scale=WAIT_SCALE, simulator=JOB, targets=targets, parameters=ways_in) as cloud:
        cloud.simulator.put_groups(*groups)
        _skip_today(cloud)
        _begin_what_takes_a_minute(cloud)
        yield cloud


def pytest_report_header() -> list[str]:
    """Say what a copy without git's history cannot try."""
    return [] if has_history() else ["upgrades: no git history here, so only the other template is upgraded from"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what is waited for to the end: most of it happens while the other tests run. The longest files begin."""
    items.sort(key=lambda item: (item.path.name not in LONGEST, item.get_closest_marker("slow") is not None))


def _skip_today(cloud: LocalCloud) -> None:
    """Put the calendar of the target `skipped`, with the days around now, before any function has read one."""
    now = datetime.now(UTC)
    days = [{"from": f"{now - timedelta(days=1):%F}", "until": f"{now + timedelta(days=1):%F}", "reason": "release"}]
    name = f"{cloud.outputs['ConfigPrefix']}/calendars/skipped"
    cloud.client("ssm").put_parameter(Name=name, Value=json.dumps({"zone": "UTC", "dates": days}), Type="String")


def _begin_what_takes_a_minute(cloud: LocalCloud) -> None:
    """Ask for a stop that never ends: its deadline, the shortest that there is, comes while the other tests run."""
    impatient = Case(cloud, "impatient")
    impatient.set_group(plan={"ending": "stuck"})
    impatient.request()


@pytest.fixture
def operator(stack: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """Give the stack, with this process's AWS being the local cloud, and its account's own keys."""
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it may have been made with other keys by another test
    for name, value in aws_env(stack.endpoint).items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return stack


@pytest.fixture(scope="session")
def doors(stack: LocalCloud) -> Doors:
    """Give every way into the stack."""
    return Doors(stack)


@pytest.fixture(scope="session", autouse=True)
def pulled_at(stack: LocalCloud) -> float:
    """Pull the brakes of some targets while the trigger believes what it read before; return when that was.

    It takes up to a minute for them to be in force: the other tests run meanwhile.
    """
    Case(stack, "brake-off").request(dry_run=True)
    Case(stack, "brake-off").published()
    for name, document in PULLED.items():
        if document is None:
            parameter = f"{stack.outputs['ConfigPrefix']}/targets/{name}"
            stack.client("ssm").delete_parameter(Name=parameter)
        else:
            stack.put_target(name, document)
    return time.monotonic()


@pytest.fixture(scope="session")
def _pool() -> Iterator[str]:
    return iter(POOL)


@pytest.fixture
def case(stack: LocalCloud, _pool: Iterator[str]) -> Case:
    """Give a target with a protected group that no other test has used; it needs no set-up and no cleaning."""
    return Case(stack, next(_pool))


@pytest.fixture
def other_case(stack: LocalCloud, _pool: Iterator[str]) -> Case:
    """Give a second target of the same kind."""
    return Case(stack, next(_pool))
