"""A small storm: twenty requests for ten groups, every message twice, functions that die, every fifth call in trouble.

`make storm` has the big one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from local.storm import Storm, run

# The notifier lives: what it leaves behind when it dies is for the sweeper, which lets a minute pass first.
SMALL = Storm(
    stops=20,
    groups=10,
    chance=0.02,
    mortal=("trigger", "poller"),
    patience=150,
    trigger_seconds=10,
    seen_again_seconds=3,
)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_small_storm_loses_nothing_and_stops_nothing_twice(tmp_path: Path) -> None:
    after = run(SMALL, tmp_path)

    assert after.problems(SMALL) == [], after.summary()
    assert after.troubled > 0
