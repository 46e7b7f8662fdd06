"""The pairs of the simulator after protection was enabled again: they copy on, and a stop has to wait until then."""

from __future__ import annotations

import time
from typing import Any

import pytest

from integration.sdrs.test_world import make
from simulator import Simulator, admin
from simulator import defaults as sim
from simulator.clock import Clock
from simulator.control import Control, ControlError
from standdown.sdrs.client import SdrsClient
from standdown.sdrs.errors import ApiError
from standdown.sdrs.models import GroupStatus

GROUP = sim.ERP_PROD


@pytest.fixture
def clock() -> Clock:
    return Clock()


def started(clock: Clock, status: str = "available", **plan: Any) -> tuple[Any, SdrsClient]:
    """Return a service whose group was just enabled: its job takes 10 s, and its pairs copy for 30 s more."""
    service, client = make(clock, groups=[{"id": GROUP, "name": "erp", "status": status, "pairs": 2}])
    times = {"init_seconds": 0.0, "job_seconds": 10.0, "copy_seconds": 30.0}
    service.world.plan = service.world.plan.changed(**times | plan)
    client.start_protection(GROUP)
    return service, client


def shown(client: SdrsClient) -> tuple[Any, ...]:
    group, (pair, other) = client.get_protection_group(GROUP), client.list_replication_pairs(GROUP)
    assert (pair.status, pair.progress) == (other.status, other.progress)
    return group.raw_status, group.progress, pair.status, pair.replication_status, pair.progress


def code_of_a_stop(client: SdrsClient) -> str | None:
    with pytest.raises(ApiError) as caught:
        client.stop_protection(GROUP)
    return caught.value.code


@pytest.mark.parametrize(("status", "meanwhile"), [("available", "starting"), ("failed-over", "reprotecting")])
def test_the_pairs_copy_on_after_the_group_is_protected_and_their_progress_only_grows(
    clock: Clock, status: str, meanwhile: str
) -> None:
    _, client = started(clock, status)
    seen = []

    for _ in range(5):
        seen.append(shown(client))
        clock.sleep(10)

    assert seen == [
        (meanwhile, 0, meanwhile, "copying", 0),
        ("protected", 25, "protected", "copying", 25),
        ("protected", 50, "protected", "copying", 50),
        ("protected", 75, "protected", "copying", 75),
        ("protected", 100, "protected", "active", 100),
    ]


def test_a_stop_is_refused_as_synchronising_until_the_last_pair_is_in_step(clock: Clock) -> None:
    _, client = started(clock)
    clock.sleep(39)

    assert code_of_a_stop(client) == "SDRS.1830"
    assert client.get_protection_group(GROUP).status is GroupStatus.PROTECTED
    clock.sleep(1)
    assert client.stop_protection(GROUP)
    assert client.get_protection_group(GROUP).status is GroupStatus.STOPPING


def test_pairs_that_are_called_starting_while_they_copy_can_be_had_too(clock: Clock) -> None:
    _, client = started(clock, copy_status="starting")
    clock.sleep(20)

    assert shown(client) == ("protected", 50, "starting", "copying", 50)
    clock.sleep(20)
    assert shown(client) == ("protected", 100, "protected", "active", 100)


def test_unless_it_is_asked_for_the_pairs_are_in_step_as_soon_as_the_group_is_protected(clock: Clock) -> None:
    _, client = started(clock, copy_seconds=0.0)
    clock.sleep(10)

    assert shown(client) == ("protected", 100, "protected", "active", 100)
    assert client.stop_protection(GROUP)


def test_a_start_that_fails_leaves_nothing_that_copies(clock: Clock) -> None:
    _, client = started(clock, ending="fail")
    clock.sleep(20)

    assert shown(client) == ("error-starting", 0, "error-starting", "active", 100)


@pytest.mark.parametrize("status", ["available", "failed-over", "stopping"])
def test_a_group_that_is_put_into_another_status_copies_no_more(clock: Clock, status: str) -> None:
    service, client = started(clock)
    clock.sleep(20)
    service.put_group({"id": GROUP, "status": status})

    assert shown(client)[3] == "active"
    service.put_group({"id": GROUP, "status": "protected"})
    assert shown(client) == ("protected", 100, "protected", "active", 100)


def test_how_long_they_copy_is_set_and_ended_by_the_switches_of_the_simulator() -> None:
    with Simulator(job_seconds=0.05, init_seconds=0.0) as simulator:
        control = Control(simulator.url)
        control.settings(copy_seconds=600)
        control.put_groups({"id": GROUP, "status": "available"})
        simulator.service.world.act("start", GROUP)
        time.sleep(0.1)

        copying = control.group(GROUP)
        control.end_job(GROUP)

        assert (copying["status"], copying["progress"]) == ("protected", 0)
        assert control.group(GROUP)["progress"] == 100
        with pytest.raises(ControlError):
            control.end_job(GROUP)


def test_the_scenario_of_a_night_lets_them_copy(clock: Clock) -> None:
    service = admin.make_service(clock=clock, scenario="night", job_seconds=8.0)

    assert service.world.plan.copy_seconds == 24.0
