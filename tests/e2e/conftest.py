"""The deployed stack: one for the whole run, and a protection group of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.case import Case, documents, group_id
from local.cloud import LocalCloud
from local.places import CLOUD_PYTHON, SAM_BIN

POOL = [f"case-{number:02}" for number in range(40)]
SPECIAL = {
    **documents(["switched-off"], mode="off"),
    **documents(["rehearsed"], mode="dry-run"),
    **documents(["alarm-only"], sources=["alarm"], alarms=["alarm-only-*"]),
    **documents(["impatient"], deadline_minutes=1),
}
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
    with LocalCloud(wait_scale=WAIT_SCALE, simulator=JOB, targets=targets) as cloud:
        cloud.simulator.put_groups(*groups)
        yield cloud


@pytest.fixture(scope="session")
def _pool() -> Iterator[str]:
    return iter(POOL)


@pytest.fixture
def case(stack: LocalCloud, _pool: Iterator[str]) -> Case:
    """Give a target with a protected group that no other test has used; it needs no set-up and no cleaning."""
    return Case(stack, next(_pool))
