"""A small storm: eight requests for four groups, all sent twice, functions dying, calls to SDRS and AWS in trouble.

`make storm` has the big one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from local.places import MICROBURST
from local.storm import Storm, run

# The notifier lives: what it leaves behind when it dies is for the sweeper, which lets a minute pass first.
SMALL = Storm(
    stops=8,
    groups=4,
    both_ways=2,
    mortal=("trigger", "poller"),
    patience=240,
    microburst=MICROBURST,
    trigger_seconds=10,
    seen_again_seconds=3,
    at_once=3,
    wait_scale=0.1,
    sweep_seconds=20,
)


@pytest.mark.slow
@pytest.mark.timeout(330)
def test_a_small_storm_loses_nothing_and_stops_nothing_twice(tmp_path: Path) -> None:
    if not MICROBURST.exists():
        pytest.fail("microburst is not set up: run make setup, or make test")

    after = run(SMALL, tmp_path)

    assert after.problems(SMALL) == [], after.summary()
    assert after.troubled > 0
    assert sum(after.aws.values()) > 0
