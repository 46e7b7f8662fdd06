"""What may be said of a group without protection, in ten thousand courses of losing it and getting it back.

STANDDOWN_SOAK_RUNS says how many a fifth of them are; 2,000 where it says nothing.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from support.inmemory import quiet
from support.inmemory.reminders import Course

RUNS = 5 * int(os.environ.get("STANDDOWN_SOAK_RUNS", "2000"))


@pytest.mark.timeout(7200)
def test_no_reminder_is_written_by_a_run_that_saw_the_group_protected_or_published_long_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: Counter[str] = Counter()

    with quiet():
        for seed in range(RUNS):
            try:
                seen.update(Course(seed).go())
            except AssertionError as error:
                raise AssertionError(f"{error} (seed {seed})") from error

    with capsys.disabled():
        print(f"\n{RUNS} courses: {dict(seen)}")  # noqa: T201 - the measure asked for
    assert seen["of them after protection was back"] > RUNS / 200
