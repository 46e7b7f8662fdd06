"""The brakes: changed in the Parameter Store, in force within a minute, with no deployment."""

from __future__ import annotations

import time

import pytest

from local.case import Case
from local.cloud import LocalCloud

pytestmark = pytest.mark.slow  # last, as the brakes are pulled first

IN_FORCE_SECONDS = 52.0
BRAKES = {
    "brake-off": ("refused", "off", "switched off"),
    "brake-dry-run": ("dry_run", None, ""),
    "brake-sources": ("refused", "not_allowed", "takes requests from alarm, not from queue"),
    "brake-broken": ("refused", "not_allowed", "key 'max_age_minutes'"),
    "brake-gone": ("refused", "not_allowed", "No target named 'brake-gone'"),
}


@pytest.fixture(scope="module", autouse=True)
def _in_force(pulled_at: float) -> None:
    time.sleep(max(0.0, pulled_at + IN_FORCE_SECONDS - time.monotonic()))


@pytest.mark.parametrize("target", BRAKES)
def test_a_brake_holds_without_a_deployment(stack: LocalCloud, target: str) -> None:
    case = Case(stack, target)
    earlier = len(case.operations())

    case.request()

    operation = case.published(earlier + 1)[-1]
    result, refusal, said = BRAKES[target]
    assert (operation["outcome"]["result"], operation["outcome"]["refusal"]) == (result, refusal)
    assert said in operation["outcome"]["detail"]
    assert not case.stops()


def test_a_brake_of_one_target_leaves_the_others_alone(case: Case) -> None:
    case.request()

    (operation,) = case.published()
    assert operation["outcome"]["result"] == "succeeded"
